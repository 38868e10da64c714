// Every rule of the library, once: which command may do what to which state, and why not.
// Pure functions over a View: no clock, no lock, no I/O. Stores call `decide` inside their atomic
// section; nobody else needs this header.
//
// Order of refusals, the same for every command: id (replay, mismatch, void, expired), maintenance,
// lock_lost, not_found, not_owner, slot_closed, slot_past, hold_expired, invalid_transition,
// already_booked, user_limit, sold_out. (Bad arguments hardly ever get here.)
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "booking/command.hpp"
#include "booking/result.hpp"
#include "booking/store.hpp"

namespace booking::inline v0::rules {

/// A hold, extended or not, ends at most this long after it was made.
inline constexpr std::chrono::milliseconds longest_hold = std::chrono::hours{24};
/// How many overdue holds of a slot one commit returns.
inline constexpr std::int32_t returned_per_step = 256;
/// How many slots one sweep looks at.
inline constexpr std::int32_t slots_per_sweep = 10'000;

// ---- seats --------------------------------------------------------------------------------------

constexpr std::int64_t sellable(const SlotState& slot) noexcept {
  return std::int64_t{slot.capacity} + slot.overbook;
}
constexpr std::int64_t remaining(const SlotState& slot) noexcept {
  return std::max<std::int64_t>(0, sellable(slot) - slot.used);
}
constexpr std::int64_t deficit(const SlotState& slot) noexcept {
  return std::max<std::int64_t>(0, slot.used - sellable(slot));
}

/// Where a slot stands at `now`.
constexpr SlotStatus status_at(const SlotState& slot, Instant now) noexcept {
  if (slot.status == SlotStatus::closed) return SlotStatus::closed;
  return slot.begins_at && *slot.begins_at <= now ? SlotStatus::past : SlotStatus::open;
}

/// What callers see of a slot: overdue holds count as returned.
inline Availability availability(const SlotReading& reading) {
  SlotState slot = reading.state;
  slot.used -= reading.overdue;
  slot.held -= reading.overdue;
  return {.slot = slot.slot,
          .capacity = slot.capacity,
          .sellable = static_cast<std::int32_t>(sellable(slot)),
          .used = slot.used,
          .held = slot.held,
          .remaining = static_cast<std::int32_t>(remaining(slot)),
          .deficit = static_cast<std::int32_t>(deficit(slot)),
          .status = status_at(slot, reading.now),
          .begins_at = slot.begins_at,
          .ends_at = slot.ends_at};
}

// ---- refusals -----------------------------------------------------------------------------------

inline Error refusal(ErrorCode code, Subject subject, BookingId booking = {}) {
  Error error;
  error.code = code;
  error.subject = subject;
  error.booking = booking;
  return error;
}

inline Error refusal(ErrorCode code, Subject subject, BookingId booking, std::int64_t count,
                     std::int64_t limit) {
  Error error = refusal(code, subject, booking);
  error.count = count;
  error.limit = limit;
  return error;
}

inline Error invalid(Subject subject, std::string what, BookingId booking = {}) {
  Error error = refusal(ErrorCode::invalid_argument, subject, booking);
  error.detail = std::move(what);
  return error;
}

/// The gate: no change while it is shut, from an older epoch, or by a copy that arrives too late.
inline Result<void> admit(View& view, const Guard& guard, BookingId id = {}) {
  if (guard.not_after != Instant{} && view.now() > guard.not_after) {
    return refusal(ErrorCode::timeout, Subject::request, id);
  }
  const Gate gate = view.gate();
  const bool current = guard.epoch == 0 || guard.epoch == gate.epoch;
  if (gate.phase == Gate::Phase::open && current) return Result<void>::success();
  Error error = refusal(ErrorCode::maintenance, Subject::store, id);
  error.retry_after = std::chrono::seconds{1};
  return error;
}

// ---- slots under change -------------------------------------------------------------------------

/// Returns up to `most` overdue holds of a slot; how many. Before `next_deadline` there are none.
inline std::int64_t settle(View& view, SlotState& slot, std::int64_t most = returned_per_step) {
  const Instant now = view.now();
  if (!slot.next_deadline || *slot.next_deadline > now) return 0;
  std::int64_t returned = 0;
  const Booking* first = view.first_hold(slot.slot);
  while (returned < most && first != nullptr && first->overdue(now)) {
    const Booking expired = first->seen_at(now);
    slot.used -= expired.seats;
    slot.held -= expired.seats;
    view.update(expired);
    view.rely_on(now);
    ++returned;
    first = view.first_hold(slot.slot);
  }
  slot.next_deadline = first == nullptr ? std::nullopt : first->hold_until;
  ++slot.version;
  view.update(slot);
  return returned;
}

/// The same for a slot by its name; nothing to do where there is none.
inline void settle(View& view, const SlotKey& key) {
  const SlotState* const found = view.slot(key);
  if (found == nullptr) return;
  SlotState slot = *found;
  settle(view, slot);
}

/// For what was there a moment ago: only a view that failed meanwhile, or damaged data, lacks it.
inline Error lost(Subject subject, BookingId id = {}) {
  return refusal(ErrorCode::broken_store, subject, id);
}

/// Fills in `slot`, which a command is about to change.
inline Result<void> enter_slot(View& view, const SlotKey& key, const Guard& guard, BookingId id,
                               SlotState& slot) {
  const SlotState* found = view.slot(key);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::slot, id);
  if (guard.lease != 0 && guard.lease < found->lease) {
    return refusal(ErrorCode::lock_lost, Subject::slot, id);
  }
  slot = *found;
  settle(view, slot);
  return Result<void>::success();
}

