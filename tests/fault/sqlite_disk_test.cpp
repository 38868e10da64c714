// The SQLite store on a disk that refuses, and on a file that others damaged, deleted or replaced.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "support/sqlite_inventory.hpp"

using namespace booking;
using booking_test::book;
using booking_test::check_sound;
using booking_test::Fixture;
using booking_test::SqliteFile;
using booking_test::ten;

namespace {

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

}  // namespace

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

TEST_CASE("S1 a commit that the disk refuses is outcome_unknown; asking again settles it") {
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

TEST_CASE("S5 a row that the library never wrote is broken_store, not an answer") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  SqliteFile other{fixture.path};
  other.ask("PRAGMA ignore_check_constraints = ON; UPDATE slots SET label = '2026-02-30 10:00'");
  const auto page = inventory.availability(
      SlotRange{.service = "haircut", .from = "2026-01-01", .to = "2026-12-31"});
  REQUIRE_FALSE(page.has_value());
  CHECK(page.error().code == ErrorCode::broken_store);
}

TEST_CASE("S6 nothing is sold from a file that was deleted while in use") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  REQUIRE(inventory.availability(ten).has_value());
  std::filesystem::remove(fixture.path);
  CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
  const auto refused = inventory.book({.user = "ann", .slot = ten});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::broken_store);
}

TEST_CASE("S6 a file replaced by another inventory while in use is never sold from") {
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
  REQUIRE(inventory.sweep(1).has_value());
  const BookRequest request{.id = BookingId{1}, .user = "ann", .slot = ten};
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(fixture.path + tail);
  CHECK(inventory.book(request).error().code == ErrorCode::broken_store);
  CHECK(inventory.book(request).error().code == ErrorCode::unavailable);
  std::filesystem::copy_file(backup, fixture.path);
  CHECK(inventory.book(request).has_value());
  CHECK(inventory.audit()->clean());
}

TEST_CASE("S4 the write-ahead log is moved into the file and stays short") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  for (int i = 1; i <= 600; ++i) {
    book(inventory, BookingId{i}, "ann");
    inventory.cancel({.id = BookingId{i}}).value();
  }
  CHECK(std::filesystem::file_size(fixture.path + "-wal") < 5'000'000);
  CHECK(inventory.audit()->clean());
}
