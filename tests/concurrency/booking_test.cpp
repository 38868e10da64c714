// Many threads that book at the same moment: the last seat, the user's limit, one id, whole
// batches.
#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("1.5 64 threads on one seat: one winner each round") {
  Crew crew{64};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 1);
    const int rounds = pairing.rounds(1000, 50);
    int rounds_with_one_winner = 0;
    for (int round = 0; round < rounds; ++round) {
      const Results results = crew.collect(
          [&](int member) { return inventory.book({.user = member, .slot = slot(0)}); });
      const bool one = changed_in(results) == 1 && refused_in(results, ErrorCode::sold_out) == 63 &&
                       look(inventory, 0).remaining == 0;
      if (one) ++rounds_with_one_winner;
      for (const auto& result : results) {
        if (result) CHECK(inventory.cancel({.id = result->booking.id}).has_value());
      }
    }
    CHECK(rounds_with_one_winner == rounds);
    CHECK(look(inventory, 0).remaining == 1);
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("1.7 one user booking 64 slots at once gets one booking") {
  Crew crew{64};
  for (const Pairing& pairing : pairings()) {
    for (const UserLimit limit : {UserLimit{}, UserLimit{.max = 2}}) {
      CAPTURE(pairing.name);
      CAPTURE(limit.max);
      SlotInventory inventory = pairing.make(limit);
      open_clinic(inventory, 64, 5);
      for (int round = 0; round < pairing.rounds(50, 3); ++round) {
        const Results results = crew.collect(
            [&](int member) { return inventory.book({.user = "alice", .slot = slot(member)}); });
        CHECK(changed_in(results) == limit.max);
        CHECK(refused_in(results, ErrorCode::user_limit) == 64 - limit.max);
        check_conservation(inventory, clinic, limit);
        for (const auto& result : results) {
          if (result) REQUIRE(inventory.cancel({.id = result->booking.id}));
        }
      }
    }
  }
}

TEST_CASE("one id sent by 32 threads at once is one booking, and the others are told of it") {
  Crew crew{32};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make(UserLimit::none());
    open_clinic(inventory, 1, 2147483647);
    for (int round = 1; round <= pairing.rounds(50, 5); ++round) {
      const BookRequest request{.id = BookingId::generate(),
                                .user = "alice",
                                .slot = slot(0),
                                .seats = 2,
                                .second_in_slot = SecondInSlot::allow};
      const Results results = crew.collect([&](int) { return inventory.book(request); });
      CHECK(changed_in(results) == 1);
      CHECK(replayed_in(results) == 31);
      CHECK(look(inventory, 0).used == 2 * round);
    }
    CHECK(inventory.audit()->clean());
  }
}

TEST_CASE("book_all of 2 + 2 in one slot with 3 seats is refused whole, by all threads at once") {
  Crew crew{16};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 3);
    for (int round = 0; round < pairing.rounds(50, 5); ++round) {
      const auto results = crew.collect([&](int member) {
        return inventory.book_all({{.user = 2 * member, .slot = slot(0), .seats = 2},
                                   {.user = 2 * member + 1, .slot = slot(0), .seats = 2}});
      });
      CHECK(refused_in(results, ErrorCode::sold_out) == 16);
      CHECK(std::all_of(results.begin(), results.end(), [](const auto& result) {
        return !result && result.error().index == 1 && result.error().count == 1;
      }));
    }
    CHECK(look(inventory, 0).remaining == 3);
    CHECK(all_bookings(inventory).empty());
  }
}

TEST_CASE("batches over the same slots in opposite order sell every seat and none twice") {
  Crew crew{16};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    for (int round = 0; round < pairing.rounds(50, 5); ++round) {
      SlotInventory inventory = pairing.make(UserLimit::none());
      open_clinic(inventory, 2, 5);
      const auto results = crew.collect([&](int member) {
        const int first = member % 2;
        return inventory.book_all(
            {{.user = member, .slot = slot(first)}, {.user = member, .slot = slot(1 - first)}});
      });
      CHECK(refused_in(results, ErrorCode::sold_out) == 11);
      CHECK(look(inventory, 0).remaining == 0);
      CHECK(look(inventory, 1).remaining == 0);
      CHECK(all_bookings(inventory).size() == 10);
      check_conservation(inventory, clinic, UserLimit::none());
    }
  }
}
