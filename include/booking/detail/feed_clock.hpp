// A clock that counts the time a machine sleeps. Private: include booking/cache_feed.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include "booking/cache_feed.hpp"

namespace booking::inline v0 {

inline std::int64_t feed_now() noexcept {
#if defined(CLOCK_BOOTTIME)
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
#else
  return std::chrono::steady_clock::now().time_since_epoch().count();
#endif
}

}  // namespace booking::inline v0
