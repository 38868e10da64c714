// The changing half of the naive inventory. Read it beside the contract: what it says in a
// sentence, this says in a line.
#include "model/model.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace booking_test {

using namespace booking;

namespace {

Error error(ErrorCode code, BookingId id = {}, std::int64_t count = 0, std::int64_t limit = 0) {
  Error made;
  made.code = code;
  made.booking = id;
  made.count = count;
  made.limit = limit;
  return made;
}

bool too_many(std::int64_t capacity, std::int64_t overbook) {
  return capacity + overbook > 2147483647;
}

bool has_twins(const std::vector<BookingId>& ids) {
  return std::set<BookingId>(ids.begin(), ids.end()).size() != ids.size();
}

}  // namespace

// ---- what is sold -------------------------------------------------------------------------------

Result<Change> Model::define_service(const Service& service) {
  if (!services_.contains(service.id)) {
    services_[service.id] = service;
    return Change{true};
  }
  if (services_[service.id] == service) return Change{false};
  return error(ErrorCode::already_exists);
}

Result<Change> Model::update_service(const Service& service) {
  if (!services_.contains(service.id)) return error(ErrorCode::not_found);
  const bool changed = services_[service.id] != service;
  services_[service.id] = service;
  return Change{changed};
}

Result<Change> Model::define_slot(const SlotDefinition& definition) {
  if (too_many(definition.capacity, definition.overbook)) {
    return error(ErrorCode::invalid_argument);
  }
  if (!services_.contains(definition.slot.service)) return error(ErrorCode::not_found);
  if (!slots_.contains(definition.slot)) {
    slots_[definition.slot] = {definition.capacity, definition.overbook, definition.status};
    return Change{true};
  }
  const Slot& slot = slots_[definition.slot];
  if (slot.capacity == definition.capacity && slot.overbook == definition.overbook &&
      slot.status == definition.status) {
    return Change{false};
  }
  return error(ErrorCode::already_exists);
}

Result<Change> Model::change_slot(const SlotChange& change) {
  if (too_many(change.capacity.value_or(0), change.overbook.value_or(0))) {
    return error(ErrorCode::invalid_argument);
  }
  if (!slots_.contains(change.slot)) return error(ErrorCode::not_found);
  Slot& slot = slots_[change.slot];
  const Slot before = slot;
  Slot after = slot;
  if (change.capacity) after.capacity = *change.capacity;
  if (change.overbook) after.overbook = *change.overbook;
  if (change.status) after.status = *change.status;
  if (too_many(after.capacity, after.overbook)) return error(ErrorCode::invalid_argument);
  const std::int64_t used = seats_in(change.slot);
  const std::int64_t deficit_before =
      std::max<std::int64_t>(0, used - before.capacity - before.overbook);
  const std::int64_t deficit_after =
      std::max<std::int64_t>(0, used - after.capacity - after.overbook);
  if (deficit_after > deficit_before && !change.force) {
    return error(ErrorCode::capacity_below_booked, {}, used, after.capacity + after.overbook);
  }
  slot = after;
  return Change{before.capacity != after.capacity || before.overbook != after.overbook ||
                before.status != after.status};
}

// ---- booking ------------------------------------------------------------------------------------

Result<Receipt> Model::book(const BookRequest& request) {
  const BookingId id = request.id;
  if (request.seats < 1) return error(ErrorCode::invalid_argument, id);
  if (bookings_.contains(id)) {
    const Booking& known = bookings_[id];
    if (known.user != request.user || known.slot != request.slot ||
        known.seats_asked != request.seats) {
      return error(ErrorCode::id_mismatch, id);
    }
    return Receipt{.booking = known, .changed = false, .replayed = true};
  }
  if (!slots_.contains(request.slot)) return error(ErrorCode::not_found, id);
  if (slots_[request.slot].status == SlotStatus::closed) return error(ErrorCode::slot_closed, id);
  const auto twins = select([&](const Booking& other) {
    return other.user == request.user && other.slot == request.slot && is_live(other);
  });
  if (!twins.empty() && request.second_in_slot == SecondInSlot::refuse) {
    return error(ErrorCode::already_booked, id);
  }
  const bool waits = services_[request.slot.service].approval == Approval::required;
  const Status status = waits ? Status::pending : Status::confirmed;
  const std::int64_t counting = counting_of(request.user);
  if (limit_.counting.contains(status) && counting >= limit_.max) {
    return error(ErrorCode::user_limit, id, counting, limit_.max);
  }
  const Availability left = look_at(request.slot);
  if (left.remaining < request.seats) {
    return error(ErrorCode::sold_out, id, left.remaining, left.sellable);
  }
  bookings_[id] = {.id = id,
                   .user = request.user,
                   .slot = request.slot,
                   .seats = request.seats,
                   .seats_asked = request.seats,
                   .status = status};
  return Receipt{.booking = bookings_[id], .changed = true, .replayed = false};
}

