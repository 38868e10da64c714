// What the cases have in common, and the names of groups and cases by which the aims find them.
#pragma once

#include <cstddef>
#include <string>

#include "bench/redis/fixture.hpp"

namespace booking_bench {

inline constexpr std::size_t many_slots = 10'000;
inline constexpr std::size_t crowd = 32;  // callers at the same time

inline const std::string one_caller = "one caller, one slot";
inline const std::string one_slot = "one slot";
inline const std::string spread = "10,000 slots";
inline const std::string peer_group = "peers: 32 callers, one slot; they check less than we do";
inline const std::string other_calls = "other calls";

/// `script`: "a" or "b".
inline std::string limit_name(const std::string& script, const std::string& how, Wire wire) {
  return "limit (" + script + ") redis-benchmark " + how + ", " + name_of(wire);
}
inline std::string book_name(std::size_t callers, Wire wire) {
  return "book, " + std::to_string(callers) + (callers == 1 ? " caller, " : " callers, ") +
         name_of(wire);
}
inline std::string each_name(std::size_t window, Wire wire) {
  return "book_each of " + std::to_string(window) + ", " + name_of(wire);
}
inline const std::string watch_mode = "book, 32 callers, watch mode, unix";
inline const std::string month = "availability of 30 days x 24 times, ";

inline const std::string market_group = "market: 32 buyers, different offers";
inline const std::string market_script = "purchase, script, unix";
inline const std::string market_watch = "purchase, watch mode, unix";

inline const std::string seed_watch = "C++, seed's WATCH";
inline const std::string seed_lock = "C++, seed's lock";
inline const std::string python_watch = "redis-py WATCH";
inline const std::string python_lock = "redis-py Lock";
inline const std::string node_redlock = "ioredis + redlock";
// Between attempts to get a lock. With a short one (redis-py 1 ms, redlock 2 ms) callers take turns
// more often; with the packages' own (100 and 200 ms) one books while the others sleep.
inline const std::string short_pause = ", short pause";
inline const std::string default_pause = ", default pause";

}  // namespace booking_bench
