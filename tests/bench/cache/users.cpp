// The bare connection and the library read the same keys.
#include "bench/cache/users.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "bench/bench.hpp"
#include "bench/redis/fixture.hpp"
#include "redis/url.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

UserProfile profile_of(std::size_t user) {
  const std::string number = std::to_string(user);
  UserProfile profile{.mobile = "139" + std::string(8 - number.size(), '0') + number,
                      .name = "user " + number,
                      .photo = "photos/" + number + ".jpg",
                      .intro = "",
                      .certi = "yes"};
  const auto bare = write_user_profile(profile);
  must(bare && bare->size() < profile_bytes, "a profile");
  profile.intro.assign(profile_bytes - bare->size(), 'i');
  return profile;
}

std::vector<UserId> users_in_any_order() {
  std::vector<UserId> users;
  for (std::size_t user = 0; user < many_users; ++user) users.push_back(user);
  std::shuffle(users.begin(), users.end(), std::mt19937{1});
  return users;
}

Bare::Bare(const RedisServer& server) {
  auto endpoint = redis::parse_url(url(server, Wire::unix_socket));
  must(endpoint.has_value(), "the server's address");
  auto resolved = redis::resolve(*std::move(endpoint));
  must(resolved.has_value(), "the server's address");
  bool lasting = false;
  auto connection = redis::Connection::open(*resolved, {}, deadline_, lasting);
  must(connection.has_value(), "a bare connection");
  connection_ = *std::move(connection);
}

redis::Reply Bare::one(const redis::Request& request) {
  auto replies = connection_->exchange(request, deadline_, redis::Step::read);
  must(replies && !replies->front().is(redis::Reply::Kind::error), "a bare command");
  return std::move(replies->front());
}

std::string Bare::get(const std::string& key) {
  redis::Request request;
  request.add({"GET", key});
  auto reply = one(request);
  must(reply.is(redis::Reply::Kind::text), "a bare GET finds the user");
  return std::move(reply.text);
}

std::vector<redis::Reply> Bare::get_many(std::span<const std::string> keys) {
  redis::Request request;
  request.begin(keys.size() + 1);
  request.argument("MGET");
  for (const std::string& key : keys) request.argument(key);
  auto reply = one(request);
  must(reply.items.size() == keys.size(), "a bare MGET");
  return std::move(reply.items);
}

void Bare::set(std::string_view key, std::string_view value) {
  redis::Request request;
  request.add({"SET", key, value, "EX", "7200"});
  one(request);
}

void put_users(const RedisServer& server) {
  Bare bare{server};
  for (std::size_t user = 0; user < many_users; ++user) {
    const auto text = write_user_profile(profile_of(user));
    must(text && text->size() == profile_bytes, "a profile of the right size");
    bare.set(user_profile_key(user), *text);
  }
}

RedisCacheOptions cache_options(const RedisServer& server) {
  return {.server = {.url = url(server, Wire::unix_socket)}, .prefix = {}};
}

UserCache<> users_on(const RedisServer& server, NearOptions near) {
  auto store = redis_cache_store(cache_options(server));
  must(store.has_value(), "a cache on Redis");
  const auto load = [](const UserId&, const Deadline&) -> Result<std::optional<UserProfile>> {
    must(false, "every user is in the cache");
    return std::optional<UserProfile>{};
  };
  CacheOptions options;
  options.store_timeout = options.timeout;  // a machine that stalls is not what is measured
  options.near = std::move(near);
  return {*std::move(store), user_profile_codec(), {.one = load, .many = {}}, std::move(options)};
}

std::shared_ptr<CacheFeed> sure_feed(const RedisServer& server) {
  auto feed = redis_cache_feed(cache_options(server));
  must(feed.has_value(), "a feed");
  while ((*feed)->sure_until() < feed_now()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return *std::move(feed);
}

}  // namespace booking_bench
