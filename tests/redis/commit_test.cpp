// Many at once on one server: what a commit compares, and what it leaves alone.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "redis/inventory.hpp"
#include "redis/open.hpp"
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

// Store time that passes between what a call looks at and what it commits.
class JumpingClock final : public Clock {
 public:
  Instant now() const noexcept override {
    const Instant seen{now_.load()};
    if (--looks_left_ == 0) now_ = seen.time_since_epoch() + jump_.load();
    return seen;
  }
  // After so many looks at it.
  void jump_behind(int looks, std::chrono::milliseconds time) {
    jump_ = time;
    looks_left_ = looks;
  }

 private:
  mutable std::atomic<std::chrono::milliseconds> now_{std::chrono::hours{24 * 365 * 50}};
  mutable std::atomic<int> looks_left_{0};
  std::atomic<std::chrono::milliseconds> jump_{};
};

// Four threads that book in a slot until they are stopped.
class Buyers {
 public:
  Buyers(const RedisInventory& redis, ErrorCode refusal) {
    for (int t = 0; t < 4; ++t) {
      crew_.emplace_back([&, t, refusal] {
        SlotInventory mine = redis.open();
        for (int i = 0; !done_; ++i) {
          const auto booked = mine.book(request(t * 1'000'000 + i));
          if (!booked && booked.error().code != refusal) ++wrong_;
        }
      });
    }
  }
  ~Buyers() { stop(); }
  Buyers(const Buyers&) = delete;
  Buyers& operator=(const Buyers&) = delete;

  // How many were refused for any other reason.
  int stop() {
    done_ = true;
    for (std::thread& one : crew_) one.join();
    crew_.clear();
    return wrong_;
  }

 private:
  std::atomic<bool> done_{false};
  std::atomic<int> wrong_{0};
  std::vector<std::thread> crew_{};
};

// Without twins, which look and commit at one moment.
struct Jump {
  Jump() { redis.fill(); }
  std::shared_ptr<Store> store() const {
    RedisOptions options = redis.options();
    options.clock = clock;
    return redis::open_store(options, false).value();
  }
  SlotInventory inventory() const {
    SlotInventory made{store(), no_lock(), {.timeout = 20s, .clock = redis.clock}};
    REQUIRE(made.define_service({.id = "haircut", .name = "Haircut"}));  // it knows the gate now
    return made;
  }

  RedisInventory redis{};
  std::shared_ptr<JumpingClock> clock = std::make_shared<JumpingClock>();
};

}  // namespace

TEST_CASE("bookings of a hot slot do not disturb each other: at most one script each") {
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
  const auto scripts = calls_of(redis.server, "evalsha");
  CAPTURE(scripts);
  CHECK(scripts <= threads * each + 10);  // and what sold() reads
}

namespace {

// Six callers at once, each with a store of its own.
void crowd(bool twins) {
  const RedisInventory redis_inventory;
  SlotInventory first = redis_inventory.fill();
  std::atomic<bool> oversold{false};
  std::atomic<int> broken{0};  // facts of two moments may contradict each other: that is no damage
  const auto sound = [&](const auto& result) {
    if (!result && result.error().kind() == ErrorKind::broken) ++broken;
  };
  std::vector<std::thread> crew;
  for (int t = 0; t < 6; ++t) {
    crew.emplace_back([&, t] {
      SlotInventory mine{redis::open_store(redis_inventory.options(), twins).value(),
                         no_lock(),
                         {.timeout = 20s, .clock = redis_inventory.clock}};
      for (int i = 0; i < 60; ++i) {
        const auto booked = mine.book(request(t * 1000 + i));
        const auto held = mine.hold({.user = t * 1000 + 500 + i, .slot = ten, .ttl = 10ms});
        redis_inventory.clock->advance(1ms);
        if (held && i % 2 == 0) {
          sound(mine.confirm({.id = held->booking.id, .user = {}, .seats = {}}));
          sound(mine.cancel({.id = held->booking.id}));
        }
        if (mine.availability(ten)->deficit > 0) oversold = true;
        sound(booked);
        sound(held);
        if (booked) sound(mine.cancel({.id = booked->booking.id}));
        sound(mine.sweep(10));
      }
    });
  }
  for (std::thread& one : crew) one.join();
  CHECK_FALSE(oversold);
  CHECK(broken == 0);
  const auto audit = first.audit();
  REQUIRE(audit);
  CHECK(audit->clean());
  CHECK(sold(first, ten) == first.availability(ten)->used);
}

}  // namespace