inline void write_slot(View& view, SlotState& slot, const Guard& guard) {
  slot.lease = std::max(slot.lease, guard.lease);
  ++slot.version;
  view.update(slot);
}

inline Result<void> check_selling(View& view, const SlotState& slot, BookingId id) {
  switch (status_at(slot, view.now())) {
    case SlotStatus::closed:
      return refusal(ErrorCode::slot_closed, Subject::slot, id);
    case SlotStatus::past:
      return refusal(ErrorCode::slot_past, Subject::slot, id);
    case SlotStatus::open:
      break;
  }
  return Result<void>::success();
}

/// Whether a booking of `user` may come to count for the user limit by getting status `to` in
/// `slot`. True: only because claims have ended by now, so the commit relies on the time.
inline Result<bool> check_user_limit(View& view, const UserId& user, const SlotState& slot,
                                     BookingId id, std::optional<Status> from, Status to) {
  const UserLimit limit = view.policy().user_limit;
  const bool counted = from && limit.counting.contains(*from);
  if (counted || !limit.counting.contains(to)) return false;
  if (to != Status::held && slot.ends_at && *slot.ends_at <= view.now()) return true;
  const ClaimCount claims = view.count_claims(user, limit.counting);
  if (claims.counting < limit.max) return claims.ended;
  return refusal(ErrorCode::user_limit, Subject::user, id, claims.counting, limit.max);
}

// ---- new bookings -------------------------------------------------------------------------------

/// What a new booking is to be.
struct Wanted {
  BookingId id{};
  UserId user{};
  SlotKey slot{};
  std::int32_t seats = 0;
  SecondInSlot second_in_slot = SecondInSlot::refuse;
  Origin origin = Origin::book;
  std::optional<std::chrono::milliseconds> ttl{};  // of a hold
};

inline Wanted wanted(const BookRequest& r) {
  return {r.id, r.user, r.slot, r.seats, r.second_in_slot, Origin::book, {}};
}
inline Wanted wanted(const HoldRequest& r) {
  return {r.id, r.user, r.slot, r.seats, r.second_in_slot, Origin::hold, r.ttl};
}

/// Whether a booking already stored under an id came from the same request.
inline bool same_request(const Booking& known, const Wanted& wanted) {
  return known.origin == wanted.origin && known.user == wanted.user && known.slot == wanted.slot &&
         known.seats_asked == wanted.seats;
}

inline Result<void> check_new_id(View& view, BookingId id) {
  if (view.is_void(id)) return refusal(ErrorCode::id_void, Subject::booking, id);
  const bool too_old = !id.is_integer() && id.made_at() < view.now() - view.policy().id_horizon;
  if (too_old) return refusal(ErrorCode::id_expired, Subject::booking, id);
  return Result<void>::success();
}

/// Takes seats in a slot that was entered and sells: already_booked, user_limit, sold_out.
inline Result<void> take_seats(View& view, const Wanted& wanted, SlotState& slot, Status status,
                               std::optional<Instant> hold_until, const Guard& guard,
                               Receipt& receipt) {
  if (wanted.second_in_slot == SecondInSlot::refuse &&
      view.has_live_booking(wanted.user, wanted.slot)) {
    return refusal(ErrorCode::already_booked, Subject::user, wanted.id);
  }
  const auto within = check_user_limit(view, wanted.user, slot, wanted.id, {}, status);
  if (!within) return within.error();
  const Instant now = view.now();
  if (wanted.seats > remaining(slot)) {
    // More holds were overdue than one step returns: try again, seats may be among them.
    const bool more = slot.next_deadline && *slot.next_deadline <= now;
    return refusal(more ? ErrorCode::contention : ErrorCode::sold_out, Subject::slot, wanted.id,
                   remaining(slot), sellable(slot));
  }
  slot.used += wanted.seats;
  if (status == Status::held) {
    slot.held += wanted.seats;
    slot.next_deadline = std::min(slot.next_deadline.value_or(*hold_until), *hold_until);
  }
  if (*within) view.rely_on(now);
  write_slot(view, slot, guard);
  Booking& made = receipt.booking;  // as a new one is, so far
  made.id = wanted.id;
  made.user = wanted.user;
  made.slot = wanted.slot;
  made.seats = made.seats_asked = wanted.seats;
  made.origin = wanted.origin;
  made.status = status;
  made.created_at = made.updated_at = now;
  made.hold_until = hold_until;
  receipt.changed = true;
  view.insert(made);
  return Result<void>::success();
}

