// A lock between threads of one process that serves callers in order of arrival (row 1.5).
#pragma once

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "booking/lock.hpp"

namespace booking::inline v0 {

namespace detail {

/// Up to 64 stripes, each a queue of waiting callers; a slot belongs to one stripe by its hash.
/// Stripes are taken in ascending order, so no two callers can wait for each other.
class ProcessMutex final : public Lock {
 public:
  explicit ProcessMutex(std::int32_t stripes)
      : stripes_(static_cast<std::size_t>(std::clamp(stripes, 1, 64))) {}

  Result<Lease> enter(std::span<const SlotKey> slots, Deadline deadline) override {
    std::uint64_t wanted = 0;
    for (const SlotKey& slot : slots) {
      wanted |= std::uint64_t{1} << (std::hash<SlotKey>{}(slot) % stripes_.size());
    }
    std::uint64_t taken = 0;
    for (std::uint64_t left = wanted; left != 0; left &= left - 1) {
      const auto index = static_cast<std::size_t>(std::countr_zero(left));
      if (!stripes_[index].enter(deadline)) {
        leave(taken);
        Error error;
        error.code = deadline.stopped() ? ErrorCode::unavailable : ErrorCode::timeout;
        error.subject = Subject::slot;
        error.detail = deadline.stopped() ? "shut down" : "others held the slot's lock";
        return error;
      }
      taken |= std::uint64_t{1} << index;
    }
    return Lease{shared_from_this(), taken};
  }

 private:
  class Stripe {
   public:
    bool enter(const Deadline& deadline) {
      std::unique_lock guard{mutex_};
      if (!held_) {
        held_ = true;
        return true;
      }
      Waiter self;
      append(self);
      while (!self.served) {
        if (deadline.expired()) {
          remove(self);
          return false;
        }
        self.wake.wait_for(guard, deadline.next_wait());
      }
      return true;
    }
    void leave() {
      const std::lock_guard guard{mutex_};
      if (first_ == nullptr) {
        held_ = false;
        return;
      }
      // Handed over, never set free: nobody can overtake those who wait.
      Waiter& next = *first_;
      remove(next);
      next.served = true;
      next.wake.notify_one();
    }

   private:
    // Lives on its caller's stack: waiting allocates nothing, so it cannot fail half-way.
    struct Waiter {
      std::condition_variable wake;
      bool served = false;
      Waiter* before = nullptr;
      Waiter* behind = nullptr;
    };

    void append(Waiter& waiter) {
      waiter.before = last_;
      (last_ == nullptr ? first_ : last_->behind) = &waiter;
      last_ = &waiter;
    }
    void remove(Waiter& waiter) {
      (waiter.before == nullptr ? first_ : waiter.before->behind) = waiter.behind;
      (waiter.behind == nullptr ? last_ : waiter.behind->before) = waiter.before;
    }

    std::mutex mutex_;
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
    bool held_ = false;
  };

  void leave(std::uint64_t token) noexcept override {
    for (std::uint64_t left = token; left != 0; left &= left - 1) {
      stripes_[static_cast<std::size_t>(std::countr_zero(left))].leave();
    }
  }

  std::vector<Stripe> stripes_;
};

}  // namespace detail

/// Makes a lock with 1 to 64 stripes (other numbers are taken to the nearest); slots in different
/// stripes do not wait for each other.
///
/// Errors of enter: timeout (the deadline passed) · unavailable (the inventory was shut down).
/// No deadlock is possible: stripes are taken in order, and every wait ends at the deadline.
inline std::shared_ptr<Lock> process_mutex(std::int32_t stripes = 64) {
  return std::make_shared<detail::ProcessMutex>(stripes);
}

}  // namespace booking::inline v0
