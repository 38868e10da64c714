// Every rule of the library, once: which command may do what to which state, and why not.
// Pure functions over a View: no clock, no lock, no I/O. Stores call `decide` inside their atomic
// section; nobody else needs this header.
//
// Order of refusals, the same for every command: known id, not_found, not_owner, slot_closed,
// invalid_transition, already_booked, user_limit, sold_out. (Bad arguments never get here.)
#pragma once

#include <algorithm>
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

/// What callers see of a slot.
inline Availability availability(const SlotState& slot) {
  return {.slot = slot.slot,
          .capacity = slot.capacity,
          .sellable = static_cast<std::int32_t>(sellable(slot)),
          .used = slot.used,
          .remaining = static_cast<std::int32_t>(remaining(slot)),
          .deficit = static_cast<std::int32_t>(deficit(slot)),
          .status = slot.status};
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

// ---- moves --------------------------------------------------------------------------------------

/// Every legal move of a booking that exists. Final statuses have none.
constexpr bool is_legal(Status from, Status to) noexcept {
  switch (to) {
    case Status::confirmed:
    case Status::rejected:
      return from == Status::pending;
    case Status::cancelled:
      return from == Status::held || from == Status::pending || from == Status::confirmed;
    default:
      return false;
  }
}

/// Whether a booking of `user` may come to count for the user limit by moving to `to`.
inline Result<void> check_user_limit(View& view, const UserId& user, BookingId id,
                                     std::optional<Status> from, Status to) {
  const UserLimit limit = view.user_limit();
  const bool counted = from && limit.counting.contains(*from);
  if (counted || !limit.counting.contains(to)) return Result<void>::success();
  const std::int64_t claims = view.count_claims(user, limit.counting, limit.max);
  if (claims < limit.max) return Result<void>::success();
  return refusal(ErrorCode::user_limit, Subject::user, id, claims, limit.max);
}

/// Moves `current` to status `to`: seats and version follow. The caller has checked the order of
/// refusals up to invalid_transition.
inline Result<void> move(View& view, const Booking& current, Status to, std::string message,
                         Receipt& receipt) {
  if (current.status == to) {
    receipt = {.booking = current, .changed = false};
    return Result<void>::success();
  }
  if (!is_legal(current.status, to)) {
    return refusal(ErrorCode::invalid_transition, Subject::booking, current.id);
  }
  Booking next = current;
  if (auto within = check_user_limit(view, next.user, next.id, next.status, to); !within) {
    return within;
  }
  if (seat_statuses.contains(next.status) && !seat_statuses.contains(to)) {
    const SlotState* found = view.slot(next.slot);
    if (found == nullptr) return refusal(ErrorCode::broken_store, Subject::slot, next.id);
    SlotState slot = *found;
    slot.used -= next.seats;
    ++slot.version;
    view.update(slot);
  }
  next.status = to;
  next.message = std::move(message);
  next.updated_at = view.now();
  ++next.version;
  view.update(next);
  receipt = {.booking = std::move(next), .changed = true};
  return Result<void>::success();
}

/// Finds the booking that a move speaks of, or refuses.
inline Result<Booking> find_to_move(View& view, BookingId id) {
  const Booking* found = view.booking(id);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::booking, id);
  return *found;
}

inline Result<void> cancel(View& view, const CancelRequest& request, Receipt& receipt) {
  Result<Booking> current = find_to_move(view, request.id);
  if (!current) return current.error();
  if (request.user && *request.user != current->user) {
    return refusal(ErrorCode::not_owner, Subject::user, request.id);
  }
  return move(view, *current, Status::cancelled, {}, receipt);
}

// ---- booking ------------------------------------------------------------------------------------

/// Whether a booking already stored under the request's id came from the same request.
inline bool same_request(const Booking& known, const BookRequest& request) {
  return known.user == request.user && known.slot == request.slot &&
         known.seats_asked == request.seats;
}

inline Result<void> replay(const Booking& known, const BookRequest& request, Receipt& receipt) {
  if (!same_request(known, request)) {
    return refusal(ErrorCode::id_mismatch, Subject::booking, request.id);
  }
  receipt = {.booking = known, .changed = false, .replayed = true};
  return Result<void>::success();
}

/// Takes seats for an id that is not known yet.
inline Result<void> take_seats(View& view, const BookRequest& request, Receipt& receipt) {
  const SlotState* found = view.slot(request.slot);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::slot, request.id);
  SlotState slot = *found;
  if (slot.status == SlotStatus::closed) {
    return refusal(ErrorCode::slot_closed, Subject::slot, request.id);
  }
  if (request.second_in_slot == SecondInSlot::refuse &&
      view.has_live_booking(request.user, request.slot)) {
    return refusal(ErrorCode::already_booked, Subject::user, request.id);
  }
  const Status status = slot.approval == Approval::required ? Status::pending : Status::confirmed;
  if (auto within = check_user_limit(view, request.user, request.id, {}, status); !within) {
    return within;
  }
  if (request.seats > remaining(slot)) {
    return refusal(ErrorCode::sold_out, Subject::slot, request.id, remaining(slot), sellable(slot));
  }
  slot.used += request.seats;
  ++slot.version;
  view.update(slot);
  const Instant now = view.now();
  receipt = {.booking = {.id = request.id,
                         .user = request.user,
                         .slot = request.slot,
                         .seats = request.seats,
                         .seats_asked = request.seats,
                         .status = status,
                         .version = 1,
                         .created_at = now,
                         .updated_at = now,
                         .message = {}},
             .changed = true};
  view.insert(receipt.booking);
  return Result<void>::success();
}

