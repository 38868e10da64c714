// Whether a history is linearizable: whether there is one order of its operations, true to the
// order of real time, in which each answer is the one that the slots would have given (Wing and
// Gong's search with Lowe's memory of where it has been, slot by slot).
//
// Operations whose outcome is unknown may take effect at any time after their invocation, or never.
// Used by the concurrency and fault tests, after the run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/history.hpp"

namespace booking_test {

using Capacities = std::map<std::int32_t, std::int64_t>;  // by slot, before the first operation

struct Verdict {
  std::vector<std::string> problems{};  // a text for each slot without such an order
  int undecided = 0;                    // slots at which the search was given up
  std::int64_t operations = 0;
  std::int64_t unknown = 0;  // of those
  std::int64_t steps = 0;    // of the search, over all slots

  bool linearizable() const noexcept { return problems.empty() && undecided == 0; }
};

// `most_steps`: for one slot; after so many it is undecided.
Verdict linearize(const History& history, const Capacities& capacities,
                  std::int64_t most_steps = 1'000'000);

}  // namespace booking_test