inline Status first_status(const SlotState& slot) {
  return slot.approval == Approval::required ? Status::pending : Status::confirmed;
}

/// `book` and `hold`.
inline Result<void> book(View& view, const Wanted& wanted, const Guard& guard, Receipt& receipt) {
  if (const Booking* known = view.booking(wanted.id)) {
    if (!same_request(*known, wanted)) {
      return refusal(ErrorCode::id_mismatch, Subject::booking, wanted.id);
    }
    receipt = {.booking = known->seen_at(view.now()), .changed = false, .replayed = true};
    return Result<void>::success();
  }
  if (auto fresh = check_new_id(view, wanted.id); !fresh) return fresh;
  if (auto admitted = admit(view, guard, wanted.id); !admitted) return admitted;
  SlotState slot;
  if (auto in = enter_slot(view, wanted.slot, guard, wanted.id, slot); !in) return in;
  if (auto selling = check_selling(view, slot, wanted.id); !selling) return selling;
  const Status status = wanted.ttl ? Status::held : first_status(slot);
  std::optional<Instant> hold_until;
  if (wanted.ttl) hold_until = view.now() + *wanted.ttl;
  return take_seats(view, wanted, slot, status, hold_until, guard, receipt);
}

// ---- moves --------------------------------------------------------------------------------------

enum class Move : std::uint8_t { confirm, approve, reject, cancel, complete, no_show };

/// Every legal move of a booking that exists; no value: illegal. Final statuses have none.
/// (Expiry is not asked for, it happens: `settle`.)
constexpr std::optional<Status> target(Move move, Status from, Status first) noexcept {
  switch (move) {
    case Move::confirm:
      if (from == Status::held) return first;
      break;
    case Move::approve:
      if (from == Status::pending) return Status::confirmed;
      break;
    case Move::reject:
      if (from == Status::pending) return Status::rejected;
      break;
    case Move::cancel:
      if (live_statuses.contains(from)) return Status::cancelled;
      break;
    case Move::complete:
      if (from == Status::confirmed) return Status::completed;
      break;
    case Move::no_show:
      if (from == Status::confirmed) return Status::no_show;
      break;
  }
  return std::nullopt;
}

/// Where a move leads. A booking already there has nothing to do, and that is no error.
constexpr StatusSet leads_to(Move move) noexcept {
  switch (move) {
    case Move::confirm:
      return {Status::pending, Status::confirmed};
    case Move::approve:
      return {Status::confirmed};
    case Move::reject:
      return {Status::rejected};
    case Move::cancel:
      return {Status::cancelled};
    case Move::complete:
      return {Status::completed};
    case Move::no_show:
      return {Status::no_show};
  }
  return {};
}

/// Finds the booking a move speaks of and the slot it is in, up to and including not_owner, and
/// fills in `slot`. `op` known: `receipt` holds the answer of the first time, and `replayed` is
/// set; unless this move, which leads to one of `there`, cannot be the one that had that op.
inline Result<void> enter_booking(View& view, BookingId id, const std::optional<UserId>& user,
                                  OpId op, StatusSet there, const Guard& guard, SlotState& slot,
                                  Receipt& receipt) {
  const Booking* found = view.booking(id);
  if (found == nullptr && view.is_void(id)) {
    return refusal(ErrorCode::id_void, Subject::booking, id);
  }
  if (found != nullptr && op.valid() && found->last_op == op) {
    if ((user && *user != found->user) || !there.contains(found->status)) {
      Error error = refusal(ErrorCode::id_mismatch, Subject::booking, id);
      error.detail = "the op id named another move of this booking";
      return error;
    }
    receipt = {.booking = found->seen_at(view.now()), .changed = true, .replayed = true};
    return Result<void>::success();
  }
  if (auto admitted = admit(view, guard, id); !admitted) return admitted;
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::booking, id);
  const SlotKey key = found->slot;
  if (auto in = enter_slot(view, key, guard, id, slot); !in) {
    if (in.error().code == ErrorCode::not_found) return lost(Subject::slot, id);
    return in;
  }
  found = view.booking(id);  // settling may have expired it
  if (found == nullptr) return lost(Subject::booking, id);
  receipt = {.booking = *found};
  if (user && *user != receipt.booking.user) {
    return refusal(ErrorCode::not_owner, Subject::user, id);
  }
  return Result<void>::success();
}

