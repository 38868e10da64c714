// What the concurrency tests start from: one service, its slots, and a crew of threads.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "booking/booking.hpp"
#include "support/checker.hpp"
#include "support/crew.hpp"
#include "support/stores.hpp"

namespace booking_test {

inline const booking::ServiceId clinic{"clinic"};

// Slots of the clinic by number, 0 to 99: 10:00 to 10:09, 11:00 and so on.
inline booking::SlotKey slot(int number) {
  return {clinic,
          "2026-06-01 1" + std::to_string(number / 10) + ":0" + std::to_string(number % 10)};
}

inline void open_clinic(booking::SlotInventory& inventory, int slots, std::int32_t capacity,
                        booking::Approval approval = booking::Approval::automatic) {
  REQUIRE(inventory.define_service(
      {.id = clinic, .name = "Clinic", .description = {}, .approval = approval}));
  for (int i = 0; i < slots; ++i) {
    REQUIRE(inventory.define_slot({.slot = slot(i), .capacity = capacity}));
  }
}

inline booking::Availability look(const booking::SlotInventory& inventory, int number) {
  const auto found = inventory.availability(slot(number));
  REQUIRE(found.has_value());
  return *found;
}

using Results = std::vector<booking::Result<booking::Receipt>>;

inline std::int64_t changed_in(const Results& results) {
  return std::count_if(results.begin(), results.end(),
                       [](const auto& result) { return result && result->changed; });
}
inline std::int64_t replayed_in(const Results& results) {
  return std::count_if(results.begin(), results.end(),
                       [](const auto& result) { return result && result->replayed; });
}
template <class Results>
std::int64_t refused_in(const Results& results, booking::ErrorCode code) {
  return std::count_if(results.begin(), results.end(),
                       [&](const auto& result) { return !result && result.error().code == code; });
}

}  // namespace booking_test
