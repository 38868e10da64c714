// What callers hand to SlotInventory and what they get back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/ids.hpp"
#include "booking/options.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0 {

/// Whether a user may have a second live booking in one slot.
enum class SecondInSlot : std::uint8_t { refuse, allow };

/// A booking to make (row 1.3).
struct BookRequest {
  /// Leave it out and the library makes one; make it yourself (BookingId::generate) to be able to
  /// ask again after outcome_unknown. A known id sent by the same call (book or hold) with the same
  /// user, slot and seats answers with that booking as it is now, be it cancelled or expired; with
  /// anything else: id_mismatch.
  BookingId id{};
  UserId user{};
  SlotKey slot{};
  std::int32_t seats = 1;  ///< 1 or more
  SecondInSlot second_in_slot = SecondInSlot::refuse;
  /// Set when asking again after outcome_unknown or a crash, with the id of the first time: a
  /// refusal is then final for this id (id_void from then on), for the first request may still be
  /// on its way.
  bool again = false;
};

/// Seats to hold until a deadline, for a payment, say.
struct HoldRequest {
  BookingId id{};
  UserId user{};
  SlotKey slot{};
  std::int32_t seats = 1;                                    ///< 1 or more
  std::chrono::milliseconds ttl = std::chrono::minutes{10};  ///< above 0, at most 24 hours
  SecondInSlot second_in_slot = SecondInSlot::refuse;
  bool again = false;  ///< as in BookRequest
};

/// A booking to move: cancel, approve, complete, no_show.
struct MoveRequest {
  BookingId id{};
  std::optional<UserId> user{};  ///< set: refused with not_owner when the booking is another user's
  /// Names this one move; a new one for each, never one for a whole order. While it is the
  /// booking's latest move, the same request with the same op answers as the first time
  /// (`replayed`, and `changed` as then); another move or user with it is id_mismatch. Left out,
  /// the library makes one for the call.
  OpId op{};
};

/// A hold to turn into a booking.
struct ConfirmRequest {
  BookingId id{};
  std::optional<UserId> user{};
  /// 1 or more, at most what is held (else invalid_argument); fewer: the rest goes back at once.
  /// A hold that was confirmed before stays as it is, whatever stands here.
  std::optional<std::int32_t> seats{};
  OpId op{};
};

/// A hold to prolong.
struct ExtendRequest {
  BookingId id{};
  std::optional<UserId> user{};
  /// Above 0, at most 24 hours. New deadline: now + ttl, if that is later; never more than 24 hours
  /// after the hold was made.
  std::chrono::milliseconds ttl = std::chrono::minutes{10};
  OpId op{};
};

/// A pending booking to refuse.
struct RejectRequest {
  BookingId id{};
  std::string message{};  ///< kept with the booking; at most 4,000 bytes of UTF-8
  OpId op{};
};

/// A live booking to move to another slot: the old one is cancelled, a new one in the same status
/// takes its place, in one step. The new slot's service is not asked for approval anew; a second
/// booking of the user in that slot is refused.
struct RescheduleRequest {
  BookingId id{};      ///< the old booking
  BookingId new_id{};  ///< of the new one; left out, the library makes one
  std::optional<UserId> user{};
  SlotKey slot{};      ///< where to
  bool again = false;  ///< as in BookRequest
};

/// What became of a booking. Success says that the request was carried out, now or before; whether
/// seats are held says `booking.status`: pending where approval is required, even cancelled when an
/// old id was sent again.
struct Receipt {
  Booking booking{};  ///< as it is now
  /// This call changed it, or (`replayed`) the move that this one repeats did; false: it was there
  /// already.
  bool changed = false;
  bool replayed = false;  ///< the booking id or op id was known: nothing was done again
};

/// What became of a definition or change.
struct Change {
  bool changed = false;  ///< false: it had these values already
};

/// Who may change an inventory now. Changed by compare-and-set only, by maintenance or an operator:
/// read it, set `next = was` with another phase, hand both to `set_gate`.
///
/// In any phase but open, every change answers `maintenance`, but for the gate itself and
/// import_slots with set_remaining; reads go on, and known ids are answered.
struct Gate {
  /// `flushed` and `loading` are stages of the nightly sync; an operator uses open and shut.
  enum class Phase : std::uint8_t { open = 0, shut = 1, flushed = 2, loading = 3 };
  std::uint64_t epoch = 1;  ///< raise it by 1 with each opening; never goes back
  Phase phase = Phase::open;
  std::uint64_t fence = 0;  ///< the highest maintenance lease seen; leave it as it is
  friend bool operator==(const Gate&, const Gate&) noexcept = default;
};

/// What to purge: final bookings and voided ids that nothing needs any more.
struct PurgeRequest {
  /// Last moved before this, and past the id horizon. To be set: as it is (1970) nothing goes.
  Instant before{};
  std::optional<BookingId> after{};  ///< start behind this id: `next` of the report before
  std::int32_t max = 1000;           ///< how many to look at, 1 to 10,000
};

/// What a purge did.
struct PurgeReport {
  std::int64_t removed = 0;
  std::optional<BookingId> next{};  ///< `after` of the next request; not set: all was looked at
};

/// How `import_slots` treats slots.
enum class ImportMode : std::uint8_t {
  create_missing,  ///< existing slots stay untouched
  set_remaining,   ///< existing slots get this remaining; only while the gate is not open
};

/// One page of slots. Pass `next` as `from` of the next call.
struct AvailabilityPage {
  std::vector<Availability> items{};
  std::optional<SlotLabel> next{};  ///< first label of the next page; not set: this was the last
};

/// Which bookings to list; every field that is set must match.
struct BookingQuery {
  std::optional<UserId> user{};
  std::optional<SlotKey> slot{};
  std::optional<StatusSet> status{};  ///< StatusSet{Status::held}, say
};

/// Which part of a list of bookings, ordered by id (for UUIDs: by the time they were made).
struct BookingPageRequest {
  std::optional<BookingId> after{};  ///< start behind this one
  std::int32_t size = 1000;          ///< 1 to 1,000
};

/// One page of bookings. Pass `next` as `after` of the next call.
struct BookingPage {
  std::vector<Booking> items{};
  std::optional<BookingId> next{};  ///< not set: this was the last page
};

/// One thing that an audit found wrong.
struct AuditFinding {
  enum class Kind : std::uint8_t {
    counter_differs,  ///< a slot's `used` is not the sum of its bookings' seats
    user_over_limit,  ///< a user has more counting bookings than allowed
    undecided,        ///< the slot changed each time it was read; audit it again
  };
  Kind kind = Kind::counter_differs;
  SlotKey slot{};             ///< for slots
  UserId user{};              ///< for users
  std::uint64_t version = 0;  ///< of the slot, as it was read; guards the repair
  std::int64_t recorded = 0;  ///< the counter, or the limit
  std::int64_t counted = 0;   ///< what the bookings add up to
};

/// What an audit saw. It never writes.
struct AuditReport {
  std::int64_t slots = 0;                ///< slots looked at
  std::int64_t users = 0;                ///< users with counting bookings looked at
  std::int64_t seats_used = 0;           ///< seats in use over all slots
  std::int64_t slots_in_deficit = 0;     ///< after a forced change; not a finding
  std::vector<AuditFinding> findings{};  ///< at most 1,000
  bool clean() const noexcept { return findings.empty(); }
};

}  // namespace booking::inline v0
