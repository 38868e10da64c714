// The checker checked: histories that a correct inventory can have are accepted, and bad ones are
// not, each for its own reason.
#include "support/linearizability.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "support/operations.hpp"

using namespace booking_test;

namespace {

// One slot with two seats.
Verdict judge(const History& history, std::int64_t most_steps = 100'000) {
  return linearize(history, {{0, 2}}, most_steps);
}
bool accepted(const History& history) {
  return judge(history).linearizable();
}
bool rejected(const History& history) {
  const Verdict verdict = judge(history);
  return verdict.problems.size() == 1 && verdict.undecided == 0;
}

}  // namespace

TEST_CASE("a history of one caller after another is accepted") {
  CHECK(accepted({}));
  CHECK(accepted({read({0, 1}, 2), book(1, 2, {2, 3}), read({4, 5}, 0),
                  book(2, 1, {6, 7}, {Word::sold_out, 0}), cancel(1, {8, 9}), read({10, 11}, 2),
                  cancel(1, {12, 13}, Word::unchanged), cancel(3, {14, 15}, Word::not_found)}));
}

TEST_CASE("calls at the same time may have happened in any order") {
  // Who read 0 saw both bookings, who read 1 only one of them; sold out comes between two others.
  CHECK(accepted({book(1, 1, {0, 10}), book(2, 1, {0, 10}), read({1, 2}, 1), read({3, 4}, 0)}));
  CHECK(accepted({book(1, 2, {0, 10}), book(2, 1, {0, 10}, {Word::sold_out, 0}), cancel(1, {0, 10}),
                  read({11, 12}, 2)}));
  // One call ends at the instant at which the next begins: nobody knows which was first.
  CHECK(accepted({book(1, 1, {0, 5}), read({5, 6}, 2)}));
}

TEST_CASE("holds, confirmation, capacity and ids sent again are understood") {
  CHECK(accepted({hold(1, 2, {0, 1}), book(1, 2, {2, 3}, {Word::replayed, code(Status::held)}),
                  confirm(1, {4, 5}), confirm(1, {6, 7}, Word::unchanged),
                  set_capacity(1, {8, 9}, Word::capacity_in_use),
                  set_capacity(3, {10, 11}, Word::changed), read({12, 13}, 1), cancel(1, {14, 15}),
                  confirm(1, {16, 17}, Word::not_held), find(1, {18, 19}, Status::cancelled)}));
  CHECK(accepted({book(1, 3, {0, 1}, {Word::sold_out, 2}, Again::yes), resolve(1, {2, 3}),
                  book(1, 3, {4, 5}, {Word::id_void, 0}, Again::yes)}));
}

TEST_CASE("an oversell is rejected") {
  CHECK(rejected({book(1, 1, {0, 9}), book(2, 1, {0, 9}), book(3, 1, {0, 9})}));
}

TEST_CASE("a lost booking is rejected") {
  CHECK(rejected({book(1, 1, {0, 1}), read({2, 3}, 1), read({4, 5}, 2)}));
  CHECK(rejected({book(1, 1, {0, 1}), find(1, {2, 3}, std::nullopt)}));
}

TEST_CASE("a stale read is rejected") {
  CHECK(rejected({book(1, 1, {0, 1}), read({2, 3}, 2)}));
  CHECK(rejected({book(1, 1, {0, 9}), read({2, 3}, 1), read({4, 5}, 2)}));
}

TEST_CASE("a cancelled booking that comes back is rejected") {
  CHECK(rejected({book(1, 1, {0, 1}), cancel(1, {2, 3}), read({4, 5}, 1)}));
  CHECK(rejected({book(1, 1, {0, 1}), cancel(1, {2, 3}), find(1, {4, 5}, Status::confirmed)}));
  CHECK(rejected({book(1, 1, {0, 1}), cancel(1, {2, 3}), cancel(1, {4, 5})}));
}

TEST_CASE("one id applied twice is rejected") {
  CHECK(rejected({book(1, 1, {0, 1}), book(1, 1, {2, 3})}));
  CHECK(rejected({book(1, 1, {0, 1}), book(1, 1, {2, 3}, {Word::replayed, code(Status::confirmed)}),
                  read({4, 5}, 0)}));
}

TEST_CASE("sold out with room is rejected") {
  CHECK(rejected({book(1, 1, {0, 1}), book(2, 1, {2, 3}, {Word::sold_out, 0})}));
  CHECK(rejected({book(1, 2, {0, 1}), cancel(1, {2, 3}), book(2, 1, {4, 5}, {Word::sold_out, 0})}));
  CHECK(rejected({book(1, 1, {0, 1}), book(2, 2, {2, 3}, {Word::sold_out, 0})}));  // 1 was left
}