/// Carries out a move on `receipt.booking`, which is in `slot`.
inline Result<void> move(View& view, Move move, SlotState& slot, std::optional<std::int32_t> seats,
                         OpId op, std::string message, const Guard& guard, Receipt& receipt) {
  const Booking current = receipt.booking;
  // More overdue than one step returns: still held in the store, expired all the same.
  const bool expired = current.status == Status::expired || current.overdue(view.now());
  if (expired && (move == Move::confirm || move == Move::cancel)) {
    return refusal(ErrorCode::hold_expired, Subject::booking, current.id);
  }
  if (leads_to(move).contains(current.status)) return Result<void>::success();
  const std::optional<Status> to = target(move, current.status, first_status(slot));
  if (!to || expired) return refusal(ErrorCode::invalid_transition, Subject::booking, current.id);
  if (seats && *seats > current.seats) {
    return invalid(Subject::booking, "more seats than the hold has", current.id);
  }
  const auto within = check_user_limit(view, current.user, slot, current.id, current.status, *to);
  if (!within) return within.error();
  if (*within) view.rely_on(view.now());
  Booking next = current;
  next.seats = seats.value_or(current.seats);
  next.status = *to;
  next.updated_at = view.now();
  next.last_op = op;
  next.message = std::move(message);
  ++next.version;
  slot.used -= seat_statuses.contains(*to) ? current.seats - next.seats : current.seats;
  if (current.status == Status::held) slot.held -= current.seats;
  write_slot(view, slot, guard);
  view.update(next);
  receipt = {.booking = std::move(next), .changed = true};
  return Result<void>::success();
}

/// One move from its request.
inline Result<void> move(View& view, Move kind, BookingId id, const std::optional<UserId>& user,
                         std::optional<std::int32_t> seats, OpId op, std::string message,
                         const Guard& guard, Receipt& receipt) {
  SlotState slot;
  auto in = enter_booking(view, id, user, op, leads_to(kind), guard, slot, receipt);
  if (!in || receipt.replayed) return in;
  return move(view, kind, slot, seats, op, std::move(message), guard, receipt);
}

inline Result<void> extend(View& view, const ExtendRequest& request, const Guard& guard,
                           Receipt& receipt) {
  constexpr StatusSet there{Status::held, Status::expired};
  SlotState slot;
  auto in = enter_booking(view, request.id, request.user, request.op, there, guard, slot, receipt);
  if (!in || receipt.replayed) return in;
  Booking next = receipt.booking;
  const Instant now = view.now();
  if (next.status == Status::expired || next.overdue(now)) {
    return refusal(ErrorCode::hold_expired, Subject::booking, request.id);
  }
  if (next.status != Status::held) {
    return refusal(ErrorCode::invalid_transition, Subject::booking, request.id);
  }
  const Instant until = std::min(now + request.ttl, next.created_at + longest_hold);
  if (until <= *next.hold_until) return Result<void>::success();
  next.hold_until = until;  // the slot's next_deadline may stay early: it is a lower bound
  next.updated_at = now;
  next.last_op = request.op;
  ++next.version;
  write_slot(view, slot, guard);
  view.update(next);
  receipt = {.booking = std::move(next), .changed = true};
  return Result<void>::success();
}

/// Whether the booking under a reschedule's new id came from the same reschedule.
inline bool same_reschedule(View& view, const Booking& known, const RescheduleRequest& request) {
  const Booking* old = view.booking(request.id);
  return known.origin == Origin::reschedule && known.slot == request.slot && old != nullptr &&
         old->user == known.user && old->seats == known.seats_asked;
}

