// Callers of different patience in one batch on SQLite.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "support/crew.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

TEST_CASE("S3 one caller of 1 ms among 63 of 2 s leaves 63 definite answers") {
  Crew crew{64};
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    const Fixture fixture;
    fixture.fill();
    SlotInventory inventory{
        sqlite_store({.path = fixture.path, .policy = {}, .clock = {}}).value()};
    REQUIRE(inventory.change_slot({.slot = ten, .capacity = 40}).has_value());
    SqliteFile other{fixture.path};
    other.ask("BEGIN IMMEDIATE");  // everybody waits, the hasty one perhaps as the leader
    std::thread frees_it{[&] {
      std::this_thread::sleep_for(50ms);
      other.ask("COMMIT");
    }};
    const auto results = crew.collect([&](int caller) {
      const bool hasty = caller == round;
      return inventory.book({.id = BookingId{1 + caller}, .user = 1 + caller, .slot = ten},
                            {.timeout = hasty ? 1ms : 2000ms});
    });
    frees_it.join();
    int booked = 0;
    int sold_out = 0;
    for (int caller = 0; caller < 64; ++caller) {
      const auto& result = results[static_cast<std::size_t>(caller)];
      const bool there = inventory.find(BookingId{1 + caller})->has_value();
      if (caller == round) {
        if (!result && result.error().kind() != ErrorKind::unknown) CHECK_FALSE(there);
        continue;
      }
      CHECK(result.has_value() == there);
      if (result) ++booked;
      if (!result && result.error().code == ErrorCode::sold_out) ++sold_out;
    }
    CHECK(booked + sold_out == 63);
    CHECK((booked == 40 || booked == 39));  // or the hasty one has the last seat
    CHECK(inventory.audit()->clean());
  }
}
