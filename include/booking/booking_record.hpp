// Bookings and their states. Returned by every call that makes, moves or reads one.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "booking/ids.hpp"
#include "booking/slot.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Where a booking stands; the codes are stored and exported (row 1.8: 0 = applied, not yet
/// approved). Which moves are legal stands in rules.hpp.
enum class Status : std::uint8_t {
  pending = 0,
  confirmed = 1,
  rejected = 2,
  cancelled = 3,
  completed = 4,
  no_show = 5,
  expired = 6,
  held = 7,
  waitlisted = 8,  ///< reserved, not built yet
};

constexpr std::string_view to_string(Status status) noexcept {
  constexpr std::array<std::string_view, 9> names = {"pending",   "confirmed", "rejected",
                                                     "cancelled", "completed", "no_show",
                                                     "expired",   "held",      "waitlisted"};
  return names[static_cast<std::size_t>(status)];
}

/// A set of statuses. Thread safety: a value.
class StatusSet {
 public:
  constexpr StatusSet() noexcept = default;
  constexpr StatusSet(std::initializer_list<Status> statuses) noexcept {
    for (const Status status : statuses) bits_ |= bit(status);
  }
  static constexpr StatusSet from_bits(std::uint16_t bits) noexcept {
    StatusSet set;
    set.bits_ = bits;
    return set;
  }
  constexpr bool contains(Status status) const noexcept { return (bits_ & bit(status)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  /// One bit for each status code, lowest first; the form stores keep.
  constexpr std::uint16_t bits() const noexcept { return bits_; }
  friend constexpr bool operator==(StatusSet, StatusSet) noexcept = default;

 private:
  static constexpr std::uint16_t bit(Status status) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(status));
  }
  std::uint16_t bits_ = 0;
};

/// Statuses in which a booking may still move and blocks its user's second booking in the slot.
inline constexpr StatusSet live_statuses{Status::held, Status::pending, Status::confirmed};
/// Statuses in which a booking takes seats.
inline constexpr StatusSet seat_statuses{Status::held, Status::pending, Status::confirmed,
                                         Status::completed, Status::no_show};

/// How many bookings one user may have at a time (row 1.7), over the whole inventory.
///
/// Only bookings in a status of `counting` count. A set that names pending or confirmed must name
/// held too, and only live statuses may be named; anything else is invalid_argument. Belongs to the
/// store, which keeps it. Thread safety: a value.
struct UserLimit {
  std::int32_t max = 1;  ///< 1 or more
  StatusSet counting = {Status::held, Status::pending, Status::confirmed};

  /// No limit. A second live booking of one user in one slot is still refused, unless allowed.
  static constexpr UserLimit none() noexcept { return {.max = 1, .counting = {}}; }
  /// Only bookings not yet approved, and holds, count (row 1.7).
  static constexpr UserLimit pending_only() noexcept {
    return {.max = 1, .counting = {Status::held, Status::pending}};
  }
  friend constexpr bool operator==(const UserLimit&, const UserLimit&) noexcept = default;
};

/// What a store keeps beside slots and bookings: its rules of business.
struct Policy {
  UserLimit user_limit{};
  /// 1 second to 3,650 days. Final bookings and voided ids are kept this long; an unknown UUID
  /// older than it is id_expired.
  std::chrono::seconds id_horizon = std::chrono::days{7};
  friend constexpr bool operator==(const Policy&, const Policy&) noexcept = default;
};

/// The operation that made a booking; part of its request's fingerprint. `import` is reserved.
enum class Origin : std::uint8_t { book = 0, hold = 1, reschedule = 2, import = 3 };

/// A booking as the store has it.
struct Booking {
  BookingId id{};
  UserId user{};
  SlotKey slot{};
  std::int32_t seats = 0;
  std::int32_t seats_asked = 0;  ///< as first asked for; part of the request's fingerprint
  Origin origin = Origin::book;
  Status status = Status::pending;
  std::uint32_t version = 1;            ///< 1 when made; each move raises it by one
  Instant created_at{};                 ///< store time of the first commit
  Instant updated_at{};                 ///< store time of the latest move
  std::optional<Instant> hold_until{};  ///< of a hold, by store time; kept after it
  OpId last_op{};                       ///< the latest move's; not valid: it had none
  std::string message{};                ///< why it was rejected; at most 4,000 bytes of UTF-8

  bool live() const noexcept { return live_statuses.contains(status); }
  /// True for a hold whose deadline has passed at `now`: it reads as expired, swept or not.
  bool overdue(Instant now) const noexcept {
    return status == Status::held && hold_until && *hold_until <= now;
  }
  /// The booking as anybody sees it at `now`: an overdue hold has expired, at its deadline.
  Booking seen_at(Instant now) const {
    Booking seen = *this;
    if (!overdue(now)) return seen;
    seen.status = Status::expired;
    seen.updated_at = *hold_until;
    ++seen.version;
    return seen;
  }
  friend bool operator==(const Booking&, const Booking&) = default;
};

}  // namespace booking::inline v0
