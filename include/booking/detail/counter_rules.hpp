// How a counter changes: increments with and without event numbers, and corrections. Used by the
// store in memory; counter.lua of booking::redis does the same on a server.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "booking/counter_store.hpp"
#include "booking/result.hpp"

namespace booking::inline v0::detail {

inline Error beyond_count() {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.subject = Subject::request;
  error.detail = "a count stays within 2^53 of zero";
  return error;
}

/// None: the sum is beyond ±2^53. Both are within.
inline std::optional<std::int64_t> add_counts(std::int64_t a, std::int64_t b) noexcept {
  const std::int64_t sum = a + b;
  if (sum > most_count || sum < -most_count) return std::nullopt;
  return sum;
}

/// What is known of the events of one counter. The count is always the aggregate as of `as_of` and
/// the events behind it that are remembered here, so that an aggregate as of any later number can
/// take the place of the earlier ones.
struct CounterLog {
  std::int64_t as_of = 0;                         ///< events up to here are in the count
  std::int64_t value = 0;                         ///< the count as it was left by what is told here
  bool beside = false;                            ///< it was then found changed without a number
  std::map<std::int64_t, std::int64_t> events{};  ///< counted behind `as_of`: number, by how much

  bool knows(std::int64_t event) const { return event <= as_of || events.contains(event); }

  /// Half of them count as counted for good: those who come late are then taken for repeats.
  void forget_some() {
    const auto middle = std::next(events.begin(), static_cast<std::ptrdiff_t>(events.size() / 2));
    as_of = std::prev(middle)->first;
    events.erase(events.begin(), middle);
  }
};

/// Changes `count`, and `log` when there is an event number.
inline Result<Incremented> increment_counter(std::int64_t& count, std::optional<CounterLog>& log,
                                             const Increment& wanted) {
  if (wanted.event && log && log->knows(*wanted.event)) return Incremented{count, false};
  const auto after = add_counts(count, wanted.by);
  if (!after) return beyond_count();
  if (wanted.event) {
    if (!log) log.emplace();
    log->beside = log->beside || log->value != count;
    log->value = *after;
    log->events.emplace(*wanted.event, wanted.by);
    if (log->events.size() > most_events) log->forget_some();
  }
  count = *after;
  return Incremented{count, true};
}

/// The same for a correction; without `as_of` the events stay as they are.
inline Result<Corrected> correct_counter(std::int64_t& count, std::optional<CounterLog>& log,
                                         const Correction& wanted) {
  if (!wanted.as_of) {
    const std::int64_t before = std::exchange(count, wanted.aggregate);
    return Corrected{before, count, Exactness::approximate};
  }
  CounterLog corrected = log.value_or(CounterLog{});
  if (*wanted.as_of < corrected.as_of) return Corrected{count, count, Exactness::overtaken};
  const bool beside = corrected.beside || corrected.value != count;
  corrected.events.erase(corrected.events.begin(), corrected.events.upper_bound(*wanted.as_of));
  corrected.as_of = *wanted.as_of;
  corrected.value = wanted.aggregate;
  corrected.beside = false;
  for (const auto& [event, by] : corrected.events) {
    const auto after = add_counts(corrected.value, by);
    if (!after) return beyond_count();
    corrected.value = *after;
  }
  log = std::move(corrected);
  const std::int64_t before = std::exchange(count, log->value);
  return Corrected{before, count, beside ? Exactness::approximate : Exactness::exact};
}

}  // namespace booking::inline v0::detail
