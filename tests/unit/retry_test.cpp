// The retry loop, seen through SlotInventory: what is repeated, how often, with which pauses.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"
#include "booking/testing/faulty_store.hpp"
#include "booking/testing/manual_clock.hpp"
#include "unit/doubles.hpp"

using namespace booking;
using namespace booking_test;
using booking::testing::FaultyStore;
using booking::testing::ManualClock;
using namespace std::chrono_literals;

namespace {

struct RetryRig {
  std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>(memory_store());
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<RecordingObserver> observer = std::make_shared<RecordingObserver>();
  SlotInventory inventory;
  SlotKey slot{"haircut", "2026-06-01"};
  std::int64_t before = 0;  // commands that came before the test's own
  std::chrono::steady_clock::time_point start;

  explicit RetryRig(RetryPolicy retry = {}, std::initializer_list<std::uint64_t> random = {},
                    std::chrono::milliseconds timeout = 2s)
      : inventory{store,
                  no_lock(),
                  {.timeout = timeout,
                   .retry = retry,
                   .clock = clock,
                   .random = std::make_shared<ScriptedRandom>(random),
                   .observer = observer}} {
    inventory.define_service({.id = slot.service}).value();
    inventory.define_slot({.slot = slot, .capacity = 5}).value();
    before = store->commands();
    start = clock->steady_now();
  }
  void fail(ErrorCode code, std::int64_t count) {
    Error error;
    error.code = code;
    store->fail_next(error, count);
  }
  Result<Receipt> book() {
    return inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot});
  }
  std::int64_t attempts() const { return store->commands() - before; }
  std::chrono::nanoseconds passed() const { return clock->steady_now() - start; }
};

}  // namespace

TEST_CASE("contention is repeated until the call succeeds, and books once") {
  RetryRig rig;
  rig.fail(ErrorCode::contention, 3);
  CHECK(rig.book().value().changed);
  CHECK(rig.attempts() == 4);
  CHECK(rig.inventory.availability(rig.slot)->remaining == 4);
}

TEST_CASE("no other error is repeated") {
  for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::timeout, ErrorCode::locked,
                               ErrorCode::lock_lost, ErrorCode::maintenance, ErrorCode::overloaded,
                               ErrorCode::broken_store, ErrorCode::internal, ErrorCode::sold_out}) {
    CAPTURE(to_string(code));
    RetryRig rig;
    rig.fail(code, 1);
    CHECK(rig.book().error().code == code);
    CHECK(rig.attempts() == 1);
    CHECK(rig.observer->pauses().empty());
  }
}

TEST_CASE("a call is attempted no more often than the policy says") {
  RetryRig rig{{.attempts = 3}};
  rig.fail(ErrorCode::contention, 100);
  CHECK(rig.book().error().code == ErrorCode::contention);
  CHECK(rig.attempts() == 3);
}

TEST_CASE("with one attempt nothing is repeated") {
  RetryRig rig{{.attempts = 1}};
  rig.fail(ErrorCode::contention, 1);
  CHECK(rig.book().error().code == ErrorCode::contention);
  CHECK(rig.attempts() == 1);
}

