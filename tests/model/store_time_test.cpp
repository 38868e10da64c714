// Store time under a clock that is set back.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include "booking/slot_inventory.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/stores.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

TEST_CASE("store time never goes back behind a deadline that a commit treated as passed") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    const auto clock = std::make_shared<booking::testing::ManualClock>();
    SlotInventory inventory{store.make_at(UserLimit::none(), clock), no_lock(), {.clock = clock}};
    const SlotKey slot{"haircut", "2026-06-01"};
    REQUIRE(inventory.define_service({.id = "haircut", .name = "Haircut"}));
    REQUIRE(inventory.define_slot({.slot = slot, .capacity = 1, .overbook = 1}));
    REQUIRE(inventory.hold({.user = "ann", .slot = slot, .ttl = 10min}));
    clock->advance(11min);
    const Instant relied_on = clock->now();
    REQUIRE(inventory.sweep(1).value() == 1);
    clock->set(relied_on - 30min);
    const auto later = inventory.book({.user = "bob", .slot = slot});
    REQUIRE(later);
    CHECK(later->booking.created_at == relied_on);
  }
}

TEST_CASE("of two holds in a slot the one that ends first is returned first") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    const auto clock = std::make_shared<booking::testing::ManualClock>();
    SlotInventory inventory{store.make_at({}, clock), no_lock(), {.clock = clock}};
    const SlotKey slot{"haircut", "2026-06-01"};
    REQUIRE(inventory.define_service({.id = "haircut", .name = "Haircut"}));
    REQUIRE(inventory.define_slot({.slot = slot, .capacity = 2}));
    REQUIRE(inventory.hold({.user = "ann", .slot = slot, .ttl = 10min}));
    REQUIRE(inventory.hold({.user = "bob", .slot = slot, .ttl = 60min}));
    clock->advance(11min);
    CHECK(inventory.book({.user = "cid", .slot = slot}));
    CHECK(inventory.availability(slot)->held == 1);
  }
}
