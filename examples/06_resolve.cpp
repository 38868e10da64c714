// A reply is lost, or the program dies after sending: ask again with the same id, or resolve it.
#include <booking/booking.hpp>
#include <booking/testing/faulty_store.hpp>
#include <iostream>

int main() {
  booking::SlotInventory inventory{booking::memory_store()};
  inventory.define_service({.id = "tour", .name = "City tour"}).value();
  const booking::SlotKey slot{"tour", "2026-06-01 10:00"};
  inventory.define_slot({.slot = slot, .capacity = 1}).value();

  // Make the id first and keep it (in the order, say), so that it outlives a crash.
  const auto id = booking::BookingId::generate();
  inventory.book({.id = id, .user = "ann", .slot = slot}).value();

  // After the crash: nobody knows whether it was booked. The same request, again = true, is safe.
  const auto again = inventory.book({.id = id, .user = "ann", .slot = slot, .again = true});
  if (!again) return 1;
  std::cout << "asked again: " << to_string(again->booking.status)
            << (again->replayed ? ", it was there already\n" : ", booked just now\n");

  // Another id that was perhaps never sent: resolve says so, and makes sure it never will be.
  const auto other = booking::BookingId::generate();
  const auto resolved = inventory.resolve(other).value();
  std::cout << "the other id: " << (resolved ? "booked\n" : "not booked\n");
  const auto late = inventory.book({.id = other, .user = "bob", .slot = slot});
  std::cout << "sent late: " << late.error().message() << "\n";
}
