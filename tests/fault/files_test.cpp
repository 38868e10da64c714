// What people and programs do to the files of an inventory: the log or the shared memory deleted,
// the rights to write taken away, the file opened and closed beside the library.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/process.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// The three files as a killed process leaves them.
void copy_as_killed(const Fixture& from, const std::string& to) {
  for (const char* tail : {"", "-wal", "-shm"}) {
    std::filesystem::copy_file(from.path + tail, to + tail);
  }
}

SlotInventory open_at(const std::string& path) {
  auto store = sqlite_store({.path = path, .policy = {}, .clock = {}});
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return SlotInventory{*store};
}

// Exit code of a process of its own: 0 when all went as it should.
int run(const std::string& what, const std::string& path, const std::string& argument = {}) {
  std::vector<std::string> words{BOOKING_TEST_FAULT_WORKER, what, path};
  if (!argument.empty()) words.push_back(argument);
  Process worker{std::move(words)};
  return worker.wait(std::chrono::seconds{30}).value_or(-1);
}

}  // namespace

TEST_CASE("S6 the shared memory of a dead process may be deleted: nothing is lost") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  book(inventory, BookingId{1}, "ann");
  const std::string copy = fixture.dir.path("copy.db");
  copy_as_killed(fixture, copy);
  std::filesystem::remove(copy + "-shm");
  SlotInventory found = open_at(copy);
  CHECK(found.find(BookingId{1})->has_value());
  CHECK(found.audit()->clean());
}

TEST_CASE("S6 the log of a dead process deleted takes what was only there; the rest is sound") {
  const Fixture fixture;
  fixture.fill();  // closed: all in the file
  SlotInventory inventory = fixture.open();
  book(inventory, BookingId{1}, "ann");
  const std::string copy = fixture.dir.path("copy.db");
  copy_as_killed(fixture, copy);
  for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(copy + tail);
  {
    SlotInventory found = open_at(copy);
    CHECK_FALSE(found.find(BookingId{1})->has_value());
    CHECK(found.availability(ten)->remaining == 10);
    CHECK(found.audit()->clean());
  }
  SqliteFile file{copy};
  check_sound(file);
}

TEST_CASE("S6 nothing is sold into a log that was deleted while in use") {
  const Fixture fixture;
  SlotInventory inventory = fixture.fill();
  book(inventory, BookingId{1}, "ann");
  std::filesystem::remove(fixture.path + "-wal");
  const auto refused = inventory.book({.id = BookingId{2}, .user = "bob", .slot = ten});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::broken_store);
}

TEST_CASE("S6 a file or folder that may not be written is unavailable and is left as it is") {
  for (const bool folder_too : {false, true}) {
    CAPTURE(folder_too);
    const Fixture fixture;
    fixture.fill();
    const std::string before = bytes_of(fixture.path);
    ::chmod(fixture.path.c_str(), 0444);
    ::chmod(fixture.dir.path("").c_str(), folder_too ? 0555 : 0777);
    const int code = run("as_nobody", fixture.path);
    ::chmod(fixture.dir.path("").c_str(), 0755);
    if (code == 3) {
      MESSAGE("skipped: rights do not bind this user, and it cannot become another");
      return;
    }
    CHECK(code == 0);
    CHECK(bytes_of(fixture.path) == before);
  }
}

TEST_CASE("S9 opening and closing a store drops no lock of another in the process") {
  const Fixture fixture;
  fixture.fill();
  SqliteFile other{fixture.path};
  REQUIRE(other.ask("BEGIN IMMEDIATE").empty());
  { const SlotInventory inventory = fixture.open(); }
  CHECK(run("book", fixture.path, "bob") == 2);  // still locked out
  other.ask("ROLLBACK");
  CHECK(run("book", fixture.path, "bob") == 0);
}

TEST_CASE("S9 a program that opens and closes the file by itself loses no acknowledged booking") {
  const Fixture fixture;
  {
    SlotInventory inventory = fixture.fill();
    book(inventory, BookingId{1}, "ann");
    // Drops every lock that SQLite has on the file in this process, as POSIX wants it.
    ::close(::open(fixture.path.c_str(), O_RDONLY | O_CLOEXEC));
    // So this one takes itself for the last to close the file, and takes the log away.
    CHECK(run("book", fixture.path, "bob") == 0);
    const auto refused = inventory.book({.id = BookingId{2}, .user = "cid", .slot = ten});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::broken_store);
  }
  SlotInventory inventory = fixture.open();
  CHECK(inventory.find(BookingId{1})->has_value());
  book(inventory, BookingId{2}, "cid");
  CHECK(inventory.availability(ten)->used == 3);
  CHECK(inventory.audit()->clean());
}
