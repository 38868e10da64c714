// SlotInventory itself: construction, timeouts, shutdown, what it counts and tells.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/testing/faulty_store.hpp"
#include "booking/testing/manual_clock.hpp"
#include "unit/doubles.hpp"

using namespace booking;
using namespace booking_test;
using booking::testing::FaultyStore;
using booking::testing::ManualClock;
using namespace std::chrono_literals;

namespace {

const SlotKey slot{"haircut", "2026-06-01"};

void fill(SlotInventory& inventory, std::int32_t capacity = 5) {
  inventory.define_service({.id = slot.service}).value();
  inventory.define_slot({.slot = slot, .capacity = capacity}).value();
}

bool refuses(const InventoryOptions& options) {
  try {
    const SlotInventory inventory{memory_store(), no_lock(), options};
    return false;
  } catch (const std::invalid_argument&) {
    return true;
  }
}

}  // namespace

TEST_CASE("an inventory without a store is refused") {
  CHECK_THROWS_AS(SlotInventory{nullptr}, std::invalid_argument);
}

TEST_CASE("an inventory with a timeout or retry policy out of range is refused") {
  CHECK(refuses({.timeout = 0ms}));
  CHECK(refuses({.timeout = -1ms}));
  CHECK(refuses({.timeout = 1h + 1ms}));
  CHECK(refuses({.retry = {.attempts = 0}}));
  CHECK(refuses({.retry = {.first_pause = -1ms}}));
  CHECK(refuses({.retry = {.longest_pause = 0ms}}));
  CHECK(refuses({.retry = {.longest_pause = 1h + 1ms}}));
  CHECK_FALSE(refuses({}));
  CHECK_FALSE(refuses({.timeout = 1h, .retry = {.attempts = 1, .first_pause = 0ms}}));
}

TEST_CASE("a call with a timeout out of range is invalid_argument and does nothing") {
  SlotInventory inventory{memory_store()};
  fill(inventory);
  for (const auto timeout : {0ms, -1ms, 3'600'001ms}) {
    CHECK(inventory.book({.user = "ann", .slot = slot}, {.timeout = timeout}).error().code ==
          ErrorCode::invalid_argument);
    CHECK(inventory.availability(slot, {.timeout = timeout}).error().code ==
          ErrorCode::invalid_argument);
  }
  CHECK(inventory.availability(slot)->remaining == 5);
}

TEST_CASE("an error carries the id of the booking that the call spoke of") {
  SlotInventory inventory{memory_store()};
  CHECK(inventory.approve({.id = BookingId{7}}, {.timeout = 0ms}).error().booking == BookingId{7});
  CHECK(inventory.book({.user = "ann", .slot = slot}).error().booking.valid());
}

