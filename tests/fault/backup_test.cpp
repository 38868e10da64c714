// Copies of an inventory that is in use.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/checker.hpp"
#include "support/healthy.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

// An inventory of some megabytes: a copy takes many steps.
SlotInventory make_large(const Fixture& fixture) {
  auto store = sqlite_store({.path = fixture.path,
                             .mode = StoreMode::create,
                             .policy = Policy{.user_limit = UserLimit::none()},
                             .clock = {}});
  REQUIRE_MESSAGE(store.has_value(), store.error().message());
  SlotInventory inventory{*store, no_lock(), {.timeout = 60s}};
  REQUIRE(inventory.define_service({.id = "haircut"}));
  REQUIRE(inventory.define_slot({.slot = ten, .capacity = 1'000'000}));
  for (int batch = 0; batch < 40; ++batch) {
    std::vector<BookRequest> requests;
    for (int i = 0; i < 256; ++i) {
      requests.push_back({.id = BookingId::generate(), .user = 1 + batch * 256 + i, .slot = ten});
    }
    REQUIRE(inventory.book_all(requests));
  }
  return inventory;
}

// Files in the fixture's folder that are neither the inventory's nor named.
std::vector<std::string> strangers(const Fixture& fixture, const std::set<std::string>& named) {
  std::vector<std::string> found;
  const auto folder = std::filesystem::path{fixture.path}.parent_path();
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("inventory.db") && !named.contains(name)) found.push_back(name);
  }
  return found;
}

ErrorCode code_of(const Result<void>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_FALSE(result.error().detail.empty());
  return result.error().code;
}

}  // namespace

TEST_CASE("S7 a backup made while selling is an inventory of some moment") {
  const Healthy healthy;
  const Fixture fixture;
  SlotInventory inventory = make_large(fixture);

  std::mutex mutex;
  std::vector<BookingId> acknowledged;
  std::atomic<bool> over{false};
  std::vector<std::thread> sellers;
  for (int seller = 0; seller < 3; ++seller) {
    sellers.emplace_back([&, seller] {
      for (int i = 0; !over; ++i) {
        const auto booked = inventory.book({.user = 1'000'000 * (1 + seller) + i, .slot = ten});
        CHECK(booked.has_value());
        const std::lock_guard guard{mutex};
        if (booked) acknowledged.push_back(booked->booking.id);
      }
    });
  }

  std::set<std::string> copies;
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    const std::string name = "copy" + std::to_string(i) + ".db";
    const std::string to = fixture.dir.path(name);
    std::vector<BookingId> before;
    {
      const std::lock_guard guard{mutex};
      before = acknowledged;
    }
    const Result<void> made = sqlite_backup(fixture.path, to, 20s);
    CHECK_MESSAGE(made.has_value(), made.error().log_text());
    if (!made) break;
    copies.insert(name);
    CHECK(strangers(fixture, copies).empty());

    auto store = sqlite_store({.path = to, .mode = StoreMode::open, .policy = {}, .clock = {}});
    REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
    SlotInventory copy{*store, no_lock(), {.timeout = 60s}};
    *store = nullptr;
    CHECK(copy.audit().value().clean());
    std::set<BookingId> in_copy;
    for (const Booking& booking : all_bookings(copy)) in_copy.insert(booking.id);
    CHECK(in_copy.size() >= 40 * 256 + before.size());
    CHECK(std::all_of(before.begin(), before.end(),
                      [&](BookingId id) { return in_copy.contains(id); }));
    CHECK(copy.book({.user = "of the copy", .slot = ten}).has_value());
    SqliteFile file{to};
    check_sound(file);
    copies.insert({name + "-wal", name + "-shm"});
  }
  over = true;
  for (std::thread& seller : sellers) seller.join();
  CHECK(inventory.audit().value().clean());
}

TEST_CASE("a backup goes on with what it began with when others sell between two steps") {
  const Healthy healthy;
  const Fixture fixture;
  SlotInventory inventory = make_large(fixture);
  const BookingId before{1};
  const BookingId meanwhile{2};
  book(inventory, before, "before");  // and what a booking reads is known from here on
  const std::string to = fixture.dir.path("copy.db");
  shim::arm({.calls = {Io::read}, .nth = 200, .forever = true, .code = SQLITE_BUSY});
  std::thread copying{[&] {
    const auto made = sqlite_backup(fixture.path, to);
    CHECK_MESSAGE(made.has_value(), made.error().log_text());
  }};
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (shim::counted() < 200 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  const auto sold = inventory.book({.id = meanwhile, .user = "meanwhile", .slot = ten});
  shim::disarm();
  copying.join();
  CHECK(sold.has_value());
  auto store = sqlite_store({.path = to, .mode = StoreMode::open, .policy = {}, .clock = {}});
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  const SlotInventory copy{*store};
  CHECK(copy.find(before).value().has_value());
  CHECK_FALSE(copy.find(meanwhile).value().has_value());
  CHECK(copy.audit().value().clean());
  SqliteFile file{to};
  check_sound(file);
}

TEST_CASE("a backup replaces nothing") {
  const Fixture fixture;
  fixture.fill();
  const std::string to = fixture.dir.path("there.db");
  write_bytes(to, "mine");
  CHECK(code_of(sqlite_backup(fixture.path, to)) == ErrorCode::already_exists);
  CHECK(bytes_of(to) == "mine");
  CHECK(code_of(sqlite_backup(fixture.path, fixture.path)) == ErrorCode::already_exists);
  CHECK(strangers(fixture, {"there.db"}).empty());
}

TEST_CASE("a backup is made of an inventory only") {
  const Fixture fixture;
  const std::string to = fixture.dir.path("copy.db");
  CHECK(code_of(sqlite_backup(fixture.path, to)) == ErrorCode::broken_store);
  CHECK(SqliteFile{fixture.path}.ask("CREATE TABLE t (a)").empty());
  CHECK(code_of(sqlite_backup(fixture.path, to)) == ErrorCode::broken_store);
  CHECK(code_of(sqlite_backup("", to)) == ErrorCode::invalid_argument);
  CHECK(code_of(sqlite_backup(fixture.path, ":memory:")) == ErrorCode::invalid_argument);
  CHECK(code_of(sqlite_backup(fixture.path, to, 0ms)) == ErrorCode::invalid_argument);
  CHECK(strangers(fixture, {}).empty());
}

TEST_CASE("a backup that fails or runs out of time leaves nothing behind") {
  const Healthy healthy;
  const Fixture fixture;
  const SlotInventory inventory = make_large(fixture);
  const std::string to = fixture.dir.path("copy.db");
  // From some page on the copying only waits.
  shim::arm({.calls = {Io::read}, .nth = 200, .forever = true, .code = SQLITE_BUSY});
  CHECK(code_of(sqlite_backup(fixture.path, to, 200ms)) == ErrorCode::timeout);
  CHECK(shim::disarm());
  CHECK(strangers(fixture, {}).empty());

  for (const std::int64_t nth : {1, 2, 10, 100}) {
    CAPTURE(nth);
    shim::arm({.calls = {Io::write}, .nth = nth, .forever = true, .code = SQLITE_FULL});
    CHECK(code_of(sqlite_backup(fixture.path, to)) == ErrorCode::unavailable);
    CHECK(shim::disarm());
    CHECK(strangers(fixture, {}).empty());
  }
  CHECK(code_of(sqlite_backup(fixture.path, fixture.dir.path("no/copy.db"))) ==
        ErrorCode::unavailable);
  CHECK(sqlite_backup(fixture.path, to).has_value());
  CHECK(inventory.audit().value().clean());
}