inline Result<void> book(View& view, const BookRequest& request, Receipt& receipt) {
  if (const Booking* known = view.booking(request.id)) return replay(*known, request, receipt);
  return take_seats(view, request, receipt);
}

// ---- services and slots -------------------------------------------------------------------------

inline Result<void> define_service(View& view, const Service& service, Receipt& receipt) {
  if (const Service* found = view.service(service.id)) {
    if (*found != service) return refusal(ErrorCode::already_exists, Subject::service);
    receipt.changed = false;
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

inline Result<void> define_slot(View& view, const SlotDefinition& definition, Receipt& receipt) {
  const Service* service = view.service(definition.slot.service);
  if (service == nullptr) return refusal(ErrorCode::not_found, Subject::service);
  const Approval approval = service->approval;
  if (const SlotState* found = view.slot(definition.slot)) {
    const bool same = found->capacity == definition.capacity &&
                      found->overbook == definition.overbook && found->status == definition.status;
    if (!same) return refusal(ErrorCode::already_exists, Subject::slot);
    receipt.changed = false;
    return Result<void>::success();
  }
  view.insert(SlotState{.slot = definition.slot,
                        .capacity = definition.capacity,
                        .overbook = definition.overbook,
                        .status = definition.status,
                        .approval = approval});
  receipt.changed = true;
  return Result<void>::success();
}

inline Result<void> change_slot(View& view, const SlotChange& change, Receipt& receipt) {
  const SlotState* found = view.slot(change.slot);
  if (found == nullptr) return refusal(ErrorCode::not_found, Subject::slot);
  SlotState next = *found;
  next.capacity = change.capacity.value_or(next.capacity);
  next.overbook = change.overbook.value_or(next.overbook);
  next.status = change.status.value_or(next.status);
  if (next == *found) {
    receipt.changed = false;
    return Result<void>::success();
  }
  if (sellable(next) > std::numeric_limits<std::int32_t>::max()) {
    Error error = refusal(ErrorCode::invalid_argument, Subject::slot);
    error.detail = "capacity + overbook must be at most 2147483647";
    return error;
  }
  if (!change.force && deficit(next) > deficit(*found)) {
    return refusal(ErrorCode::capacity_below_booked, Subject::slot, {}, next.used, sellable(next));
  }
  ++next.version;
  view.update(next);
  receipt.changed = true;
  return Result<void>::success();
}

// ---- batches ------------------------------------------------------------------------------------

/// Runs `step` on each item; the first refusal undoes all of them and is named by its index.
template <class Items, class Step>
Result<void> all_or_none(View& view, const Items& items, Outcome& outcome, Step step) {
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

inline Result<void> book_all(View& view, const command::BookAll& batch, Outcome& outcome) {
  const auto known = [&](const BookRequest& request) {
    return view.booking(request.id) != nullptr;
  };
  const bool repeat = std::any_of(batch.requests.begin(), batch.requests.end(), known);
  return all_or_none(
      view, batch.requests, outcome, [&](const BookRequest& request, Receipt& receipt) {
        // A repeated batch is wholly known; anything between was never one request.
        if (repeat && !known(request)) {
          return Result<void>{refusal(ErrorCode::id_mismatch, Subject::booking, request.id)};
        }
        return book(view, request, receipt);
      });
}

inline Result<void> cancel_all(View& view, const command::CancelAll& batch, Outcome& outcome) {
  return all_or_none(view, batch.ids, outcome, [&](BookingId id, Receipt& receipt) {
    return cancel(view, {.id = id, .user = {}}, receipt);
  });
}

// ---- the entry ----------------------------------------------------------------------------------

/// Decides `command` against `view`, writes what must change into it and fills `outcome`
/// (made by Outcome::for_command). On an error the view holds no change.
///
/// Errors: not_found, not_owner, slot_closed, invalid_transition, already_booked, user_limit,
///   sold_out, already_exists, capacity_below_booked (refused) · id_mismatch, invalid_argument
///   (caller) · broken_store.
inline Result<void> decide(View& view, const Command& command, Outcome& outcome) {
  struct Visitor {
    View& view;
    Outcome& outcome;
    Receipt& receipt = outcome.receipt;

    Result<void> operator()(const command::Book& c) { return book(view, c.request, receipt); }
    Result<void> operator()(const command::BookAll& c) { return book_all(view, c, outcome); }
    Result<void> operator()(const command::Cancel& c) { return cancel(view, c.request, receipt); }
    Result<void> operator()(const command::CancelAll& c) { return cancel_all(view, c, outcome); }
    Result<void> operator()(const command::Approve& c) {
      Result<Booking> current = find_to_move(view, c.id);
      if (!current) return current.error();
      return move(view, *current, Status::confirmed, {}, receipt);
    }
    Result<void> operator()(const command::Reject& c) {
      Result<Booking> current = find_to_move(view, c.request.id);
      if (!current) return current.error();
      return move(view, *current, Status::rejected, c.request.message, receipt);
    }
    Result<void> operator()(const command::DefineService& c) {
      return define_service(view, c.service, receipt);
    }
    Result<void> operator()(const command::UpdateService& c) {
      return update_service(view, c.service, receipt);
    }
    Result<void> operator()(const command::DefineSlot& c) {
      return define_slot(view, c.definition, receipt);
    }
    Result<void> operator()(const command::ChangeSlot& c) {
      return change_slot(view, c.change, receipt);
    }
  };
  return std::visit(Visitor{view, outcome}, command);
}

}  // namespace booking::inline v0::rules
