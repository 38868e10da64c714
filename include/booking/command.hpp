// What the facade asks of a store: a Command to execute in one atomic step, or a Query to read.
// Written for authors of stores; hosts use SlotInventory.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
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
  SlotStatus status = SlotStatus::open;
  Approval approval = Approval::automatic;  ///< of its service; the store fills it in on reading
  std::int32_t used = 0;                    ///< seats of its bookings in a status of seat_statuses
  std::uint64_t version = 1;                ///< each commit that touches the slot raises it
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
struct Cancel {
  CancelRequest request{};
};
struct CancelAll {
  std::vector<BookingId> ids{};
};
struct Approve {
  BookingId id{};
};
struct Reject {
  RejectRequest request{};
};

}  // namespace command

/// Everything that can change an inventory. Already checked by the facade: ids and labels are
/// valid, numbers in range, batches hold 1 to 256 different ids.
using Command = std::variant<command::Book, command::Cancel, command::BookAll, command::CancelAll,
                             command::Approve, command::Reject, command::DefineService,
                             command::UpdateService, command::DefineSlot, command::ChangeSlot>;
static_assert(sizeof(Command) <= 200, "commands are queued and copied");

/// What a command that was carried out came to.
struct Outcome {
  Receipt receipt{};                ///< of a command on one booking; `changed` of any other
  std::vector<Receipt> receipts{};  ///< of BookAll and CancelAll, one for each id, in order

  /// An outcome with room for what `command` will answer, so that the atomic step allocates
  /// nothing.
  static Outcome for_command(const Command& command) {
    Outcome outcome;
    if (const auto* book_all = std::get_if<command::BookAll>(&command)) {
      outcome.receipts.reserve(book_all->requests.size());
    } else if (const auto* cancel_all = std::get_if<command::CancelAll>(&command)) {
      outcome.receipts.reserve(cancel_all->ids.size());
    }
    return outcome;
  }
};

/// A slot beside the sum over its bookings, both read in one snapshot.
struct SlotTally {
  SlotState state{};
  std::int64_t taken = 0;  ///< seats of its bookings in a status of seat_statuses
};

/// How many bookings of a user count for the user limit.
struct UserTally {
  UserId user{};
  std::int64_t counting = 0;
};

namespace query {

/// → optional<SlotState>: one slot.
struct Slot {
  SlotKey slot{};
};
/// → vector<SlotState>: slots of a service from label to label, both included, ascending.
struct Slots {
  ServiceId service{};
  SlotLabel from{};
  SlotLabel to{};
  std::int32_t limit = 0;
};
/// → optional<Booking>: one booking.
struct FindBooking {
  BookingId id{};
};
enum class Order : std::uint8_t { ascending, descending };
/// → vector<Booking>: those that match every field that is set, ordered by id.
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
/// → UserLimit: the store's policy.
struct Policy {};

}  // namespace query

using Query = std::variant<query::Slot, query::Slots, query::FindBooking, query::Bookings,
                           query::SlotTallies, query::UserTallies, query::Policy>;

/// The answer to a Query; which alternative, stands behind the arrow at each query.
using Answer =
    std::variant<std::optional<SlotState>, std::vector<SlotState>, std::optional<Booking>,
                 std::vector<Booking>, std::vector<SlotTally>, std::vector<UserTally>, UserLimit>;

}  // namespace booking::inline v0
