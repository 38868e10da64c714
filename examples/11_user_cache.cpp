// Users of a database, read through a cache in memory or, given a URL, on Redis (rows 2.1 to 2.5).
#include <booking/booking.hpp>
#include <booking/json_cache.hpp>
#include <booking/redis_cache.hpp>
#include <iostream>
#include <map>

using namespace booking;

int main(int count, char** arguments) {
  std::map<UserId, UserProfile> database{{17, {.mobile = "13911111111", .name = "Ann"}}};
  int queries = 0;
  const CacheLoader<UserId, UserProfile> loader{
      .one = [&](const UserId& user, const Deadline&) -> Result<std::optional<UserProfile>> {
        ++queries;
        const auto found = database.find(user);
        if (found == database.end()) return std::optional<UserProfile>{};
        return std::optional{found->second};
      },
      .many = {}};
  const auto store =
      count > 1 ? redis_cache_store({.server = {.url = arguments[1]}, .prefix = "example:"}).value()
                : memory_cache_store();
  UserCache users{store, user_profile_codec(), loader};

  const auto show = [&](const UserId& user) {
    const auto found = users.get(user);
    if (!found) {
      std::cout << found.error().log_text() << "\n";
      return;
    }
    std::cout << to_string(user) << ": " << (found->value ? found->value->name : "no such user")
              << " (" << to_string(found->source) << ", " << queries << " queries)\n";
  };
  show(17);  // loaded, and kept for two hours and up to ten minutes more
  show(17);
  show(18);  // that there is none is kept too, for some five minutes
  show(18);
  database[18] = {.name = "Bob"};
  users.clear(18).value();  // after each change, before it is acknowledged
  show(18);
}
