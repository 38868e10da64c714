// The changing half of the naive inventory. Read it beside the contract: what it says in a
// sentence, this says in a line.
#include "model/model.hpp"

#include <algorithm>
#include <chrono>
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

bool ends_too_early(std::optional<Instant> begins_at, std::optional<Instant> ends_at) {
  return begins_at && ends_at && *ends_at <= *begins_at;
}

bool too_many(std::int64_t capacity, std::int64_t overbook) {
  return capacity + overbook > 2147483647;
}

constexpr auto horizon = std::chrono::days{7};

bool has_twins(const std::vector<BookingId>& ids) {
  return std::set<BookingId>(ids.begin(), ids.end()).size() != ids.size();
}

}  // namespace

// ---- time ---------------------------------------------------------------------------------------

void Model::pass(std::chrono::milliseconds time) {
  now_ += time;
  for (auto& [id, booking] : bookings_) {
    if (booking.status != Status::held || *booking.hold_until > now_) continue;
    booking.status = Status::expired;
    booking.updated_at = *booking.hold_until;
    ++booking.version;
  }
}

bool Model::has_ended(const SlotKey& slot) const {
  const auto end = slots_.at(slot).ends_at;
  return end && *end <= now_;
}

Result<Change> Model::set_gate(const Gate& expected, const Gate& next) {
  if (gate_ != expected) return error(ErrorCode::invalid_transition);
  if (next.epoch < gate_.epoch || next.fence < gate_.fence) {
    return error(ErrorCode::invalid_argument);
  }
  return Change{std::exchange(gate_, next) != next};
}

// ---- what is sold -------------------------------------------------------------------------------

Result<Change> Model::define_service(const Service& service) {
  if (shut()) return error(ErrorCode::maintenance);
  if (!services_.contains(service.id)) {
    services_[service.id] = service;
    return Change{true};
  }
  if (services_[service.id] == service) return Change{false};
  return error(ErrorCode::already_exists);
}

Result<Change> Model::update_service(const Service& service) {
  if (shut()) return error(ErrorCode::maintenance);
  if (!services_.contains(service.id)) return error(ErrorCode::not_found);
  const bool changed = services_[service.id] != service;
  services_[service.id] = service;
  return Change{changed};
}

bool Model::same_terms(const Slot& slot, const SlotDefinition& definition) {
  return slot == Slot{definition.capacity, definition.overbook, definition.status,
                      definition.begins_at, definition.ends_at};
}

Result<Change> Model::define_slot(const SlotDefinition& definition) {
  if (too_many(definition.capacity, definition.overbook) ||
      ends_too_early(definition.begins_at, definition.ends_at)) {
    return error(ErrorCode::invalid_argument);
  }
  if (shut()) return error(ErrorCode::maintenance);
  if (!services_.contains(definition.slot.service)) return error(ErrorCode::not_found);
  if (!slots_.contains(definition.slot)) {
    slots_[definition.slot] = {definition.capacity, definition.overbook, definition.status,
                               definition.begins_at, definition.ends_at};
    return Change{true};
  }
  if (same_terms(slots_[definition.slot], definition)) return Change{false};
  return error(ErrorCode::already_exists);
}

