// A host that links every component: sells from a file what a JSON document offers.
#include <booking/booking.hpp>
#include <booking/fmt.hpp>
#include <booking/json.hpp>
#include <booking/sqlite.hpp>
#include <booking/testing/manual_clock.hpp>

int main() {
  const auto document = booking::parse_services(
      R"([{"service_id": 1, "service_name": "Tour", "service_description": "",
           "time_slots": {"2026-06-01": {"10:00": 1}}}])");
  if (!document || document->slots.size() != 1) return 1;
  const auto clock = std::make_shared<booking::testing::ManualClock>();
  const auto store = booking::sqlite_store(
      {.path = "consumer.db", .mode = booking::StoreMode::create, .policy = {}, .clock = clock});
  if (!store) return 2;
  booking::SlotInventory inventory{*store, booking::process_mutex(), {.clock = clock}};
  if (!booking::import_services(inventory, *document)) return 3;
  const auto booked = inventory.book({.user = "ann", .slot = document->slots[0].slot});
  if (!booked) return 4;
  return fmt::format("{}", booked->booking.slot) == "1 2026-06-01 10:00" ? 0 : 5;
}
