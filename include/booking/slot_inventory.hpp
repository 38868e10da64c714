// SlotInventory: sells a limited number of seats per slot, correctly under any concurrency.
// The one class a host starts with.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "booking/lock.hpp"
#include "booking/observer.hpp"
#include "booking/options.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"
#include "booking/store.hpp"

namespace booking::inline v0 {

class BookingCache;
namespace detail {
class InventoryCore;
}

/// A handle on one inventory; copies share it, a moved-from one must not be used. "Row n" is a row
/// of docs/requirements.md.
///
/// When memory runs out, std::bad_alloc leaves the call; whether it was carried out then says
/// `find`.
///
/// Thread safety: may be used from any number of threads at once. A call waits no longer than its
/// timeout (InventoryOptions::timeout or CallOptions); a commit that has reached the disk is waited
/// for. Contention is repeated by the library itself. Every call may also answer: invalid_argument
/// (caller) · timeout, contention, unavailable, overloaded, with some locks locked (transient:
/// nothing happened) · broken_store, internal (broken). A call that changes something also:
/// maintenance (the gate is not open), lock_lost (transient) · outcome_unknown (it may have
/// happened: send a booking, hold or reschedule again with the same id and `again = true`, or
/// `resolve` the id; any other request once more as it was; what `find` does not see may still
/// arrive). These are not repeated below.
class SlotInventory {
 public:
  /// Sells what is in `store`, entering `lock` before each change to a slot.
  /// Throws std::invalid_argument when `store` is null or a timeout, a retry policy or an option of
  /// the booking cache is out of range.
  explicit SlotInventory(std::shared_ptr<Store> store, std::shared_ptr<Lock> lock = no_lock(),
                         InventoryOptions options = {});
  /// The same without a lock.
  SlotInventory(std::shared_ptr<Store> store, InventoryOptions options);

  // ---- what is sold -----------------------------------------------------------------------------

  /// Adds a service (row 1.1). The same again: `changed` is false.
  /// Errors: already_exists (refused: it is there with other values; use update_service).
  Result<Change> define_service(const Service& service, CallOptions options = {});
  /// Replaces a service's name, description and approval. Bookings keep their status.
  /// Errors: not_found (refused).
  Result<Change> update_service(const Service& service, CallOptions options = {});
  /// Adds a slot (row 4.1). The same again: `changed` is false.
  /// Errors: not_found (refused: no such service) · already_exists (refused: use change_slot).
  Result<Change> define_slot(const SlotDefinition& definition, CallOptions options = {});
  /// Changes capacity, overbook, status, begin or end of a slot.
  /// Errors: not_found, capacity_below_booked, slot_past (refused; the last: it has ended with
  ///   bookings in it, so its end stays passed).
  Result<Change> change_slot(const SlotChange& change, CallOptions options = {});

  // ---- booking ----------------------------------------------------------------------------------

  /// Takes `seats` seats in one slot for one user, all or none (row 1.3).
  /// Where the library itself had to ask again after an unknown outcome, a refusal is final for the
  /// id, as with `again`: take a new id to try something else.
  /// Errors: not_found, slot_closed, slot_past, already_booked, user_limit, sold_out, id_void (the
  ///   id was given up), id_expired (made longer ago than the id horizon) (refused) · id_mismatch
  ///   (caller: the id was used with another request).
  Result<Receipt> book(BookRequest request, CallOptions options = {});
  /// All of 1 to 256 bookings, or none. Receipts in order; an error names the first request at
  /// which the running sum fails in `index`. Each request with its own id; to be able to ask again,
  /// make the ids yourself.
  /// Errors: as `book`; id_mismatch also when only some of the ids are known.
  Result<std::vector<Receipt>> book_all(std::vector<BookRequest> requests,
                                        CallOptions options = {});
  /// Up to 1,000 bookings, each by itself, in one batch; a result each as of `book`, in order.
  std::vector<Result<Receipt>> book_each(std::vector<BookRequest> requests,
                                         CallOptions options = {});

  /// Takes seats until a deadline: now + ttl, by store time. `confirm` makes a booking of it,
  /// `cancel` gives it up, at the deadline the seats come back by themselves.
  /// Errors: as `book`.
  Result<Receipt> hold(HoldRequest request, CallOptions options = {});

  // ---- moving a booking -------------------------------------------------------------------------
  //
  // Where a booking already stands where a move leads, `changed` is false and nothing happens. Each
  // may also answer id_void, and id_mismatch for an op id that named another move.