Result<Change> Model::change_slot(const SlotChange& change) {
  if (too_many(change.capacity.value_or(0), change.overbook.value_or(0))) {
    return error(ErrorCode::invalid_argument);
  }
  if (shut()) return error(ErrorCode::maintenance);
  if (!slots_.contains(change.slot)) return error(ErrorCode::not_found);
  Slot& slot = slots_[change.slot];
  const Slot before = slot;
  Slot after = slot;
  if (change.capacity) after.capacity = *change.capacity;
  if (change.overbook) after.overbook = *change.overbook;
  if (change.status) after.status = *change.status;
  if (change.begins_at) after.begins_at = change.begins_at;
  if (change.ends_at) after.ends_at = change.ends_at;
  if (too_many(after.capacity, after.overbook) ||
      (after != before && ends_too_early(after.begins_at, after.ends_at))) {
    return error(ErrorCode::invalid_argument);
  }
  const std::int64_t used = seats_in(change.slot);
  // An end that has passed stays passed for those who booked there.
  if (has_ended(change.slot) && *after.ends_at > now_ && used > 0) {
    return error(ErrorCode::slot_past);
  }
  const std::int64_t deficit_before =
      std::max<std::int64_t>(0, used - before.capacity - before.overbook);
  const std::int64_t deficit_after =
      std::max<std::int64_t>(0, used - after.capacity - after.overbook);
  if (deficit_after > deficit_before && !change.force) {
    return error(ErrorCode::capacity_below_booked, {}, used, after.capacity + after.overbook);
  }
  slot = after;
  return Change{before != after};
}

Result<std::vector<Change>> Model::import_slots(const std::vector<SlotDefinition>& slots,
                                                ImportMode mode) {
  const bool set = mode == ImportMode::set_remaining;
  for (const SlotDefinition& definition : slots) {
    if (too_many(definition.capacity, definition.overbook) ||
        ends_too_early(definition.begins_at, definition.ends_at)) {
      return error(ErrorCode::invalid_argument);
    }
  }
  if (set && !shut()) return error(ErrorCode::invalid_argument);
  if (!set && shut()) return error(ErrorCode::maintenance);
  const auto before = slots_;
  std::vector<Change> changes;
  for (const SlotDefinition& definition : slots) {
    Error bad;
    if (!services_.contains(definition.slot.service)) {
      bad = error(ErrorCode::not_found);
    } else if (!slots_.contains(definition.slot)) {
      slots_[definition.slot] = {definition.capacity, definition.overbook, definition.status,
                                 definition.begins_at, definition.ends_at};
      changes.push_back({true});
      continue;
    } else if (!set) {
      changes.push_back({false});
      continue;
    } else {
      Slot& slot = slots_[definition.slot];
      const Slot as_it_was = slot;
      const std::int64_t total = definition.capacity + seats_in(definition.slot);
      if (!too_many(total, 0)) {
        slot.overbook = std::min(slot.overbook, total);
        slot.capacity = total - slot.overbook;
        changes.push_back({slot != as_it_was});
        continue;
      }
      bad = error(ErrorCode::invalid_argument);
    }
    bad.index = static_cast<std::int32_t>(changes.size());
    slots_ = before;
    return bad;
  }
  return changes;
}

// ---- booking ------------------------------------------------------------------------------------

// A refusal of a request that asks again is final for its id.
Error Model::void_if_again(bool again, BookingId id, Error error) {
  if (again && error.kind() == ErrorKind::refused && !bookings_.contains(id)) {
    voids_.emplace(id, now_);
  }
  return error;
}

std::optional<Error> Model::refuse_id(BookingId id) const {
  if (voids_.contains(id)) return error(ErrorCode::id_void, id);
  if (!id.is_integer() && id.made_at() < now_ - horizon) return error(ErrorCode::id_expired, id);
  return std::nullopt;
}

// already_booked, user_limit, sold_out.
std::optional<Error> Model::refuse_seats(const Wanted& wanted, Status status) const {
  const auto twins = select([&](const Booking& other) {
    return other.user == wanted.user && other.slot == wanted.slot && is_live(other);
  });
  if (!twins.empty() && !wanted.second_allowed) {
    return error(ErrorCode::already_booked, wanted.id);
  }
  const bool would_count =
      limit_.counting.contains(status) && (status == Status::held || !has_ended(wanted.slot));
  const std::int64_t counting = counting_of(wanted.user);
  if (would_count && counting >= limit_.max) {
    return error(ErrorCode::user_limit, wanted.id, counting, limit_.max);
  }
  const Availability left = look_at(wanted.slot);
  if (left.remaining >= wanted.seats) return std::nullopt;
  return error(ErrorCode::sold_out, wanted.id, left.remaining, left.sellable);
}