Result<std::vector<Receipt>> Model::book_all(const std::vector<BookRequest>& requests) {
  std::vector<BookingId> ids;
  for (const BookRequest& request : requests) ids.push_back(request.id);
  if (requests.empty() || has_twins(ids)) return error(ErrorCode::invalid_argument);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].seats >= 1) continue;
    Error bad = error(ErrorCode::invalid_argument);
    bad.index = static_cast<std::int32_t>(i);
    return bad;
  }
  const auto before = bookings_;
  const bool some_known =
      std::any_of(ids.begin(), ids.end(), [&](BookingId id) { return before.contains(id); });
  std::vector<Receipt> receipts;
  for (const BookRequest& request : requests) {
    auto one = some_known && !before.contains(request.id)
                   ? Result<Receipt>{error(ErrorCode::id_mismatch, request.id)}
                   : book(request);
    if (!one) {
      one.error().index = static_cast<std::int32_t>(receipts.size());
      bookings_ = before;
      return one.error();
    }
    receipts.push_back(*one);
  }
  return receipts;
}

std::vector<Result<Receipt>> Model::book_each(const std::vector<BookRequest>& requests) {
  std::vector<Result<Receipt>> results;
  for (const BookRequest& request : requests) {
    auto one = book(request);
    if (!one) one.error().index = static_cast<std::int32_t>(results.size());
    results.push_back(std::move(one));
  }
  return results;
}

// ---- moving a booking ---------------------------------------------------------------------------

Result<Receipt> Model::finish(BookingId id, Status status, const std::string& message) {
  Booking& booking = bookings_[id];
  if (booking.status == status) return Receipt{.booking = booking, .changed = false};
  booking.status = status;
  booking.message = message;
  ++booking.version;
  return Receipt{.booking = booking, .changed = true};
}

Result<Receipt> Model::cancel(const MoveRequest& request) {
  if (!bookings_.contains(request.id)) return error(ErrorCode::not_found, request.id);
  const Booking& booking = bookings_[request.id];
  if (request.user && booking.user != *request.user) {
    return error(ErrorCode::not_owner, request.id);
  }
  if (booking.status == Status::rejected) return error(ErrorCode::invalid_transition, request.id);
  return finish(request.id, Status::cancelled, "");
}

Result<std::vector<Receipt>> Model::cancel_all(const std::vector<BookingId>& ids) {
  if (ids.empty() || has_twins(ids)) return error(ErrorCode::invalid_argument);
  const auto before = bookings_;
  std::vector<Receipt> receipts;
  for (const BookingId id : ids) {
    auto one = cancel({.id = id, .user = {}});
    if (!one) {
      one.error().index = static_cast<std::int32_t>(receipts.size());
      bookings_ = before;
      return one.error();
    }
    receipts.push_back(*one);
  }
  return receipts;
}

Result<Receipt> Model::approve(const MoveRequest& request) {
  const BookingId id = request.id;
  if (!bookings_.contains(id)) return error(ErrorCode::not_found, id);
  const Booking& booking = bookings_[id];
  if (!is_live(booking)) return error(ErrorCode::invalid_transition, id);
  const bool begins_to_count = booking.status == Status::pending &&
                               !limit_.counting.contains(Status::pending) &&
                               limit_.counting.contains(Status::confirmed);
  const std::int64_t counting = counting_of(booking.user);
  if (begins_to_count && counting >= limit_.max) {
    return error(ErrorCode::user_limit, id, counting, limit_.max);
  }
  return finish(id, Status::confirmed, "");
}

Result<Receipt> Model::reject(const RejectRequest& request) {
  if (!bookings_.contains(request.id)) return error(ErrorCode::not_found, request.id);
  const Status now = bookings_[request.id].status;
  if (now != Status::pending && now != Status::rejected) {
    return error(ErrorCode::invalid_transition, request.id);
  }
  return finish(request.id, Status::rejected, request.message);
}

}  // namespace booking_test
