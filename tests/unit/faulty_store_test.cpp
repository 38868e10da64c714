// FaultyStore: replies and requests that are lost, and calls that fail.
#include "booking/testing/faulty_store.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"

using namespace booking;
using booking::testing::FaultyStore;

namespace {

struct FaultyRig {
  std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>(memory_store());
  SlotInventory inventory{store, no_lock(), {.retry = {.attempts = 1}}};  // it does not ask again
  SlotKey slot{"haircut", "2026-06-01"};

  FaultyRig() {
    inventory.define_service({.id = slot.service}).value();
    inventory.define_slot({.slot = slot, .capacity = 5}).value();
  }
  Result<Receipt> book(int id) {
    return inventory.book({.id = BookingId{id}, .user = id, .slot = slot});
  }
  bool is_booked(int id) { return inventory.find(BookingId{id}).value().has_value(); }
};

}  // namespace

TEST_CASE("a lost reply is outcome_unknown, and the command was carried out") {
  FaultyRig rig;
  rig.store->lose_reply_of();
  const auto lost = rig.book(1);
  CHECK(lost.error().code == ErrorCode::outcome_unknown);
  CHECK(lost.error().booking == BookingId{1});
  CHECK(rig.is_booked(1));
  CHECK(rig.book(1).value().replayed);
}

TEST_CASE("a lost request is outcome_unknown, and the command was not carried out") {
  FaultyRig rig;
  rig.store->lose_request_of();
  CHECK(rig.book(1).error().code == ErrorCode::outcome_unknown);
  CHECK_FALSE(rig.is_booked(1));
  CHECK_FALSE(rig.book(1).value().replayed);
}

TEST_CASE("a fault hits the nth command from now, and only that one") {
  FaultyRig rig;
  rig.store->lose_reply_of(3);
  CHECK(rig.book(1).has_value());
  CHECK(rig.book(2).has_value());
  CHECK(rig.book(3).error().code == ErrorCode::outcome_unknown);
  CHECK(rig.book(4).has_value());
}

TEST_CASE("the next commands fail with the given error and are not carried out") {
  FaultyRig rig;
  Error error;
  error.code = ErrorCode::broken_store;
  error.detail = "another file";
  rig.store->fail_next(error, 2);
  CHECK(rig.book(1).error().detail == "another file");
  CHECK(rig.book(2).error().code == ErrorCode::broken_store);
  CHECK(rig.book(3).has_value());
  CHECK_FALSE(rig.is_booked(1));
}

TEST_CASE("reads go on while commands fail, and fail when told to") {
  FaultyRig rig;
  Error error;
  error.code = ErrorCode::unavailable;
  rig.store->fail_next(error);
  CHECK(rig.inventory.availability(rig.slot).has_value());
  rig.store->fail_next_reads(error, 2);
  CHECK(rig.inventory.availability(rig.slot).error().code == ErrorCode::unavailable);
  CHECK(rig.inventory.find(BookingId{1}).error().code == ErrorCode::unavailable);
  CHECK(rig.inventory.availability(rig.slot).has_value());
}

TEST_CASE("a batch of book_each counts as its commands, one by one") {
  FaultyRig rig;
  const auto before = rig.store->commands();
  rig.store->lose_reply_of(2);
  const auto results = rig.inventory.book_each({{.id = BookingId{1}, .user = 1, .slot = rig.slot},
                                                {.id = BookingId{2}, .user = 2, .slot = rig.slot},
                                                {.id = BookingId{3}, .user = 3, .slot = rig.slot}});
  CHECK(rig.store->commands() - before == 3);
  CHECK(results.at(0).has_value());
  CHECK(results.at(1).error().code == ErrorCode::outcome_unknown);
  CHECK(results.at(1).error().booking == BookingId{2});
  CHECK(results.at(2).has_value());
}

TEST_CASE("a later order for the same command replaces the earlier one") {
  FaultyRig rig;
  rig.store->lose_request_of(1);
  rig.store->lose_reply_of(1);
  CHECK_FALSE(rig.book(1).has_value());
  CHECK(rig.is_booked(1));
}
