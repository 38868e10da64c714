// Options of SlotInventory. All have finite defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "booking/cache_options.hpp"
#include "booking/observer.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// How often and how fast a call that met contention or an unknown outcome is repeated, within its
/// timeout: exponential backoff with full jitter. The ceiling doubles from `first_pause` to
/// `longest_pause`; each pause is a random part of it. Reads are not repeated.
struct RetryPolicy {
  std::int32_t attempts = 16;                    ///< 1 or more, the first one included
  std::chrono::milliseconds first_pause{1};      ///< 0 or more, at most longest_pause
  std::chrono::milliseconds longest_pause{100};  ///< above 0, at most 1 hour
};

/// Options of an inventory.
struct InventoryOptions {
  /// Limit for one call, waits and retries included. More than 0, at most 1 hour.
  std::chrono::milliseconds timeout{2000};
  RetryPolicy retry{};
  /// Measures timeouts and dates new ids; nullptr: the system's. Store time is the store's own;
  /// in tests give the store the same clock, for an id older than the id horizon by store time is
  /// id_expired. Otherwise leave both unset.
  std::shared_ptr<Clock> clock{};
  /// For ids and pauses; nullptr: the system's.
  std::shared_ptr<Random> random{};
  /// Told of every call; nullptr: nobody.
  std::shared_ptr<Observer> observer{};
  /// Where current bookings are kept for BookingCache. Every inventory that sells from the store
  /// must name the same place: it marks there whose booking it is about to change. With more than
  /// one process that is a store they share (redis_cache_store), never memory_cache_store, which
  /// each has for itself: else what others change is answered as it was until its `ttl` is over.
  BookingCacheOptions booking_cache{};
};

/// Options of a single call.
struct CallOptions {
  /// Limit for the whole call; not set: that of the object called. More than 0, at most 1 hour.
  std::optional<std::chrono::milliseconds> timeout{};
};

}  // namespace booking::inline v0
