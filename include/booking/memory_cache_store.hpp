// A CacheStore in the process's own memory: for one process, for tests, and behind other caches.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "booking/cache_store.hpp"

namespace booking::inline v0 {

/// Options of memory_cache_store.
struct MemoryCacheOptions {
  /// Beyond it the one that was used least lately goes. 1 or more.
  std::size_t max_entries = 100'000;
  std::shared_ptr<Clock> clock{};  ///< measures what is left of a ttl; nullptr: the system's
};

namespace detail {

class MemoryCacheStore final : public CacheStore {
 public:
  explicit MemoryCacheStore(MemoryCacheOptions options)
      : max_entries_{options.max_entries == 0 ? 1 : options.max_entries},
        clock_{options.clock ? std::move(options.clock) : std::make_shared<Clock>()} {}

  Result<std::vector<std::optional<CacheEntry>>> get(std::span<const std::string> keys,
                                                     const Deadline& /*deadline*/) override {
    std::vector<std::optional<CacheEntry>> found(keys.size());
    const std::lock_guard lock{mutex_};
    const auto now = clock_->steady_now();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto at = find(keys[i], now);
      if (at == by_key_.end()) continue;
      used(at);
      found[i] = CacheEntry{at->second->value,
                            std::chrono::ceil<std::chrono::milliseconds>(at->second->end - now)};
    }
    return found;
  }

  Result<void> set(std::span<const CacheItem> items, const Deadline& /*deadline*/) override {
    const std::lock_guard lock{mutex_};
    for (const CacheItem& item : items) put(item);
    return Result<void>::success();
  }

  Result<std::vector<bool>> add(std::span<const CacheItem> items,
                                const Deadline& /*deadline*/) override {
    std::vector<bool> added(items.size());
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < items.size(); ++i) {
      added[i] = find(items[i].key, clock_->steady_now()) == by_key_.end();
      if (added[i]) put(items[i]);
    }
    return added;
  }

  Result<std::vector<bool>> settle(std::span<const CacheLease> leases,
                                   const Deadline& /*deadline*/) override {
    std::vector<bool> held(leases.size());
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < leases.size(); ++i) {
      const auto at = find(leases[i].key, clock_->steady_now());
      held[i] = at != by_key_.end() && at->second->value == leases[i].token;
      if (!held[i]) continue;
      remove(at);
      if (leases[i].fill) put(*leases[i].fill);
    }
    return held;
  }

  Result<void> erase(std::span<const std::string> keys, const Deadline& /*deadline*/) override {
    const std::lock_guard lock{mutex_};
    for (const std::string& key : keys) {
      if (const auto at = by_key_.find(key); at != by_key_.end()) remove(at);
    }
    return Result<void>::success();
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Kept {
    std::string key{};
    std::string value{};
    TimePoint end{};
  };
  using Order = std::list<Kept>;  // the one used last stands first
  using Index = std::unordered_map<std::string_view, Order::iterator>;

  /// One whose time is over is as good as gone.
  Index::iterator find(const std::string& key, TimePoint now) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end() || at->second->end > now) return at;
    remove(at);
    return by_key_.end();
  }

  void used(Index::iterator at) { order_.splice(order_.begin(), order_, at->second); }

  void put(const CacheItem& item) {
    const TimePoint end = clock_->steady_now() + item.ttl;
    if (const auto at = by_key_.find(item.key); at != by_key_.end()) {
      at->second->value = item.value;
      at->second->end = end;
      used(at);
      return;
    }
    if (by_key_.size() >= max_entries_) remove(by_key_.find(order_.back().key));
    order_.push_front({item.key, item.value, end});
    by_key_.emplace(order_.front().key, order_.begin());
  }

  void remove(Index::iterator at) {
    const auto kept = at->second;
    by_key_.erase(at);
    order_.erase(kept);
  }

  const std::size_t max_entries_;
  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  Order order_;
  Index by_key_;
};

}  // namespace detail

/// Keeps at most `max_entries` items; a forked child has a copy of its own. Never fails.
inline std::shared_ptr<CacheStore> memory_cache_store(MemoryCacheOptions options = {}) {
  return std::make_shared<detail::MemoryCacheStore>(std::move(options));
}

}  // namespace booking::inline v0