  /// Makes a pending or confirmed booking of a hold, as the service's approval says; of fewer seats
  /// if asked.
  /// Errors: not_found, not_owner, hold_expired, invalid_transition, user_limit (refused).
  Result<Receipt> confirm(const ConfirmRequest& request, CallOptions options = {});
  /// Moves a hold's deadline to now + ttl, if that is later. An expired hold is never revived.
  /// Errors: not_found, not_owner, hold_expired, invalid_transition (refused).
  Result<Receipt> extend(const ExtendRequest& request, CallOptions options = {});
  /// Gives the seats back, exactly once (row 1.4); gives up a hold too.
  /// Errors: not_found, not_owner, hold_expired, invalid_transition (refused).
  Result<Receipt> cancel(const MoveRequest& request, CallOptions options = {});
  /// Cancels all of 1 to 256 bookings, whoever's they are, or none; those already cancelled are
  /// skipped.
  /// Errors: not_found, hold_expired, invalid_transition (refused), with `index`.
  Result<std::vector<Receipt>> cancel_all(std::vector<BookingId> ids, CallOptions options = {});
  /// Moves a live booking to another slot in one step: the old one is cancelled, the receipt is
  /// that of a new one in the same status (a hold keeps its deadline). On any refusal the old one
  /// stays. Errors: not_found, not_owner, slot_closed, slot_past, hold_expired, invalid_transition,
  ///   already_booked, user_limit, sold_out, id_void, id_expired (refused) · id_mismatch (caller).
  Result<Receipt> reschedule(RescheduleRequest request, CallOptions options = {});
  /// Confirms a pending booking.
  /// Errors: not_found, not_owner, invalid_transition, user_limit (refused: the policy counts
  ///   confirmed but not pending, and the user has enough).
  Result<Receipt> approve(const MoveRequest& request, CallOptions options = {});
  /// Refuses a pending booking and gives its seats back.
  /// Errors: not_found, invalid_transition (refused).
  Result<Receipt> reject(const RejectRequest& request, CallOptions options = {});
  /// Closes a confirmed booking: the user came. Keeps the seats. Errors: as `no_show`.
  Result<Receipt> complete(const MoveRequest& request, CallOptions options = {});
  /// The user did not come. Keeps the seats. Errors: not_found, not_owner, invalid_transition.
  Result<Receipt> no_show(const MoveRequest& request, CallOptions options = {});
  /// What became of an id whose outcome is unknown: the booking as it is now; or no value, and from
  /// then on that id is never booked (id_void).
  Result<std::optional<Booking>> resolve(BookingId id, CallOptions options = {});

  // ---- reading ----------------------------------------------------------------------------------

  /// A handle on one slot, for calls that come often: it goes wherever a SlotKey goes.
  /// Errors: not_found (refused).
  Result<SlotHandle> slot(const SlotKey& key, CallOptions options = {}) const;
  /// What is left in one slot (row 1.2). Errors: not_found (refused).
  Result<Availability> availability(const SlotKey& slot, CallOptions options = {}) const;
  /// What is left in a service's slots, ascending, `page_size` (1 to 1,000) at a time. A service
  /// without slots in range, or unknown, has an empty page.
  Result<AvailabilityPage> availability(const SlotRange& range, std::int32_t page_size = 1000,
                                        CallOptions options = {}) const;
  /// One booking; no value: there is none.
  Result<std::optional<Booking>> find(BookingId id, CallOptions options = {}) const;
  /// Bookings by user, slot and status, ordered by id, one page at a time.
  Result<BookingPage> bookings(const BookingQuery& query, const BookingPageRequest& page = {},
                               CallOptions options = {}) const;
  /// The user's live booking (of several, the one with the highest id: for UUIDs the newest); no
  /// value: the user has none (row 1.9).
  Result<std::optional<Booking>> current_booking(const UserId& user,
                                                 CallOptions options = {}) const;

  // ---- looking after it -------------------------------------------------------------------------

  /// Compares every slot's counter and every user's claims with the bookings. Never writes. Each
  /// page of 1,000 slots or users is one read with its own timeout.
  Result<AuditReport> audit(CallOptions options = {}) const;
  /// Puts the counter of one finding (counter_differs) right, unless the slot has changed since:
  /// then `changed` is false. Errors: not_found (refused).
  Result<Change> repair(const AuditFinding& finding, CallOptions options = {});
  /// Gives back the seats of up to `max` (1 to 10,000) expired holds; how many. Fewer than `max`:
  /// none is left (of the first 10,000 slots with holds). Nothing depends on it: whoever books next
  /// in a slot gives back its expired holds first.
  Result<std::int64_t> sweep(std::int32_t max, CallOptions options = {});
  /// Forgets final bookings and voided ids past the id horizon. Bookings that keep their seats go
  /// only when their slot has begun; imported integer ids stay.
  Result<PurgeReport> purge(const PurgeRequest& request, CallOptions options = {});
  /// The store's policy.
  Result<Policy> policy(CallOptions options = {}) const;
  /// Replaces the store's policy as a whole: start from `policy()`. Bookings that exceed a lower
  /// limit stay. Where the store's options name a policy, they must name the new one from then on.
  Result<Change> change_policy(const Policy& policy, CallOptions options = {});
  /// Adds up to 500 slots in one step, or sets what remains in them; whether each was changed, in
  /// order. `capacity` of a definition is what remains; with set_remaining the seats in use come on
  /// top, and of an existing slot nothing else is set but capacity (and overbook, if it must fall).
  /// Errors: not_found (refused: no such service) · invalid_argument, with `index`, also for
  ///   set_remaining while the gate is open.
  Result<std::vector<Change>> import_slots(std::vector<SlotDefinition> slots, ImportMode mode,
                                           CallOptions options = {});
  /// The gate as it is.
  Result<Gate> gate(CallOptions options = {}) const;
  /// Replaces the gate, if it is still `expected`; shut, every change answers `maintenance`. For
  /// maintenance and operators. Errors: invalid_transition (refused: it is not as expected)
  ///   · invalid_argument (caller) when epoch or fence would go back.
  Result<Change> set_gate(const Gate& expected, const Gate& next, CallOptions options = {});
  /// Counts since this inventory was made.
  Stats stats() const noexcept;
  /// Refuses all further calls with `unavailable`; callers that wait get it too, soon. Does not
  /// wait for them. Copies of this handle are shut down as well.
  void shutdown() noexcept;

 private:
  friend class BookingCache;
  std::shared_ptr<detail::InventoryCore> core_;
};

}  // namespace booking::inline v0

#include "booking/detail/slot_inventory_impl.hpp"
