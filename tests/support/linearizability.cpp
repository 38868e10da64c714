// The search for an order of one slot's operations.
//
// Two things keep it short. An operation that is possible now and changes nothing is taken at once:
// taken later it would change nothing either. And one of unknown outcome is tried only after all
// others, so it is taken where something shows that it happened.
#include "support/linearizability.hpp"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

#include "support/slot_model.hpp"

namespace booking_test {

namespace {

class Search {
 public:
  Search(const std::vector<const Operation*>& operations, std::int64_t capacity)
      : operations_{operations}, model_{operations}, taken_(operations.size(), false) {
    for (std::size_t nth = 0; nth < operations.size(); ++nth) {
      if (operations[nth]->unknown()) unknown_.push_back(nth);
    }
    start_.state = model_.initial(capacity);
    start_.definite_left = operations.size() - unknown_.size();
  }

  enum class End { found, none, given_up };

  End run(std::int64_t most_steps) {
    std::vector<Point> path;
    arrive(start_);
    remember_if_far(start_);
    path.push_back(std::move(start_));
    while (!path.empty()) {
      Point& here = path.back();
      if (here.definite_left == 0) return End::found;
      if (here.next == here.choices.size()) {
        leave(here);
        path.pop_back();
        continue;
      }
      if (++steps_ > most_steps) return End::given_up;
      Point there = go_on(here, here.choices[here.next++]);
      if (visited_.insert(name(there)).second) {
        remember_if_far(there);
        path.push_back(std::move(there));
      } else {
        leave(there);
      }
    }
    return End::none;
  }

  std::int64_t steps() const noexcept { return steps_; }

  // What could not be answered as it was, at the point that got furthest.
  std::string complaint() const {
    std::string text = "remaining " + std::to_string(stuck_.remaining()) + " of " +
                       std::to_string(stuck_.capacity) + ", no next operation among";
    for (const std::size_t nth : stuck_at_) text += "\n  " + to_string(*operations_[nth]);
    return text;
  }

 private:
  struct Point {
    SlotModel::State state{};
    std::vector<std::size_t> steps{};    // taken to get here from the point before
    std::vector<std::size_t> choices{};  // of the next operation
    std::size_t next = 0;                // choice to be tried
    std::size_t definite_left = 0;
    std::size_t first = 0;  // all definite operations before this one are taken
  };

  // Takes what is free to take and finds the choices.
  void arrive(Point& point) {
    for (bool again = true; again;) {
      again = false;
      point.choices.clear();
      std::vector<std::size_t> unknown;
      for (const std::size_t nth : possible_next(point)) {
        SlotModel::State after = point.state;
        if (!model_.step(nth, after)) continue;
        const bool changes = after != point.state;
        if (operations_[nth]->unknown()) {
          if (changes) unknown.push_back(nth);
        } else if (changes) {
          point.choices.push_back(nth);
        } else {
          take(point, nth);
          again = true;
        }
      }
      point.choices.insert(point.choices.end(), unknown.begin(), unknown.end());
    }
  }

  // Those that no other one left has to come before.
  std::vector<std::size_t> possible_next(Point& point) const {
    const auto skip = [&](std::size_t nth) { return taken_[nth] || operations_[nth]->unknown(); };
    while (point.first < operations_.size() && skip(point.first)) ++point.first;
    Nanoseconds first_end = Operation::never;
    std::vector<std::size_t> possible;
    for (std::size_t nth = point.first; nth < operations_.size(); ++nth) {
      if (operations_[nth]->invoked > first_end) break;
      if (taken_[nth]) continue;
      possible.push_back(nth);
      first_end = std::min(first_end, operations_[nth]->end());
    }
    for (const std::size_t nth : unknown_before(point.first)) possible.push_back(nth);
    return possible;
  }

  std::vector<std::size_t> unknown_before(std::size_t end) const {
    std::vector<std::size_t> open;
    for (const std::size_t nth : unknown_) {
      if (nth < end && !taken_[nth]) open.push_back(nth);
    }
    return open;
  }

  Point go_on(const Point& from, std::size_t nth) {
    Point to;
    to.state = from.state;
    to.definite_left = from.definite_left;
    to.first = from.first;
    model_.step(nth, to.state);
    take(to, nth);
    arrive(to);
    return to;
  }

  void take(Point& point, std::size_t nth) {
    taken_[nth] = true;
    point.steps.push_back(nth);
    if (!operations_[nth]->unknown()) --point.definite_left;
  }
  void leave(const Point& point) {
    for (const std::size_t nth : point.steps) taken_[nth] = false;
  }

  // Where the search is: which operations are taken, and how the slot stands.
  std::string name(const Point& point) const {
    std::string text = std::to_string(point.first) + ' ' + std::to_string(point.state.capacity);
    for (const std::size_t nth : unknown_before(point.first)) text += ' ' + std::to_string(nth);
    text += ':';
    std::size_t last = operations_.size();
    while (last > point.first && !taken_[last - 1]) --last;
    for (std::size_t nth = point.first; nth < last; ++nth) text += taken_[nth] ? '1' : '0';
    return text + ' ' + point.state.bookings;
  }

  void remember_if_far(Point& point) {
    if (point.definite_left >= least_left_) return;
    least_left_ = point.definite_left;
    stuck_ = point.state;
    stuck_at_ = possible_next(point);
  }

  const std::vector<const Operation*>& operations_;
  const SlotModel model_;
  std::vector<bool> taken_;
  std::vector<std::size_t> unknown_{};
  std::unordered_set<std::string> visited_{};
  Point start_{};
  std::int64_t steps_ = 0;

  std::size_t least_left_ = SIZE_MAX;
  SlotModel::State stuck_{};
  std::vector<std::size_t> stuck_at_{};
};

}  // namespace

Verdict linearize(const History& history, const Capacities& capacities, std::int64_t most_steps) {
  std::map<std::int32_t, std::vector<const Operation*>> slots;
  Verdict verdict;
  for (const Operation& operation : history) {
    ++verdict.operations;
    if (operation.unknown()) ++verdict.unknown;
    // What did nothing may stand anywhere.
    if (operation.answer.word != Word::nothing) slots[operation.call.slot].push_back(&operation);
  }
  for (auto& [slot, operations] : slots) {
    std::stable_sort(
        operations.begin(), operations.end(),
        [](const Operation* a, const Operation* b) { return a->invoked < b->invoked; });
    Search search{operations, capacities.at(slot)};
    const auto end = search.run(most_steps);
    verdict.steps += search.steps();
    if (end == Search::End::given_up) ++verdict.undecided;
    if (end == Search::End::none) {
      verdict.problems.push_back("slot " + std::to_string(slot) + ": " + search.complaint());
    }
  }
  return verdict;
}

}  // namespace booking_test
