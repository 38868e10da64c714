// Callers at random while trouble is made, again and again; then the proof that all is well. Used
// by the fault runs under load.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "redis_fault/setup.hpp"

namespace booking_test {

using booking::Result;
using booking::UserId;

// Four callers, each time trouble was made on four slots more: so each slot has few calls whose
// outcome is unknown.
class Disturbed {
 public:
  static constexpr int slots = 60;
  static constexpr std::int32_t seats_each = 3;
  static constexpr milliseconds timeout{250};  // of each call

  // Makes trouble once, and ends it.
  using Disturb = std::function<void(std::mt19937&)>;

  explicit Disturbed(RedisServer& server) : witness_{server, slots + 1, seats_each} {}

  booking::SlotInventory& direct() { return witness_.direct; }

  // The callers share the inventories out among them. What they were answered, judged as well.
  History run(const std::vector<SlotInventory>& inventories, int times, const Disturb& disturb) {
    const std::uint32_t seed = std::random_device{}();
    INFO("seed ", seed);
    std::mt19937 random{seed};
    Recorder recorder;
    {
      Load load{inventories, recorder, seed};
      for (int i = 0; i < times; ++i) {
        const auto calls = recorder.calls();
        wait_until([&] { return recorder.calls() > calls + 20; });
        disturb(random);
        load.go_on();
      }
    }
    for (const SlotInventory& inventory : inventories) check_healed(inventory);
    judge(recorder.history());
    return recorder.history();
  }

 private:
  static constexpr seconds healing{5};
  static constexpr seconds very_late{2};

  // Calls until it goes.
  class Load {
   public:
    Load(const std::vector<SlotInventory>& inventories, Recorder& recorder, std::uint32_t seed) {
      for (std::uint32_t i = 0; i < 4; ++i) {
        RecordedInventory own{inventories[i % inventories.size()], recorder, slot};
        threads_.emplace_back([this, own = std::move(own), number = seed + i] {
          RandomCaller caller{own, 4, shared_, number};
          while (!over_) {
            caller.move_to(round_ % (slots / 4) * 4);
            caller.make_calls(1);
          }
        });
      }
    }
    ~Load() {
      over_ = true;
      for (std::thread& thread : threads_) thread.join();
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    void go_on() { ++round_; }

   private:
    SharedBookings shared_;
    std::atomic<int> round_{0};
    std::atomic<bool> over_{false};
    std::vector<std::thread> threads_;
  };

  // Soon after the trouble a call ends well, by an inventory that lived through it.
  void check_healed(SlotInventory inventory) {
    const Watch watch;
    const BookingId id = BookingId::generate();
    const booking::BookRequest wish{
        .id = id, .user = UserId{to_string(id)}, .slot = slot(slots), .again = true};
    auto seen = inventory.availability(slot(0));
    while (!seen && watch.elapsed() < healing) seen = inventory.availability(slot(0));
    auto booked = inventory.book(wish);
    while (!booked && watch.elapsed() < healing) booked = inventory.book(wish);
    if (!seen) FAIL_CHECK("not healed: " << seen.error().log_text());
    if (!booked) FAIL_CHECK("not healed: " << booked.error().log_text());
    CHECK(witness_.direct.cancel({.id = id}));
  }

  void judge(const History& history) {
    Nanoseconds longest = 0;
    for (const Operation& made : history) {
      longest = std::max(longest, made.returned - made.invoked);
    }
    CHECK(std::chrono::nanoseconds{longest} < timeout + very_late);
    MESSAGE(answered(history, Word::nothing)
            << " calls did nothing, " << answered(history, Word::unknown)
            << " were of unknown outcome, the longest took " << longest / 1'000'000 << " ms");
    witness_.judge(witness_.settle(history));
  }

  Witness witness_;
};

}  // namespace booking_test
