// Lets only so many callers at the database at a time. Private: used by cache_core.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

#include "booking/time.hpp"

namespace booking::inline v0::detail {

/// Thread safety: any thread. `enter` blocks until its deadline at the latest.
class LoadGate {
 public:
  /// A place at the database, given back when it goes.
  class Place {
   public:
    Place() noexcept = default;
    explicit Place(LoadGate& gate) noexcept : gate_{&gate} {}
    Place(Place&& other) noexcept : gate_{std::exchange(other.gate_, nullptr)} {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (gate_ != nullptr) gate_->leave();
    }
    explicit operator bool() const noexcept { return gate_ != nullptr; }

   private:
    LoadGate* gate_ = nullptr;
  };

  explicit LoadGate(std::int32_t most) noexcept : free_{most} {}

  /// False at the deadline.
  Place enter(const Deadline& deadline) {
    std::unique_lock lock{mutex_};
    while (free_ == 0) {
      if (deadline.expired()) return {};
      freed_.wait_for(lock, deadline.next_wait());
    }
    --free_;
    return Place{*this};
  }

 private:
  void leave() noexcept {
    {
      const std::lock_guard lock{mutex_};
      ++free_;
    }
    freed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable freed_;
  std::int32_t free_;
};

}  // namespace booking::inline v0::detail
