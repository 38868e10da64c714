// The text forms in which values stand in Redis. Used by view, changes, read and open; commit.lua
// reads and writes one of them too, the counters of a slot.
//
// Each is made of fields in a fixed order, an empty one meaning "none" or "as usual". Text that no
// version of this library wrote decodes to no value: the store is then broken.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "booking/command.hpp"

namespace booking::inline v0::redis {

/// The format of everything below and of the keys. Stands first in the gate.
inline constexpr std::uint64_t our_format = 1;

/// `format identity epoch phase fence`, and ` changes` where there is a change set
struct Head {
  std::uint64_t format = our_format;
  std::string identity{};  ///< 22 random characters from when the inventory was made
  Gate gate{};
  bool change_set = false;  ///< each commit names what it wrote (Keys::changes)
};
std::string encode(const Head& head);
/// Of a newer format only `format` is set.
std::optional<Head> decode_head(std::string_view text);

/// `max,counting,horizon`
std::string encode(const Policy& policy);
std::optional<Policy> decode_policy(std::string_view text);

/// `<approval><name>\n<description>`; the id is the key's.
std::string encode(const Service& service);
std::optional<Service> decode_service(const ServiceId& id, std::string_view text);

/// `capacity,overbook,status,begins,ends`: what counters do not touch.
std::string definition(const SlotState& slot);
/// `<definition>;lease;version;used;held;next_deadline`; the key is the key's, approval that of the
/// service.
std::string encode(const SlotState& slot);
std::optional<SlotState> decode_slot(const SlotKey& key, std::string_view text);

/// `user,slot,status,seats,asked,origin,version,created,updated,hold,op,message`; `asked` empty: as
/// seats, `updated` and `hold`: ms after created.
std::string encode(const Booking& booking);
std::optional<Booking> decode_booking(BookingId id, std::string_view text);
/// Where a booking would be, when its id is never to be booked.
inline constexpr std::string_view void_mark = "void";

/// A live booking as its user's hash has it.
struct Claim {
  BookingId id{};
  Status status = Status::pending;
  std::optional<Instant> until{};  ///< a hold's deadline, otherwise its slot's end
  friend bool operator==(const Claim&, const Claim&) = default;
};
/// `<short id><status>until`, joined by `;`: a user's live bookings in one slot, ordered by id.
std::string encode(const std::vector<Claim>& claims);
std::optional<std::vector<Claim>> decode_claims(std::string_view text);

std::optional<std::int64_t> decode_integer(std::string_view text);
std::optional<Instant> decode_instant(std::string_view text);
std::string encode(Instant instant);

}  // namespace booking::inline v0::redis
