#include <booking/booking.hpp>
#include <booking/sqlite.hpp>
#include <iostream>

int main() {
  booking::SlotInventory inventory{
      booking::sqlite_store(
          {.path = "first_booking.db", .mode = booking::StoreMode::create_if_missing})
          .value()};
  inventory.define_service({.id = "haircut", .name = "Haircut"}).value();
  const booking::SlotKey ten{"haircut", "2026-06-01 10:00"};
  inventory.define_slot({.slot = ten, .capacity = 2}).value();

  for (const char* user : {"ann", "bob", "cid"}) {
    const auto booked = inventory.book({.user = user, .slot = ten});
    if (booked) {
      std::cout << user << ": " << to_string(booked->booking.status) << ", "
                << inventory.availability(ten).value().remaining << " left\n";
    } else {
      std::cout << user << ": " << booked.error().message() << "\n";
    }
  }
}
