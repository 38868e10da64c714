// Counts an inventory again from its list of bookings, without the library's own audit: seats per
// slot, live bookings per user. Used by the concurrency tests after the storm.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "booking/booking.hpp"

namespace booking_test {

inline std::vector<booking::Booking> all_bookings(const booking::SlotInventory& inventory) {
  std::vector<booking::Booking> all;
  booking::BookingPageRequest request;
  do {
    const auto page = inventory.bookings({}, request);
    REQUIRE_MESSAGE(page.has_value(), page.error().message());
    all.insert(all.end(), page->items.begin(), page->items.end());
    request.after = page->next;
  } while (request.after);
  return all;
}

inline std::vector<booking::Availability> all_slots(const booking::SlotInventory& inventory,
                                                    const booking::ServiceId& service) {
  std::vector<booking::Availability> all;
  std::optional<booking::SlotLabel> from{"0001-01-01"};
  do {
    const auto page = inventory.availability(
        booking::SlotRange{.service = service, .from = *from, .to = "9999-12-31"});
    REQUIRE_MESSAGE(page.has_value(), page.error().message());
    all.insert(all.end(), page->items.begin(), page->items.end());
    from = page->next;
  } while (from);
  return all;
}

// Everything that does not add up, a sentence each; empty when nothing was oversold or lost. No
// slot may be in deficit: these tests force no capacity below what is booked.
inline std::vector<std::string> conservation_problems(const booking::SlotInventory& inventory,
                                                      const booking::ServiceId& service,
                                                      booking::UserLimit limit) {
  std::vector<std::string> problems;
  std::map<booking::SlotKey, std::int64_t> seats;
  std::map<booking::UserId, std::int64_t> counting;
  std::map<std::pair<booking::UserId, booking::SlotKey>, int> live;
  for (const booking::Booking& booking : all_bookings(inventory)) {
    if (booking.live()) seats[booking.slot] += booking.seats;
    if (booking.live() && ++live[{booking.user, booking.slot}] == 2) {
      problems.push_back("two live bookings of " + to_string(booking.user) + " in " +
                         to_string(booking.slot));
    }
    if (limit.counting.contains(booking.status)) ++counting[booking.user];
  }
  for (const auto& [user, count] : counting) {
    if (count > limit.max) {
      problems.push_back(to_string(user) + " has " + std::to_string(count) + " bookings");
    }
  }
  for (const booking::Availability& slot : all_slots(inventory, service)) {
    const std::int64_t taken = seats[slot.slot];
    seats.erase(slot.slot);
    if (taken > slot.sellable) problems.push_back(to_string(slot.slot) + " is oversold");
    if (slot.used != taken || slot.remaining != slot.sellable - taken) {
      problems.push_back(to_string(slot.slot) + ": bookings take " + std::to_string(taken) +
                         ", the slot says used " + std::to_string(slot.used) + ", remaining " +
                         std::to_string(slot.remaining));
    }
  }
  for (const auto& [slot, taken] : seats) {
    problems.push_back(std::to_string(taken) +
                       " seats booked in a slot not listed: " + to_string(slot));
  }
  return problems;
}

inline void check_conservation(const booking::SlotInventory& inventory,
                               const booking::ServiceId& service, booking::UserLimit limit) {
  for (const std::string& problem : conservation_problems(inventory, service, limit)) {
    FAIL_CHECK(problem);
  }
  const auto audit = inventory.audit();
  REQUIRE(audit.has_value());
  CHECK(audit->clean());
}

}  // namespace booking_test
