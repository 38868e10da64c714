// The SQLite store in use: what stands in the file, and what others who use the file can do to it.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/sqlite_file.hpp"
#include "support/temp_dir.hpp"

using namespace booking;
using booking_test::SqliteFile;
using booking_test::TempDir;

namespace {

const SlotKey ten{"haircut", "2026-06-01 10:00"};
const std::vector<std::string> odd_texts = {
    "it's \"quoted\"",  "{braces}", " two  spaces ", "'; DROP TABLE bookings; --", "%s_%", "017",
    "\xC3\xA9t\xC3\xA9"};

// An inventory file of its own with one service and one slot of 10 seats.
struct Fixture {
  TempDir dir{};
  std::string path = dir.path("inventory.db");
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();

  SlotInventory open(StoreMode mode = StoreMode::open) const {
    auto store = sqlite_store({.path = path, .mode = mode, .user_limit = {}, .clock = clock});
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    return SlotInventory{*store, no_lock(), {.clock = clock}};
  }
  SlotInventory fill() const {
    SlotInventory inventory = open(StoreMode::create);
    inventory.define_service({.id = "haircut", .name = "Haircut"}).value();
    inventory.define_slot({.slot = ten, .capacity = 10}).value();
    return inventory;
  }
};

// Shuts down as soon as somebody waits.
struct StoppingClock : Clock {
  std::atomic<bool> stop{false};
  void sleep_for(std::chrono::nanoseconds) noexcept override { stop = true; }
};

// While it lives, every write behind the first byte of a file fails.
class NoFileGrows {
 public:
  NoFileGrows() : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{.rlim_cur = 1, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoFileGrows() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  NoFileGrows(const NoFileGrows&) = delete;
  NoFileGrows& operator=(const NoFileGrows&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

Receipt book(SlotInventory& inventory, BookingId id, const UserId& user) {
  const auto booked = inventory.book({.id = id, .user = user, .slot = ten});
  REQUIRE_MESSAGE(booked.has_value(), booked.error().message());
  return *booked;
}

void check_sound(SqliteFile& file) {
  CHECK(file.ask("PRAGMA integrity_check") == "ok");
  CHECK(file.ask("PRAGMA foreign_key_check").empty());
}

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
  auto store = sqlite_store(
      {.path = fixture.path, .mode = StoreMode::create, .user_limit = {}, .clock = {}});
  SlotInventory inventory{store.value()};
  inventory.define_service({.id = "haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = 10}).value();
  std::vector<BookingId> ids = {BookingId{2}, BookingId{300}, BookingId{INT64_MAX},
                                BookingId::from_halves(0x0000000000017000, 0x8000000000000001),
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
  const auto store = sqlite_store(
      {.path = fixture.path, .mode = StoreMode::open, .user_limit = {}, .clock = clock});
  SqliteFile other{fixture.path};
  other.ask("BEGIN IMMEDIATE");
  const Deadline deadline{*clock, std::chrono::hours{1}, &clock->stop};
  const auto refused = store.value()->execute(command::Cancel{{.id = BookingId{1}}}, deadline);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::unavailable);
}

TEST_CASE("a constraint that fails inside a command is broken_store and changes nothing") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  SqliteFile other{fixture.path};
  other.ask(
      "CREATE TRIGGER t BEFORE INSERT ON bookings BEGIN SELECT raise(ABORT, 'no such rule'); END");
  const auto refused = inventory.book({.id = BookingId{1}, .user = "ann", .slot = ten});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::broken_store);
  CHECK(inventory.availability(ten)->remaining == 10);
  other.ask("DROP TRIGGER t");
  book(inventory, BookingId{1}, "ann");
  CHECK(inventory.audit()->clean());
}

TEST_CASE("a commit that the disk refuses is outcome_unknown; asking again settles it") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  const BookRequest request{.id = BookingId{1}, .user = "ann", .slot = ten};
  const auto refused = [&] {
    const NoFileGrows limit;
    return inventory.book(request);
  }();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::outcome_unknown);
  CHECK(refused.error().booking == BookingId{1});

  CHECK(inventory.book(request).has_value());
  CHECK(inventory.availability(ten)->used == 1);
  CHECK(inventory.audit()->clean());
  SqliteFile file{fixture.path};
  check_sound(file);
}

TEST_CASE("a row that the library never wrote is broken_store, not an answer") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  SqliteFile other{fixture.path};
  other.ask("PRAGMA ignore_check_constraints = ON; UPDATE slots SET label = '2026-02-30 10:00'");
  const auto page = inventory.availability(
      SlotRange{.service = "haircut", .from = "2026-01-01", .to = "2026-12-31"});
  REQUIRE_FALSE(page.has_value());
  CHECK(page.error().code == ErrorCode::broken_store);
}

TEST_CASE("nothing is sold from a file that was deleted while in use") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  REQUIRE(inventory.availability(ten).has_value());
  std::filesystem::remove(fixture.path);
  CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
  const auto refused = inventory.book({.user = "ann", .slot = ten});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::broken_store);
}

TEST_CASE("a file replaced by another inventory while in use is never sold from") {
  const Fixture fixture;
  const Fixture stranger;
  SlotInventory inventory = fixture.fill();
  stranger.fill();
  for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(fixture.path + tail);
  std::filesystem::rename(stranger.path, fixture.path);
  for (int attempt = 0; attempt < 3; ++attempt) {  // on the old connection, then on new ones
    const auto refused = inventory.book({.user = "ann", .slot = ten});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::broken_store);
  }
  CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
}

TEST_CASE("a file put back after it went missing is taken up again") {
  const Fixture fixture;
  fixture.fill();
  const std::string backup = fixture.dir.path("backup.db");
  std::filesystem::copy_file(fixture.path, backup);
  SlotInventory inventory = fixture.open();
  const BookRequest request{.id = BookingId{1}, .user = "ann", .slot = ten};
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(fixture.path + tail);
  CHECK(inventory.book(request).error().code == ErrorCode::broken_store);
  CHECK(inventory.book(request).error().code == ErrorCode::unavailable);
  std::filesystem::copy_file(backup, fixture.path);
  CHECK(inventory.book(request).has_value());
  CHECK(inventory.audit()->clean());
}

TEST_CASE("the write-ahead log is moved into the file and stays short") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  for (int i = 1; i <= 600; ++i) {
    book(inventory, BookingId{i}, "ann");
    inventory.cancel({.id = BookingId{i}}).value();
  }
  CHECK(std::filesystem::file_size(fixture.path + "-wal") < 5'000'000);
  CHECK(inventory.audit()->clean());
}
