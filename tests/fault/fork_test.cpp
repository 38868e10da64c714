// A process forks with the file open: the child is refused and harms nobody.
#include <doctest/doctest.h>

#include "support/process.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("A6 a forked child is refused by name, and its end leaves the parent's file alone") {
  for (const char* how : {"idle", "busy"}) {
    CAPTURE(how);
    const Fixture fixture;
    fixture.fill();
    Process worker{{BOOKING_TEST_FAULT_WORKER, "fork", fixture.path, how}};
    CHECK(worker.wait(std::chrono::seconds{60}) == 0);
    SlotInventory inventory = fixture.open();
    CHECK(inventory.availability(ten)->used == 1);
    CHECK(inventory.audit()->clean());
    SqliteFile file{fixture.path};
    check_sound(file);
  }
}
