// When a commit waits for the disk.
#include <doctest/doctest.h>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/healthy.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int commits = 20;

// Syncs asked of the disk by that many commits, from the first one on.
std::int64_t syncs(SqliteSync synchronous) {
  const Healthy healthy;
  const Fixture fixture;
  fixture.fill();
  auto store = sqlite_store({.path = fixture.path,
                             .mode = StoreMode::open,
                             .policy = {},
                             .clock = {},
                             .synchronous = synchronous});
  REQUIRE_MESSAGE(store.has_value(), store.error().message());
  SlotInventory inventory{*store};
  shim::arm({.calls = {Io::sync}, .nth = 1'000'000});
  for (int i = 0; i < commits / 2; ++i) {
    const BookingId id = book(inventory, BookingId{1 + i}, "alice").booking.id;
    REQUIRE(inventory.cancel({.id = id}));
  }
  return shim::counted();
}

}  // namespace

TEST_CASE("a commit is synced before it is acknowledged, unless the options say otherwise") {
  CHECK(SqliteOptions{}.synchronous == SqliteSync::full);
  CHECK(syncs(SqliteSync::full) >= commits);
  CHECK(syncs(SqliteSync::normal) <= 1);  // at most once, for a log that is begun anew
}

TEST_CASE("a commit that was not synced survives the death of the process") {
  const Healthy healthy;
  const Fixture fixture;
  fixture.fill();
  auto store = sqlite_store({.path = fixture.path,
                             .mode = StoreMode::open,
                             .policy = {},
                             .clock = fixture.clock,
                             .synchronous = SqliteSync::normal});
  REQUIRE(store.has_value());
  SlotInventory inventory{*store, no_lock(), {.clock = fixture.clock}};
  book(inventory, BookingId{1}, "alice");
  // What a killed process leaves: the files as they are now.
  const Fixture left;
  for (const char* tail : {"", "-wal"})
    write_bytes(left.path + tail, bytes_of(fixture.path + tail));
  const SlotInventory after = left.open();
  CHECK(after.find(BookingId{1}).value().has_value());
  CHECK(after.audit().value().clean());
}
