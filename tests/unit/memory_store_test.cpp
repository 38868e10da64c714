// The memory store's own promises beyond the contract: deadlines at its locks, lists in order,
// cells used again, and the pieces it is made of.
#include "booking/memory_store.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "booking/slot_inventory.hpp"
#include "booking/testing/manual_clock.hpp"

using namespace booking;
using namespace std::chrono_literals;

namespace {

// Stops the next one to ask for the store's time: within the store's locks.
class BlockingClock final : public Clock {
 public:
  Instant now() const noexcept override {
    if (stop_next.exchange(false)) {
      inside = true;
      inside.notify_all();
      released.wait(false);
    }
    return Clock::now();
  }
  mutable std::atomic<bool> stop_next{false};
  mutable std::atomic<bool> inside{false};
  std::atomic<bool> released{false};

  void release() {
    released = true;
    released.notify_all();
  }
};

// An inventory with a call inside that does not return until `clock` is released.
struct Stuck {
  std::shared_ptr<BlockingClock> clock = std::make_shared<BlockingClock>();
  SlotInventory inventory{
      memory_store({.policy = {.user_limit = UserLimit::none()}, .clock = clock})};
  SlotKey slot{"haircut", "2026-06-01"};
  std::thread caller;

  Stuck() {
    REQUIRE(inventory.define_service({.id = "haircut"}));
    REQUIRE(inventory.define_slot({.slot = slot, .capacity = 9}));
    REQUIRE(inventory.book({.id = BookingId{1}, .user = 1, .slot = slot}));
    clock->stop_next = true;
    caller = std::thread{[this] { CHECK(inventory.book({.user = 2, .slot = slot}).has_value()); }};
    clock->inside.wait(false);
  }
  ~Stuck() {
    clock->release();
    caller.join();
  }
};

BookingId made_at(std::int64_t ms, std::uint64_t n) {
  return BookingId::from_halves((static_cast<std::uint64_t>(ms) << 16) | 0x7000U,
                                (std::uint64_t{1} << 63) | n);
}

}  // namespace

TEST_CASE("a call that cannot get at its slot answers timeout at its deadline") {
  Stuck stuck;
  const CallOptions brief{.timeout = 30ms};
  const auto book = stuck.inventory.book({.user = 3, .slot = stuck.slot}, brief);
  CHECK(book.error().code == ErrorCode::timeout);
  CHECK(stuck.inventory.availability(stuck.slot, brief).error().code == ErrorCode::timeout);
  CHECK(stuck.inventory.cancel({.id = BookingId{1}}, brief).error().code == ErrorCode::timeout);
  CHECK(stuck.inventory.sweep(1, brief).error().code == ErrorCode::timeout);
  stuck.clock->release();
  CHECK(stuck.inventory.availability(stuck.slot).has_value());
}

TEST_CASE("a call that waits for its slot answers unavailable once the inventory is shut down") {
  Stuck stuck;
  std::thread waits{[&] {
    const auto book = stuck.inventory.book({.user = 3, .slot = stuck.slot}, {.timeout = 1min});
    CHECK(book.error().code == ErrorCode::unavailable);
  }};
  std::this_thread::sleep_for(20ms);
  stuck.inventory.shutdown();
  waits.join();
}

TEST_CASE("all bookings are listed by id, whatever order they were made in") {
  const auto clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory{
      memory_store({.policy = {.user_limit = UserLimit::none()}, .clock = clock})};
  REQUIRE(inventory.define_service({.id = 1}));
  REQUIRE(inventory.define_slot({.slot = {1, "2026-06-01"}, .capacity = 1'000'000}));
  const std::int64_t start = clock->now().time_since_epoch().count();
  std::mt19937_64 random{7};
  std::set<BookingId> ids;
  for (int i = 0; i < 5000; ++i) {
    const BookingId id = i % 5 == 0
                             ? BookingId{i + 1}
                             : made_at(start + static_cast<int>(random() % 1000), random() >> 2);
    REQUIRE(inventory.book({.id = id, .user = i, .slot = {1, "2026-06-01"}}));
    ids.insert(id);
  }
  std::vector<BookingId> listed;
  BookingPageRequest request{.size = 777};
  do {
    const auto page = inventory.bookings({}, request);
    REQUIRE(page.has_value());
    for (const Booking& booking : page->items) listed.push_back(booking.id);
    request.after = page->next;
  } while (request.after);
  CHECK(listed == std::vector<BookingId>(ids.begin(), ids.end()));
}

