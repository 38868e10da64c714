// The SQLite store in use: what stands in the file, and how it gets on with others who use it.
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "support/sqlite_inventory.hpp"

using namespace booking;
using booking_test::book;
using booking_test::check_sound;
using booking_test::Fixture;
using booking_test::SqliteFile;
using booking_test::ten;

namespace {

const std::vector<std::string> odd_texts = {
    "it's \"quoted\"",  "{braces}", " two  spaces ", "'; DROP TABLE bookings; --", "%s_%", "017",
    "\xC3\xA9t\xC3\xA9"};

// Shuts down as soon as somebody waits.
struct StoppingClock : Clock {
  std::atomic<bool> stop{false};
  void sleep_for(std::chrono::nanoseconds) noexcept override { stop = true; }
};

}  // namespace

TEST_CASE("the columns can be read with SQLite alone") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  fixture.clock->set(Instant{std::chrono::milliseconds{1234567}});
  book(inventory, BookingId{31}, 17);
  const auto receipt = book(inventory, {}, "ann");
  inventory.cancel({.id = BookingId{31}}).value();

  SqliteFile file{fixture.path};
  CHECK(file.ask("SELECT service, name, description, approval FROM services") ==
        "haircut|Haircut||0");
  CHECK(file.ask("SELECT slot, service, label, capacity, overbook, status, used FROM slots") ==
        "1|haircut|2026-06-01 10:00|10|0|0|1");
  CHECK(file.ask("SELECT user, slot, seats, seats_asked, status, version, created_at, message"
                 " FROM bookings WHERE booking = 31") == "17|1|1|1|3|2|1234567|null");
  std::string hex = to_string(receipt.booking.id);
  std::erase(hex, '-');
  CHECK(file.ask("SELECT lower(hex(booking)), user, status FROM bookings WHERE user = 'ann'") ==
        hex + "|ann|1");
  check_sound(file);
}

TEST_CASE("everything is there again after reopening, odd texts unchanged") {
  const Fixture fixture;
  std::vector<Booking> before;
  {
    SlotInventory inventory = fixture.fill();
    for (const auto& text : odd_texts) before.push_back(book(inventory, {}, text).booking);
    inventory.define_service({.id = "';--", .name = "x'y", .description = "two\nlines"}).value();
    inventory.define_slot({.slot = {"';--", "2026-06-01"}, .capacity = 1}).value();
  }
  SlotInventory inventory = fixture.open();
  for (const Booking& booking : before) CHECK(inventory.find(booking.id).value() == booking);
  CHECK(inventory.availability(ten)->remaining == 3);
  CHECK(inventory.availability(SlotKey{"';--", "2026-06-01"})->remaining == 1);
  const Service same{.id = "';--", .name = "x'y", .description = "two\nlines"};
  CHECK_FALSE(inventory.define_service(same)->changed);
}

TEST_CASE("an integer id and a text of digits that is no integer stay two users") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  book(inventory, {}, 17);
  book(inventory, {}, "017");
  CHECK(inventory.current_booking("17").value()->user == UserId{17});
  CHECK(inventory.current_booking("017").value()->user == UserId{"017"});
  CHECK(SqliteFile{fixture.path}.ask("SELECT typeof(user) FROM bookings ORDER BY user") ==
        "integer;text");
}

TEST_CASE("lists of mixed ids come in the order of ids, both ways and from any point") {
  const Fixture fixture;
  auto store =
      sqlite_store({.path = fixture.path, .mode = StoreMode::create, .policy = {}, .clock = {}});
  SlotInventory inventory{store.value()};
  inventory.define_service({.id = "haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = 10}).value();
  std::vector<BookingId> ids = {BookingId{2}, BookingId{300}, BookingId{INT64_MAX},
                                BookingId::from_halves(0xF000000000007000, 0x8000000000000001),
                                BookingId::from_halves(0xFFFFFFFFFFFF7000, 0xBFFFFFFFFFFFFFFF)};
  for (const std::size_t at : {3U, 0U, 4U, 2U, 1U}) book(inventory, ids[at], at);

  const auto list = [&](std::optional<BookingId> after, query::Order order) {
    const Deadline deadline{*fixture.clock, std::chrono::seconds{2}};
    const auto answer = (*store)->read(
        query::Bookings{.match = {}, .after = after, .limit = 10, .order = order}, deadline);
    std::vector<BookingId> found;
    for (const auto& booking : std::get<std::vector<Booking>>(answer.value())) {
      found.push_back(booking.id);
    }
    return found;
  };
  using query::Order;
  CHECK(list({}, Order::ascending) == ids);
  CHECK(list({}, Order::descending) == std::vector<BookingId>{ids.rbegin(), ids.rend()});
  CHECK(list(ids[2], Order::ascending) == std::vector<BookingId>{ids[3], ids[4]});
  CHECK(list(ids[3], Order::descending) == std::vector<BookingId>{ids[2], ids[1], ids[0]});
}

TEST_CASE("a write lock held by another beyond the deadline is contention and changes nothing") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  SqliteFile other{fixture.path};
  REQUIRE(other.ask("BEGIN IMMEDIATE").empty());
  const auto refused = inventory.book({.id = BookingId{1}, .user = "ann", .slot = ten});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::contention);
  CHECK(inventory.availability(ten)->remaining == 10);  // reading goes on beside a writer
  other.ask("ROLLBACK");

  CHECK(inventory.find(BookingId{1}).value() == std::nullopt);
  book(inventory, BookingId{1}, "ann");
  CHECK(inventory.audit()->clean());
  check_sound(other);
}

TEST_CASE("a call that is shut down while another process writes is unavailable") {
  const Fixture fixture;
  fixture.fill();
  const auto clock = std::make_shared<StoppingClock>();
  const auto store =
      sqlite_store({.path = fixture.path, .mode = StoreMode::open, .policy = {}, .clock = clock});
  SqliteFile other{fixture.path};
  other.ask("BEGIN IMMEDIATE");
  const Deadline deadline{*clock, std::chrono::hours{1}, &clock->stop};
  const auto refused =
      store.value()->execute({.body = command::Cancel{{.id = BookingId{1}}}}, deadline);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::unavailable);
}
