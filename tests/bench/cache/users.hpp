// Ten thousand users on a server, read by the library and by a bare connection. Used by the cases
// of cache_bench.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "booking/json_cache.hpp"
#include "booking/redis_cache.hpp"
#include "redis/connection.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

inline constexpr std::size_t many_users = 10'000;
inline constexpr std::size_t profile_bytes = 189;  // as it is kept

booking::UserProfile profile_of(std::size_t user);

/// All users, in an order of no meaning.
std::vector<booking::UserId> users_in_any_order();

/// One connection and nothing else: commands written by hand.
class Bare {
 public:
  explicit Bare(const booking_test::RedisServer& server);

  /// The text under the key; ends the program where there is none.
  std::string get(const std::string& key);
  std::vector<booking::redis::Reply> get_many(std::span<const std::string> keys);
  void set(std::string_view key, std::string_view value);

 private:
  booking::redis::Reply one(const booking::redis::Request& request);

  booking::Clock clock_;
  booking::Deadline deadline_{clock_, std::chrono::hours{1}};
  std::unique_ptr<booking::redis::Connection> connection_;
};

/// Puts all users there, for two hours.
void put_users(const booking_test::RedisServer& server);

booking::RedisCacheOptions cache_options(const booking_test::RedisServer& server);

/// Users read through the server. A load ends the program.
booking::UserCache<> users_on(const booking_test::RedisServer& server,
                              booking::NearOptions near = {});

/// A feed that is sure.
std::shared_ptr<booking::CacheFeed> sure_feed(const booking_test::RedisServer& server);

}  // namespace booking_bench