TEST_CASE("bookings, holds, cancels, confirms and sweeps of a hot slot at once never oversell it") {
  crowd(true);
}

TEST_CASE("nor do they without twins, when each looks first and commits then") {
  crowd(false);
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
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(redis.everything() == before);
  const auto cancelled = inventory.cancel({.id = ann});
  CHECK_MESSAGE(cancelled.has_value(), cancelled.error().log_text());
  CHECK(inventory.sweep(10).value() == 0);  // the cancel returned it
  CHECK(inventory.find(bob).value()->status == Status::expired);
  CHECK(inventory.availability(ten).value().used == 0);
}

TEST_CASE("a commit that arrives after its time is refused by the script itself") {
  const Jump jump;
  const auto store = jump.store();
  const auto before = jump.redis.everything();
  const Command late{.body = command::Book{request("ann")},
                     .guard = {.not_after = jump.clock->now() + 60s}};
  jump.clock->jump_behind(1, 61s);
  CHECK(store->execute(late, Deadline{*jump.redis.clock, 20s}).error().code == ErrorCode::timeout);
  CHECK(jump.redis.everything() == before);
}

TEST_CASE("a slot that begins between look and commit is not booked") {
  const Jump jump;
  SlotInventory inventory = jump.inventory();
  REQUIRE(inventory.change_slot({.slot = ten, .begins_at = jump.clock->now() + 10s}));
  const auto before = jump.redis.everything();
  jump.clock->jump_behind(1, 20s);
  CHECK(inventory.book(request("ann")).error().code == ErrorCode::slot_past);
  CHECK(jump.redis.everything() == before);
}

TEST_CASE("a hold that ends between look and commit is not confirmed") {
  const Jump jump;
  SlotInventory inventory = jump.inventory();
  const BookingId held = inventory.hold({.user = "ann", .slot = ten, .ttl = 10s})->booking.id;
  jump.clock->jump_behind(2, 20s);  // first at the booking, then at its slot
  CHECK(inventory.confirm({.id = held, .user = {}, .seats = {}}).error().code ==
        ErrorCode::hold_expired);
}

TEST_CASE("a slot that closes, fills up or ends between look and commit is decided on anew") {
  // Each thread changes the slot while others book in it: whoever was told "booked" was so while it
  // was open.
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  CHECK(inventory.change_slot({.slot = ten, .capacity = 100'000}));
  Buyers buyers{redis, ErrorCode::slot_closed};
  for (int i = 0; i < 50; ++i) {
    const auto closed = inventory.change_slot({.slot = ten, .status = SlotStatus::closed});
    REQUIRE_MESSAGE(closed.has_value(), closed.error().log_text());
    const std::int32_t used = inventory.availability(ten).value().used;
    CHECK(inventory.book(request("late")).error().code == ErrorCode::slot_closed);
    CHECK(inventory.availability(ten).value().used == used);
    REQUIRE(inventory.change_slot({.slot = ten, .status = SlotStatus::open}));
  }
  CHECK(buyers.stop() == 0);
  CHECK(inventory.audit()->clean());
}

TEST_CASE("a capacity that is lowered while others book never falls below what is booked") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  Buyers buyers{redis, ErrorCode::sold_out};
  int lowered = 0;
  int refused = 0;
  for (int i = 0; i < 5000 && (i < 200 || lowered == 0 || refused == 0); ++i) {
    const std::int32_t used = inventory.availability(ten).value().used;
    REQUIRE(inventory.change_slot({.slot = ten, .capacity = used + 40}));
    const std::int32_t then = inventory.availability(ten).value().used;
    const auto change = inventory.change_slot({.slot = ten, .capacity = then + i % 8});
    ++(change ? lowered : refused);
    if (!change) CHECK(change.error().code == ErrorCode::capacity_below_booked);
    CHECK(inventory.availability(ten).value().deficit == 0);
  }
  CHECK(buyers.stop() == 0);
  CHECK(lowered > 0);
  CHECK(refused > 0);
  CHECK(inventory.audit()->clean());
}
