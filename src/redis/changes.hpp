// What a decision writes, beside what was there before; can be marked and taken back. Made by view,
// carried over by commit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "booking/command.hpp"
#include "redis/records.hpp"

namespace booking::inline v0::redis {

struct SlotChange {
  std::optional<SlotState> before{};  ///< no value: it is new
  SlotState now{};
  /// The most seats in use on the way, above those in use before, where seats were taken.
  std::int64_t peak = 0;
};

struct BookingChange {
  std::optional<Booking> before{};  ///< no value: it is new
  std::optional<Booking> now{};     ///< no value: it goes
};

struct ServiceChange {
  Service now{};
  bool made = false;
};

/// A user's live bookings in one slot.
using ClaimPlace = std::pair<UserId, SlotKey>;

struct Changes {
  std::map<ServiceId, ServiceChange> services{};
  std::map<SlotKey, SlotChange> slots{};
  std::map<BookingId, BookingChange> bookings{};
  /// As they were, of every user and slot whose claims change.
  std::map<ClaimPlace, std::vector<Claim>> claims_before{};
  std::set<BookingId> voided{};
  std::vector<BookingId> voids_forgotten{};
  std::optional<Policy> policy{};
  std::optional<Gate> gate{};
  std::optional<Instant> relied_on{};

  bool empty() const noexcept {
    return services.empty() && slots.empty() && bookings.empty() && voided.empty() &&
           voids_forgotten.empty() && !policy && !gate && !relied_on;
  }
};

}  // namespace booking::inline v0::redis
