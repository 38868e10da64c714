// Threads that end, and callbacks that call back, while others use the same inventory.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/sqlite_inventory.hpp"
#include "support/stores.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// Calls back into the inventory from every event, to a certain depth.
struct Recursive : Observer {
  std::weak_ptr<SlotInventory> inventory{};
  std::atomic<int> answers{0};

  void on_call(const CallEvent&) noexcept override {
    thread_local int depth = 0;
    const auto target = inventory.lock();
    if (!target || depth >= 3) return;
    ++depth;
    if (target->availability(ten)) ++answers;
    const auto booked = target->book({.user = "callback", .slot = ten});
    if (booked || booked.error().kind() == ErrorKind::refused) ++answers;
    if (booked && target->cancel({.id = booked->booking.id})) ++answers;
    --depth;
  }
};

SlotInventory set_up(SlotInventory inventory) {
  inventory.define_service({.id = "haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = 100}).value();
  return inventory;
}

}  // namespace

TEST_CASE("A8 a callback may call back into the inventory, under any lock, and gets an answer") {
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    const auto observer = std::make_shared<Recursive>();
    const auto inventory = std::make_shared<SlotInventory>(
        pairing.store.make(UserLimit::none()), pairing.make_lock(),
        InventoryOptions{.timeout = std::chrono::seconds{20}, .observer = observer});
    set_up(*inventory);
    observer->inventory = inventory;
    std::vector<std::thread> crew;
    for (int i = 0; i < 4; ++i) {
      crew.emplace_back([&, i] {
        const auto booked = inventory->book({.user = i, .slot = ten});
        if (!booked) FAIL_CHECK(booked.error().log_text());
      });
    }
    for (std::thread& thread : crew) thread.join();
    observer->inventory.reset();
    CHECK(observer->answers > 20);
    CHECK(inventory->availability(ten)->used == 4);
    CHECK(inventory->audit()->clean());
  }
}

TEST_CASE("A8 threads that give up, throw or end with a lock's lease leave it to the others") {
  const auto lock = process_mutex(1);
  const Clock clock;
  const auto deadline = [&](int ms) { return Deadline{clock, std::chrono::milliseconds{ms}}; };
  for (int round = 0; round < 20; ++round) {
    std::thread holder{[&] {
      try {
        const auto lease = lock->enter({&ten, 1}, deadline(10'000));
        if (!lease) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{3});
        throw std::runtime_error{"in the middle"};  // the lease goes with the stack
      } catch (const std::runtime_error&) {
      }
    }};
    std::thread impatient{[&] { static_cast<void>(lock->enter({&ten, 1}, deadline(1))); }};
    std::thread patient{[&] { CHECK(lock->enter({&ten, 1}, deadline(10'000)).has_value()); }};
    holder.join();
    impatient.join();
    patient.join();
    CHECK(lock->enter({&ten, 1}, deadline(1'000)).has_value());
  }
}

TEST_CASE("A8 asking for a lock that one holds ends at the deadline with an error") {
  const auto lock = process_mutex(1);
  const Clock clock;
  const auto lease = lock->enter({&ten, 1}, Deadline{clock, std::chrono::seconds{1}});
  REQUIRE(lease.has_value());
  const auto again = lock->enter({&ten, 1}, Deadline{clock, std::chrono::milliseconds{20}});
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().kind() == ErrorKind::transient);
}