/// Old cancelled and new taken in one step: a refusal leaves the old one as it was.
inline Result<void> reschedule(View& view, const RescheduleRequest& request, const Guard& guard,
                               Receipt& receipt) {
  if (const Booking* found = view.booking(request.new_id)) {
    const Booking known = *found;
    if (!same_reschedule(view, known, request)) {
      return refusal(ErrorCode::id_mismatch, Subject::booking, request.new_id);
    }
    receipt = {.booking = known.seen_at(view.now()), .changed = false, .replayed = true};
    return Result<void>::success();
  }
  if (auto fresh = check_new_id(view, request.new_id); !fresh) return fresh;
  Receipt old;
  SlotState from;
  SlotState to;
  if (auto in = enter_booking(view, request.id, {}, {}, {}, guard, from, old); !in) return in;
  if (auto in = enter_slot(view, request.slot, guard, request.id, to); !in) return in;
  const Booking before = old.booking;
  if (request.user && *request.user != before.user) {
    return refusal(ErrorCode::not_owner, Subject::user, request.id);
  }
  if (auto selling = check_selling(view, to, request.id); !selling) return selling;
  if (before.status == Status::expired || before.overdue(view.now())) {
    return refusal(ErrorCode::hold_expired, Subject::booking, request.id);
  }
  if (!before.live()) return refusal(ErrorCode::invalid_transition, Subject::booking, request.id);

  view.mark();
  // The old claim and seats are given up first, so that they do not stand in the new one's way.
  if (auto freed = move(view, Move::cancel, from, {}, {}, {}, guard, old); !freed) return freed;
  const Wanted wanted{.id = request.new_id,
                      .user = before.user,
                      .slot = request.slot,
                      .seats = before.seats,
                      .second_in_slot = SecondInSlot::refuse,
                      .origin = Origin::reschedule,
                      .ttl = {}};
  const SlotState* const there = view.slot(request.slot);  // perhaps the one that was just freed
  if (there == nullptr) return lost(Subject::slot, request.id);
  to = *there;
  const auto hold_until = before.status == Status::held ? before.hold_until : std::nullopt;
  auto taken = take_seats(view, wanted, to, before.status, hold_until, guard, receipt);
  if (!taken) view.roll_back();
  return taken;
}

// ---- services and slots -------------------------------------------------------------------------

inline Result<void> define_service(View& view, const Service& service, Receipt& receipt) {
  if (const Service* found = view.service(service.id)) {
    if (*found != service) return refusal(ErrorCode::already_exists, Subject::service);
    return Result<void>::success();
  }
  view.insert(service);
  receipt.changed = true;
  return Result<void>::success();
}

inline Result<void> update_service(View& view, const Service& service, Receipt& receipt) {
  const Service* found = view.service(service.id);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::service);
  receipt.changed = *found != service;
  if (receipt.changed) view.update(service);
  return Result<void>::success();
}

inline Result<void> check_shape(const SlotState& slot) {
  if (sellable(slot) > std::numeric_limits<std::int32_t>::max()) {
    return invalid(Subject::slot, "capacity + overbook must be at most 2147483647");
  }
  if (slot.begins_at && slot.ends_at && *slot.ends_at <= *slot.begins_at) {
    return invalid(Subject::slot, "a slot must end after it begins");
  }
  return Result<void>::success();
}

inline void insert_slot(View& view, const SlotDefinition& definition, Approval approval) {
  view.insert(SlotState{.slot = definition.slot,
                        .capacity = definition.capacity,
                        .overbook = definition.overbook,
                        .status = definition.status,
                        .approval = approval,
                        .begins_at = definition.begins_at,
                        .ends_at = definition.ends_at});
}

inline Result<void> define_slot(View& view, const SlotDefinition& definition, Receipt& receipt) {
  const Service* service = view.service(definition.slot.service);
  if (service == nullptr) return refusal(ErrorCode::not_found, Subject::service);
  const Approval approval = service->approval;
  if (const SlotState* found = view.slot(definition.slot)) {
    const bool same =
        found->capacity == definition.capacity && found->overbook == definition.overbook &&
        found->status == definition.status && found->begins_at == definition.begins_at &&
        found->ends_at == definition.ends_at;
    if (!same) return refusal(ErrorCode::already_exists, Subject::slot);
    return Result<void>::success();
  }
  insert_slot(view, definition, approval);
  receipt.changed = true;
  return Result<void>::success();
}

inline Result<void> change_slot(View& view, const SlotChange& change, const Guard& guard,
                                Receipt& receipt) {
  SlotState before;
  if (auto in = enter_slot(view, change.slot, guard, {}, before); !in) return in;
  SlotState next = before;
  next.capacity = change.capacity.value_or(next.capacity);
  next.overbook = change.overbook.value_or(next.overbook);
  next.status = change.status.value_or(next.status);
  if (change.begins_at) next.begins_at = change.begins_at;
  if (change.ends_at) next.ends_at = change.ends_at;
  if (next == before) return Result<void>::success();
  if (auto shape = check_shape(next); !shape) return shape;
  // Claims that have ended stay so: their users may have booked elsewhere since.
  const Instant now = view.now();
  const bool ended = before.ends_at && *before.ends_at <= now;
  if (ended && *next.ends_at > now && before.used > 0) {
    return refusal(ErrorCode::slot_past, Subject::slot);
  }
  if (!change.force && deficit(next) > deficit(before)) {
    return refusal(ErrorCode::capacity_below_booked, Subject::slot, {}, next.used, sellable(next));
  }
  write_slot(view, next, guard);
  receipt.changed = true;
  return Result<void>::success();
}

