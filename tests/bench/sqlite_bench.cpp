// The SQLite store beside prepared statements written by hand, with the same checks and rows in the
// same tables, and beside one transaction for each booking.
//
//   sqlite_bench [--rounds N] [--only TEXT] [--json FILE]
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "booking/slot_inventory.hpp"
#include "booking/sqlite.hpp"
#include "support/temp_dir.hpp"
#include "support/vfs_shim.hpp"

using namespace booking;
using namespace booking_bench;
using booking_test::Io;
using booking_test::TempDir;
namespace shim = booking_test::shim;

namespace {

constexpr std::size_t slot_count = 10'000;

std::uint64_t scatter(std::uint64_t i) {
  return booking::detail::mix(i + 0x9E3779B97F4A7C15ULL);
}

SlotKey key(std::size_t i) {
  char label[32];
  std::snprintf(label, sizeof label, "2026-%02zu-%02zu %02zu:00", i / 28 / 24 % 12 + 1,
                i / 24 % 28 + 1, i % 24);
  return {static_cast<std::int64_t>(i / (12 * 28 * 24)), std::string_view{label}};
}

SlotInventory open(const std::string& path, SqliteSync sync = SqliteSync::full) {
  auto store = sqlite_store({.path = path,
                             .mode = StoreMode::create_if_missing,
                             .policy = {},
                             .clock = {},
                             .synchronous = sync});
  must(store.has_value(), "open");
  return SlotInventory{*store, no_lock(), {.timeout = std::chrono::minutes{1}}};
}

// A file with all slots, copied anew for each round.
const std::string& prepared() {
  static const TempDir dir;
  static const std::string path = [] {
    const std::string made = dir.path("prepared.db");
    SlotInventory inventory = open(made);
    for (std::int64_t service = 0; service < 2; ++service) {
      must(inventory.define_service({.id = service}).has_value(), "service");
    }
    for (std::size_t i = 0; i < slot_count;) {
      std::vector<SlotDefinition> some;
      for (; some.size() < 500; ++i) some.push_back({.slot = key(i), .capacity = 1'000'000});
      must(inventory.import_slots(some, ImportMode::create_missing).has_value(), "slots");
    }
    return made;
  }();
  return path;
}

struct Copy {
  TempDir dir{};
  std::string path = dir.path("inventory.db");
  Copy() { std::filesystem::copy_file(prepared(), path); }
};

// ---- by hand ----

class ByHand {
 public:
  explicit ByHand(const std::string& path) {
    must(sqlite3_open(path.c_str(), &db_) == SQLITE_OK, "open by hand");
    for (const char* set : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                            "PRAGMA foreign_keys = ON", "PRAGMA mmap_size = 0"}) {
      sqlite3_exec(db_, set, nullptr, nullptr, nullptr);
    }
    for (std::size_t i = 0; i < std::size(texts); ++i) {
      must(sqlite3_prepare_v3(db_, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &prepared_[i],
                              nullptr) == SQLITE_OK,
           sqlite3_errmsg(db_));
    }
  }
  ~ByHand() {
    for (sqlite3_stmt* statement : prepared_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  ByHand(const ByHand&) = delete;
  ByHand& operator=(const ByHand&) = delete;

  // One transaction: id, gate, slot, claims of the user, room; then both rows.
  void book(std::int64_t user, const SlotKey& slot) {
    const std::lock_guard guard{mutex_};
    const BookingId id = BookingId::generate();
    char bytes[16];
    for (int i = 0; i < 16; ++i) {
      const std::uint64_t half = i < 8 ? id.high() : id.low();
      bytes[i] = static_cast<char>(half >> (56 - 8 * (i % 8)));
    }
    const auto now = Clock{}.now().time_since_epoch().count();
    run(begin);
    must(!row(known, [&](auto* s) { bind(s, 1, bytes); }), "new id");
    must(!row(voided, [&](auto* s) { bind(s, 1, bytes); }), "id not void");
    must(row(gate, [](auto*) {}), "gate");
    const std::string label{std::string_view{slot.label.text()}};
    const auto name = [&](sqlite3_stmt* s) {
      sqlite3_bind_int64(s, 1, slot.service.integer());
      sqlite3_bind_text(s, 2, label.data(), static_cast<int>(label.size()), SQLITE_TRANSIENT);
    };
    must(row(find_slot, name), "slot");
    must(row(
             claims, [&](auto* s) { sqlite3_bind_int64(s, 1, user); }, 0),
         "user's limit");
    must(row(
             in_slot,
             [&](auto* s) {
               name(s);
               sqlite3_bind_int64(s, 3, user);
             },
             0),
         "no second one");
    row(take, name);
    row(insert, [&](auto* s) {
      name(s);
      bind(s, 3, bytes);
      sqlite3_bind_int64(s, 4, user);
      sqlite3_bind_int64(s, 5, now);
    });
    run(commit);
  }

 private:
  enum Text { begin, commit, known, voided, gate, find_slot, claims, in_slot, take, insert };
  static constexpr const char* texts[] = {
      "BEGIN IMMEDIATE",
      "COMMIT",
      "SELECT user, slot, seats_asked, status FROM bookings WHERE booking = ?1",
      "SELECT 1 FROM voids WHERE booking = ?1",
      "SELECT epoch, phase, fence, user_limit_max, user_limit_counting, relied_on FROM inventory",
      "SELECT s.capacity, s.overbook, s.used, s.held, s.status, s.begins_at, s.ends_at, v.approval"
      " FROM slots s JOIN services v ON v.service = s.service"
      " WHERE s.service = ?1 AND s.label = ?2 AND s.used < s.capacity + s.overbook",
      "SELECT count(*) FROM bookings b JOIN slots s ON s.slot = b.slot WHERE b.user = ?1"
      " AND b.status IN (0, 1, 7)",
      "SELECT count(*) FROM bookings WHERE user = ?3 AND status IN (0, 1, 7)"
      " AND slot = (SELECT slot FROM slots WHERE service = ?1 AND label = ?2)",
      "UPDATE slots SET used = used + 1, version = version + 1 WHERE service = ?1 AND label = ?2",
      "INSERT INTO bookings (booking, user, slot, seats, seats_asked, status, version, created_at,"
      " updated_at) VALUES (?3, ?4, (SELECT slot FROM slots WHERE service = ?1 AND label = ?2), 1,"
      " 1, 1, 1, ?5, ?5)"};

  static void bind(sqlite3_stmt* statement, int at, const char (&bytes)[16]) {
    sqlite3_bind_blob(statement, at, bytes, 16, SQLITE_TRANSIENT);
  }
  void run(Text text) {
    row(text, [](auto*) {});
  }
  // Whether there is a row; with `number`: whether its first column is that.
  template <class Bind>
  bool row(Text text, Bind bind_all, std::int64_t number = -1) {
    sqlite3_stmt* const statement = prepared_[text];
    bind_all(statement);
    const int code = sqlite3_step(statement);
    must(code == SQLITE_ROW || code == SQLITE_DONE, sqlite3_errmsg(db_));
    const bool good =
        code == SQLITE_ROW && (number < 0 || sqlite3_column_int64(statement, 0) == number);
    sqlite3_reset(statement);
    return good;
  }

  std::mutex mutex_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* prepared_[std::size(texts)] = {};
};

// ---- rounds: microseconds for each booking, all threads together ----

std::uint64_t next_user() {
  static std::atomic<std::uint64_t> user{1};
  return user.fetch_add(1);
}

double micros(double nanos) {
  return nanos / 1000;
}

Round library(std::size_t threads, std::size_t each, SqliteSync sync = SqliteSync::full) {
  return [=] {
    const Copy copy;
    SlotInventory inventory = open(copy.path, sync);
    return micros(time_on_threads(threads, each, [&](std::size_t, std::size_t) {
      const std::uint64_t user = next_user();
      must(inventory.book({.user = user, .slot = key(scatter(user) % slot_count)}).has_value(),
           "book");
    }));
  };
}

Round by_hand(std::size_t threads, std::size_t each) {
  return [=] {
    const Copy copy;
    ByHand peer{copy.path};
    return micros(time_on_threads(threads, each, [&](std::size_t, std::size_t) {
      const std::uint64_t user = next_user();
      peer.book(static_cast<std::int64_t>(user), key(scatter(user) % slot_count));
    }));
  };
}

void book_a_batch(SlotInventory& inventory, std::size_t size) {
  std::vector<BookRequest> requests(size);
  for (BookRequest& request : requests) {
    const std::uint64_t user = next_user();
    request.user = user;
    request.slot = key(scatter(user) % slot_count);
  }
  for (const auto& result : inventory.book_each(requests)) must(result.has_value(), "book_each");
}

Round in_batches(std::size_t size) {
  return [=] {
    const Copy copy;
    SlotInventory inventory = open(copy.path);
    return micros(time_each(5, [&](std::size_t) { book_a_batch(inventory, size); })) /
           static_cast<double>(size);
  };
}

// Bookings already there; the time of 20,000 more, in batches.
Round grown(std::size_t bookings) {
  return [=] {
    const Copy copy;
    SlotInventory inventory = open(copy.path, SqliteSync::normal);
    for (std::size_t i = 0; i < bookings; i += 1000) book_a_batch(inventory, 1000);
    return micros(time_each(20, [&](std::size_t) { book_a_batch(inventory, 1000); })) / 1000;
  };
}

Round bytes_a_booking() {
  return [] {
    constexpr std::size_t bookings = 200'000;
    const Copy copy;
    const auto before = std::filesystem::file_size(copy.path);
    {
      SlotInventory inventory = open(copy.path, SqliteSync::normal);
      for (std::size_t i = 0; i < bookings; i += 1000) book_a_batch(inventory, 1000);
    }
    return static_cast<double>(std::filesystem::file_size(copy.path) - before) / bookings;
  };
}

// Bookings for each sync of the disk.
Round a_sync(std::size_t threads, std::size_t each) {
  return [=] {
    const Copy copy;
    SlotInventory inventory = open(copy.path);
    shim::arm({.calls = {Io::sync}, .nth = INT64_MAX});
    time_on_threads(threads, each, [&](std::size_t, std::size_t) {
      const std::uint64_t user = next_user();
      must(inventory.book({.user = user, .slot = key(scatter(user) % slot_count)}).has_value(),
           "book");
    });
    const auto syncs = static_cast<double>(shim::counted());
    shim::disarm();
    return static_cast<double>(threads * each) / syncs;
  };
}

Round read_by_library() {
  return [] {
    SlotInventory inventory = open(prepared());
    return micros(time_each(20'000, [&](std::size_t i) {
      use(inventory.availability(key(scatter(i) % slot_count)).value());
    }));
  };
}

Round read_by_hand() {
  return [] {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_open(prepared().c_str(), &db) == SQLITE_OK, "open");
    must(sqlite3_prepare_v2(db,
                            "SELECT capacity + overbook - used FROM slots WHERE service = ?1"
                            " AND label = ?2",
                            -1, &statement, nullptr) == SQLITE_OK,
         "prepare");
    const double time = micros(time_each(20'000, [&](std::size_t i) {
      const SlotKey slot = key(scatter(i) % slot_count);
      const std::string label{std::string_view{slot.label.text()}};
      sqlite3_bind_int64(statement, 1, slot.service.integer());
      sqlite3_bind_text(statement, 2, label.data(), static_cast<int>(label.size()),
                        SQLITE_TRANSIENT);
      must(sqlite3_step(statement) == SQLITE_ROW, "row");
      use(sqlite3_column_int64(statement, 0));
      sqlite3_reset(statement);
    }));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return time;
  };
}

}  // namespace