TEST_CASE("what a purge forgets is used again, and the rest stays in order") {
  const auto clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory{memory_store({.clock = clock}), no_lock(), {.clock = clock}};
  REQUIRE(inventory.define_service({.id = 1}));
  REQUIRE(inventory.define_slot({.slot = {1, "2026-06-01"}, .capacity = 10'000}));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3000; ++i) {
      const UserId user = i % 2 == 0 ? UserId{i} : UserId{"user " + std::to_string(i)};
      const auto booked = inventory.book({.user = user, .slot = {1, "2026-06-01"}});
      REQUIRE(booked.has_value());
      if (i % 3 != 0) REQUIRE(inventory.cancel({.id = booked->booking.id}));
      if (i % 3 == 0 && round < 2) REQUIRE(inventory.cancel({.id = booked->booking.id}));
    }
    CHECK(inventory.audit()->clean());
    if (round == 2) break;
    clock->advance(std::chrono::hours{24 * 8});
    std::int64_t removed = 0;
    PurgeRequest purge{.before = clock->now(), .max = 500};
    do {
      const auto report = inventory.purge(purge);
      REQUIRE(report.has_value());
      removed += report->removed;
      purge.after = report->next;
    } while (purge.after);
    CHECK(removed == 3000);
    CHECK(inventory.bookings({})->items.empty());
  }
  CHECK(inventory.availability(SlotKey{1, "2026-06-01"})->used == 1000);
  CHECK(inventory.bookings({.user = 6})->items.size() == 1);
}

TEST_CASE("bookings of a user that come and go are counted right beside those that expire") {
  const auto clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory{memory_store({.policy = {.user_limit = {.max = 2}}, .clock = clock}),
                          no_lock(),
                          {.clock = clock}};
  REQUIRE(inventory.define_service({.id = 1}));
  const std::vector<SlotKey> slots{{1, "2026-06-01"}, {1, "2026-06-02"}, {1, "2026-06-03"}};
  for (const SlotKey& slot : slots) REQUIRE(inventory.define_slot({.slot = slot, .capacity = 1}));
  for (int round = 0; round < 20; ++round) {
    REQUIRE(inventory.hold({.user = 1, .slot = slots[0], .ttl = 1min}));
    REQUIRE(inventory.hold({.user = 1, .slot = slots[1], .ttl = 2min}));
    CHECK(inventory.hold({.user = 1, .slot = slots[2]}).error().code == ErrorCode::user_limit);
    clock->advance(90s);
    // Another user's booking returns the first hold; its user's claims are looked at later.
    const auto other = inventory.book({.user = 2, .slot = slots[0]});
    REQUIRE(other.has_value());
    const auto own = inventory.book({.user = 1, .slot = slots[2]});
    REQUIRE(own.has_value());
    CHECK(inventory.current_booking(1)->value().id == own->booking.id);
    REQUIRE(inventory.cancel({.id = own->booking.id}));
    REQUIRE(inventory.cancel({.id = other->booking.id}));
    clock->advance(90s);
    CHECK(*inventory.sweep(10) == 1);
    CHECK_FALSE(inventory.current_booking(1)->has_value());
  }
  CHECK(inventory.bookings({.user = 1})->items.size() == 60);
  CHECK(inventory.audit()->clean());
}

TEST_CASE("a flat table keeps what was put in and not taken out") {
  struct Entry {
    std::uint32_t value = 0;
    std::uint32_t tag = 0;
    bool empty() const noexcept { return value == 0; }
  };
  detail::FlatTable<Entry> table;
  std::map<std::uint32_t, std::uint32_t> expected;  // tag by value
  std::mt19937 random{3};
  const auto find = [&](std::uint32_t value, std::uint32_t tag) {
    return table.find(tag, [&](const Entry& entry) { return entry.value == value; });
  };
  for (std::uint32_t i = 1; i < 20'000; ++i) {
    const std::uint32_t tag = i % 7 == 0 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(random());
    table.reserve();
    table.insert({i, tag});
    expected.emplace(i, tag);
    if (i % 3 != 0) continue;
    const auto gone = std::next(
        expected.begin(), static_cast<int>(random() % std::min<std::size_t>(expected.size(), 50)));
    table.erase(find(gone->first, gone->second));
    CHECK(find(gone->first, gone->second) == nullptr);
    expected.erase(gone);
  }
  for (const auto& [value, tag] : expected) REQUIRE(find(value, tag) != nullptr);
  std::size_t count = 0;
  table.for_each([&](const Entry&) { ++count; });
  CHECK(count == expected.size());
}

TEST_CASE("a stripe lock lets one thread in at a time, however many come") {
  const Clock clock;
  detail::StripeLock lock;
  int inside = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const detail::StripeGuard guard{lock, Deadline{clock, 1min}};
        REQUIRE(static_cast<bool>(guard));
        ++inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(inside == 64 * 500);
}