Receipt Model::insert(const Wanted& wanted, Status status, std::optional<Instant> hold_until) {
  bookings_[wanted.id] = {.id = wanted.id,
                          .user = wanted.user,
                          .slot = wanted.slot,
                          .seats = wanted.seats,
                          .seats_asked = wanted.seats,
                          .origin = wanted.origin,
                          .status = status,
                          .created_at = now_,
                          .updated_at = now_,
                          .hold_until = hold_until};
  return {.booking = bookings_[wanted.id], .changed = true, .replayed = false};
}

Result<Receipt> Model::book(const Wanted& wanted, std::optional<std::chrono::milliseconds> ttl) {
  const BookingId id = wanted.id;
  if (wanted.seats < 1) return error(ErrorCode::invalid_argument, id);
  if (bookings_.contains(id)) {
    const Booking& known = bookings_[id];
    if (known.origin != wanted.origin || known.user != wanted.user || known.slot != wanted.slot ||
        known.seats_asked != wanted.seats) {
      return error(ErrorCode::id_mismatch, id);
    }
    return Receipt{.booking = known, .changed = false, .replayed = true};
  }
  const auto refuse = [&](Error refused) { return void_if_again(wanted.again, id, refused); };
  if (const auto bad = refuse_id(id)) return refuse(*bad);
  if (shut()) return error(ErrorCode::maintenance, id);
  if (!slots_.contains(wanted.slot)) return refuse(error(ErrorCode::not_found, id));
  const SlotStatus stands = look_at(wanted.slot).status;
  if (stands == SlotStatus::closed) return refuse(error(ErrorCode::slot_closed, id));
  if (stands == SlotStatus::past) return refuse(error(ErrorCode::slot_past, id));
  const bool waits = services_[wanted.slot.service].approval == Approval::required;
  const Status status = ttl ? Status::held : waits ? Status::pending : Status::confirmed;
  if (const auto bad = refuse_seats(wanted, status)) return refuse(*bad);
  return insert(wanted, status, ttl ? std::optional{now_ + *ttl} : std::nullopt);
}

Result<Receipt> Model::book(const BookRequest& r) {
  return book({r.id, r.user, r.slot, r.seats, r.second_in_slot == SecondInSlot::allow, Origin::book,
               r.again},
              {});
}