int main(int count, char** arguments) {
  shim::install();
  shim::sync_for_real(true);
  return run_all(
      {{"FULL, one caller",
        "us a booking",
        {{"library", library(1, 1500)}, {"by hand", by_hand(1, 1500)}}},
       {"FULL, 64 callers",
        "us a booking",
        {{"library", library(64, 60)}, {"one transaction each", by_hand(64, 20)}}},
       {"FULL, 256 callers",
        "us a booking",
        {{"library", library(256, 30)}, {"one transaction each", by_hand(256, 6)}}},
       {"book_each of 1000",
        "us a booking",
        {{"library", in_batches(1000)}, {"one transaction each", by_hand(1, 1500)}}},
       {"NORMAL, one caller and 64",
        "us a booking",
        {{"one", library(1, 3000, SqliteSync::normal)},
         {"64", library(64, 60, SqliteSync::normal)}}},
       {"bookings a sync", "bookings", {{"64 callers", a_sync(64, 60)}, {"256", a_sync(256, 30)}}},
       {"remaining of one slot",
        "us",
        {{"library", read_by_library()}, {"bare SELECT", read_by_hand()}}},
       {"cost", "bytes a booking in the file", {{"integer users", bytes_a_booking()}}},
       {"growth, batches of 1000",
        "us a booking",
        {{"10^4 bookings", grown(10'000)},
         {"10^5 bookings", grown(100'000)},
         {"10^6 bookings", grown(1'000'000)}}}},
      Options::parse(count, arguments));
}
