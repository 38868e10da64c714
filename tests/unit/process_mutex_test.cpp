// process_mutex: order of arrival, timeouts, several slots at once.
#include "booking/process_mutex.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "booking/testing/manual_clock.hpp"
#include "unit/doubles.hpp"

using namespace booking;
using booking::testing::ManualClock;
using booking_test::CountingClock;
using namespace std::chrono_literals;

namespace {

const SlotKey slot{"haircut", "2026-06-01"};

// Enters without waiting: with a deadline that has passed.
Result<Lease> try_enter(Lock& lock, const std::vector<SlotKey>& slots) {
  const ManualClock clock;
  return lock.enter(slots, Deadline{clock, 0ms});
}

// A caller on a thread of its own, with a clock of its own. Once the constructor returns it waits
// in the queue of the first of its slots that is held. With `visit` it calls that under its lease,
// then leaves; without, it keeps what it got as its result.
class Waiter {
 public:
  Waiter(Lock& lock, std::vector<SlotKey> slots, std::function<void()> visit = {})
      : thread_{[this, &lock, slots = std::move(slots), visit = std::move(visit)] {
          result_ = lock.enter(slots, Deadline{clock_, 1s, &stop_});
          entered_ = true;
          if (!visit) return;
          visit();
          result_.reset();
        }} {
    // Asked once for the deadline, once more behind its place in the queue.
    while (clock_.asked() < 2 && !entered_) std::this_thread::yield();
  }
  ~Waiter() { join(); }

