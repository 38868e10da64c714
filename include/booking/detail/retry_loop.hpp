// The only loop that repeats a call: bounded by attempts and deadline, with random pauses.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "booking/options.hpp"
#include "booking/result.hpp"

namespace booking::inline v0::detail {

/// Errors after which the same call may be made again: nothing happened and it was a matter of the
/// moment, or it is not known what happened and asking again with the same id finds out.
constexpr bool worth_repeating(ErrorCode code) noexcept {
  return code == ErrorCode::contention || code == ErrorCode::outcome_unknown;
}

/// Calls `attempt()` until it succeeds, fails for good, or attempts or time are used up; the last
/// answer is returned. `before_pause(error, attempt, pause)` is told of each repetition and may
/// forbid it by answering false.
template <class Attempt, class BeforePause>
auto retry_loop(const RetryPolicy& policy, const Deadline& deadline, Clock& clock, Random& random,
                std::int32_t& attempts, Attempt attempt, BeforePause before_pause) {
  std::chrono::nanoseconds ceiling = policy.first_pause;
  attempts = 1;
  auto result = attempt();
  while (!result && worth_repeating(result.error().code) && attempts < policy.attempts &&
         !deadline.expired()) {
    const auto range = static_cast<std::uint64_t>(std::max<std::int64_t>(1, ceiling.count()));
    const std::chrono::nanoseconds pause{static_cast<std::int64_t>(random.next() % range)};
    if (!before_pause(result.error(), attempts, pause)) return result;
    clock.sleep_for(std::min(pause, deadline.remaining()));
    ceiling = std::min<std::chrono::nanoseconds>(ceiling * 2, policy.longest_pause);
    ++attempts;
    result = attempt();
  }
  return result;
}

}  // namespace booking::inline v0::detail
