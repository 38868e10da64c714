// The answers that were last seen to be true, for when nobody can be asked any more. Private: used
// by cache_core.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "booking/memory_cache_store.hpp"

namespace booking::inline v0::detail {

/// Thread safety: any thread. Does not block.
class LastKnown {
 public:
  struct Answer {
    std::string value{};
    std::chrono::milliseconds age{0};  ///< since it was last seen to be true
  };

  LastKnown(std::chrono::milliseconds keep_for, std::size_t most,
            const std::shared_ptr<Clock>& clock)
      : keep_for_{keep_for}, clock_{clock}, kept_{{.max_entries = most, .clock = clock}} {}

  /// To be taken before an answer is asked for.
  std::uint64_t turn(const std::string& key) const noexcept {
    return turn_of(key).load(std::memory_order_acquire);
  }
  /// Not kept if the key was forgotten since its turn was taken.
  void keep(const std::string& key, std::string value, std::uint64_t turn) {
    if (this->turn(key) != turn) return;
    const CacheItem item{key, std::move(value), keep_for_};
    kept_.set({&item, 1}, unused_).ignore();
    if (this->turn(key) != turn) kept_.erase({&key, 1}, unused_).ignore();
  }
  void forget(const std::string& key) {
    turn_of(key).fetch_add(1, std::memory_order_acq_rel);
    kept_.erase({&key, 1}, unused_).ignore();
  }
  std::optional<Answer> find(const std::string& key) {
    auto found = kept_.get({&key, 1}, unused_);
    if (!found || !found->front()) return std::nullopt;
    CacheEntry& entry = *found->front();
    return Answer{std::move(entry.value), keep_for_ - entry.left.value_or(keep_for_)};
  }

 private:
  std::atomic<std::uint64_t>& turn_of(const std::string& key) const noexcept {
    return turns_[std::hash<std::string>{}(key) % turns_.size()];
  }

  const std::chrono::milliseconds keep_for_;
  const std::shared_ptr<Clock> clock_;
  const Deadline unused_{*clock_, std::chrono::seconds{1}};  // memory does not wait
  MemoryCacheStore kept_;
  mutable std::array<std::atomic<std::uint64_t>, 256> turns_{};
};

}  // namespace booking::inline v0::detail
