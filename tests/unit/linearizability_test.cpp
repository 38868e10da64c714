// The checker checked: histories that a correct inventory can have are accepted, and bad ones are
// not, each for its own reason.
#include "support/linearizability.hpp"

#include <doctest/doctest.h>

#include <optional>

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

TEST_CASE("places that look alike are kept apart when other operations lie behind them") {
  const Word changed = Word::changed;
  CHECK(accepted({read({0, 100}, 7), set_capacity(5, {1, 10}, changed), book(1, 1, {2, 10}),
                  read({3, 10}, 1), set_capacity(8, {20, 30}, changed)}));
  CHECK(accepted({book_unknown(1, 2, 0), set_capacity(1, {1, 10}, changed),
                  set_capacity(2, {2, 10}, changed), book(1, 2, {20, 21}, {Word::id_void, 0})}));
}
