// Hold seats while the user pays, then confirm; a hold nobody confirms gives its seats back.
// The order of work: keep the booking id, hold, take the money, confirm. When `confirm` answers
// hold_expired, give the money back; when its outcome is unknown, send the same confirm again.
#include <booking/booking.hpp>
#include <booking/testing/manual_clock.hpp>
#include <chrono>
#include <iostream>
#include <memory>

using namespace std::chrono_literals;

int main() {
  // To not wait 10 minutes. The store and the inventory go by the same clock.
  const auto clock = std::make_shared<booking::testing::ManualClock>();
  booking::SlotInventory inventory{
      booking::memory_store({.clock = clock}), booking::no_lock(), {.clock = clock}};
  inventory.define_service({.id = "tour", .name = "City tour"}).value();
  const booking::SlotKey slot{"tour", "2026-06-01 10:00"};
  inventory.define_slot({.slot = slot, .capacity = 2}).value();
  const auto show = [&](const char* when) {
    const auto left = inventory.availability(slot).value();
    std::cout << when << ": " << left.remaining << " left, " << left.held << " held\n";
  };

  const auto ann = inventory.hold({.user = "ann", .slot = slot, .ttl = 10min});
  const auto bob = inventory.hold({.user = "bob", .slot = slot, .ttl = 10min});
  if (!ann || !bob) return 1;
  show("both hold");

  // Ann pays in time. Her hold becomes a booking.
  clock->advance(5min);
  const auto paid = inventory.confirm({.id = ann->booking.id, .user = "ann"});
  if (!paid) return 1;
  show("ann confirmed");

  // Bob's payment arrives too late: the seat is back, and the hold is never revived.
  clock->advance(6min);
  show("bob's deadline passed");
  const auto late = inventory.confirm({.id = bob->booking.id, .user = "bob"});
  if (late) return 1;
  std::cout << "bob: " << late.error().message() << "\n";
}
