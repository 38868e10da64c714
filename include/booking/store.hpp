// The storage seam. A host's own store derives from Store, lends the rules a View inside its
// atomic section and calls rules::decide; testing/conformance.hpp then checks it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "booking/command.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Keeps one inventory. Commits of one store are strictly serializable: `execute` is one atomic
/// step that either changes everything it should or nothing.
///
/// Errors: those of rules::decide · contention, timeout, unavailable (nothing happened)
///   · outcome_unknown · broken_store.
/// Thread safety: every member may be called from any thread. Each call blocks until `deadline` at
/// the latest.
class Store {
 public:
  virtual ~Store() = default;

  /// Carries out `command` in one atomic step.
  virtual Result<Outcome> execute(const Command& command, Deadline deadline) = 0;

  /// Carries out each command by itself, in order; an answer for each.
  virtual std::vector<Result<Outcome>> execute_each(std::span<const Command> commands,
                                                    Deadline deadline) {
    std::vector<Result<Outcome>> outcomes;
    outcomes.reserve(commands.size());
    for (const Command& command : commands) outcomes.push_back(execute(command, deadline));
    return outcomes;
  }

  /// Reads. One slot is read linearizably; a list is one snapshot unless the store says otherwise.
  virtual Result<Answer> read(const Query& query, Deadline deadline) = 0;
};

/// Whether making a store object may make a new, empty inventory behind it.
enum class StoreMode : std::uint8_t {
  open,    ///< it must exist; what is missing or empty is broken_store, never an empty inventory
  create,  ///< it must not exist
  /// Either. For first steps and tests: in production a lost file would silently become an empty
  /// inventory that sells everything again.
  create_if_missing,
};

/// What a store shows the rules while its atomic section is open: the state as of now, including
/// what the rules already wrote in this section. A View keeps data, it decides nothing.
///
/// When `decide` returns, the view holds exactly what is to be committed, also when it refused: an
/// expired hold that was returned, an id that was voided.
/// A store that fails inside (a full disk, say) answers "nothing there", remembers the failure and
/// throws the rules' decision away afterwards.
/// Pointers stay valid until the next call of any member. Thread safety: one thread at a time.
class View {
 public:
  virtual ~View() = default;

  /// Store time: the clock's, but never before an instant that a commit relied on.
  virtual Instant now() = 0;
  virtual Policy policy() = 0;
  virtual Gate gate() = 0;
  virtual const Service* service(const ServiceId& id) = 0;
  virtual const SlotState* slot(const SlotKey& key) = 0;
  virtual const Booking* booking(const BookingId& id) = 0;
  virtual bool is_void(const BookingId& id) = 0;

  /// How many bookings of `user` have a status in `statuses` and a claim that has not ended: a hold
  /// by its deadline, any other by its slot's `ends_at`.
  virtual ClaimCount count_claims(const UserId& user, StatusSet statuses) = 0;
  /// Whether `user` has a live booking in `slot`, overdue holds left out.
  virtual bool has_live_booking(const UserId& user, const SlotKey& slot) = 0;
  /// The hold of `slot` with the earliest deadline; nullptr: it has none.
  virtual const Booking* first_hold(const SlotKey& slot) = 0;
  /// Any slot whose `next_deadline` has passed.
  virtual std::optional<SlotKey> overdue_slot() = 0;
  /// The booking with the lowest id behind `after`.
  virtual const Booking* next_booking(const BookingId& after) = 0;
  /// The sums over a slot's bookings.
  virtual SlotTally tally(const SlotKey& slot) = 0;

  virtual void insert(const Service& service) = 0;
  virtual void update(const Service& service) = 0;
  virtual void insert(const SlotState& slot) = 0;
  virtual void update(const SlotState& slot) = 0;
  virtual void insert(const Booking& booking) = 0;
  virtual void update(const Booking& booking) = 0;
  virtual void erase(const BookingId& id) = 0;
  /// Marks an id that has no booking as never to be booked.
  virtual void insert_void(const BookingId& id) = 0;
  /// Forgets up to `max` voided ids made before `before`; how many.
  virtual std::int64_t erase_voids(Instant before, std::int64_t max) = 0;
  virtual void set_policy(const Policy& policy) = 0;
  virtual void set_gate(const Gate& gate) = 0;
  /// Records that this commit treats deadlines up to `now` as passed.
  virtual void rely_on(Instant now) = 0;

  /// What was written so far stays, whatever is rolled back later. Called before a batch, at most
  /// once in a section.
  virtual void mark() = 0;
  /// Undoes what was written since `mark`.
  virtual void roll_back() = 0;
};

}  // namespace booking::inline v0
