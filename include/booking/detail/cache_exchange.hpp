// Talking to a cache store that may be away: each exchange has its share of the call's time, and a
// store that fails again and again is left alone for a while. Private: used by cache_core.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "booking/cache_options.hpp"
#include "booking/cache_store.hpp"
#include "booking/detail/breaker.hpp"

namespace booking::inline v0::detail {

/// The calls of CacheStore. Thread safety: any thread. Blocks until the deadlines at the latest.
class CacheExchange {
 public:
  /// `options` must outlive this.
  CacheExchange(std::shared_ptr<CacheStore> store, const CacheOptions& options)
      : store_{std::move(store)},
        options_{options},
        breaker_{options.breaker_failures, options.breaker_pause} {}

  using Found = std::vector<std::optional<CacheEntry>>;
  Result<Found> get(std::span<const std::string> keys, const Deadline& deadline) {
    return exchange("get", deadline, [&](const Deadline& d) { return store_->get(keys, d); });
  }
  bool set(std::span<const CacheItem> items, const Deadline& deadline) {
    return exchange("set", deadline, [&](const Deadline& d) { return store_->set(items, d); })
        .has_value();
  }
  Result<std::vector<bool>> add(std::span<const CacheItem> items, const Deadline& deadline) {
    return exchange("add", deadline, [&](const Deadline& d) { return store_->add(items, d); });
  }
  Result<std::vector<bool>> settle(std::span<const CacheLease> leases, const Deadline& deadline) {
    return exchange("settle", deadline,
                    [&](const Deadline& d) { return store_->settle(leases, d); });
  }
  bool erase(std::span<const std::string> keys, const Deadline& deadline) {
    return exchange("erase", deadline, [&](const Deadline& d) { return store_->erase(keys, d); })
        .has_value();
  }

  std::uint64_t errors() const noexcept { return errors_.load(std::memory_order_relaxed); }

 private:
  template <class Call>
  auto exchange(std::string_view operation, const Deadline& deadline, Call call)
      -> std::invoke_result_t<Call, const Deadline&> {
    if (!breaker_.allows(options_.clock->steady_now())) {
      Error error;
      error.code = ErrorCode::unavailable;
      error.subject = Subject::store;
      error.detail = "the cache store failed repeatedly and is left alone for a while";
      return error;
    }
    // Half of the time at the most: the database needs some too.
    const std::chrono::nanoseconds share =
        std::min<std::chrono::nanoseconds>(options_.store_timeout, deadline.remaining() / 2);
    auto result = call(deadline.at_most(share));
    if (result) {
      breaker_.succeeded();
      return result;
    }
    const bool away = result.error().kind() == ErrorKind::transient;
    if (away && share >= shortest_trial) breaker_.failed(options_.clock->steady_now());
    errors_.fetch_add(1, std::memory_order_relaxed);
    if (options_.observer) options_.observer->on_store_error(operation, result.error());
    return result;
  }

  // A store that had less time than that is not to blame.
  static constexpr std::chrono::milliseconds shortest_trial{10};

  const std::shared_ptr<CacheStore> store_;
  const CacheOptions& options_;
  Breaker breaker_;
  std::atomic<std::uint64_t> errors_{0};
};

}  // namespace booking::inline v0::detail