/// capacity + overbook = remaining + used, overbook lowered if it must.
inline Result<bool> set_remaining(View& view, const SlotDefinition& wanted,
                                  const SlotState& found) {
  SlotState next = found;
  const std::int64_t total = std::int64_t{wanted.capacity} + found.used;
  if (total > std::numeric_limits<std::int32_t>::max()) {
    return invalid(Subject::slot, "remaining and the seats in use pass 2147483647");
  }
  next.overbook = static_cast<std::int32_t>(std::min<std::int64_t>(found.overbook, total));
  next.capacity = static_cast<std::int32_t>(total) - next.overbook;
  if (next == found) return false;
  ++next.version;
  view.update(next);
  return true;
}

inline Result<void> import_slots(View& view, const command::ImportSlots& import, const Guard& guard,
                                 Outcome& outcome) {
  const bool set = import.mode == ImportMode::set_remaining;
  if (set && view.gate().phase == Gate::Phase::open) {
    return invalid(Subject::store, "set_remaining needs the gate shut");
  }
  const auto import_one = [&](const SlotDefinition& definition) -> Result<bool> {
    const Service* service = view.service(definition.slot.service);
    if (service == nullptr) return refusal(ErrorCode::not_found, Subject::service);
    if (view.slot(definition.slot) == nullptr) {
      insert_slot(view, definition, service->approval);
      return true;
    }
    if (!set) return false;
    SlotState slot;
    if (auto in = enter_slot(view, definition.slot, guard, {}, slot); !in) return in.error();
    return set_remaining(view, definition, slot);
  };
  view.mark();
  for (const SlotDefinition& definition : import.slots) {
    Result<bool> changed = import_one(definition);
    if (!changed) {
      changed.error().index = static_cast<std::int32_t>(outcome.changes.size());
      view.roll_back();
      outcome.changes.clear();
      return changed.error();
    }
    outcome.changes.push_back(*changed);
  }
  return Result<void>::success();
}

// ---- batches ------------------------------------------------------------------------------------

/// Runs `step` on each item; the first refusal undoes all of them and is named by its index.
template <class Items, class Step>
Result<void> all_or_none(View& view, const Items& items, Outcome& outcome, Step step) {
  view.mark();
  for (const auto& item : items) {
    Receipt receipt;
    Result<void> done = step(item, receipt);
    if (!done) {
      done.error().index = static_cast<std::int32_t>(outcome.receipts.size());
      view.roll_back();
      outcome.receipts.clear();
      return done;
    }
    outcome.receipts.push_back(std::move(receipt));
  }
  return Result<void>::success();
}

inline Result<void> book_all(View& view, const command::BookAll& batch, const Guard& guard,
                             Outcome& outcome) {
  const auto known = [&](const BookRequest& request) {
    return view.booking(request.id) != nullptr;
  };
  const bool repeat = std::any_of(batch.requests.begin(), batch.requests.end(), known);
  if (!repeat && admit(view, guard)) {
    // Expired holds are returned first and stay returned, whatever becomes of the batch.
    for (const BookRequest& request : batch.requests) {
      settle(view, request.slot);
    }
  }
  return all_or_none(view, batch.requests, outcome,
                     [&](const BookRequest& request, Receipt& receipt) -> Result<void> {
                       // A repeated batch is wholly known; anything between was never one request.
                       if (repeat && !known(request)) {
                         return refusal(ErrorCode::id_mismatch, Subject::booking, request.id);
                       }
                       return book(view, wanted(request), guard, receipt);
                     });
}

inline Result<void> cancel_all(View& view, const command::CancelAll& batch, const Guard& guard,
                               Outcome& outcome) {
  if (admit(view, guard)) {
    for (const BookingId id : batch.ids) {
      const Booking* booking = view.booking(id);
      if (booking != nullptr) settle(view, SlotKey{booking->slot});
    }
  }
  return all_or_none(view, batch.ids, outcome, [&](BookingId id, Receipt& receipt) {
    return move(view, Move::cancel, id, {}, {}, {}, {}, guard, receipt);
  });
}

// ---- looking after it ---------------------------------------------------------------------------

/// Read, or make sure that the id is never booked.
inline Result<void> resolve(View& view, BookingId id, const Guard& guard, Outcome& outcome) {
  if (const Booking* known = view.booking(id)) {
    outcome.receipt.booking = known->seen_at(view.now());
    return Result<void>::success();
  }
  outcome.is_void = true;
  if (view.is_void(id)) return Result<void>::success();
  if (auto admitted = admit(view, guard, id); !admitted) return admitted;
  view.insert_void(id);
  outcome.receipt.changed = true;
  return Result<void>::success();
}

