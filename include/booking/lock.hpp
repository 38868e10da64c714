// The lock seam. A lock reduces contention before a store, or says "being booked by someone else";
// it is never what keeps an inventory correct: every store is right without one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "booking/result.hpp"
#include "booking/slot.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

class Lease;

/// Serialises callers that want the same slots. Derive to bring your own, and hold it in a
/// shared_ptr: `enter` takes every stripe or key it needs, makes a token by which `leave` knows
/// what to give back, and returns `Lease{shared_from_this(), token}`. `slots` come unsorted and may
/// repeat; take them in an order of your own, or two callers can wait for each other.
///
/// Thread safety: every member may be called from any thread.
class Lock : public std::enable_shared_from_this<Lock> {
 public:
  virtual ~Lock() = default;

  /// Waits until all `slots` are free, or takes none of them.
  ///
  /// Errors: timeout (the deadline passed), unavailable (shut down), locked (held by someone else,
  ///   for locks that do not wait).
  /// Blocks until `deadline` at the latest.
  virtual Result<Lease> enter(std::span<const SlotKey> slots, Deadline deadline) = 0;

 private:
  friend class Lease;
  /// Gives back what `enter` handed out as `token`. Called once for each lease, on any thread.
  virtual void leave(std::uint64_t token) noexcept = 0;
};

/// Held slots; given back when it goes. Thread safety: one thread at a time.
class Lease {
 public:
  Lease() noexcept = default;
  /// `number` grows with each lease of a lock that can be lost; 0 for one that cannot.
  Lease(std::shared_ptr<Lock> lock, std::uint64_t token, std::uint64_t number = 0) noexcept
      : lock_{std::move(lock)}, token_{token}, number_{number} {}
  Lease(Lease&& other) noexcept
      : lock_{std::move(other.lock_)}, token_{other.token_}, number_{other.number_} {}
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      lock_ = std::move(other.lock_);
      token_ = other.token_;
      number_ = other.number_;
    }
    return *this;
  }
  ~Lease() { release(); }

  /// Sent along with every commit under the lease: a store refuses a lower one than it has seen.
  std::uint64_t number() const noexcept { return number_; }

  void release() noexcept {
    if (const auto lock = std::exchange(lock_, nullptr)) lock->leave(token_);
  }

 private:
  std::shared_ptr<Lock> lock_;
  std::uint64_t token_ = 0;
  std::uint64_t number_ = 0;
};

/// No lock: the default, and right with every store.
inline std::shared_ptr<Lock> no_lock() {
  return nullptr;
}

}  // namespace booking::inline v0
