// The storage seam. A host's own store derives from Store, lends the rules a View inside its
// atomic section and calls rules::decide; testing/conformance.hpp then checks it.
#pragma once

#include <cstdint>
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
/// A store that fails inside (a full disk, say) answers "nothing there", remembers the failure and
/// throws the rules' decision away afterwards.
/// Pointers stay valid until the next call of any member. Thread safety: one thread at a time.
class View {
 public:
  virtual ~View() = default;

  virtual Instant now() = 0;
  virtual UserLimit user_limit() = 0;
  virtual const Service* service(const ServiceId& id) = 0;
  virtual const SlotState* slot(const SlotKey& key) = 0;
  virtual const Booking* booking(const BookingId& id) = 0;
  /// How many bookings of `user` have a status in `statuses`; counting may stop at `at_most`.
  virtual std::int64_t count_claims(const UserId& user, StatusSet statuses,
                                    std::int64_t at_most) = 0;
  /// Whether `user` has a live booking in `slot`.
  virtual bool has_live_booking(const UserId& user, const SlotKey& slot) = 0;

  virtual void insert(const Service& service) = 0;
  virtual void update(const Service& service) = 0;
  virtual void insert(const SlotState& slot) = 0;
  virtual void update(const SlotState& slot) = 0;
  virtual void insert(const Booking& booking) = 0;
  virtual void update(const Booking& booking) = 0;
  /// Undoes everything written in this section.
  virtual void roll_back() = 0;
};

}  // namespace booking::inline v0
