// A lock of four bytes that stands in the cache line of what it guards. Used by the memory store.
#pragma once

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>
#endif

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

#include "booking/time.hpp"

namespace booking::inline v0::detail {

/// Mutual exclusion for fractions of a microsecond: spins briefly, then sleeps. Not fair: whoever
/// comes along may overtake those who wait, so a lock that is wanted by many stays busy even when
/// its next waiter still has to be woken.
class StripeLock {
 public:
  /// False: the deadline passed, or the inventory was shut down. A free lock is taken regardless.
  bool lock(const Deadline& deadline) noexcept { return try_lock() || lock_slowly(deadline); }
  void unlock() noexcept {
    if (word_.exchange(open, std::memory_order_release) == awaited) wake();
  }

 private:
  static constexpr std::uint32_t open = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t awaited = 2;  // held, and perhaps somebody sleeps
  // About a microsecond: longer than a booking holds it, shorter than going to sleep takes.
  static constexpr int spins = 40;

  bool try_lock() noexcept {
    std::uint32_t expected = open;
    return word_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }
  [[gnu::noinline]] bool lock_slowly(const Deadline& deadline) noexcept {
    for (int i = 0; i < spins; ++i) {
      pause();
      if (word_.load(std::memory_order_relaxed) == open && try_lock()) return true;
    }
    // A waiter that gives up leaves `awaited` behind: that costs one needless wake, no more.
    while (word_.exchange(awaited, std::memory_order_acquire) != open) {
      const auto slice = deadline.next_wait();
      if (slice <= std::chrono::nanoseconds{}) return false;
      wait(slice);
    }
    return true;
  }

  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
  }

#if defined(__linux__)
  void wait(std::chrono::nanoseconds time) noexcept {
    const std::timespec limit{.tv_sec = static_cast<std::time_t>(time.count() / 1'000'000'000),
                              .tv_nsec = static_cast<long>(time.count() % 1'000'000'000)};
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, awaited, &limit, nullptr, 0);
  }
  void wake() noexcept {
    syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
#else
  // std::atomic::wait knows no deadline.
  void wait(std::chrono::nanoseconds /*time*/) noexcept {
    std::this_thread::sleep_for(std::chrono::microseconds{50});
  }
  void wake() noexcept {}
#endif

  std::atomic<std::uint32_t> word_{open};
};
static_assert(sizeof(StripeLock) == 4);

/// Holds a StripeLock until it goes, or nothing.
class StripeGuard {
 public:
  StripeGuard() noexcept = default;
  StripeGuard(StripeLock& lock, const Deadline& deadline) noexcept
      : lock_{lock.lock(deadline) ? &lock : nullptr} {}
  StripeGuard(StripeGuard&& other) noexcept : lock_{std::exchange(other.lock_, nullptr)} {}
  StripeGuard& operator=(StripeGuard&& other) noexcept {
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~StripeGuard() { release(); }

  explicit operator bool() const noexcept { return lock_ != nullptr; }
  void release() noexcept {
    if (StripeLock* lock = std::exchange(lock_, nullptr)) lock->unlock();
  }

 private:
  StripeLock* lock_ = nullptr;
};

}  // namespace booking::inline v0::detail
