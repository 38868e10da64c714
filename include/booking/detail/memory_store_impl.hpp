// The memory store: which locks a command takes, and in which order.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "booking/detail/checks.hpp"
#include "booking/detail/memory_reads.hpp"
#include "booking/detail/memory_tables.hpp"
#include "booking/detail/memory_view.hpp"
#include "booking/detail/thread_number.hpp"
#include "booking/memory_store.hpp"
#include "booking/rules.hpp"

namespace booking::inline v0::detail {

template <class C, class... These>
concept IsOneOf = (std::same_as<C, These> || ...);

/// The system's wall clock as of its last tick, some milliseconds ago: a quarter of the cost.
class TickClock final : public Clock {
 public:
#if defined(__linux__)
  Instant now() const noexcept override {
    std::timespec at{};
    clock_gettime(CLOCK_REALTIME_COARSE, &at);
    return Instant{std::chrono::milliseconds{at.tv_sec * 1000LL + at.tv_nsec / 1'000'000}};
  }
#endif
};

/// Commands that move one booking, in its own slot.
template <class C>
concept MoveOfOne = IsOneOf<C, command::Cancel, command::Confirm, command::Extend, command::Approve,
                            command::Reject, command::Complete, command::NoShow>;

/// Locks, in the order in which they are taken, so that nobody can wait in a circle:
///
/// - lane: one for each thread, nearly. Every command and read holds its own; a command that may
///   touch anything (a batch, the gate, a definition, a sweep) holds all of them and then needs no
///   other lock. So memory is given back, and slots and services change, only while nobody looks.
/// - id: a share of the table of ids. Held by what may make a booking, so that one id is one
///   booking; a move holds it only while it looks its booking up, for that cannot go away.
/// - user: a share of the table of users. Held by whatever changes one of the user's bookings; the
///   one exception stands at MemoryTables::for_each_claim.
/// - slot: in the slot itself. Taken last, so that a slot everybody wants is held the shortest.
///
/// User and slot of a booking never change, so a move finds out which to lock without them.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(MemoryOptions options)
      : clock_{options.clock ? std::move(options.clock) : std::make_shared<TickClock>()},
        bad_policy_{check(options.policy)} {
    tables_.policy = options.policy;
  }

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    Result<Outcome> outcome{std::in_place};
    outcome->reserve_for(command);
    Result<void> done = bad_policy_;
    if (done) {
      done =
          std::visit([&](const auto& body) { return carry_out(body, command, deadline, *outcome); },
                     command.body);
    }
    if (!done) outcome = std::move(done.error());
    return outcome;
  }

  Result<Answer> read(const Query& query, Deadline deadline) override {
    Result<Answer> answer;
    if (!bad_policy_) {
      answer = bad_policy_.error();
      return answer;
    }
    MemoryReads reads{tables_, own_lane(), *clock_, deadline};
    answer = std::visit([&](const auto& q) { return Answer{reads.answer(q)}; }, query);
    if (reads.late()) answer = late(deadline);
    return answer;
  }

 private:
  Lane& own_lane() noexcept { return tables_.lanes[thread_number() % tables_.lanes.size()]; }

  static Error late(const Deadline& deadline) {
    Error error;
    error.code = deadline.stopped() ? ErrorCode::unavailable : ErrorCode::timeout;
    error.subject = Subject::store;
    error.detail = deadline.stopped() ? "shut down" : "others were in the way";
    return error;
  }

  // Read when all locks are held: then no commit that this one follows relied on a later time.
  Instant now() const {
    return std::max(clock_->now(), to_instant(tables_.relied_on.load(std::memory_order_acquire)));
  }

  Result<void> decide(Lane& lane, const MemoryScope& scope, const Command& command,
                      Outcome& outcome) {
    MemoryView view{tables_, lane, scope, now()};
    auto done = rules::decide(view, command, outcome);
    view.commit();  // a refusal may leave something behind: an expired hold returned, an id voided
    return done;
  }

  // ---- commands on one new booking --------------------------------------------------------------

  template <class Request>
  Result<void> book(const Request& request, const Command& command, const Deadline& deadline,
                    Outcome& outcome) {
    const std::uint64_t id_hash = MemoryTables::hash(request.id);
    MemoryScope scope{.id = request.id,
                      .id_hash = id_hash,
                      .slot_key = &request.slot,
                      .user = &request.user,
                      .user_hash = MemoryTables::hash(request.user)};
    tables_.ids.prefetch(id_hash);
    tables_.users.prefetch(scope.user_hash);
    Lane& lane = own_lane();
    const StripeGuard in_lane{lane.lock, deadline};
    if (!in_lane) return late(deadline);
    tables_.prefetch(request.slot);
    auto& ids = tables_.ids[id_hash];
    const StripeGuard at_id{ids.lock, deadline};
    if (!at_id) return late(deadline);
    ids.table.prefetch(tables_.ids.tag(id_hash));

    auto& users = tables_.users[scope.user_hash];
    StripeGuard at_user{users.lock, deadline};
    if (!at_user) return late(deadline);
    users.table.prefetch(tables_.users.tag(scope.user_hash));
    scope.slot = tables_.find(request.slot);

    scope.booking = tables_.find(request.id, id_hash);
    SlotKey known_slot;
    if (scope.booking != 0 && tables_.cells[scope.booking].is_booking()) {
      // A repeat is only read, in the slot that it is in, and its user may be another one.
      at_user.release();
      scope.user = nullptr;
      scope.slot = tables_.cells[scope.booking].slot;
      known_slot = tables_.key(scope.slot);
      scope.slot_key = &known_slot;
    }
    StripeGuard at_slot;
    if (scope.slot != 0) {
      at_slot = StripeGuard{tables_.slot(scope.slot).lock, deadline};
      if (!at_slot) return late(deadline);
      tables_.prefetch_latest(scope.slot);
    }
    return decide(lane, scope, command, outcome);
  }

  Result<void> carry_out(const command::Book& c, const Command& command, const Deadline& deadline,
                         Outcome& outcome) {
    return book(c.request, command, deadline, outcome);
  }
  Result<void> carry_out(const command::Hold& c, const Command& command, const Deadline& deadline,
                         Outcome& outcome) {
    return book(c.request, command, deadline, outcome);
  }

  // ---- moves of one booking ---------------------------------------------------------------------

  Result<void> move(const BookingId& id, const Command& command, const Deadline& deadline,
                    Outcome& outcome) {
    const std::uint64_t id_hash = MemoryTables::hash(id);
    tables_.ids.prefetch(id_hash);
    Lane& lane = own_lane();
    const StripeGuard in_lane{lane.lock, deadline};
    if (!in_lane) return late(deadline);
    MemoryScope scope{.id = id};
    {
      auto& ids = tables_.ids[id_hash];
      const StripeGuard at_id{ids.lock, deadline};
      if (!at_id) return late(deadline);
      scope.booking = tables_.find(id, id_hash);
    }
    if (scope.booking == 0 || !tables_.cells[scope.booking].is_booking()) {
      return decide(lane, scope, command, outcome);  // refused without a look at anything else
    }
    const Cell& cell = tables_.cells[scope.booking];
    const UserId user = tables_.user(cell);
    scope.user = &user;
    scope.user_hash = tables_.user_hash(cell);
    scope.slot = cell.slot;
    const SlotKey key = tables_.key(cell.slot);
    scope.slot_key = &key;
    const StripeGuard at_user{tables_.users[scope.user_hash].lock, deadline};
    if (!at_user) return late(deadline);
    const StripeGuard at_slot{tables_.slot(scope.slot).lock, deadline};
    if (!at_slot) return late(deadline);
    return decide(lane, scope, command, outcome);
  }

  template <MoveOfOne C>
  Result<void> carry_out(const C& c, const Command& command, const Deadline& deadline,
                         Outcome& outcome) {
    return move(c.request.id, command, deadline, outcome);
  }

  // ---- everything else --------------------------------------------------------------------------

  template <class C>
  Result<void> carry_out(const C& /*c*/, const Command& command, const Deadline& deadline,
                         Outcome& outcome) {
    std::array<StripeGuard, MemoryTables::lane_count> guards;
    for (std::size_t i = 0; i < guards.size(); ++i) {
      guards[i] = StripeGuard{tables_.lanes[i].lock, deadline};
      if (!guards[i]) return late(deadline);
    }
    return decide(own_lane(), {.all = true}, command, outcome);
  }

  const std::shared_ptr<Clock> clock_;
  const Result<void> bad_policy_;
  MemoryTables tables_;
};

}  // namespace booking::inline v0::detail

namespace booking::inline v0 {

inline std::shared_ptr<Store> memory_store(MemoryOptions options) {
  return std::make_shared<detail::MemoryStore>(std::move(options));
}

}  // namespace booking::inline v0
