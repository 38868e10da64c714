// Inventories of an older format are brought up to today's when they are opened: with all they
// hold, once, and whole or not at all.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <string>
#include <thread>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/healthy.hpp"
#include "support/process.hpp"
#include "support/sqlite_file.hpp"
#include "support/temp_dir.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// The columns of format 1.
constexpr char old_inventory[] =
    "SELECT one, hex(identity), user_limit_max, user_limit_counting, created_at FROM inventory";
constexpr char old_services[] = "SELECT * FROM services ORDER BY service";
constexpr char old_slots[] =
    "SELECT slot, service, label, capacity, overbook, status, used, version FROM slots"
    " ORDER BY slot";
constexpr char old_bookings[] =
    "SELECT hex(booking), user, slot, seats, seats_asked, status, version, created_at, updated_at,"
    " message FROM bookings WHERE user NOT LIKE 'new %' ORDER BY booking";

// An inventory of format 1, as tests/data has it.
struct OldFile {
  OldFile() {
    SqliteFile file{path};
    const std::string problem = file.ask(bytes_of(BOOKING_TEST_DATA "/sqlite_format_1.sql"));
    REQUIRE(problem == "wal");
    REQUIRE(format(file) == "1");
    before = rows(file);
    REQUIRE(before.find("full") != std::string::npos);
  }
  static std::string format(SqliteFile& file) { return file.ask("PRAGMA user_version"); }
  static std::string rows(SqliteFile& file) {
    return file.ask(old_inventory) + "\n" + file.ask(old_services) + "\n" + file.ask(old_slots) +
           "\n" + file.ask(old_bookings);
  }
  Result<std::shared_ptr<Store>> open() const {
    return sqlite_store({.path = path, .mode = StoreMode::open, .policy = {}, .clock = {}});
  }
  // Of format 2, with every row as it was.
  void check_brought_up() const {
    SqliteFile file{path};
    CHECK(format(file) == "2");
    CHECK(rows(file) == before);
    CHECK(file.ask("PRAGMA integrity_check") == "ok");
    CHECK(file.ask("PRAGMA foreign_key_check").empty());
  }

  TempDir dir{};
  std::string path = dir.path("inventory.db");
  std::string before{};
};

Booking find(const SlotInventory& inventory, BookingId id) {
  const auto found = inventory.find(id);
  REQUIRE_MESSAGE(found.has_value(), found.error().message());
  REQUIRE(found->has_value());
  return **found;
}

}  // namespace

TEST_CASE("S8 an inventory of format 1 is brought up to format 2 with all its bookings") {
  const OldFile old;
  {
    auto store = old.open();
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    SlotInventory inventory{*store};
    const SlotKey clinic_at_ten{31, "2026-06-01 10:00"};

    const Booking pending = find(inventory, BookingId{31});
    CHECK(pending.user == UserId{7});
    CHECK(pending.slot == clinic_at_ten);
    CHECK(pending.status == Status::pending);
    CHECK(pending.origin == Origin::book);
    CHECK(pending.version == 1);
    CHECK_FALSE(pending.hold_until);
    CHECK_FALSE(pending.last_op.valid());
    CHECK(find(inventory, BookingId{32}).status == Status::confirmed);
    const Booking rejected =
        find(inventory, BookingId{std::string_view{"019b76da-b7a0-7000-8000-0000000000ab"}});
    CHECK(rejected.status == Status::rejected);
    CHECK(rejected.message == "full");
    const auto all = inventory.bookings({});
    REQUIRE(all.has_value());
    CHECK(all->items.size() == 5);

    const auto ten = inventory.availability(clinic_at_ten);
    REQUIRE(ten.has_value());
    CHECK(ten->sellable == 12);
    CHECK(ten->used == 6);
    CHECK(ten->held == 0);
    CHECK_FALSE(ten->begins_at);
    const auto day = inventory.availability(SlotKey{31, "2026-06-01"});
    REQUIRE(day.has_value());
    CHECK(day->status == SlotStatus::closed);
    CHECK(inventory.gate().value() == Gate{});
    CHECK(inventory.audit().value().clean());
  }
  old.check_brought_up();

  // Opened again, nothing changes any more.
  std::string was;
  {
    SqliteFile file{old.path};
    was = file.ask("PRAGMA schema_version");
  }
  REQUIRE(old.open().has_value());
  old.check_brought_up();
  SqliteFile file{old.path};
  CHECK(file.ask("PRAGMA schema_version") == was);

  // It keeps its limit of two, and sells.
  SlotInventory inventory{old.open().value()};
  const SlotKey haircut{"haircut", "2026-06-01 10:00"};
  const auto third = inventory.book({.user = "alice", .slot = haircut});
  CHECK((!third && third.error().code == ErrorCode::user_limit));
  CHECK(inventory.approve({.id = BookingId{31}}).has_value());
  CHECK(inventory.hold({.user = "bob", .slot = haircut}).has_value());
  CHECK(inventory.audit().value().clean());
}

TEST_CASE("S8 processes that bring one inventory up at once do it once") {
  using namespace std::chrono_literals;
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const OldFile old;
    std::list<Process> workers;
    {
      // They read the old format, then all wait for the write lock that is held here.
      SqliteFile gate{old.path};
      REQUIRE(gate.ask("BEGIN IMMEDIATE").empty());
      for (int i = 0; i < 4; ++i) {
        workers.emplace_back(std::vector<std::string>{BOOKING_TEST_FAULT_WORKER, "book", old.path,
                                                      "new " + std::to_string(i)});
      }
      std::this_thread::sleep_for(50ms);
      REQUIRE(gate.ask("ROLLBACK").empty());
    }
    int booked = 0;
    for (Process& worker : workers) {
      const auto code = worker.wait(30s);
      CHECK((code == 0 || code == 2));  // 2: the others kept it from booking for too long
      if (code == 0) ++booked;
    }
    SqliteFile file{old.path};
    CHECK(file.ask("SELECT count(*) FROM bookings WHERE user LIKE 'new %'") ==
          std::to_string(booked));
    CHECK(file.ask("UPDATE slots SET used = 0, version = 1 WHERE slot = 4").empty());
    old.check_brought_up();
  }
}

TEST_CASE("S8 bringing an inventory up that fails at any write changes nothing and is done again") {
  const Healthy healthy;
  const OldFile old;
  const std::string file = bytes_of(old.path);
  int failures = 0;
  for (int nth = 1;; ++nth) {
    CAPTURE(nth);
    for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(old.path + tail);
    write_bytes(old.path, file);
    shim::arm({.act = Fault::Act::cut_power, .calls = {Io::write, Io::sync}, .nth = nth});
    const bool opened = old.open().has_value();
    const bool struck = shim::disarm();
    if (!opened) {
      ++failures;
      SqliteFile left{old.path};
      const std::string format = OldFile::format(left);
      CHECK((format == "1" || format == "2"));
      CHECK(OldFile::rows(left) == old.before);
      CHECK(left.ask("SELECT count(*) FROM pragma_table_info('bookings')") ==
            (format == "1" ? "10" : "13"));
    }
    REQUIRE(old.open().has_value());
    old.check_brought_up();
    if (!struck) break;
  }
  CHECK(failures > 3);
}
