// The checker on random histories: long ones of a correct inventory, and short ones of any kind, on
// which it has to agree with trying out every order.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <vector>

#include "support/linearizability.hpp"
#include "support/operations.hpp"
#include "support/slot_model.hpp"

using namespace booking_test;

namespace {

// A history as 8 callers of a correct inventory would have it: each operation takes effect at an
// instant of its own, in the naive way below, and its interval reaches some way to both sides.
class Simulation {
 public:
  explicit Simulation(std::uint32_t seed) : random_{seed} {}

  History run(int operations, int slots) {
    History history;
    for (int i = 0; i < operations; ++i) {
      const std::int32_t slot = below(slots);
      Operation made = next(slot);
      made.call.slot = slot;
      const Nanoseconds at = 100 * i;
      made.invoked = at - 1 - below(400);
      made.returned = at + 1 + below(400);
      const bool lost = below(100) < 2;
      if (!lost || below(2) == 0) carry_out(made);
      if (lost) made.answer = {};
      history.push_back(made);
    }
    return history;
  }

 private:
  struct Slot {
    int remaining = 2;
    std::map<int, int> live{};  // seats by id
  };

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  Operation next(std::int32_t slot) {
    const int choice = below(10);
    if (choice < 5) return book(++last_id_, 1 + below(2), {0, 0});
    if (choice < 8) return read({0, 0}, 0);
    const auto& live = slots_[slot].live;
    return cancel(live.empty() ? 1'000'000 + ++last_id_ : live.begin()->first, {0, 0});
  }

  void carry_out(Operation& made) {
    Slot& slot = slots_[made.call.slot];
    const int id = static_cast<int>(made.call.id.low());
    if (made.call.verb == Verb::read) {
      made.answer = {Word::remaining, slot.remaining};
    } else if (made.call.verb == Verb::cancel) {
      made.answer = {slot.live.count(id) != 0 ? Word::changed : Word::not_found, 0};
      if (slot.live.count(id) != 0) slot.remaining += slot.live[id];
      slot.live.erase(id);
    } else if (made.call.seats > slot.remaining) {
      made.answer = {Word::sold_out, slot.remaining};
    } else {
      made.answer = {Word::changed, 0};
      slot.remaining -= slot.live[id] = made.call.seats;
    }
  }

  std::mt19937 random_;
  int last_id_ = 0;
  std::map<std::int32_t, Slot> slots_{};
};

Capacities two_seats_each(int slots) {
  Capacities capacities;
  for (std::int32_t slot = 0; slot < slots; ++slot) capacities[slot] = 2;
  return capacities;
}

}  // namespace

TEST_CASE("5,000 operations over 100 slots, some of unknown outcome, are decided and accepted") {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    const History history = Simulation{seed}.run(5000, 100);
    const Verdict verdict = linearize(history, two_seats_each(100));
    CHECK(verdict.linearizable());
    CHECK(verdict.undecided == 0);
    CHECK(verdict.operations == 5000);
    CHECK(verdict.unknown > 50);
  }
}

TEST_CASE("5,000 operations of one slot, eight at a time, are decided and accepted") {
  const Verdict verdict = linearize(Simulation{4}.run(5000, 1), two_seats_each(1));
  CHECK(verdict.linearizable());
}

TEST_CASE("one wrong reading in a long history is found") {
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
    CAPTURE(seed);
    History history = Simulation{seed}.run(5000, 100);
    const auto wrong =
        std::find_if(history.begin() + 2500, history.end(),
                     [](const Operation& made) { return made.answer.word == Word::remaining; });
    REQUIRE(wrong != history.end());
    wrong->answer.value = 3;  // of 2
    const Verdict verdict = linearize(history, two_seats_each(100));
    CHECK(verdict.problems.size() == 1);
    CHECK(verdict.undecided == 0);
  }
}

namespace {

// Wing and Gong's search as it is defined, with nothing left out.
class EveryOrder {
 public:
  explicit EveryOrder(const History& history) : operations_{pointers(history)} {}

  bool some_is_right() const {
    return right(std::vector<bool>(operations_.size(), false), model_.initial(2));
  }

 private:
  static std::vector<const Operation*> pointers(const History& history) {
    std::vector<const Operation*> all;
    for (const Operation& made : history) all.push_back(&made);
    return all;
  }
  bool right(const std::vector<bool>& taken, const SlotModel::State& state) const {
    bool over = true;
    Nanoseconds first_end = Operation::never;
    for (std::size_t nth = 0; nth < operations_.size(); ++nth) {
      if (taken[nth] || operations_[nth]->unknown()) continue;
      over = false;
      first_end = std::min(first_end, operations_[nth]->end());
    }
    if (over) return true;
    for (std::size_t nth = 0; nth < operations_.size(); ++nth) {
      if (taken[nth] || operations_[nth]->invoked > first_end) continue;
      SlotModel::State after = state;
      if (!model_.step(nth, after)) continue;
      std::vector<bool> then = taken;
      then[nth] = true;
      if (right(then, after)) return true;
    }
    return false;
  }

  std::vector<const Operation*> operations_;
  SlotModel model_{operations_};
};

// Six operations at about the same time, answered as it may be or not.
History any_history(std::mt19937& random) {
  const auto below = [&](int end) { return static_cast<int>(random() % unsigned(end)); };
  History history;
  for (int i = 0; i < 6; ++i) {
    const int id = 1 + below(2);
    const Nanoseconds from = below(12);
    const Interval at{from, from + 1 + below(12)};
    const int choice = below(10);
    Operation made = choice < 3   ? book(id, id, at)
                     : choice < 5 ? cancel(id, at)
                     : choice < 7 ? set_capacity(1 + below(3), at, Word::changed)
                                  : read(at, below(4));
    if (below(4) == 0) made.answer = {};
    history.push_back(made);
  }
  return history;
}

}  // namespace

TEST_CASE("on short histories the search agrees with trying every order") {
  std::mt19937 random{7};
  int right = 0;
  int wrong = 0;
  int different = 0;
  for (int round = 0; round < 20'000; ++round) {
    const History history = any_history(random);
    const bool expected = EveryOrder{history}.some_is_right();
    ++(expected ? right : wrong);
    if (linearize(history, {{0, 2}}).linearizable() != expected) ++different;
  }
  CHECK(different == 0);
  CHECK(right > 1000);
  CHECK(wrong > 1000);
}
