// Many at once on one server: what a commit compares, and what it leaves alone.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "redis/inventory.hpp"
#include "support/crew.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

// How often the server ran a command of this name.
std::int64_t calls_of(const RedisServer& server, const std::string& command) {
  const std::string all = server.ask({"INFO", "commandstats"});
  const std::string mark = "cmdstat_" + command + ":calls=";
  const std::size_t at = all.find(mark);
  return at == std::string::npos ? 0 : std::stoll(all.substr(at + mark.size()));
}

// Seats in use by the bookings themselves.
std::int64_t sold(const SlotInventory& inventory, const SlotKey& slot) {
  std::int64_t seats = 0;
  std::optional<BookingId> after;
  do {
    const auto page =
        inventory.bookings({.user = {}, .slot = slot, .status = seat_statuses}, {.after = after})
            .value();
    for (const Booking& booking : page.items) seats += booking.seats;
    after = page.next;
  } while (after);
  return seats;
}

}  // namespace

TEST_CASE("bookings of a hot slot do not disturb each other: one commit each") {
  const RedisInventory redis;
  SlotInventory first = redis.fill();
  CHECK(first.change_slot({.slot = ten, .capacity = 10'000}));
  constexpr int threads = 8;
  constexpr int each = 100;
  std::vector<SlotInventory> inventories;
  for (int i = 0; i < threads; ++i) inventories.push_back(redis.open());
  redis.server.ask({"CONFIG", "RESETSTAT"});
  std::atomic<int> failed{0};
  std::vector<std::thread> crew;
  for (int t = 0; t < threads; ++t) {
    crew.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        if (!inventories[static_cast<std::size_t>(t)].book(request(t * each + i))) ++failed;
      }
    });
  }
  for (std::thread& one : crew) one.join();
  CHECK(failed == 0);
  CHECK(sold(first, ten) == threads * each);
  const auto commits = calls_of(redis.server, "evalsha");
  CAPTURE(commits);
  CHECK(commits <= threads * each + 10);  // the reads of sold() among them
}

TEST_CASE("bookings, holds, cancels, confirms and sweeps of a hot slot at once never oversell it") {
  const RedisInventory redis;
  SlotInventory first = redis.fill();
  std::atomic<bool> oversold{false};
  std::vector<std::thread> crew;
  for (int t = 0; t < 6; ++t) {
    crew.emplace_back([&, t] {
      SlotInventory mine{*redis.try_open(), no_lock(), {.timeout = 20s, .clock = redis.clock}};
      for (int i = 0; i < 60; ++i) {
        const auto booked = mine.book(request(t * 1000 + i));
        const auto held = mine.hold({.user = t * 1000 + 500 + i, .slot = ten, .ttl = 10ms});
        redis.clock->advance(1ms);
        if (held && i % 2 == 0) {
          (void)mine.confirm({.id = held->booking.id, .user = {}, .seats = {}});
          (void)mine.cancel({.id = held->booking.id});
        }
        if (mine.availability(ten)->deficit > 0) oversold = true;
        if (booked) (void)mine.cancel({.id = booked->booking.id});
        if (i % 10 == 0) (void)mine.sweep(10);
      }
    });
  }
  for (std::thread& one : crew) one.join();
  CHECK_FALSE(oversold);
  const auto audit = first.audit();
  REQUIRE(audit);
  CHECK(audit->clean());
  CHECK(sold(first, ten) == first.availability(ten)->used);
}

TEST_CASE("R13 a server that forgets its scripts all the time is not noticed") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  CHECK(inventory.change_slot({.slot = ten, .capacity = 1000}));
  std::atomic<bool> done{false};
  std::thread forgetful{[&] {
    Outsider outsider{redis.server.path()};
    while (!done) outsider.ask({"SCRIPT", "FLUSH"});
  }};
  for (int i = 0; i < 300; ++i) {
    const auto booked = inventory.book(request(i));
    CHECK_MESSAGE(booked.has_value(), booked.error().log_text());
    CHECK(inventory.availability(ten).value().used == i + 1);
  }
  done = true;
  forgetful.join();
  CHECK(inventory.audit()->clean());
}

TEST_CASE("E2 without memory nothing is booked, but cancelled") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  const BookingId bob = inventory.hold({.user = "bob", .slot = ten}).value().booking.id;
  redis.clock->advance(1h);
  redis.server.ask({"CONFIG", "SET", "maxmemory", "1"});
  const auto before = redis.everything();
  const auto refused = inventory.book(request("cid", eleven));
  REQUIRE_FALSE(refused);
  MESSAGE(refused.error().log_text());
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(redis.everything() == before);
  const auto cancelled = inventory.cancel({.id = ann});
  CHECK_MESSAGE(cancelled.has_value(), cancelled.error().log_text());
  CHECK(inventory.sweep(10).value() == 0);  // the cancel returned it
  CHECK(inventory.find(bob).value()->status == Status::expired);
  CHECK(inventory.availability(ten).value().used == 0);
}

TEST_CASE("a commit that arrives after its time is refused by the script itself") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  // Decided before, committed after: a clock that moves with each look at it.
  class Hurrying final : public Clock {
   public:
    Instant now() const noexcept override {
      return Instant{std::chrono::hours{24 * 365 * 50}} + 100s * looks_++;
    }

   private:
    mutable std::atomic<int> looks_{0};
  };
  RedisOptions options = redis.options();
  options.clock = std::make_shared<Hurrying>();
  SlotInventory hurried{*redis_store(options), no_lock(), {.timeout = 5s, .clock = redis.clock}};
  const auto before = redis.everything();
  CHECK(hurried.book(request("ann")).error().code == ErrorCode::timeout);
  CHECK(redis.everything() == before);
}

TEST_CASE("a slot that closes, fills up or ends between look and commit is decided on anew") {
  // Each thread changes the slot while others book in it: whoever was told "booked" was so while it
  // was open.
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  CHECK(inventory.change_slot({.slot = ten, .capacity = 100'000}));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> crew;
  for (int t = 0; t < 4; ++t) {
    crew.emplace_back([&, t] {
      SlotInventory mine = redis.open();
      for (int i = 0; !done; ++i) {
        const auto booked = mine.book(request(t * 1'000'000 + i));
        if (!booked && booked.error().code != ErrorCode::slot_closed) ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const auto closed = inventory.change_slot({.slot = ten, .status = SlotStatus::closed});
    REQUIRE_MESSAGE(closed.has_value(), closed.error().log_text());
    const std::int32_t used = inventory.availability(ten).value().used;
    CHECK(inventory.book(request("late")).error().code == ErrorCode::slot_closed);
    CHECK(inventory.availability(ten).value().used == used);
    REQUIRE(inventory.change_slot({.slot = ten, .status = SlotStatus::open}));
  }
  done = true;
  for (std::thread& one : crew) one.join();
  CHECK(wrong == 0);
  CHECK(inventory.audit()->clean());
}
