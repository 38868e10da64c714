// The smallest host: links core, sells one seat.
#include <booking/booking.hpp>

int main() {
  booking::SlotInventory inventory{booking::memory_store()};
  const booking::SlotKey slot{"tour", "2026-06-01"};
  if (!inventory.define_service({.id = "tour", .name = "Tour"})) return 1;
  if (!inventory.define_slot({.slot = slot, .capacity = 1})) return 2;
  if (!inventory.book({.user = 1, .slot = slot})) return 3;
  const auto second = inventory.book({.user = 2, .slot = slot});
  return !second && second.error().code == booking::ErrorCode::sold_out ? 0 : 4;
}