TEST_CASE("a second booking of one user in one slot is rejected, and its refusal is not") {
  Operation second = book(2, 1, {2, 3});
  second.call.user = 1;
  CHECK(rejected({book(1, 1, {0, 1}), second}));
  second.answer = {Word::already_booked, 0};
  CHECK(accepted({book(1, 1, {0, 1}), second}));
  CHECK(rejected({second}));
}

TEST_CASE("an answer from the future is rejected") {
  CHECK(rejected({read({0, 1}, 1), book(1, 1, {2, 3})}));
  CHECK(rejected({cancel(1, {0, 1}), book(1, 1, {2, 3})}));
}

TEST_CASE("the order of real time holds between callers of different processes") {
  CHECK(accepted({set_capacity(5, {0, 3}, Word::changed), set_capacity(1, {2, 5}, Word::changed),
                  read({6, 7}, 5)}));
  CHECK(rejected({set_capacity(5, {0, 1}, Word::changed), set_capacity(1, {2, 5}, Word::changed),
                  read({6, 7}, 5)}));
}

TEST_CASE("an id that was given up is not booked any more") {
  CHECK(rejected({resolve(1, {0, 1}), book(1, 1, {2, 3})}));
  CHECK(rejected({book(1, 3, {0, 1}, {Word::sold_out, 2}, Again::yes),
                  set_capacity(5, {2, 3}, Word::changed), book(1, 3, {4, 5})}));
  // The first request may come late, but not after that.
  CHECK(rejected({book_unknown(1, 1, 0), resolve(1, {2, 3}), read({4, 5}, 1)}));
}

TEST_CASE("an operation of unknown outcome may have happened or not, at any later time") {
  CHECK(accepted({book_unknown(1, 1, 0), read({2, 3}, 2)}));
  CHECK(accepted({book_unknown(1, 1, 0), read({2, 3}, 1)}));
  CHECK(accepted({book_unknown(1, 1, 0), read({2, 3}, 2), read({4, 5}, 1)}));
  CHECK(accepted({book(1, 2, {0, 1}), cancel_unknown(1, 2), book(2, 1, {4, 5}, {Word::sold_out, 0}),
                  book(3, 2, {6, 7})}));
  CHECK(accepted({book_unknown(1, 1, 0), book(1, 1, {2, 3}, {Word::changed, 0}, Again::yes)}));
  CHECK(accepted({book_unknown(1, 1, 0),
                  book(1, 1, {2, 3}, {Word::replayed, code(Status::confirmed)}, Again::yes)}));
}

TEST_CASE("an operation of unknown outcome happens once at most, and not before it was asked for") {
  CHECK(rejected({book_unknown(1, 1, 0), read({2, 3}, 0)}));
  CHECK(rejected({book_unknown(1, 1, 0), read({2, 3}, 1), read({4, 5}, 2)}));
  CHECK(rejected({read({0, 1}, 1), book_unknown(1, 1, 2)}));
  CHECK(rejected({book_unknown(1, 3, 0), read({2, 3}, 0)}));  // more seats than there are
}

TEST_CASE("what surely did nothing is left out") {
  CHECK(accepted({book(1, 1, {0, 1}, {Word::nothing, 0}), read({2, 3}, 2)}));
  CHECK(rejected({book(1, 1, {0, 1}, {Word::nothing, 0}), read({2, 3}, 1)}));
}

TEST_CASE("slots are judged each by itself, and the one that is wrong is named") {
  Operation elsewhere = read({4, 5}, 0);
  elsewhere.call.slot = 7;
  const Verdict verdict =
      linearize({book(1, 1, {0, 1}), read({2, 3}, 1), elsewhere}, {{0, 2}, {7, 1}});
  REQUIRE(verdict.problems.size() == 1);
  CHECK(verdict.problems[0].find("slot 7: remaining 1 of 1") == 0);
  CHECK(verdict.problems[0].find(to_string(elsewhere)) != std::string::npos);
}

TEST_CASE("a search that takes too long is undecided, not right and not wrong") {
  // 12 bookings of one instant, and a reading that none of their orders can explain.
  History history;
  for (int i = 1; i <= 12; ++i) history.push_back(book(i, 1, {0, 9}));
  history.push_back(read({10, 11}, 13));
  const Verdict hurried = linearize(history, {{0, 20}}, 100);
  CHECK(hurried.undecided == 1);
  CHECK(hurried.problems.empty());
  CHECK(!hurried.linearizable());
  CHECK(linearize(history, {{0, 20}}, 1'000'000).problems.size() == 1);
}

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
