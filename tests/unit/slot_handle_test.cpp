// SlotHandle: a slot looked up once, accepted wherever a SlotKey is.
#include <doctest/doctest.h>

#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"

using namespace booking;

namespace {

SlotInventory inventory_with(std::initializer_list<SlotLabel> labels) {
  SlotInventory inventory{memory_store({.policy = {.user_limit = UserLimit::none()}})};
  REQUIRE(inventory.define_service({.id = "haircut"}));
  for (const SlotLabel label : labels) {
    REQUIRE(inventory.define_slot({.slot = {"haircut", label}, .capacity = 3}));
  }
  return inventory;
}

}  // namespace

TEST_CASE("1.3 a handle goes wherever a key goes") {
  SlotInventory inventory = inventory_with({"2026-06-01", "2026-06-02"});
  const Result<SlotHandle> found = inventory.slot({"haircut", "2026-06-02"});
  REQUIRE(found.has_value());
  const SlotHandle handle = *found;
  CHECK(handle.key() == SlotKey{"haircut", "2026-06-02"});
  const auto booked = inventory.book({.user = 7, .slot = handle});
  REQUIRE(booked.has_value());
  CHECK(booked->booking.slot == handle.key());
  CHECK(inventory.availability(handle)->remaining == 2);
  CHECK(inventory.availability(SlotKey{"haircut", "2026-06-01"})->remaining == 3);
  CHECK(inventory.bookings({.slot = handle})->items.size() == 1);
  CHECK(inventory.change_slot({.slot = handle, .capacity = 1})->changed);
  CHECK(inventory.slot(handle).has_value());
}

TEST_CASE("a handle from another inventory names the same slot there, not the same place") {
  SlotInventory one = inventory_with({"2026-06-01", "2026-06-02"});
  SlotInventory other = inventory_with({"2026-06-02", "2026-06-01"});
  SlotInventory empty = inventory_with({});
  const SlotHandle handle = one.slot({"haircut", "2026-06-01"}).value();
  REQUIRE(other.book({.user = 7, .slot = handle}).has_value());
  CHECK(other.availability(SlotKey{"haircut", "2026-06-01"})->used == 1);
  CHECK(other.availability(SlotKey{"haircut", "2026-06-02"})->used == 0);
  CHECK(empty.book({.user = 7, .slot = handle}).error().code == ErrorCode::not_found);
}

TEST_CASE("keys are equal, and hash and order alike, whatever place they know") {
  SlotKey known{"haircut", "2026-06-01"};
  known.place = 5;
  const SlotKey plain{"haircut", "2026-06-01"};
  CHECK(known == plain);
  CHECK((known <=> plain) == 0);
  CHECK(std::hash<SlotKey>{}(known) == std::hash<SlotKey>{}(plain));
}

TEST_CASE("a slot that is not there has no handle, and a handle of none is refused") {
  SlotInventory inventory = inventory_with({"2026-06-01"});
  CHECK(inventory.slot({"haircut", "2026-06-02"}).error().code == ErrorCode::not_found);
  CHECK(inventory.slot({"", "2026-06-02"}).error().code == ErrorCode::invalid_argument);
  CHECK(inventory.book({.user = 1, .slot = SlotHandle{}}).error().code ==
        ErrorCode::invalid_argument);
}
