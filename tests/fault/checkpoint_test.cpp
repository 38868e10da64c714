// The race in SQLite's write-ahead log (before 3.51.3) needs a checkpoint beside a commit. No
// connection of ours makes one by itself, and every one that we make holds the right to write.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/crew.hpp"
#include "support/healthy.hpp"
#include "support/long_log.hpp"
#include "support/rounds.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// Every connection that is opened in this process while it lives.
class Connections {
 public:
  Connections() {
    list().clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&note));
  }
  ~Connections() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&note)); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  static std::vector<sqlite3*>& list() {
    static std::vector<sqlite3*> the_list;
    return the_list;
  }

 private:
  static int note(sqlite3* db, const char**, const void*) {
    static std::mutex mutex;
    const std::lock_guard guard{mutex};
    list().push_back(db);
    return SQLITE_OK;
  }
};

int pragma(sqlite3* db, const char* sql) {
  int value = -1;
  sqlite3_exec(
      db, sql,
      [](void* to, int, char** values, char**) {
        *static_cast<int*>(to) = std::atoi(values[0]);
        return 0;
      },
      &value, nullptr);
  return value;
}

// With a clock that really waits.
SlotInventory patient(const std::string& path) {
  return SlotInventory{sqlite_store({.path = path, .policy = {}, .clock = {}}).value(),
                       no_lock(),
                       {.timeout = std::chrono::minutes{1}, .retry = {.attempts = 10000}}};
}

}  // namespace

TEST_CASE("S4 no connection makes checkpoints by itself or maps the file, and all of them sync") {
  const Fixture fixture;
  fixture.fill();
  const Connections connections;
  SlotInventory inventory = fixture.open();
  Crew crew{8};
  crew.run([&](int member) {  // several readers beside the writer
    for (int i = 0; i < 20; ++i) inventory.availability(ten).value();
    inventory.book({.user = member, .slot = ten}).value();
  });
  CHECK(Connections::list().size() >= 2);
  for (sqlite3* db : Connections::list()) {
    CHECK(pragma(db, "PRAGMA wal_autocheckpoint") == 0);
    CHECK(pragma(db, "PRAGMA mmap_size") <= 0);
    CHECK(pragma(db, "PRAGMA synchronous") == 2);
  }
}

TEST_CASE("S4 a checkpoint that gets no right to write is given up, not made without it") {
  const Healthy healthy;
  const Fixture fixture;
  const SlotInventory made = fixture.fill();  // leaves something in the log
  SqliteFile other{fixture.path};
  REQUIRE(other.ask("BEGIN IMMEDIATE").empty());
  shim::writes_without_lock();
  { const SlotInventory opened = fixture.open(); }  // makes one
  CHECK(shim::writes_without_lock().empty());
  other.ask("ROLLBACK");
  { const SlotInventory opened = fixture.open(); }
  CHECK(std::filesystem::file_size(fixture.path + "-wal") == 0);  // as this one did
}

TEST_CASE("S4 commits and checkpoints of everybody at once keep the file sound") {
  const Healthy healthy;
  const Fixture fixture;
  SlotInventory made = fixture.fill();
  made.change_slot({.slot = ten, .capacity = 1000}).value();
  shim::writes_without_lock();
  // Two stores on the file, as of two processes; and somebody else who makes checkpoints.
  SlotInventory stores[] = {patient(fixture.path), patient(fixture.path)};
  const int each = rounds(400);
  std::atomic<int> busy{4};
  std::thread other{[&] {
    while (busy > 0) {
      run_outside(fixture.path, "PRAGMA busy_timeout = 60000; PRAGMA wal_checkpoint(TRUNCATE)");
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }};
  Crew crew{4};
  crew.run([&](int member) {
    SlotInventory& inventory = stores[member % 2];
    for (int i = 0; i < each; ++i) {
      const BookingId id{1 + i * 4 + member};
      const auto booked = inventory.book({.id = id, .user = member, .slot = ten});
      const auto cancelled = inventory.cancel({.id = id});
      if (!booked || !cancelled) {
        FAIL_CHECK((booked ? cancelled : booked).error().log_text());
      }
    }
    --busy;
  });
  other.join();
  const std::string complaints = shim::writes_without_lock();
  CHECK(complaints.substr(0, 200).empty());
  CHECK(stores[0].availability(ten)->used == 0);
  CHECK(stores[0].audit()->clean());
  SqliteFile file{fixture.path};
  check_sound(file);
  CHECK(file.ask("SELECT count(*) FROM bookings") == std::to_string(4 * each));
}
