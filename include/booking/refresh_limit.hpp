// Keeps one user from asking too often (row 1.12). Used by BookingCache, and by hosts before
// anything else that a page refresh costs.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/ids.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Options of RefreshLimit.
struct RefreshLimitOptions {
  std::int32_t burst = 10;               ///< calls in a row, 1 to 1,000,000
  std::chrono::milliseconds every{500};  ///< after which one more is allowed; 1 ms to 1 hour
  /// Beyond so many users at a time, further ones are not limited. 1 or more.
  std::size_t max_users = 100'000;
  std::shared_ptr<Clock> clock{};  ///< nullptr: the system's
};

/// A token bucket for each user, in this process. Users who have not asked for so long that theirs
/// is full again are forgotten.
///
/// Thread safety: may be used from any number of threads at once. Does not block.
class RefreshLimit {
 public:
  /// Throws std::invalid_argument when an option is out of range.
  explicit RefreshLimit(RefreshLimitOptions options = {}) : options_{std::move(options)} {
    constexpr std::int32_t most = 1'000'000;
    if (options_.burst < 1 || options_.burst > most || options_.every.count() < 1 ||
        options_.every > detail::max_timeout || options_.max_users < 1) {
      detail::bad_construction("booking::RefreshLimit: an option is out of range");
    }
    if (!options_.clock) options_.clock = std::make_shared<Clock>();
    turned_ = options_.clock->steady_now();
  }

  /// Counts one call. Errors: overloaded (with `retry_after`) · invalid_argument (the id).
  Result<void> allow(const UserId& user) {
    if (auto good = detail::check_user(user); !good) return good;
    const auto now = options_.clock->steady_now();
    const std::lock_guard lock{mutex_};
    forget(now);
    if (young_.size() >= options_.max_users && !young_.contains(user)) {
      return Result<void>::success();
    }
    // Kept is when the bucket will be full: each call moves that by one token's worth.
    TimePoint& full = bucket(user);
    const TimePoint after = std::max(full, now) + options_.every;
    const auto over = after - (now + options_.every * options_.burst);
    if (over.count() > 0) return too_often(over);
    full = after;
    return Result<void>::success();
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Buckets = std::unordered_map<UserId, TimePoint>;

  /// A bucket that nobody touched while all could fill is full, which needs no memory.
  void forget(TimePoint now) {
    const auto to_fill = options_.every * options_.burst;
    if (now - turned_ < to_fill) return;
    old_ = now - turned_ < 2 * to_fill ? std::move(young_) : Buckets{};
    young_ = Buckets{};
    turned_ = now;
  }
  TimePoint& bucket(const UserId& user) {
    const auto [at, added] = young_.try_emplace(user);
    if (const auto before = old_.find(user); added && before != old_.end()) {
      at->second = before->second;
    }
    return at->second;
  }
  static Error too_often(std::chrono::steady_clock::duration over) {
    Error error;
    error.code = ErrorCode::overloaded;
    error.subject = Subject::user;
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(over);
    error.detail = "this user asks too often";
    return error;
  }

  RefreshLimitOptions options_;
  std::mutex mutex_;
  Buckets young_;
  Buckets old_;
  TimePoint turned_;
};

}  // namespace booking::inline v0
