// The cases of cache_bench, and the names by which the aims find them.
#pragma once

#include <cstddef>
#include <string>

#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

inline constexpr Seconds cache_round{0.4};       // of a case
inline constexpr std::size_t near_reads = 1000;  // of a call that is measured: one takes too little
inline constexpr std::size_t batch_of_users = 64;

inline const std::string near_group = "users kept near";
enum class Keys { hot, all };
inline std::string near_name(const std::string& how, Keys keys, std::size_t threads) {
  return how + (keys == Keys::hot ? ", one user, " : ", 10,000 users, ") + std::to_string(threads) +
         (threads == 1 ? " thread" : " threads");
}
inline const std::string near_mutex = "std::unordered_map behind a mutex";
inline const std::string near_visit = "visit";
inline const std::string near_get = "get";

inline const std::string read_group = "users on Redis, one caller";
inline const std::string bare_get = "bare GET";
inline const std::string bare_get_parse = "bare GET + parse";
inline const std::string cache_get = "get, a hit";
inline const std::string cache_near_miss = "get, a hit, not yet near";
inline const std::string bare_mget_parse = "bare MGET of 64 + parse";
inline const std::string cache_get_many = "get_many of 64";

inline const std::string change_group = "a SET by others, until it is no longer near";
inline const std::string change_name = "SET to the first read that is not near";

inline const std::string booking_group = "a user's current booking, one caller";
inline const std::string bare_booking = "bare GET of the document";
inline const std::string booking_hit = "BookingCache, a hit in Redis";
inline const std::string booking_read = "current_booking, Redis store";
inline const std::string booking_document_read = "BookingCache without a cache, Redis store";

/// `server` holds the users, and must outlive the table.
void add_near(Table& table, const booking_test::RedisServer& server);
void add_reads(Table& table, const booking_test::RedisServer& server);
void add_changes(Table& table, const booking_test::RedisServer& server);
/// Empties the server before it puts its bookings there.
void add_bookings(Table& table, const booking_test::RedisServer& server);

}  // namespace booking_bench
