// The connection to Redis broke after a request was sent: outcome_unknown. Nobody can know whether
// it was carried out, but with the id the question can be settled.
//   10_unknown_outcome [URL]
#include <booking/booking.hpp>
#include <booking/redis.hpp>
#include <booking/testing/faulty_store.hpp>
#include <iostream>
#include <memory>

int main(int count, char** arguments) {
  const std::string url = count > 1 ? arguments[1] : "redis://127.0.0.1:6379";
  // Stands for a network that loses replies, and requests, when told to.
  const auto network = std::make_shared<booking::testing::FaultyStore>(
      booking::redis_store(
          {.url = url, .prefix = "unknown-outcome", .mode = booking::StoreMode::create})
          .value());
  // Left alone, the library asks again by itself: here once, so that the host sees the error.
  booking::SlotInventory inventory{network, {.retry = {.attempts = 1}}};
  inventory.define_service({.id = "tour", .name = "City tour"}).value();
  const booking::SlotKey slot{"tour", "2026-06-01 10:00"};
  inventory.define_slot({.slot = slot, .capacity = 2}).value();

  network->lose_reply_of();
  const auto lost = inventory.book({.user = "ann", .slot = slot});
  std::cout << "ann: " << lost.error().message() << "\n";
  // The error names the id that the library made. The same request again, marked as a repeat:
  const auto again =
      inventory.book({.id = lost.error().booking, .user = "ann", .slot = slot, .again = true});
  std::cout << "ann, again: " << to_string(again.value().booking.status)
            << (again->replayed ? ", it had been carried out\n" : ", it had not\n");

  // Or, when nobody waits for it any more:
  network->lose_request_of();
  const auto bobs = inventory.book({.user = "bob", .slot = slot});
  const auto settled = inventory.resolve(bobs.error().booking).value();
  std::cout << "bob: " << (settled ? "booked" : "not booked, and never will be under this id")
            << "\n"
            << inventory.availability(slot).value().remaining << " of 2 seats left\n";
  booking::redis_erase({.url = url, .prefix = "unknown-outcome"}).value();
}