inline Result<void> set_gate(View& view, const command::SetGate& change, Receipt& receipt) {
  const Gate gate = view.gate();
  if (gate != change.expected) {
    Error error = refusal(ErrorCode::invalid_transition, Subject::store);
    error.detail = "the gate is not as expected: somebody else changed it";
    return error;
  }
  if (change.next.epoch < gate.epoch || change.next.fence < gate.fence) {
    return invalid(Subject::store, "the gate's epoch and fence never go back");
  }
  receipt.changed = change.next != gate;
  if (receipt.changed) view.set_gate(change.next);
  return Result<void>::success();
}

inline Result<void> sweep(View& view, std::int32_t max, Outcome& outcome) {
  // A pass returns holds of one slot, or finds that the slot's deadline was only a lower bound.
  for (std::int32_t pass = 0; pass < slots_per_sweep && outcome.count < max; ++pass) {
    const std::optional<SlotKey> key = view.overdue_slot();
    if (!key) break;
    const SlotState* const found = view.slot(*key);
    if (found == nullptr) return lost(Subject::slot);
    SlotState slot = *found;
    outcome.count +=
        settle(view, slot, std::min<std::int64_t>(returned_per_step, max - outcome.count));
  }
  return Result<void>::success();
}

/// Whether a booking past the horizon may be forgotten. One that keeps its seats may only go when
/// its slot can never be sold again; an integer id has no age, so it stays.
inline bool may_purge(View& view, const Booking& booking, Instant before) {
  const bool old = booking.updated_at < before && booking.id.made_at() < before;
  if (booking.live() || booking.id.is_integer() || !old) return false;
  if (!seat_statuses.contains(booking.status)) return true;
  const SlotState* slot = view.slot(SlotKey{booking.slot});
  return slot != nullptr && slot->begins_at && *slot->begins_at <= view.now();
}

inline Result<void> purge(View& view, const PurgeRequest& request, const Guard& guard,
                          Outcome& outcome) {
  const Instant before = std::min(request.before, view.now() - view.policy().id_horizon);
  // What is forgotten is kept out by its age alone from now on: the clock may not step back.
  view.rely_on(view.now());
  BookingId at = request.after.value_or(BookingId{});
  outcome.count = view.erase_voids(before, request.max);
  if (outcome.count == request.max) {
    outcome.next = at;  // there may be more
    return Result<void>::success();
  }
  for (std::int32_t looked = 0; looked < request.max; ++looked) {
    const Booking* found = view.next_booking(at);
    if (found == nullptr) return Result<void>::success();
    Booking booking = *found;
    at = booking.id;
    if (booking.overdue(view.now())) {
      settle(view, booking.slot);
      found = view.booking(at);
      if (found == nullptr) return lost(Subject::booking, at);
      booking = *found;
    }
    if (!at.is_integer() && at.made_at() >= before) return Result<void>::success();
    if (!may_purge(view, booking, before)) continue;
    if (seat_statuses.contains(booking.status)) {
      const SlotState* const kept_in = view.slot(booking.slot);
      if (kept_in == nullptr) return lost(Subject::slot, booking.id);
      SlotState slot = *kept_in;
      slot.used -= booking.seats;
      write_slot(view, slot, guard);
    }
    view.erase(booking.id);
    ++outcome.count;
  }
  outcome.next = at;
  return Result<void>::success();
}

inline Result<void> repair(View& view, const command::Repair& repair, const Guard& guard,
                           Receipt& receipt) {
  const SlotState* found = view.slot(repair.slot);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::slot);
  if (found->version != repair.version) return Result<void>::success();
  const SlotTally tally = view.tally(repair.slot);
  SlotState next = tally.state;
  next.used = static_cast<std::int32_t>(tally.used);
  next.held = static_cast<std::int32_t>(tally.held);
  if (next == tally.state) return Result<void>::success();
  const Booking* first = view.first_hold(repair.slot);
  next.next_deadline = first == nullptr ? std::nullopt : first->hold_until;
  write_slot(view, next, guard);
  receipt.changed = true;
  return Result<void>::success();
}

// ---- the entry ----------------------------------------------------------------------------------

namespace detail {

struct Decide {
  View& view;
  const Guard& guard;
  Outcome& outcome;
  Receipt& receipt = outcome.receipt;

  Result<void> move(Move kind, const MoveRequest& r) {
    return rules::move(view, kind, r.id, r.user, {}, r.op, {}, guard, receipt);
  }
  template <class Step>
  Result<void> admitted(Step step) {
    auto admitted = admit(view, guard);
    return admitted ? step() : admitted;
  }

