// Does what lines on its standard input say, by the cache of users, and answers each with a line of
// JSON. Driven by redis_py_shares_cache.py, which uses redis-py on the same keys.
//   cache_program URL
#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "booking/json_cache.hpp"
#include "booking/redis_cache.hpp"

namespace {

using booking::UserId;
using booking::UserProfile;
using Users = booking::UserCache<>;

struct Database {
  std::map<UserId, UserProfile> users{};
  int loads = 0;
};

booking::CacheLoader<UserId, UserProfile> loader_of(Database& database) {
  return {
      .one = [&database](const UserId& user,
                         const booking::Deadline&) -> booking::Result<std::optional<UserProfile>> {
        ++database.loads;
        const auto at = database.users.find(user);
        if (at == database.users.end()) return std::optional<UserProfile>{};
        return std::optional{at->second};
      },
      .many = {}};
}

std::string said(const booking::Cached<UserProfile>& found, const Database& database) {
  const std::string profile =
      found.value ? booking::write_user_profile(*found.value).value() : "null";
  return R"({"source": ")" + std::string{to_string(found.source)} + R"(", "profile": )" + profile +
         R"(, "loads": )" + std::to_string(database.loads) + "}";
}

// `verb user [profile as JSON]`. Throws what Result::value throws.
std::string answer(Users& users, Database& database, std::string_view line) {
  const auto word = [&line] {
    const std::string_view first = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), first.size() + 1));
    return first;
  };
  const std::string_view verb = word();
  const UserId user{word()};
  if (verb == "put") {  // in the database alone
    database.users[user] = booking::parse_user_profile(line).value();
    return "null";
  }
  if (verb == "get") return said(users.get(user).value(), database);
  if (verb == "save") return said(users.save(user).value(), database);
  if (verb == "exists") return users.exists(user).value() ? "true" : "false";
  if (verb == "clear") {
    users.clear(user).value();
    return "null";
  }
  return "\"what?\"";
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  Database database;
  Users users{booking::redis_cache_store({.server = {.url = arguments[1]}}).value(),
              booking::user_profile_codec(), loader_of(database)};
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(users, database, line) << std::endl;
  }
}