TEST_CASE("a memory store with a user limit that is not valid refuses every call") {
  for (const UserLimit& limit :
       {UserLimit{.max = 0}, UserLimit{.max = -1}, UserLimit{.counting = {Status::pending}},
        UserLimit{.counting = {Status::held, Status::cancelled}}}) {
    SlotInventory inventory{memory_store({.policy = {.user_limit = limit}, .clock = {}})};
    CHECK(inventory.define_service({.id = 1}).error().code == ErrorCode::invalid_argument);
    CHECK(inventory.availability(slot).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("after shutdown every call of every copy is unavailable") {
  SlotInventory inventory{memory_store()};
  fill(inventory);
  SlotInventory copy = inventory;
  copy.shutdown();
  CHECK(inventory.book({.user = "ann", .slot = slot}).error().code == ErrorCode::unavailable);
  CHECK(inventory.availability(slot).error().code == ErrorCode::unavailable);
  CHECK(inventory.audit().error().code == ErrorCode::unavailable);
  const auto each = inventory.book_each({{.user = "ann", .slot = slot}});
  CHECK(each.at(0).error().code == ErrorCode::unavailable);
}

TEST_CASE("shutdown leaves other inventories on the same store alone") {
  const auto store = memory_store();
  SlotInventory one{store};
  SlotInventory two{store};
  one.shutdown();
  fill(two);
  CHECK(two.availability(slot)->remaining == 5);
}

namespace {

// Somebody else holds the slot's lock, and a thread waits for it inside `book`.
struct WaitingCall {
  std::shared_ptr<Lock> lock = process_mutex();
  std::shared_ptr<CountingClock> clock = std::make_shared<CountingClock>();
  SlotInventory inventory{memory_store(), lock, {.clock = clock}};
  Lease held = lock->enter({&slot, 1}, Deadline{ManualClock{}, 1s}).value();
  std::optional<Result<Receipt>> result;
  std::atomic<bool> returned{false};
  std::thread caller{[this] {
    result = inventory.book({.user = "ann", .slot = slot});
    returned = true;
  }};

  WaitingCall() {
    // Asked for the call's start, for its deadline, and behind its place in the queue.
    while (clock->asked() < 3 && !returned) std::this_thread::yield();
  }
  ErrorCode answer() {
    caller.join();
    REQUIRE_FALSE(result->has_value());
    return result->error().code;
  }
};

}  // namespace

TEST_CASE("a caller that waits for the lock gets unavailable when the inventory is shut down") {
  WaitingCall call;
  call.inventory.shutdown();
  CHECK(call.answer() == ErrorCode::unavailable);
}

TEST_CASE("a caller that waits for the lock past its timeout gets timeout") {
  WaitingCall call;
  call.clock->advance(3s);
  CHECK(call.answer() == ErrorCode::timeout);
}

TEST_CASE("stats count each call once, by kind of answer") {
  const auto store = std::make_shared<FaultyStore>(memory_store());
  SlotInventory inventory{store, no_lock(), {.retry = {.attempts = 1}}};
  fill(inventory, 0);
  const auto fail = [&](ErrorCode code) {
    Error error;
    error.code = code;
    store->fail_next(error);
    CHECK_FALSE(inventory.book({.user = "ann", .slot = slot}).has_value());
  };
  CHECK_FALSE(inventory.book({.user = "ann", .slot = slot}).has_value());
  fail(ErrorCode::unavailable);
  fail(ErrorCode::outcome_unknown);
  fail(ErrorCode::broken_store);
  CHECK_FALSE(inventory.book({.user = "", .slot = slot}).has_value());
  CHECK_FALSE(inventory.find(BookingId{}).has_value());
  const Stats stats = inventory.stats();
  CHECK(stats.done == 2);
  CHECK(stats.refused == 1);
  CHECK(stats.transient == 1);
  CHECK(stats.unknown == 1);
  CHECK(stats.broken == 1);
  CHECK(stats.caller == 2);
  CHECK(stats.retries == 0);
}

TEST_CASE("the observer is told of every operation by name, with its error and duration") {
  const auto observer = std::make_shared<RecordingObserver>();
  SlotInventory inventory{memory_store(), no_lock(), {.observer = observer}};
  fill(inventory);
  inventory.update_service({.id = slot.service}).ignore();
  inventory.change_slot({.slot = slot, .capacity = 1}).ignore();
  inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}).ignore();
  inventory.book_all({{.user = "bob", .slot = slot}}).ignore();
  inventory.book_each({{.user = "bob", .slot = slot}});
  inventory.approve({.id = BookingId{1}}).ignore();
  inventory.reject({.id = BookingId{1}}).ignore();
  inventory.cancel({.id = BookingId{1}}).ignore();
  inventory.cancel_all({BookingId{1}}).ignore();
  inventory.availability(slot).ignore();
  inventory.availability(SlotRange{"haircut", "2026-06-01", "2026-06-02"}).ignore();
  inventory.find(BookingId{1}).ignore();
  inventory.bookings({}).ignore();
  inventory.current_booking("ann").ignore();
  std::string told;
  for (const RecordingObserver::Call& call : observer->calls()) {
    told += call.operation + (call.error.empty() ? "" : "=" + call.error) + " ";
    CHECK(call.duration >= 0ns);
    CHECK(call.attempts == 1);
  }
  CHECK(told ==
        "define_service define_slot update_service change_slot book book_all=sold_out book_each "
        "approve reject=invalid_transition cancel cancel_all availability availability find "
        "bookings current_booking ");
}

TEST_CASE("an observer may call back into the inventory") {
  struct CallingBack final : Observer {
    SlotInventory* inventory = nullptr;
    std::int32_t seen = -1;
    void on_call(const CallEvent& event) noexcept override {
      if (event.operation != "book") return;
      seen = inventory->cancel({.id = BookingId{1}})->booking.seats;
    }
  };
  const auto observer = std::make_shared<CallingBack>();
  SlotInventory inventory{memory_store(), process_mutex(1), {.observer = observer}};
  observer->inventory = &inventory;
  fill(inventory);
  CHECK(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 2}).has_value());
  CHECK(observer->seen == 2);
  CHECK(inventory.availability(slot)->remaining == 5);
}
