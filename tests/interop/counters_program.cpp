// Does what lines on its standard input say, by the library, and answers each with a line. Driven
// by redis_py_agrees.py, which does the same with redis-py in the same keys.
//   counters_program URL
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

#include "booking/counters.hpp"
#include "booking/following.hpp"
#include "booking/redis_counters.hpp"

namespace {

using booking::UserId;

struct Parts {
  booking::Counter articles;
  booking::Ranking ranking;
  booking::UserCounts counts;
  booking::Following following;
};

booking::FollowTime time_of(double seconds) {
  return booking::FollowTime{booking::FollowTime::duration{seconds}};
}

// The answer to one line; throws what Result::value throws.
std::string answer(const Parts& parts, std::istringstream line) {
  std::ostringstream said;
  said << std::setprecision(17);
  std::string verb;
  std::string user;
  line >> verb >> user;
  if (verb == "get") {
    said << parts.articles.get(user).value().value;
  } else if (verb == "increment") {
    std::int64_t by = 0;
    line >> by;
    said << parts.articles.increment(user, by).value().value;
  } else if (verb == "top") {
    const auto page = parts.ranking.top(std::stoi(user)).value();
    for (const auto& one : page.items) said << to_string(one.user) << " " << one.count << " ";
  } else if (verb == "counts") {
    const auto all = parts.counts.get(user).value();
    said << all.article_count << " " << all.following_count << " " << all.fans_count << " "
         << all.like_count;
  } else if (verb == "fan") {
    said << parts.counts.increment(user, booking::UserCounts::Field::fans_count).value().value;
  } else if (verb == "follow") {
    std::string whom;
    double since = 0;
    line >> whom >> since;
    said << parts.following.follow(user, whom, time_of(since)).value();
  } else if (verb == "unfollow") {
    std::string whom;
    line >> whom;
    said << parts.following.unfollow(user, whom).value();
  } else if (verb == "following") {
    const auto page = parts.following.page(user, {}, 1000).value();
    for (const auto& one : page.items) {
      said << to_string(one.user) << " " << one.since.time_since_epoch().count() << " ";
    }
  } else {
    said << "what?";
  }
  return said.str();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const booking::RedisCounterOptions options{.master = {.url = arguments[1]}};
  const auto store = booking::redis_counter_store(options).value();
  const Parts parts{
      .articles = {store, booking::articles_key},
      .ranking = {store, booking::articles_key},
      .counts = booking::UserCounts{store},
      .following = booking::Following{booking::redis_following_store(options).value()}};
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(parts, std::istringstream{line}) << std::endl;
  }
}