  Result<void> operator()(const command::Book& c) {
    return book(view, wanted(c.request), guard, receipt);
  }
  Result<void> operator()(const command::Hold& c) {
    return book(view, wanted(c.request), guard, receipt);
  }
  Result<void> operator()(const command::BookAll& c) { return book_all(view, c, guard, outcome); }
  Result<void> operator()(const command::CancelAll& c) {
    return cancel_all(view, c, guard, outcome);
  }
  Result<void> operator()(const command::Confirm& c) {
    const ConfirmRequest& r = c.request;
    return rules::move(view, Move::confirm, r.id, r.user, r.seats, r.op, {}, guard, receipt);
  }
  Result<void> operator()(const command::Reject& c) {
    const RejectRequest& r = c.request;
    return rules::move(view, Move::reject, r.id, {}, {}, r.op, r.message, guard, receipt);
  }
  Result<void> operator()(const command::Cancel& c) { return move(Move::cancel, c.request); }
  Result<void> operator()(const command::Approve& c) { return move(Move::approve, c.request); }
  Result<void> operator()(const command::Complete& c) { return move(Move::complete, c.request); }
  Result<void> operator()(const command::NoShow& c) { return move(Move::no_show, c.request); }
  Result<void> operator()(const command::Extend& c) {
    return extend(view, c.request, guard, receipt);
  }
  Result<void> operator()(const command::Reschedule& c) {
    return reschedule(view, c.request, guard, receipt);
  }
  Result<void> operator()(const command::Resolve& c) { return resolve(view, c.id, guard, outcome); }
  Result<void> operator()(const command::DefineService& c) {
    return admitted([&] { return define_service(view, c.service, receipt); });
  }
  Result<void> operator()(const command::UpdateService& c) {
    return admitted([&] { return update_service(view, c.service, receipt); });
  }
  Result<void> operator()(const command::DefineSlot& c) {
    return admitted([&] { return define_slot(view, c.definition, receipt); });
  }
  Result<void> operator()(const command::ChangeSlot& c) {
    return admitted([&] { return change_slot(view, c.change, guard, receipt); });
  }
  Result<void> operator()(const command::SetGate& c) { return set_gate(view, c, receipt); }
  Result<void> operator()(const command::ChangePolicy& c) {
    return admitted([&] {
      receipt.changed = view.policy() != c.policy;
      if (receipt.changed) view.set_policy(c.policy);
      return Result<void>::success();
    });
  }
  Result<void> operator()(const command::Sweep& c) {
    return admitted([&] { return sweep(view, c.max, outcome); });
  }
  Result<void> operator()(const command::Purge& c) {
    return admitted([&] { return purge(view, c.request, guard, outcome); });
  }
  Result<void> operator()(const command::Repair& c) {
    return admitted([&] { return repair(view, c, guard, receipt); });
  }
  Result<void> operator()(const command::ImportSlots& c) {
    if (c.mode == ImportMode::set_remaining) return import_slots(view, c, guard, outcome);
    return admitted([&] { return import_slots(view, c, guard, outcome); });
  }
};

/// The ids a command would book, if it is asking again.
inline void void_ids_asked_again(View& view, const Command& command) {
  const auto give_up = [&](BookingId id, bool again) {
    if (again && view.booking(id) == nullptr && !view.is_void(id)) view.insert_void(id);
  };
  if (const auto* book = std::get_if<command::Book>(&command.body)) {
    give_up(book->request.id, book->request.again);
  } else if (const auto* hold = std::get_if<command::Hold>(&command.body)) {
    give_up(hold->request.id, hold->request.again);
  } else if (const auto* reschedule = std::get_if<command::Reschedule>(&command.body)) {
    give_up(reschedule->request.new_id, reschedule->request.again);
  } else if (const auto* all = std::get_if<command::BookAll>(&command.body)) {
    for (const BookRequest& request : all->requests) give_up(request.id, request.again);
  }
}

}  // namespace detail

/// Decides `command` against `view`, writes what must change into it and fills `outcome`
/// (made by Outcome::for_command). Whatever it answers, the view then holds what to commit.
///
/// A refusal of a request that asks again voids its id in the same step: a copy of the first try
/// that still travels can then never book.
inline Result<void> decide(View& view, const Command& command, Outcome& outcome) {
  Result<void> done = std::visit(detail::Decide{view, command.guard, outcome}, command.body);
  if (!done && done.error().kind() == ErrorKind::refused) {
    detail::void_ids_asked_again(view, command);
  }
  return done;
}

}  // namespace booking::inline v0::rules
