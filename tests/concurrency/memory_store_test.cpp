// Every kind of command and read on one memory store at once, by threads that share users, slots
// and bookings while time passes: what the locks let through shows in an audit, or to a sanitizer.
#include <atomic>
#include <memory>
#include <mutex>
#include <random>

#include "booking/testing/manual_clock.hpp"
#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

struct Bustle {
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory{memory_store({.policy = {.user_limit = {.max = 3}}, .clock = clock}),
                          no_lock(),
                          {.timeout = 1h, .clock = clock}};
  std::mutex mutex;
  std::vector<BookingId> made;
  std::atomic<int> wrong{0};

  void note(const Result<Receipt>& result) {
    if (!result) return;
    const std::lock_guard guard{mutex};
    made.push_back(result->booking.id);
  }
  BookingId any(std::mt19937& random) {
    const std::lock_guard guard{mutex};
    return made.empty() ? BookingId{1} : made[random() % made.size()];
  }

  SlotKey any_slot(std::mt19937& random) {
    const SlotKey key = slot(static_cast<int>(random() % 8));
    const auto handle = inventory.slot(key);
    return handle ? handle->key() : key;
  }

  void make_one(std::mt19937& random) {
    const SlotKey slot = any_slot(random);
    const UserId user =
        random() % 2 == 0 ? UserId{random() % 20} : UserId{"user " + std::to_string(random() % 20)};
    if (random() % 2 == 0) return note(inventory.book({.user = user, .slot = slot}));
    const std::chrono::milliseconds brief{1 + random() % 50};
    note(inventory.hold({.user = user, .slot = slot, .ttl = brief}));
  }
  void move_one(std::mt19937& random) {
    const BookingId id = any(random);
    switch (random() % 6) {
      case 0:
        return inventory.confirm({.id = id}).ignore();
      case 1:
        return inventory.approve({.id = id}).ignore();
      case 2:
        return inventory.reject({.id = id, .message = "too long to be kept in the record"})
            .ignore();
      case 3:
        return inventory.extend({.id = id, .ttl = 30ms}).ignore();
      case 4:
        return inventory.reschedule({.id = id, .slot = any_slot(random)}).ignore();
      default:
        return inventory.cancel({.id = id}).ignore();
    }
  }
  // A jump of the clock passes the deadline of whoever waits just then: no answer is no failure.
  void look(std::mt19937& random) {
    const SlotKey at = any_slot(random);
    inventory.current_booking(random() % 20).ignore();
    inventory.bookings({.slot = at}).ignore();
    inventory.bookings({}, {.after = any(random), .size = 50}).ignore();
    const auto left = inventory.availability(at);
    if (left && (left->used > left->sellable || left->used < left->held)) ++wrong;
    if (random() % 16 != 0) return;
    const auto report = inventory.audit();
    if (report && !report->clean()) ++wrong;
  }
  void look_after(std::mt19937& random) {
    clock->advance(random() % 64 == 0 ? 24h * 8 : 2ms);
    if (random() % 8 == 0) inventory.sweep(20).ignore();
    if (random() % 32 == 0) inventory.purge({.before = clock->now()}).ignore();
  }
};

}  // namespace

TEST_CASE("everything at once leaves the memory store's counters, claims and lists right") {
  Bustle bustle;
  open_clinic(bustle.inventory, 8, 12, Approval::required);
  Crew crew{8};
  crew.run([&](int member) {
    std::mt19937 random{static_cast<unsigned>(member)};
    for (int i = 0; i < 2'000; ++i) {
      switch (random() % 8) {
        case 0:
          bustle.look(random);
          break;
        case 1:
          bustle.look_after(random);
          break;
        case 2:
        case 3:
        case 4:
          bustle.move_one(random);
          break;
        default:
          bustle.make_one(random);
      }
    }
  });
  CHECK(bustle.wrong == 0);
  CHECK(bustle.inventory.audit()->clean());
  CHECK(bustle.made.size() > 100);
}
