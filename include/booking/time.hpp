// Clocks, deadlines and randomness: everything outside the program's own control that the library
// reads, so that tests can put their own in its place.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>

#include "booking/detail/wipe_on_fork.hpp"

namespace booking::inline v0 {

/// A UTC instant, in milliseconds since 1970.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// The system's clocks, and waiting. Derive to replace them (see testing/manual_clock.hpp).
///
/// Thread safety: every member may be called from any thread. `sleep_for` blocks, the rest do not.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock: dates records and makes ids. May jump.
  virtual Instant now() const noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  /// Steady clock: measures timeouts. Never jumps.
  virtual std::chrono::steady_clock::time_point steady_now() const noexcept {
    return std::chrono::steady_clock::now();
  }
  virtual void sleep_for(std::chrono::nanoseconds duration) noexcept {
    std::this_thread::sleep_for(duration);
  }
};

/// Source of random 64-bit numbers for ids and jitter: the system's own. Derive to replace it.
///
/// Numbers are fetched some at a time, each thread its own; a forked child fetches anew and never
/// repeats its parent's. Thread safety: `next` may be called from any thread. Does not block.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() noexcept {
#if defined(__linux__)
    thread_local detail::Entropy entropy;
    std::uint64_t number = 0;
    if (entropy.next(number)) return number;
#endif
    thread_local std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
};

/// The moment by which a call must have returned, and whether it is to give up at once.
///
/// Thread safety: a value; the clock and the flag it was made with must outlive it.
class Deadline {
 public:
  Deadline(const Clock& clock, std::chrono::nanoseconds timeout,
           const std::atomic<bool>* stop = nullptr) noexcept
      : clock_{&clock}, at_{clock.steady_now() + timeout}, stop_{stop} {}

  /// Time left; zero once expired or stopped.
  std::chrono::nanoseconds remaining() const noexcept {
    if (stopped()) return {};
    return std::max<std::chrono::nanoseconds>(at_ - clock_->steady_now(), {});
  }
  bool expired() const noexcept { return remaining() == std::chrono::nanoseconds{}; }
  std::chrono::steady_clock::time_point at() const noexcept { return at_; }
  /// True once the inventory was shut down: the caller should get `unavailable`.
  bool stopped() const noexcept {
    return stop_ != nullptr && stop_->load(std::memory_order_relaxed);
  }
  /// The same, but no later than `longest` from now.
  Deadline at_most(std::chrono::nanoseconds longest) const noexcept {
    Deadline sooner = *this;
    sooner.at_ = std::min(at_, clock_->steady_now() + longest);
    return sooner;
  }
  /// What is left, but at most `slice`: waits are cut into slices so that a stop is noticed.
  std::chrono::nanoseconds next_wait(std::chrono::nanoseconds slice = std::chrono::milliseconds{
                                         20}) const noexcept {
    return std::min(remaining(), slice);
  }

 private:
  const Clock* clock_;
  std::chrono::steady_clock::time_point at_;
  const std::atomic<bool>* stop_;
};

}  // namespace booking::inline v0
