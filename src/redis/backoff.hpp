// When to try to connect again: one caller at a time, pausing longer after each failure. Used by
// connections.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0::redis {

/// Shared by all callers of one server, so that a server that is down or refuses the password is
/// asked once per pause, whatever the number of callers. Pauses are real time: 10 ms at first,
/// doubled to at most 1 s, of which a random half is left out.
/// Thread safety: any thread.
class Backoff {
 public:
  /// Waits for the turn to make an attempt: report it by succeeded() or failed(), then end_turn().
  ///
  /// Errors: that of the latest attempt, at once when it was a lasting one or when the pause will
  ///   outlast the deadline · timeout, unavailable (another caller's attempt took too long).
  Result<void> wait_turn(const Deadline& deadline);
  void succeeded();
  /// `lasting`: only a person can mend it. Answers the error with `retry_after` set where waiting
  /// helps.
  Error failed(Error error, bool lasting);
  void end_turn() noexcept;

 private:
  using Time = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_pause{10};
  static constexpr std::chrono::milliseconds longest_pause{1000};

  Error latest() const;

  Random random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool trying_ = false;
  std::chrono::nanoseconds pause_ = first_pause;
  Time::time_point next_{};
  std::optional<Error> failure_;  // of the latest attempt
  bool lasting_ = false;
};

}  // namespace booking::inline v0::redis
