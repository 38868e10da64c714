// A clock that tests advance themselves.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "booking/time.hpp"

namespace booking::inline v0::testing {

/// Stands still until told to move; sleeping moves it. The wall clock may be set back.
/// Thread safety: every member may be called from any thread. Nothing blocks.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant{std::chrono::hours{24 * 365 * 50}}) noexcept
      : wall_{start.time_since_epoch().count()} {}

  Instant now() const noexcept override { return Instant{std::chrono::milliseconds{wall_.load()}}; }
  std::chrono::steady_clock::time_point steady_now() const noexcept override {
    return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{steady_.load()}};
  }
  void sleep_for(std::chrono::nanoseconds duration) noexcept override { advance(duration); }

  /// Moves both clocks forward.
  void advance(std::chrono::nanoseconds duration) noexcept {
    steady_ += duration.count();
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  }
  /// Sets the wall clock, backwards too, as an operator or a time server would.
  void set(Instant now) noexcept { wall_ = now.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> steady_{0};
};

}  // namespace booking::inline v0::testing
