// What the facade asks of a store: a Command to execute in one atomic step, or a Query to read.
// Written for authors of stores; hosts use SlotInventory.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/requests.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0 {

/// A slot with its counters, as a store keeps it.
struct SlotState {
  SlotKey slot{};
  std::int32_t capacity = 0;
  std::int32_t overbook = 0;
  SlotStatus status = SlotStatus::open;     ///< open or closed
  Approval approval = Approval::automatic;  ///< of its service; the store fills it in on reading
  std::int32_t used = 0;                    ///< seats of its bookings in a status of seat_statuses
  std::int32_t held = 0;                    ///< the part of `used` that held bookings take
  std::uint64_t version = 1;                ///< each commit that touches the slot raises it
  std::uint64_t lease = 0;                  ///< the highest lock number a commit came under
  std::optional<Instant> begins_at{};
  std::optional<Instant> ends_at{};
  /// No hold of this slot ends before this instant: until then `used` is exact.
  std::optional<Instant> next_deadline{};
  friend bool operator==(const SlotState&, const SlotState&) = default;
};

namespace command {

struct DefineService {
  Service service{};
};
struct UpdateService {
  Service service{};
};
struct DefineSlot {
  SlotDefinition definition{};
};
struct ChangeSlot {
  SlotChange change{};
};
struct Book {
  BookRequest request{};
};
struct BookAll {
  std::vector<BookRequest> requests{};
};
struct Hold {
  HoldRequest request{};
};
struct Extend {
  ExtendRequest request{};
};
struct Confirm {
  ConfirmRequest request{};
};
struct Cancel {
  MoveRequest request{};
};
struct CancelAll {
  std::vector<BookingId> ids{};
};
struct Approve {
  MoveRequest request{};
};
struct Reject {
  RejectRequest request{};
};
struct Complete {
  MoveRequest request{};
};
struct NoShow {
  MoveRequest request{};
};
struct Reschedule {
  RescheduleRequest request{};
};
/// Answers with the booking, or voids the id.
struct Resolve {
  BookingId id{};
};
struct SetGate {
  Gate expected{};
  Gate next{};
};
struct ChangePolicy {
  Policy policy{};
};
struct Sweep {
  std::int32_t max = 0;
};
struct Purge {
  PurgeRequest request{};
};
/// Puts a slot's counters right, if it is still at `version`.
struct Repair {
  SlotKey slot{};
  std::uint64_t version = 0;
};
/// At most 500 slots, all or none.
struct ImportSlots {
  std::vector<SlotDefinition> slots{};
  ImportMode mode = ImportMode::create_missing;
};

}  // namespace command

/// What a commit depends on besides its command.
struct Guard {
  std::uint64_t epoch = 0;  ///< of the gate, as the caller knows it; 0: whatever it is
  std::uint64_t lease = 0;  ///< number of the lock it is sent under; 0: none
  Instant not_after{};      ///< refused when store time is later; 0: no limit
};

/// Everything that can change an inventory. Already checked by the facade: ids and labels are
/// valid, numbers in range, batches of bookings hold 1 to 256 different ids.
struct Command {
  using Body =
      std::variant<command::Book, command::Cancel, command::Hold, command::Confirm, command::Extend,
                   command::BookAll, command::CancelAll, command::Approve, command::Reject,
                   command::Complete, command::NoShow, command::Reschedule, command::Resolve,
                   command::DefineService, command::UpdateService, command::DefineSlot,
                   command::ChangeSlot, command::SetGate, command::ChangePolicy, command::Sweep,
                   command::Purge, command::Repair, command::ImportSlots>;
  Body body{};
  Guard guard{};
};
static_assert(sizeof(Command) <= 240, "commands are queued and copied");

/// What a command that was carried out came to.
struct Outcome {
  Receipt receipt{};                ///< of a command on one booking; `changed` of any other
  std::vector<Receipt> receipts{};  ///< of BookAll and CancelAll, one for each id, in order
  std::vector<bool> changes{};      ///< of ImportSlots, one for each slot, in order
  std::int64_t count = 0;           ///< of Sweep and Purge: how many
  std::optional<BookingId> next{};  ///< of Purge: where to go on
  bool is_void = false;             ///< of Resolve: there is no booking and never will be

  /// Makes room for what `command` will answer, so that the atomic step allocates nothing.
  void reserve_for(const Command& command) {
    if (const auto* book_all = std::get_if<command::BookAll>(&command.body)) {
      receipts.reserve(book_all->requests.size());
    } else if (const auto* cancel_all = std::get_if<command::CancelAll>(&command.body)) {
      receipts.reserve(cancel_all->ids.size());
    } else if (const auto* import = std::get_if<command::ImportSlots>(&command.body)) {
      changes.reserve(import->slots.size());
    }
  }
  /// An outcome with that room.
  static Outcome for_command(const Command& command) {
    Outcome outcome;
    outcome.reserve_for(command);
    return outcome;
  }
};

/// A slot as a read answers it.
struct SlotReading {
  SlotState state{};
  /// Seats of holds past their deadline that `used` and `held` still contain.
  std::int32_t overdue = 0;
  Instant now{};  ///< store time of the reading
};

/// A slot beside the sums over its bookings, both read in one snapshot.
struct SlotTally {
  SlotState state{};
  std::int64_t used = 0;  ///< seats of its bookings in a status of seat_statuses
  std::int64_t held = 0;  ///< seats of its held bookings
};

/// The gate and store time, read together.
struct GateReading {
  Gate gate{};
  Instant now{};
};

/// The claims of a user, as the rules ask for them.
struct ClaimCount {
  std::int64_t counting = 0;  ///< those that have not ended
  bool ended = false;         ///< some were left out because they have ended by store time
};

/// How many bookings of a user count for the user limit.
struct UserTally {
  UserId user{};
  std::int64_t counting = 0;
};

namespace query {

/// → optional<SlotReading>: one slot.
struct Slot {
  SlotKey slot{};
};
/// → vector<SlotReading>: slots of a service from label to label, both included, ascending.
struct Slots {
  ServiceId service{};
  SlotLabel from{};
  SlotLabel to{};
  std::int32_t limit = 0;
};
/// → optional<Booking>: one booking; an overdue hold reads as expired.
struct FindBooking {
  BookingId id{};
};
enum class Order : std::uint8_t { ascending, descending };
/// → vector<Booking>: those that match every field that is set, ordered by id. An overdue hold
/// reads, and matches, as expired.
struct Bookings {
  BookingQuery match{};
  std::optional<BookingId> after{};  ///< only ids behind this one, in the given order
  std::int32_t limit = 0;
  Order order = Order::ascending;
};
/// → vector<SlotTally>: slots from `from` on (not set: all), ascending by key.
struct SlotTallies {
  std::optional<SlotKey> from{};
  std::int32_t limit = 0;
};
/// → vector<UserTally>: users behind `after` with at least one counting booking, ascending.
struct UserTallies {
  std::optional<UserId> after{};
  std::int32_t limit = 0;
};
/// → Policy.
struct ReadPolicy {};
/// → GateReading.
struct ReadGate {};

}  // namespace query

using Query =
    std::variant<query::Slot, query::Slots, query::FindBooking, query::Bookings, query::SlotTallies,
                 query::UserTallies, query::ReadPolicy, query::ReadGate>;

/// The answer to a Query; which alternative, stands behind the arrow at each query.
using Answer = std::variant<std::optional<SlotReading>, std::vector<SlotReading>,
                            std::optional<Booking>, std::vector<Booking>, std::vector<SlotTally>,
                            std::vector<UserTally>, Policy, GateReading>;

}  // namespace booking::inline v0
