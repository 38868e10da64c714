// What a recorded run is held against once it is over: an order of its calls, counts of its seats,
// and what the inventory says. Used by the concurrency tests and by fault tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "concurrency/setup.hpp"
#include "support/history.hpp"
#include "support/linearizability.hpp"
#include "support/seat_counts.hpp"

namespace booking_test {

inline Capacities equal_capacities(int slots, std::int64_t seats_each) {
  Capacities all;
  for (std::int32_t number = 0; number < slots; ++number) all[number] = seats_each;
  return all;
}

// Of the clinic's slots.
inline Books books_of(const booking::SlotInventory& inventory, const Capacities& capacities) {
  Books books;
  std::map<booking::SlotKey, std::int32_t> numbers;
  for (const auto& [number, capacity] : capacities) {
    books.remaining[number] = look(inventory, number).remaining;
    numbers[slot(number)] = number;
  }
  for (const booking::Booking& booking : all_bookings(inventory)) {
    if (!booking.live()) continue;
    const bool once =
        books.live.try_emplace(booking.id, Books::Live{numbers.at(booking.slot), booking.seats})
            .second;
    CHECK_MESSAGE(once, "listed twice: ", to_string(booking.id));
  }
  return books;
}

inline std::vector<std::string> counting_problems(const History& history,
                                                  const Capacities& capacities) {
  auto problems = oversold(history, capacities);
  const auto refused = refused_with_room(history, capacities);
  problems.insert(problems.end(), refused.begin(), refused.end());
  return problems;
}

// How many calls began while another on the same slot was under way, and were answered.
inline int met(History history) {
  std::sort(history.begin(), history.end(),
            [](const Operation& a, const Operation& b) { return a.invoked < b.invoked; });
  std::map<std::int32_t, Nanoseconds> latest_end;
  int count = 0;
  for (const Operation& made : history) {
    if (made.unknown()) continue;
    Nanoseconds& end = latest_end[made.call.slot];
    if (made.invoked < end) ++count;
    end = std::max(end, made.end());
  }
  return count;
}

inline std::int64_t answered(const History& history, Word word) {
  return std::count_if(history.begin(), history.end(),
                       [word](const Operation& made) { return made.answer.word == word; });
}

// `inventory`: as it is after the run, at rest.
inline void check_history(const History& history, const booking::SlotInventory& inventory,
                          const Capacities& capacities) {
  const Verdict verdict = linearize(history, capacities);
  for (const std::string& problem : verdict.problems) FAIL_CHECK(problem);
  CHECK(verdict.undecided == 0);
  for (const std::string& problem : counting_problems(history, capacities)) FAIL_CHECK(problem);
  for (const std::string& problem :
       not_conserved(history, capacities, books_of(inventory, capacities))) {
    FAIL_CHECK(problem);
  }
  MESSAGE(verdict.operations << " operations, " << verdict.unknown << " of unknown outcome, "
                             << met(history) << " begun during another, " << verdict.steps
                             << " steps");
}

}  // namespace booking_test
