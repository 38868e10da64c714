// Many threads that move one booking at the same moment: one of them does it, the others are told.
#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("1.4 16 cancels of one booking give one seat back") {
  Crew crew{16};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 50);
    REQUIRE(inventory.book({.user = "somebody else", .slot = slot(0), .seats = 48}));
    for (int round = 0; round < pairing.rounds(200, 20); ++round) {
      const auto booked = inventory.book({.user = "alice", .slot = slot(0)});
      REQUIRE(booked.has_value());
      const Results results = crew.collect([&](int member) {
        // By id alone and with the owner named; both are one and the same move.
        return member % 2 == 0 ? inventory.cancel({.id = booked->booking.id})
                               : inventory.cancel({.id = booked->booking.id, .user = "alice"});
      });
      CHECK(changed_in(results) == 1);
      CHECK(std::all_of(results.begin(), results.end(), [](const auto& result) {
        return result && result->booking.status == Status::cancelled &&
               result->booking.version == 2;
      }));
      CHECK(look(inventory, 0).used == 48);
    }
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("of 32 approvals and rejections of one pending booking exactly one takes effect") {
  Crew crew{32};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 2, Approval::required);
    for (int round = 0; round < pairing.rounds(200, 20); ++round) {
      const auto booked = inventory.book({.user = "alice", .slot = slot(0), .seats = 2});
      REQUIRE(booked.has_value());
      const BookingId id = booked->booking.id;
      const Results results = crew.collect([&](int member) {
        return member % 2 == 0 ? inventory.approve({.id = id})
                               : inventory.reject({.id = id, .message = "full"});
      });
      const auto now = inventory.find(id);
      REQUIRE(now.has_value());
      const Booking& booking = now->value();
      const bool approved = booking.status == Status::confirmed;
      CHECK(changed_in(results) == 1);
      CHECK(booking.version == 2);
      CHECK(booking.message == (approved ? "" : "full"));
      CHECK(refused_in(results, ErrorCode::invalid_transition) == 16);
      CHECK(look(inventory, 0).used == (approved ? 2 : 0));
      if (approved) REQUIRE(inventory.cancel({.id = id}));
    }
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("a cancel beside a rejection gives the seats back once") {
  Crew crew{8};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 50, Approval::required);
    REQUIRE(inventory.book({.user = "somebody else", .slot = slot(0), .seats = 40}));
    for (int round = 0; round < pairing.rounds(200, 20); ++round) {
      const auto booked = inventory.book({.user = "alice", .slot = slot(0), .seats = 3});
      REQUIRE(booked.has_value());
      const BookingId id = booked->booking.id;
      const Results results = crew.collect([&](int member) {
        return member % 2 == 0 ? inventory.cancel({.id = id})
                               : inventory.reject({.id = id, .message = {}});
      });
      CHECK(changed_in(results) == 1);
      CHECK(look(inventory, 0).used == 40);
    }
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("32 approvals, rejections and cancels of one booking: its version counts the moves") {
  Crew crew{32};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 50, Approval::required);
    REQUIRE(inventory.book({.user = "somebody else", .slot = slot(0), .seats = 40}));
    for (int round = 0; round < pairing.rounds(200, 20); ++round) {
      const auto booked = inventory.book({.user = "alice", .slot = slot(0), .seats = 3});
      REQUIRE(booked.has_value());
      const BookingId id = booked->booking.id;
      const Results results = crew.collect([&](int member) {
        if (member % 4 == 0) return inventory.cancel({.id = id});
        return member % 2 == 0 ? inventory.approve({.id = id})
                               : inventory.reject({.id = id, .message = "full"});
      });
      const auto now = inventory.find(id);
      REQUIRE(now.has_value());
      const Booking& booking = now->value();
      // An approval may be followed by a cancel; a rejection or a cancel is the end.
      CHECK(changed_in(results) >= 1);
      CHECK(changed_in(results) <= 2);
      CHECK(booking.version == 1 + changed_in(results));
      CHECK((booking.status == Status::rejected || booking.status == Status::cancelled));
      CHECK(look(inventory, 0).used == 40);
    }
    check_conservation(inventory, clinic, {});
  }
}
