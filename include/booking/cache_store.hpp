// The seam under the caches: a place that keeps short texts for a while. Chosen by whoever builds
// the host; used by ReadThroughCache and its thin names.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// A value to keep for `ttl` (1 ms or more) under `key`. Both are bytes.
struct CacheItem {
  std::string key{};
  std::string value{};
  std::chrono::milliseconds ttl{0};
};

/// A value that is there.
struct CacheEntry {
  std::string value{};
  /// What is left of its ttl; not set: it was not asked for, or the entry never ends.
  std::optional<std::chrono::milliseconds> left{};
};

/// A lease given back: an item under `key` whose value is `token`, made by `add`.
struct CacheLease {
  std::string key{};
  std::string token{};
  /// Set in the same step, if the lease is still there.
  std::optional<CacheItem> fill{};
};

/// Keeps items until their ttl is over; may lose them earlier. Derive to bring your own: five
/// calls, each of them one step for each item, and for several items as few round trips as it
/// takes.
///
/// `add`, `settle` and `erase` are what makes a cache safe: whoever fills it takes a lease first,
/// whoever invalidates erases the lease along with the entry, and a fill whose lease is gone is
/// dropped.
///
/// Thread safety: every member may be called from any thread. Blocks until `deadline` at the
/// latest. Errors: those of a store that cannot be reached or refuses: timeout, unavailable,
/// broken_store, internal. After an error anything may have been carried out.
class CacheStore {
 public:
  virtual ~CacheStore() = default;

  /// What is under each key, in order. The time left is given for a single key at least.
  virtual Result<std::vector<std::optional<CacheEntry>>> get(std::span<const std::string> keys,
                                                             const Deadline& deadline) = 0;
  /// Sets each item, whatever was there.
  virtual Result<void> set(std::span<const CacheItem> items, const Deadline& deadline) = 0;
  /// Sets each item whose key holds nothing; whether it did, in order.
  virtual Result<std::vector<bool>> add(std::span<const CacheItem> items,
                                        const Deadline& deadline) = 0;
  /// Removes each lease that is still there and sets its `fill` in the same step; whether it was
  /// there, in order.
  virtual Result<std::vector<bool>> settle(std::span<const CacheLease> leases,
                                           const Deadline& deadline) = 0;
  /// Removes what is under the keys, all in one step.
  virtual Result<void> erase(std::span<const std::string> keys, const Deadline& deadline) = 0;
};

}  // namespace booking::inline v0
