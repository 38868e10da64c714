// Clocks, random numbers and observers that unit tests script or look into.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <string>
#include <vector>

#include "booking/observer.hpp"
#include "booking/time.hpp"

namespace booking_test {

// Gives the scripted numbers, then 0 for ever.
class ScriptedRandom final : public booking::Random {
 public:
  ScriptedRandom(std::initializer_list<std::uint64_t> numbers) : numbers_{numbers} {}
  std::uint64_t next() noexcept override {
    const std::lock_guard guard{mutex_};
    if (numbers_.empty()) return 0;
    const std::uint64_t number = numbers_.front();
    numbers_.pop_front();
    return number;
  }

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> numbers_;
};

// Stands still, and counts how often a deadline asked it. A lock asks it once more when a caller
// has queued up, so the count shows from outside that a thread is waiting.
class CountingClock final : public booking::Clock {
 public:
  std::chrono::steady_clock::time_point steady_now() const noexcept override {
    ++asked_;
    return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{now_.load()}};
  }
  void advance(std::chrono::nanoseconds duration) noexcept { now_ += duration.count(); }
  std::int64_t asked() const noexcept { return asked_; }

 private:
  mutable std::atomic<std::int64_t> asked_{0};
  std::atomic<std::int64_t> now_{0};
};

// Keeps what it was told.
class RecordingObserver final : public booking::Observer {
 public:
  struct Call {
    std::string operation;
    std::string error;  // its code; empty for success
    std::int32_t attempts = 0;
    std::chrono::nanoseconds duration{};
  };
  void on_call(const booking::CallEvent& event) noexcept override {
    const std::lock_guard guard{mutex_};
    calls_.push_back({std::string{event.operation},
                      event.error == nullptr ? "" : std::string{to_string(event.error->code)},
                      event.attempts, event.duration});
  }
  void on_retry(const booking::RetryEvent& event) noexcept override {
    const std::lock_guard guard{mutex_};
    pauses_.push_back(event.pause);
  }
  std::vector<Call> calls() const {
    const std::lock_guard guard{mutex_};
    return calls_;
  }
  std::vector<std::chrono::nanoseconds> pauses() const {
    const std::lock_guard guard{mutex_};
    return pauses_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::vector<std::chrono::nanoseconds> pauses_;
};

}  // namespace booking_test
