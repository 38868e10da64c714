// Keys that were to be erased but could not be: their entries are not to be trusted until they are.
// Private: used by cache_core.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace booking::inline v0::detail {

/// Counts, for each key, the erasures that are under way or failed. Thread safety: any thread. Does
/// not block.
class PendingErasures {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit PendingErasures(std::size_t most) noexcept : most_{most} {}

  /// Before an attempt; 0: there are too many, and nothing remembers this one.
  std::uint64_t begin(const std::string& key) {
    const std::lock_guard lock{mutex_};
    if (keys_.size() >= most_ && !keys_.contains(key)) return 0;
    ++keys_[key].attempts;
    count_.store(keys_.size(), std::memory_order_release);
    return ++attempts_;
  }
  /// After it. One that succeeded makes up for those that failed and had begun before it.
  void end(const std::string& key, std::uint64_t attempt, bool erased) {
    const std::lock_guard lock{mutex_};
    const auto at = keys_.find(key);
    if (at == keys_.end()) return;
    State& state = at->second;
    --state.attempts;
    if (!erased) state.failed = std::max(state.failed, attempt);
    if (erased && attempt > state.failed) state.failed = 0;
    if (state.attempts == 0 && state.failed == 0) keys_.erase(at);
    count_.store(keys_.size(), std::memory_order_release);
  }
  bool contains(const std::string& key) const {
    if (count_.load(std::memory_order_acquire) == 0) return false;
    const std::lock_guard lock{mutex_};
    return keys_.contains(key);
  }
  std::uint64_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

  struct Due {
    std::string key{};
    std::uint64_t attempt = 0;
  };
  /// Some that failed, for one caller every `pause`; each must be ended.
  std::vector<Due> take_due(TimePoint now, std::chrono::nanoseconds pause, std::size_t most) {
    std::vector<Due> due;
    if (count_.load(std::memory_order_acquire) == 0) return due;
    const std::lock_guard lock{mutex_};
    if (now < next_) return due;
    next_ = now + pause;
    for (auto& [key, state] : keys_) {
      if (due.size() == most) break;
      if (state.failed == 0 || state.attempts != 0) continue;
      ++state.attempts;
      due.push_back({key, ++attempts_});
    }
    return due;
  }

 private:
  struct State {
    std::int32_t attempts = 0;  // under way
    std::uint64_t failed = 0;   // the latest that did; 0: none since one succeeded
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, State> keys_;
  std::uint64_t attempts_ = 0;
  std::atomic<std::size_t> count_{0};
  TimePoint next_{};
};

}  // namespace booking::inline v0::detail
