// What the memory store keeps, field by field, and under which lock each field stands.
// Private: include booking/memory_store.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/command.hpp"
#include "booking/detail/stripe_lock.hpp"

namespace booking::inline v0::detail {

/// Places of cells and slots; 0 is none.
using Ref = std::uint32_t;

/// What a cell holds. A booking's cell has its status instead, so that one look tells both.
inline constexpr std::uint8_t cell_moved = 0xFD;
inline constexpr std::uint8_t cell_void = 0xFE;
inline constexpr std::uint8_t cell_free = 0xFF;

/// A booking as it was made: one cache line.
///
/// `id`, `slot`, `user`, `origin`, `created_at` never change. Behind the slot's lock: `seats`,
/// the slot's list, and all changes of the cell's kind. Behind the user's lock: the user's list and
/// `parked`. `moved` is set behind both.
struct Record {
  std::uint64_t id_high = 0;
  std::uint64_t id_low = 0;
  std::uint64_t user = 0;  // the integer, or the place of the text
  std::int64_t created_at = 0;
  std::int32_t seats = 0;
  Ref moved = 0;  // what happened to it since; 0: nothing
  Ref slot_next = 0;
  Ref slot_before = 0;
  Ref user_next = 0;  // a ring
  Ref user_before = 0;
};

/// What is worth keeping of a booking that was moved, and of a hold. `hold_until` is written behind
/// the locks of both slot and user, the rest behind the slot's.
struct Moved {
  std::int64_t updated_at = 0;
  std::int64_t hold_until = 0;
  OpId last_op{};
  std::uint32_t version = 1;
  std::int32_t seats_asked = 0;
  Ref left = 0;  // in the slot's heap of holds
  Ref right = 0;
  Ref parent = 0;
  bool has_hold = false;     // `hold_until` is set
  bool has_message = false;  // it stands in the side table
};

/// An id that will never be booked.
struct Voided {
  std::uint64_t id_high = 0;
  std::uint64_t id_low = 0;
  std::int64_t at = 0;
  Ref next = 0;
};

/// The first cell of each chunk: between which ids its bookings lie (their high halves), so that
/// bookings can be listed by id without sorting them all.
struct ChunkHead {
  std::uint64_t lowest = ~std::uint64_t{0};
  std::uint64_t highest = 0;
  std::uint32_t used = 1;  // cells from here on were never used
};

/// 64 bytes that hold any one of the above.
struct alignas(64) Cell {
  std::atomic<std::uint8_t> kind{cell_free};
  Origin origin = Origin::book;  // of a booking
  bool parked = false;           // of a booking: among the final ones of its user
  bool text_user = false;        // of a booking: `user` is the place of a text
  Ref slot = 0;                  // of a booking; of a free cell, the next one
  union {
    Record record{};
    Moved moved;
    Voided voided;
    ChunkHead head;
  };

  Cell() noexcept {}

  bool is_booking() const noexcept {
    return kind.load(std::memory_order_acquire) <= static_cast<std::uint8_t>(Status::waitlisted);
  }
  Status status() const noexcept {
    return static_cast<Status>(kind.load(std::memory_order_acquire));
  }
  void set_status(Status status) noexcept {
    kind.store(static_cast<std::uint8_t>(status), std::memory_order_release);
  }
  BookingId id() const noexcept { return BookingId::from_halves(record.id_high, record.id_low); }
};
static_assert(sizeof(Cell) == 64);

/// What of a slot commands change.
struct SlotNumbers {
  SlotStatus status = SlotStatus::open;
  bool has_deadline = false;
  bool has_begin = false;
  bool has_end = false;  // this and ends_at change only while nobody else is in the store
  std::int32_t capacity = 0;
  std::int32_t overbook = 0;
  std::int32_t used = 0;
  std::int32_t held = 0;
  std::uint64_t version = 1;
  std::int64_t next_deadline = 0;
  std::uint64_t lease = 0;
  std::int64_t begins_at = 0;
  std::int64_t ends_at = 0;
};

/// A slot. What a booking needs of it stands in one cache line with the lock that guards it.
struct alignas(128) Slot {
  StripeLock lock;
  Ref first = 0;  // of its bookings, the latest
  SlotLabel label{};
  std::uint32_t service = 0;
  SlotNumbers numbers{};
  Ref first_hold = 0;  // of its heap, the earliest deadline
  Ref next_listed = 0;
  bool listed = false;  // in a lane's list of slots with a deadline
};
/// Where an id is: its booking, or the mark that it is void.
struct IdEntry {
  Ref cell = 0;
  std::uint32_t tag = 0;
  bool empty() const noexcept { return cell == 0; }
};

/// A user with at least one booking. The lowest bit of the tag says whether `key` is the place of a
/// text. `first` enters a ring: bookings that may count, then those that are final.
struct UserEntry {
  std::uint64_t key = 0;
  Ref first = 0;
  std::uint32_t tag = 0;
  bool empty() const noexcept { return first == 0; }
};

struct SlotEntry {
  Ref slot = 0;
  std::uint32_t tag = 0;
  bool empty() const noexcept { return slot == 0; }
};

/// How one write is taken back. Taking back needs no memory.
struct Undo {
  enum class What : std::uint8_t { slot_changed, slot_made, moved, made, voided };
  What what = What::slot_changed;
  bool moved_made = false;
  bool message_made = false;
  Status status = Status::pending;
  std::int32_t seats = 0;
  Ref ref = 0;
  union {
    SlotNumbers numbers{};
    Moved before;
  };

  Undo() noexcept {}
};

}  // namespace booking::inline v0::detail
