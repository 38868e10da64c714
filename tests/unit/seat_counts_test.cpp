// The checks that only count seats: what they find, and that they find nothing in what is right.
#include "support/seat_counts.hpp"

#include <doctest/doctest.h>

#include "support/operations.hpp"

using namespace booking_test;

namespace {

const Capacities two_seats{{0, 2}};

std::size_t oversold_in(const History& history) {
  return oversold(history, two_seats).size();
}
std::size_t wrongly_refused_in(const History& history) {
  return refused_with_room(history, two_seats).size();
}
// The problems of a history after which these bookings are there, of one seat each.
std::size_t problems_after(const History& history, const std::vector<int>& live,
                           std::int64_t remaining) {
  Books books{.live = {}, .remaining = {{0, remaining}}};
  for (const int id : live) books.live[booking::BookingId{id}] = {.slot = 0, .seats = 1};
  return not_conserved(history, two_seats, books).size();
}

}  // namespace

TEST_CASE("counting finds seats sold twice") {
  CHECK(oversold_in({book(1, 1, {0, 1}), book(2, 1, {0, 9})}) == 0);
  CHECK(oversold_in({book(1, 1, {0, 1}), book(2, 2, {0, 9})}) == 1);
  CHECK(oversold_in({book(1, 2, {0, 1}), book(2, 2, {5, 9}), cancel(1, {10, 11})}) == 1);
}

TEST_CASE("counting takes a seat as given back once its cancelling was asked for") {
  CHECK(oversold_in({book(1, 2, {0, 1}), cancel(1, {4, 20}), book(2, 2, {3, 5})}) == 0);
  CHECK(oversold_in({book(1, 2, {0, 1}), cancel_unknown(1, 5), book(2, 2, {3, 5})}) == 0);
  CHECK(oversold_in({book(1, 2, {0, 1}), cancel(1, {4, 6}, Word::not_found), book(2, 2, {3, 5})}) ==
        1);
}

TEST_CASE("counting leaves bookings of unknown outcome out until somebody has found them") {
  CHECK(oversold_in({book(1, 2, {0, 1}), book_unknown(2, 1, 0)}) == 0);
  CHECK(oversold_in(
            {book(1, 2, {0, 1}), book_unknown(2, 1, 0), find(2, {5, 6}, Status::confirmed)}) == 1);
}

TEST_CASE("counting finds sold out with room") {
  const booking_test::Answer sold_out{Word::sold_out, 0};
  CHECK(wrongly_refused_in({book(1, 1, {0, 1}), book(2, 1, {2, 3}, sold_out)}) == 1);
  CHECK(wrongly_refused_in({book(1, 1, {0, 1}), book(2, 2, {2, 3}, sold_out)}) == 0);
  CHECK(wrongly_refused_in(
            {book(1, 1, {0, 1}), book(3, 1, {3, 9}), book(2, 1, {2, 3}, sold_out)}) == 0);
  CHECK(wrongly_refused_in(
            {book(1, 1, {0, 1}), book(3, 1, {4, 9}), book(2, 1, {2, 3}, sold_out)}) == 1);
  CHECK(wrongly_refused_in({book(1, 2, {0, 1}), cancel(1, {2, 3}), book(2, 1, {3, 4}, sold_out)}) ==
        0);
  CHECK(wrongly_refused_in({book(1, 2, {0, 1}), cancel(1, {2, 3}), book(2, 1, {4, 5}, sold_out)}) ==
        1);
  // Given back and taken at one instant: both may have been taken for a moment.
  CHECK(wrongly_refused_in({book(1, 1, {0, 1}), cancel(1, {2, 5}), book(3, 1, {5, 9}),
                            book(2, 1, {5, 6}, sold_out)}) == 0);
  CHECK(wrongly_refused_in({book_unknown(1, 2, 0), book(2, 1, {4, 5}, sold_out)}) == 0);
}

TEST_CASE("counting allows for a capacity that may have changed") {
  const Operation more = set_capacity(3, {0, 1}, Word::changed);
  CHECK(oversold_in({more, book(1, 3, {2, 3})}) == 0);
  CHECK(oversold_in({more, book(1, 4, {2, 3})}) == 1);
  CHECK(oversold_in({set_capacity(3, {0, 1}, Word::nothing), book(1, 3, {2, 3})}) == 1);
  const Operation fewer = set_capacity(1, {0, 1}, Word::unknown);
  CHECK(wrongly_refused_in({fewer, book(1, 2, {2, 3}, {Word::sold_out, 1})}) == 0);
}

TEST_CASE("after the run every booking answered is there, and every cancelled one is not") {
  const History history{book(1, 1, {0, 1}), book(2, 1, {2, 3}), cancel(2, {4, 5})};
  CHECK(problems_after(history, {1}, 1) == 0);
  CHECK(problems_after(history, {}, 2) == 1);      // 1 is lost
  CHECK(problems_after(history, {1, 2}, 0) == 1);  // 2 came back
  CHECK(problems_after(history, {1}, 2) == 1);     // a seat that is not there
  CHECK(problems_after(history, {1, 3}, 0) == 1);  // a booking that nobody made
}

TEST_CASE("after the run a booking of unknown outcome is there or not, one given up is not") {
  CHECK(problems_after({book_unknown(1, 1, 0)}, {1}, 1) == 0);
  CHECK(problems_after({book_unknown(1, 1, 0)}, {}, 2) == 0);
  CHECK(problems_after({book(1, 1, {0, 1}), cancel_unknown(1, 2)}, {1}, 1) == 0);
  CHECK(problems_after({book(1, 1, {0, 1}), cancel_unknown(1, 2)}, {}, 2) == 0);
  CHECK(problems_after({book_unknown(1, 1, 0), resolve(1, {2, 3})}, {1}, 1) == 1);
  CHECK(problems_after({book(1, 1, {0, 1}, {Word::sold_out, 0})}, {1}, 1) == 1);
}
