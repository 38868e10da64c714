// A small inventory in a file of its own, for tests that look at the file or harm it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/sqlite_file.hpp"
#include "support/temp_dir.hpp"

namespace booking_test {

inline const booking::SlotKey ten{"haircut", "2026-06-01 10:00"};

// An inventory file of its own with one service and one slot of 10 seats.
struct Fixture {
  TempDir dir{};
  std::string path = dir.path("inventory.db");
  std::shared_ptr<booking::testing::ManualClock> clock =
      std::make_shared<booking::testing::ManualClock>();

  booking::SlotInventory open(booking::StoreMode mode = booking::StoreMode::open) const {
    auto store = booking::sqlite_store({.path = path, .mode = mode, .policy = {}, .clock = clock});
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    return booking::SlotInventory{*store, booking::no_lock(), {.clock = clock}};
  }
  booking::SlotInventory fill() const {
    booking::SlotInventory inventory = open(booking::StoreMode::create);
    inventory.define_service({.id = "haircut", .name = "Haircut"}).value();
    inventory.define_slot({.slot = ten, .capacity = 10}).value();
    return inventory;
  }
};

inline booking::Receipt book(booking::SlotInventory& inventory, booking::BookingId id,
                             const booking::UserId& user) {
  const auto booked = inventory.book({.id = id, .user = user, .slot = ten});
  REQUIRE_MESSAGE(booked.has_value(), booked.error().message());
  return *booked;
}

inline void check_sound(SqliteFile& file) {
  CHECK(file.ask("PRAGMA integrity_check") == "ok");
  CHECK(file.ask("PRAGMA foreign_key_check").empty());
}

}  // namespace booking_test