Result<Receipt> Model::hold(const HoldRequest& r) {
  return book({r.id, r.user, r.slot, r.seats, r.second_in_slot == SecondInSlot::allow, Origin::hold,
               r.again},
              r.ttl);
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
  const auto voids_before = voids_;
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
      voids_ = voids_before;
      for (const BookRequest& r : requests) void_if_again(r.again, r.id, one.error());
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

std::optional<Result<Receipt>> Model::before_move(BookingId id, const std::optional<UserId>& user,
                                                  OpId op, StatusSet there) {
  const auto found = bookings_.find(id);
  if (found == bookings_.end()) {
    if (voids_.contains(id)) return error(ErrorCode::id_void, id);
    return error(shut() ? ErrorCode::maintenance : ErrorCode::not_found, id);
  }
  const Booking& booking = found->second;
  if (op.valid() && booking.last_op == op) {
    const bool same = (!user || booking.user == *user) && there.contains(booking.status);
    if (!same) return error(ErrorCode::id_mismatch, id);
    return Receipt{.booking = booking, .changed = true, .replayed = true};
  }
  if (shut()) return error(ErrorCode::maintenance, id);
  if (user && booking.user != *user) return error(ErrorCode::not_owner, id);
  return std::nullopt;
}

Receipt Model::finish(BookingId id, Status status, OpId op, const std::string& message) {
  Booking& booking = bookings_[id];
  if (booking.status == status) return {.booking = booking, .changed = false};
  booking.status = status;
  booking.message = message;
  booking.last_op = op;
  booking.updated_at = now_;
  ++booking.version;
  return {.booking = booking, .changed = true};
}

Result<Receipt> Model::extend(const ExtendRequest& request) {
  const BookingId id = request.id;
  const StatusSet there{Status::held, Status::expired};
  if (auto answer = before_move(id, request.user, request.op, there)) return *answer;
  Booking& booking = bookings_[id];
  if (booking.status == Status::expired) return error(ErrorCode::hold_expired, id);
  if (booking.status != Status::held) return error(ErrorCode::invalid_transition, id);
  const Instant until = std::min(now_ + request.ttl, booking.created_at + std::chrono::hours{24});
  if (until <= *booking.hold_until) return Receipt{.booking = booking, .changed = false};
  booking.hold_until = until;
  booking.last_op = request.op;
  booking.updated_at = now_;
  ++booking.version;
  return Receipt{.booking = booking, .changed = true};
}

Result<Receipt> Model::confirm(const ConfirmRequest& request) {
  const BookingId id = request.id;
  if (request.seats && *request.seats < 1) return error(ErrorCode::invalid_argument, id);
  const StatusSet there{Status::pending, Status::confirmed};
  if (auto answer = before_move(id, request.user, request.op, there)) return *answer;
  Booking& booking = bookings_[id];
  if (booking.status == Status::expired) return error(ErrorCode::hold_expired, id);
  if (booking.status == Status::pending || booking.status == Status::confirmed) {
    return Receipt{.booking = booking, .changed = false};
  }
  if (booking.status != Status::held) return error(ErrorCode::invalid_transition, id);
  if (request.seats && *request.seats > booking.seats) {
    return error(ErrorCode::invalid_argument, id);
  }
  if (request.seats) booking.seats = *request.seats;
  const bool waits = services_[booking.slot.service].approval == Approval::required;
  return finish(id, waits ? Status::pending : Status::confirmed, request.op);
}

Result<Receipt> Model::cancel(const MoveRequest& request) {
  const StatusSet there{Status::cancelled};
  if (auto answer = before_move(request.id, request.user, request.op, there)) return *answer;
  const Booking& booking = bookings_[request.id];
  if (booking.status == Status::expired) return error(ErrorCode::hold_expired, request.id);
  if (!is_live(booking) && booking.status != Status::cancelled) {
    return error(ErrorCode::invalid_transition, request.id);
  }
  return finish(request.id, Status::cancelled, request.op);
}

Result<std::vector<Receipt>> Model::cancel_all(const std::vector<BookingId>& ids) {
  if (ids.empty() || has_twins(ids)) return error(ErrorCode::invalid_argument);
  const auto before = bookings_;
  std::vector<Receipt> receipts;
  for (const BookingId id : ids) {
    auto one = cancel({.id = id});
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
  const StatusSet there{Status::confirmed};
  if (auto answer = before_move(id, request.user, request.op, there)) return *answer;
  const Booking& booking = bookings_[id];
  if (booking.status != Status::pending && booking.status != Status::confirmed) {
    return error(ErrorCode::invalid_transition, id);
  }
  const bool begins_to_count =
      booking.status == Status::pending && !limit_.counting.contains(Status::pending) &&
      limit_.counting.contains(Status::confirmed) && !has_ended(booking.slot);
  const std::int64_t counting = counting_of(booking.user);
  if (begins_to_count && counting >= limit_.max) {
    return error(ErrorCode::user_limit, id, counting, limit_.max);
  }
  return finish(id, Status::confirmed, request.op);
}

Result<Receipt> Model::reject(const RejectRequest& request) {
  const StatusSet there{Status::rejected};
  if (auto answer = before_move(request.id, {}, request.op, there)) return *answer;
  const Status now = bookings_[request.id].status;
  if (now != Status::pending && now != Status::rejected) {
    return error(ErrorCode::invalid_transition, request.id);
  }
  return finish(request.id, Status::rejected, request.op, request.message);
}

Result<Receipt> Model::end_visit(const MoveRequest& request, Status status) {
  const StatusSet there{status};
  if (auto answer = before_move(request.id, request.user, request.op, there)) return *answer;
  const Status now = bookings_[request.id].status;
  if (now != Status::confirmed && now != status) {
    return error(ErrorCode::invalid_transition, request.id);
  }
  return finish(request.id, status, request.op);
}

Result<Receipt> Model::complete(const MoveRequest& request) {
  return end_visit(request, Status::completed);
}

Result<Receipt> Model::no_show(const MoveRequest& request) {
  return end_visit(request, Status::no_show);
}

Result<Receipt> Model::reschedule(const RescheduleRequest& request) {
  const BookingId id = request.id;
  if (id == request.new_id) return error(ErrorCode::invalid_argument, id);
  if (bookings_.contains(request.new_id)) {
    const Booking& known = bookings_[request.new_id];
    const bool same = known.origin == Origin::reschedule && known.slot == request.slot &&
                      bookings_.contains(id) && bookings_[id].user == known.user &&
                      bookings_[id].seats == known.seats_asked;
    if (!same) return error(ErrorCode::id_mismatch, request.new_id);
    return Receipt{.booking = known, .changed = false, .replayed = true};
  }
  const auto refuse = [&](Error refused) {
    return void_if_again(request.again, request.new_id, refused);
  };
  if (const auto bad = refuse_id(request.new_id)) return refuse(*bad);
  if (auto answer = before_move(id, {}, {}, {})) return refuse(answer->error());
  if (!slots_.contains(request.slot)) return refuse(error(ErrorCode::not_found, id));
  const Booking old = bookings_[id];
  if (request.user && old.user != *request.user) return refuse(error(ErrorCode::not_owner, id));
  const SlotStatus stands = look_at(request.slot).status;
  if (stands == SlotStatus::closed) return refuse(error(ErrorCode::slot_closed, id));
  if (stands == SlotStatus::past) return refuse(error(ErrorCode::slot_past, id));
  if (old.status == Status::expired) return refuse(error(ErrorCode::hold_expired, id));
  if (!is_live(old)) return refuse(error(ErrorCode::invalid_transition, id));
  finish(id, Status::cancelled, {});
  const Wanted wanted{request.new_id, old.user,           request.slot, old.seats,
                      false,          Origin::reschedule, request.again};
  if (const auto bad = refuse_seats(wanted, old.status)) {
    bookings_[id] = old;
    return refuse(*bad);
  }
  return insert(wanted, old.status,
                old.status == Status::held ? old.hold_until : std::optional<Instant>{});
}

// ---- looking after it ---------------------------------------------------------------------------

Result<std::optional<Booking>> Model::resolve(BookingId id) {
  if (bookings_.contains(id)) return std::optional{bookings_[id]};
  if (voids_.contains(id)) return std::optional<Booking>{};
  if (shut()) return error(ErrorCode::maintenance, id);
  voids_.emplace(id, now_);
  return std::optional<Booking>{};
}

Result<PurgeReport> Model::purge(const PurgeRequest& request) {
  if (shut()) return error(ErrorCode::maintenance);
  const Instant before = std::min(request.before, now_ - horizon);
  PurgeReport report;
  report.removed += static_cast<std::int64_t>(std::erase_if(voids_, [&](const auto& entry) {
    return entry.second < before && !entry.first.is_integer() && entry.first.made_at() < before;
  }));
  report.removed += static_cast<std::int64_t>(std::erase_if(bookings_, [&](const auto& entry) {
    const Booking& booking = entry.second;
    if (is_live(booking) || booking.id.is_integer()) return false;
    if (booking.updated_at >= before || booking.id.made_at() >= before) return false;
    const bool keeps_seats =
        booking.status == Status::completed || booking.status == Status::no_show;
    const Slot& slot = slots_.at(booking.slot);
    return !keeps_seats || (slot.begins_at && *slot.begins_at <= now_);
  }));
  return report;
}

}  // namespace booking_test
