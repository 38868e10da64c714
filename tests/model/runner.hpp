// Runs a history on a store and on the model side by side, and makes a failing one small.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "booking/store.hpp"
#include "model/step.hpp"

namespace booking_test {

// A fresh store that reads its time from the clock.
using MakeStore = std::function<std::shared_ptr<booking::Store>(booking::UserLimit,
                                                                std::shared_ptr<booking::Clock>)>;
using Coverage = std::map<std::string, std::int64_t>;  // how often each outcome was answered

struct History {
  std::uint64_t seed = 0;
  booking::UserLimit limit{};
  std::vector<Step> steps{};
};

// The history of this seed, user limit included: always the same one.
History generate_history(std::uint64_t seed, int steps);

struct Difference {
  std::size_t step = 0;  // after how many steps it showed
  std::string text;      // the call, what the model says, what the store says
};

// No value: store and model agree on every answer, and on the whole state every hundred steps and
// at the end.
std::optional<Difference> replay(const MakeStore& make, const History& history,
                                 Coverage* coverage = nullptr);

// A history that still differs, out of as few of the steps as can be found by leaving out.
History shrink(const MakeStore& make, History history);

// What to print: the difference, the steps that lead to it, how to see it again.
std::string report(const MakeStore& make, const History& failing);

}  // namespace booking_test