  void let_time_pass() { clock_.advance(2s); }
  void stop() { stop_ = true; }
  bool entered() const { return entered_; }
  // Waits for the thread; what it got.
  Result<Lease>& result() {
    join();
    return *result_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  CountingClock clock_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> entered_{false};
  std::optional<Result<Lease>> result_;
  std::thread thread_;
};

// `count` slots, each in another stripe of a lock of 64: holding one leaves the others free.
std::vector<SlotKey> slots_apart(std::size_t count) {
  std::vector<SlotKey> found;
  const auto lock = process_mutex();
  std::vector<Lease> leases;
  for (int i = 0; i < 1000 && found.size() < count; ++i) {
    const SlotKey key{i, "2026-06-01"};
    if (auto lease = try_enter(*lock, {key})) {
      found.push_back(key);
      leases.push_back(std::move(*lease));
    }
  }
  REQUIRE(found.size() == count);
  return found;
}

}  // namespace

TEST_CASE("1.5 callers are served in order of arrival") {
  const auto lock = process_mutex();
  std::optional<Lease> held{try_enter(*lock, {slot}).value()};
  std::vector<int> served;  // guarded by the lock under test
  {
    std::vector<std::unique_ptr<Waiter>> waiters;
    for (int i = 0; i < 8; ++i) {
      const auto note = [&served, i] { served.push_back(i); };
      waiters.push_back(std::make_unique<Waiter>(*lock, std::vector{slot}, note));
    }
    held.reset();
  }
  CHECK(served == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("1.5 nobody overtakes a caller that waits") {
  const auto lock = process_mutex();
  std::optional<Lease> held{try_enter(*lock, {slot}).value()};
  Waiter waiter{*lock, {slot}};
  held.reset();  // handed to the waiter, awake or not
  CHECK(try_enter(*lock, {slot}).error().code == ErrorCode::timeout);
  CHECK(waiter.result().has_value());
}

TEST_CASE("1.5 a lease is given back when it goes") {
  const auto lock = process_mutex();
  { const Lease lease = try_enter(*lock, {slot}).value(); }
  CHECK(try_enter(*lock, {slot}).has_value());
}

TEST_CASE("a lease that moved is given back once, by the last to hold it") {
  const auto lock = process_mutex();
  Lease first = try_enter(*lock, {slot}).value();
  Lease second = std::move(first);
  first.release();
  CHECK_FALSE(try_enter(*lock, {slot}).has_value());
  second = Lease{};
  CHECK(try_enter(*lock, {slot}).has_value());
}

TEST_CASE("a caller whose time is up gets timeout and leaves the queue") {
  const auto lock = process_mutex();
  std::optional<Lease> held{try_enter(*lock, {slot}).value()};
  Waiter first{*lock, {slot}};
  Waiter impatient{*lock, {slot}};
  Waiter last{*lock, {slot}};
  impatient.let_time_pass();
  CHECK(impatient.result().error().code == ErrorCode::timeout);
  CHECK_FALSE(first.entered());
  held.reset();
  REQUIRE(first.result().has_value());
  CHECK_FALSE(last.entered());
  first.result()->release();
  CHECK(last.result().has_value());
}

TEST_CASE("a caller that times out gives back what it took and nothing else") {
  const auto slots = slots_apart(2);
  // One of the two is taken before the other, whichever it is: both ways round.
  for (const std::size_t busy : {std::size_t{0}, std::size_t{1}}) {
    const SlotKey& held_slot = slots[busy];
    const SlotKey& free_slot = slots[1 - busy];
    const auto lock = process_mutex();
    const Lease held = try_enter(*lock, {held_slot}).value();
    Waiter both{*lock, slots};
    both.let_time_pass();
    CHECK(both.result().error().code == ErrorCode::timeout);
    CHECK_FALSE(try_enter(*lock, {held_slot}).has_value());
    CHECK(try_enter(*lock, {free_slot}).has_value());
  }
}

TEST_CASE("a lease holds all its slots") {
  const auto slots = slots_apart(3);
  const auto lock = process_mutex();
  std::optional<Lease> lease{try_enter(*lock, {slots[0], slots[2]}).value()};
  CHECK_FALSE(try_enter(*lock, {slots[0]}).has_value());
  CHECK_FALSE(try_enter(*lock, {slots[2]}).has_value());
  CHECK_FALSE(try_enter(*lock, slots).has_value());
  CHECK(try_enter(*lock, {slots[1]}).has_value());
  lease.reset();
  CHECK(try_enter(*lock, slots).has_value());
}

TEST_CASE("a slot named twice is taken once") {
  const auto lock = process_mutex();
  { CHECK(try_enter(*lock, {slot, slot}).has_value()); }
  CHECK(try_enter(*lock, {slot}).has_value());
}

TEST_CASE("a caller that is stopped gets unavailable") {
  const auto lock = process_mutex();
  const Lease held = try_enter(*lock, {slot}).value();
  Waiter waiter{*lock, {slot}};
  waiter.stop();
  CHECK(waiter.result().error().code == ErrorCode::unavailable);
}

TEST_CASE("slots of one stripe exclude each other, slots of others do not") {
  const auto slots = slots_apart(2);
  const auto many = process_mutex();
  const Lease one_of_many = try_enter(*many, {slots[0]}).value();
  CHECK(try_enter(*many, {slots[1]}).has_value());
  const auto single = process_mutex(1);
  const Lease one_of_one = try_enter(*single, {slots[0]}).value();
  CHECK_FALSE(try_enter(*single, {slots[1]}).has_value());
}

TEST_CASE("numbers of stripes out of range are taken to the nearest") {
  const auto slots = slots_apart(2);
  for (const std::int32_t stripes : {0, -5}) {
    const auto lock = process_mutex(stripes);
    const Lease held = try_enter(*lock, {slots[0]}).value();
    CHECK_FALSE(try_enter(*lock, {slots[1]}).has_value());
  }
  const auto lock = process_mutex(1000);
  const Lease held = try_enter(*lock, {slots[0]}).value();
  CHECK(try_enter(*lock, {slots[1]}).has_value());
}

TEST_CASE("a lock lives as long as its leases") {
  std::weak_ptr<Lock> lock;
  Lease lease;
  {
    const auto made = process_mutex();
    lock = made;
    lease = try_enter(*made, {slot}).value();
  }
  CHECK_FALSE(lock.expired());
  lease.release();
  CHECK(lock.expired());
}
