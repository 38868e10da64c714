// Leaves alone what fails again and again. Private: used by cache_core.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace booking::inline v0::detail {

/// Thread safety: any thread. Does not block.
class Breaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Breaker(std::int32_t failures, std::chrono::nanoseconds pause) noexcept
      : most_{failures}, pause_{pause} {}

  /// Whether to try; once a pause is over, one caller at a time may.
  bool allows(TimePoint now) {
    const std::lock_guard lock{mutex_};
    if (failures_ < most_) return true;
    if (now < again_) return false;
    again_ = now + pause_;
    return true;
  }
  void succeeded() {
    const std::lock_guard lock{mutex_};
    failures_ = 0;
  }
  void failed(TimePoint now) {
    const std::lock_guard lock{mutex_};
    if (failures_ < most_) ++failures_;
    again_ = now + pause_;
  }

 private:
  const std::int32_t most_;
  const std::chrono::nanoseconds pause_;
  std::mutex mutex_;
  std::int32_t failures_ = 0;  // in a row
  TimePoint again_{};
};

}  // namespace booking::inline v0::detail
