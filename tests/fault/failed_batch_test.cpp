// Many callers at once on a disk that refuses their COMMIT: nobody is told what only stood in it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/crew.hpp"
#include "support/healthy.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int callers = 16;

// What may be answered while nothing can be committed: no success, and no refusal, because nothing
// that could be a reason to refuse has ever been committed.
void check_no_decision(const Result<Receipt>& result) {
  REQUIRE_FALSE(result.has_value());
  INFO(result.error().log_text());
  const ErrorKind kind = result.error().kind();
  CHECK((kind == ErrorKind::unknown || kind == ErrorKind::transient));
}

BookRequest request_of(int caller, bool again = false) {
  return {
      .id = BookingId{1 + caller}, .user = 1 + caller, .slot = ten, .seats = 10, .again = again};
}

// One of the requests takes all ten seats.
void check_one_sold(SlotInventory& inventory, const std::string& path) {
  int sold = 0;
  for (int caller = 0; caller < callers; ++caller) {
    const auto result = inventory.book(request_of(caller, true));
    if (result) ++sold;
    if (result) continue;
    const ErrorCode code = result.error().code;
    CHECK((code == ErrorCode::sold_out || code == ErrorCode::id_void));
  }
  CHECK(sold == 1);
  CHECK(inventory.availability(ten)->used == 10);
  CHECK(inventory.audit()->clean());
  SqliteFile file{path};
  check_sound(file);
}

constexpr Io ways_to_fail[] = {Io::sync, Io::write};

SlotInventory one_attempt(const Fixture& fixture) {
  return SlotInventory{sqlite_store({.path = fixture.path, .policy = {}, .clock = {}}).value(),
                       no_lock(),
                       {.timeout = std::chrono::seconds{20}, .retry = {.attempts = 1}}};
}

}  // namespace

TEST_CASE("S2 no refusal and no success is answered from a batch whose COMMIT failed: callers") {
  const Healthy healthy;
  Crew crew{callers};
  for (const Io call : ways_to_fail) {
    for (int round = 0; round < 20; ++round) {
      CAPTURE(round);
      const Fixture fixture;
      fixture.fill();
      SlotInventory inventory = one_attempt(fixture);
      REQUIRE(inventory.availability(ten).has_value());
      shim::arm({.calls = {call}, .forever = true});
      const auto results =
          crew.collect([&](int caller) { return inventory.book(request_of(caller)); });
      CHECK(shim::disarm());
      for (const auto& result : results) check_no_decision(result);
      check_one_sold(inventory, fixture.path);
    }
  }
}

TEST_CASE("S2 no refusal is answered from a batch whose COMMIT failed, when only one COMMIT did") {
  const Healthy healthy;
  Crew crew{callers};
  for (const Io call : ways_to_fail) {
    for (int round = 0; round < 40; ++round) {
      CAPTURE(round);
      const Fixture fixture;
      fixture.fill();
      SlotInventory inventory = one_attempt(fixture);
      REQUIRE(inventory.availability(ten).has_value());
      shim::arm({.calls = {call}, .nth = 1 + round % 3});
      const auto results =
          crew.collect([&](int caller) { return inventory.book(request_of(caller)); });
      shim::disarm();
      // Whoever was refused was refused for a booking that is there.
      int refused = 0;
      for (const auto& result : results) {
        if (!result && result.error().kind() == ErrorKind::refused) ++refused;
      }
      const std::int32_t used = inventory.availability(ten)->used;
      CHECK((used == 10 || refused == 0));
      for (int caller = 0; caller < callers; ++caller) {
        const auto& result = results[static_cast<std::size_t>(caller)];
        if (result) CHECK(inventory.find(request_of(caller).id)->has_value());
        if (!result && result.error().kind() != ErrorKind::unknown) {
          CHECK_FALSE(inventory.find(request_of(caller).id)->has_value());
        }
      }
      check_one_sold(inventory, fixture.path);
    }
  }
}

TEST_CASE("S2 no refusal and no success is answered from a batch whose COMMIT failed: book_each") {
  const Healthy healthy;
  for (const Io call : ways_to_fail) {
    const Fixture fixture;
    fixture.fill();
    SlotInventory inventory = one_attempt(fixture);
    REQUIRE(inventory.availability(ten).has_value());
    std::vector<BookRequest> requests;
    for (int caller = 0; caller < callers; ++caller) requests.push_back(request_of(caller));
    shim::arm({.calls = {call}, .forever = true});
    const auto results = inventory.book_each(requests);
    CHECK(shim::disarm());
    for (const auto& result : results) check_no_decision(result);
    check_one_sold(inventory, fixture.path);
  }
}
