// A reply is lost, or the program dies after sending: nobody knows whether it was booked. Ask again
// with the same id, or give the id up.
#include <booking/booking.hpp>
#include <iostream>

int main() {
  booking::SlotInventory inventory{booking::memory_store()};
  inventory.define_service({.id = "tour", .name = "City tour"}).value();
  const booking::SlotKey slot{"tour", "2026-06-01 10:00"};
  inventory.define_slot({.slot = slot, .capacity = 2}).value();

  // Make the id first and keep it (with the order, say), so that it outlives a crash.
  const auto id = booking::BookingId::generate();
  inventory.book({.id = id, .user = "ann", .slot = slot}).value();

  // Started again, the program finds the id but no answer. The same request, marked as a repeat,
  // is safe: one id never books twice. Were it refused now, it would be refused for good.
  const auto again = inventory.book({.id = id, .user = "ann", .slot = slot, .again = true});
  if (!again) return 1;
  std::cout << "ann asked again: " << to_string(again->booking.status)
            << (again->replayed ? ", it was there already\n" : ", booked just now\n");

  // Bob's request was perhaps never sent, and he no longer waits. resolve answers with the booking,
  // or makes sure that there never will be one.
  const auto bobs = booking::BookingId::generate();
  const auto resolved = inventory.resolve(bobs).value();
  std::cout << "bob's id: " << (resolved ? "booked\n" : "not booked, given up\n");

  // So a copy of it that arrives late can do no harm.
  const auto late = inventory.book({.id = bobs, .user = "bob", .slot = slot});
  if (late) return 1;
  std::cout << "bob's request arrives late: " << late.error().message() << "\n"
            << inventory.availability(slot).value().remaining << " of 2 seats left\n";
}