TEST_CASE("pauses are random parts of a ceiling that doubles up to the longest") {
  RetryRig rig{{.attempts = 6, .first_pause = 1ms, .longest_pause = 4ms},
               {999'999, 1'999'999, 3'999'999, 7'999'999, 123}};
  rig.fail(ErrorCode::contention, 5);
  CHECK(rig.book().has_value());
  CHECK(rig.observer->pauses() == std::vector<std::chrono::nanoseconds>{
                                      999'999ns, 1'999'999ns, 3'999'999ns, 3'999'999ns, 123ns});
}

TEST_CASE("a call is repeated no longer than its timeout, and never sleeps past it") {
  RetryRig rig{{.attempts = 1000, .first_pause = 8ms, .longest_pause = 8ms},
               {7'999'999, 7'999'999, 7'999'999, 7'999'999},
               10ms};
  rig.fail(ErrorCode::contention, 1000);
  CHECK(rig.book().error().code == ErrorCode::contention);
  CHECK(rig.attempts() == 3);
  CHECK(rig.passed() == 10ms);
}

TEST_CASE("the observer is told of each repetition and of the attempts of the call") {
  RetryRig rig;
  rig.fail(ErrorCode::contention, 2);
  CHECK(rig.book().has_value());
  CHECK(rig.observer->pauses().size() == 2);
  CHECK(rig.observer->calls().back().operation == "book");
  CHECK(rig.observer->calls().back().attempts == 3);
  CHECK(rig.inventory.stats().retries == 2);
}

TEST_CASE("every call that changes something is repeated after contention") {
  RetryRig rig{{},
               {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}};  // no op id twice
  const auto contended = [&] { rig.fail(ErrorCode::contention, 1); };
  const Service service{.id = rig.slot.service, .approval = Approval::required};
  const SlotKey other{"haircut", "2026-06-02"};
  contended();
  CHECK(rig.inventory.update_service(service).has_value());
  contended();
  CHECK(rig.inventory.define_service(service).has_value());
  contended();
  CHECK(rig.inventory.define_slot({.slot = other, .capacity = 5}).has_value());
  contended();
  CHECK(rig.inventory.change_slot({.slot = other, .capacity = 6}).has_value());
  contended();
  CHECK(rig.inventory
            .book_all({{.id = BookingId{1}, .user = 1, .slot = rig.slot},
                       {.id = BookingId{2}, .user = 2, .slot = rig.slot}})
            .has_value());
  contended();
  CHECK(rig.inventory.approve({.id = BookingId{1}}).has_value());
  contended();
  CHECK(rig.inventory.reject({.id = BookingId{2}}).has_value());
  contended();
  CHECK(rig.inventory.cancel({.id = BookingId{1}}).has_value());
  contended();
  CHECK(rig.inventory.cancel_all({BookingId{1}}).has_value());
  CHECK(rig.inventory.stats().retries == 9);
}

TEST_CASE("book_each repeats only those requests that met contention") {
  RetryRig rig;
  rig.fail(ErrorCode::contention, 1);
  const auto results =
      rig.inventory.book_each({{.id = BookingId{1}, .user = 1, .slot = rig.slot},
                               {.id = BookingId{2}, .user = 2, .slot = rig.slot, .seats = 4}});
  REQUIRE(results.size() == 2);
  CHECK(results[0].has_value());
  CHECK(results[1].has_value());
  CHECK(rig.attempts() == 3);
}

TEST_CASE("a lost reply is asked for again with the same id, and books once") {
  RetryRig rig;
  rig.store->lose_reply_of(1);
  const Receipt receipt = rig.book().value();
  CHECK(receipt.replayed);
  CHECK(rig.attempts() == 2);
  CHECK(rig.inventory.availability(rig.slot)->remaining == 4);
}

TEST_CASE("a lost request is sent again") {
  RetryRig rig;
  rig.store->lose_request_of(1);
  CHECK(rig.book().value().changed);
  CHECK(rig.inventory.availability(rig.slot)->remaining == 4);
}

TEST_CASE("a lost reply of a move answers as the first time") {
  RetryRig rig;
  rig.book().value();
  rig.store->lose_reply_of(1);
  CHECK(rig.inventory.cancel({.id = BookingId{1}}).value().changed);
  CHECK(rig.inventory.availability(rig.slot)->remaining == 5);
}

TEST_CASE("nothing happened of a later attempt does not hide that an earlier one is unknown") {
  RetryRig rig{{.attempts = 3}};
  rig.store->lose_reply_of(1);
  rig.store->lose_request_of(2);
  rig.store->lose_request_of(3);
  CHECK(rig.book().error().code == ErrorCode::outcome_unknown);
}

TEST_CASE("book_each too keeps a request unknown when asking again came to nothing") {
  RetryRig rig;
  rig.fail(ErrorCode::unavailable, 2);
  rig.store->lose_reply_of(1);
  const auto results = rig.inventory.book_each({{.id = BookingId{1}, .user = 1, .slot = rig.slot}});
  REQUIRE(results.size() == 1);
  REQUIRE_FALSE(results[0].has_value());
  CHECK(results[0].error().code == ErrorCode::outcome_unknown);
  CHECK(rig.inventory.availability(rig.slot)->remaining == 4);
}
