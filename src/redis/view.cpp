// Each question of the rules is answered from facts, then from what this decision wrote already.
#include "redis/view.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "booking/rules.hpp"

namespace booking::inline v0::redis {

namespace {

bool counts_as_live(const std::optional<Booking>& booking) {
  return booking && booking->live();
}

}  // namespace

RedisView::RedisView(Facts& facts, const Head& head, Instant now)
    : facts_{facts}, gate_{head.gate}, now_{now} {}

void RedisView::fail(std::string what) {
  if (failure_.empty()) failure_ = std::move(what);
}

void RedisView::note(const std::optional<Instant>& at, Then then) {
  if (!at || *at <= now_) return;
  boundary_ = std::min(boundary_.value_or(*at), *at);
  if (then == Then::refused) too_late_ = std::min(too_late_.value_or(*at), *at);
}

// ---- reading ------------------------------------------------------------------------------------

Policy RedisView::policy() {
  if (changes_.policy) return *changes_.policy;
  const Reply* reply = facts_.policy();
  if (reply == nullptr) return {};
  const std::optional<Policy> policy = decode_policy(reply->text);
  if (!policy) fail("the policy is missing or not valid");
  return policy.value_or(Policy{});
}

const Service* RedisView::service(const ServiceId& id) {
  if (const auto changed = changes_.services.find(id); changed != changes_.services.end()) {
    return &changed->second.now;
  }
  const Reply* reply = facts_.service(id);
  if (reply == nullptr || reply->is(Reply::Kind::nil)) return nullptr;
  std::optional<Service> service = decode_service(id, reply->text);
  if (!service) {
    fail("a service is not valid");
    return nullptr;
  }
  service_ = *std::move(service);
  return &service_;
}

std::optional<SlotState> RedisView::read_slot(const SlotKey& key) {
  const Reply* approval = facts_.approval(key.service);
  const Reply* reply = facts_.slot(key);
  if (reply == nullptr || approval == nullptr) return std::nullopt;
  if (reply->is(Reply::Kind::nil)) {
    // One that vanished must not be made anew: it would sell its seats again.
    const Reply* listed = facts_.is_listed(key);
    if (listed != nullptr && !listed->is(Reply::Kind::nil)) fail("a slot has vanished");
    return std::nullopt;
  }
  std::optional<SlotState> slot = decode_slot(key, reply->text);
  if (!slot || (approval->text != "0" && approval->text != "1")) {
    fail("a slot or its service is missing or not valid");
    return std::nullopt;
  }
  slot->approval = approval->text == "0" ? Approval::automatic : Approval::required;
  note(slot->begins_at, Then::refused);
  note(slot->ends_at);
  note(slot->next_deadline);
  return slot;
}

const SlotState* RedisView::slot(const SlotKey& key) {
  if (const auto changed = changes_.slots.find(key); changed != changes_.slots.end()) {
    slot_ = changed->second.now;
    return &slot_;
  }
  const std::optional<SlotState> read = read_slot(key);
  if (!read) return nullptr;
  slot_ = *read;
  return &slot_;
}

std::optional<Booking> RedisView::read_booking(BookingId id, bool compared) {
  const Reply* reply = facts_.booking(id, compared);
  if (reply == nullptr || reply->is(Reply::Kind::nil) || reply->text == void_mark) {
    return std::nullopt;
  }
  std::optional<Booking> booking = decode_booking(id, reply->text);
  if (!booking) {
    fail("a booking is not valid");
  } else if (booking->status == Status::held) {
    note(booking->hold_until, facts_.has_companion(id) ? Then::other : Then::refused);
  }
  return booking;
}

const Booking* RedisView::booking(const BookingId& id) {
  std::optional<Booking> found;
  if (const auto changed = changes_.bookings.find(id); changed != changes_.bookings.end()) {
    found = changed->second.now;
  } else {
    found = read_booking(id);
  }
  if (!found) return nullptr;
  booking_ = *std::move(found);
  return &booking_;
}

bool RedisView::is_void(const BookingId& id) {
  if (!id.is_integer()) {  // its age may refuse it from then on
    note(id.made_at() + policy().id_horizon + std::chrono::milliseconds{1}, Then::refused);
  }
  if (changes_.voided.contains(id)) return true;
  const Reply* reply = facts_.booking(id);
  return reply != nullptr && reply->text == void_mark;
}

std::vector<Claim> RedisView::read_claims(const Reply* reply) {
  if (reply == nullptr || reply->is(Reply::Kind::nil)) return {};
  std::optional<std::vector<Claim>> claims = decode_claims(reply->text);
  if (!claims) {
    fail("a user's claims are not valid");
    return {};
  }
  for (const Claim& claim : *claims) note(claim.until);
  return *std::move(claims);
}

template <class Matches>
void RedisView::apply_changes(std::vector<Claim>& claims, Matches matches) {
  for (const auto& [id, change] : changes_.bookings) {
    const Booking& either = change.now ? *change.now : *change.before;
    if (!matches(either)) continue;
    std::erase_if(claims, [id = id](const Claim& claim) { return claim.id == id; });
    if (counts_as_live(change.now)) {
      claims.push_back({id, change.now->status, claim_until(*change.now)});
    }
  }
}

std::optional<Instant> RedisView::claim_until(const Booking& booking) {
  if (booking.status == Status::held) return booking.hold_until;
  if (const auto changed = changes_.slots.find(booking.slot); changed != changes_.slots.end()) {
    return changed->second.now.ends_at;
  }
  const std::optional<SlotState> slot = read_slot(booking.slot);
  return slot ? slot->ends_at : std::nullopt;
}

ClaimCount RedisView::count_claims(const UserId& user, StatusSet statuses) {
  ClaimCount count;
  const Reply* reply = facts_.claims(user);
  if (reply == nullptr) return count;
  std::vector<Claim> claims;
  for (std::size_t i = 1; i < reply->items.size(); i += 2) {
    const std::vector<Claim> in_slot = read_claims(&reply->items[i]);
    claims.insert(claims.end(), in_slot.begin(), in_slot.end());
  }
  apply_changes(claims, [&](const Booking& booking) { return booking.user == user; });
  for (const Claim& claim : claims) {
    if (!statuses.contains(claim.status)) continue;
    const bool ended = claim.until && *claim.until <= now_;
    ended ? static_cast<void>(count.ended = true) : static_cast<void>(++count.counting);
  }
  return count;
}

bool RedisView::has_live_booking(const UserId& user, const SlotKey& slot) {
  std::vector<Claim> claims = read_claims(facts_.claims(user, slot));
  apply_changes(
      claims, [&](const Booking& booking) { return booking.user == user && booking.slot == slot; });
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.status != Status::held || *claim.until > now_;
  });
}

const Booking* RedisView::first_hold(const SlotKey& slot) {
  const auto passed =
      std::count_if(changes_.bookings.begin(), changes_.bookings.end(), [&](const auto& entry) {
        const BookingChange& change = entry.second;
        return change.before && change.before->slot == slot;
      });
  const Reply* reply = facts_.holds(slot, passed);
  if (reply == nullptr) return nullptr;
  // Ids without a change of this decision, in the order in which they end.
  bool missing = false;
  std::optional<Booking> first;
  bool overdue = true;
  for (std::size_t i = 0; i + 1 < reply->items.size() && overdue; i += 2) {
    const auto [id, user] = read_hold(reply->items[i].text);
    if (changes_.bookings.contains(id)) continue;
    // All that end by now are read in one round, with what returning them changes; and the next
    // one.
    const auto until = decode_instant(reply->items[i + 1].text);
    overdue = until && *until <= now_;
    if (facts_.booking(id, false) == nullptr) missing = true;
    if (overdue && user.valid()) facts_.claims(user, slot);
    if (first || missing) continue;
    first = read_booking(id, false);
    if (!first || first->status != Status::held || first->hold_until != until ||
        first->user != user) {
      fail("the list of a slot's holds is not as its bookings are");
      return nullptr;
    }
  }
  if (missing) return nullptr;
  for (const auto& [id, change] : changes_.bookings) {
    if (!change.now || change.now->status != Status::held || change.now->slot != slot) continue;
    const auto order = [](const Booking& b) { return std::tuple{*b.hold_until, b.id}; };
    if (!first || order(*change.now) < order(*first)) first = change.now;
  }
  if (!first) return nullptr;
  booking_ = *std::move(first);
  return &booking_;
}

std::optional<SlotKey> RedisView::overdue_slot() {
  const Reply* reply = facts_.due();
  if (reply == nullptr) return std::nullopt;
  std::optional<SlotKey> found;
  for (std::size_t i = 0; i + 1 < reply->items.size(); i += 2) {
    const SlotKey key = read_slot_text(reply->items[i].text);
    const auto deadline = decode_instant(reply->items[i + 1].text);
    if (!key.valid() || !deadline) {
      fail("the list of deadlines is not valid");
      return std::nullopt;
    }
    if (*deadline > now_) break;
    // All of them are read in one round.
    const SlotState* state = slot(key);
    const bool over = state != nullptr && (!state->next_deadline || *state->next_deadline > now_);
    if (!found && !over) found = key;
  }
  return found;
}

const Booking* RedisView::next_booking(const BookingId& after) {
  auto at = std::upper_bound(facts_.run.begin(), facts_.run.end(), after);
  for (; at != facts_.run.end(); ++at) {
    const Booking* found = booking(*at);
    // Without one it was purged since the run was read.
    if (found != nullptr || !facts_.complete()) return found;
  }
  return nullptr;
}

SlotTally RedisView::tally(const SlotKey& key) {
  SlotTally tally;
  if (const SlotState* state = slot(key)) tally.state = *state;
  const Reply* reply = facts_.bookings(key);
  if (reply == nullptr) return tally;
  for (const Reply& item : reply->items) {
    const std::optional<Booking> booking = read_booking(long_id(item.text), false);
    if (!booking || !seat_statuses.contains(booking->status)) continue;
    tally.used += booking->seats;
    if (booking->status == Status::held) tally.held += booking->seats;
  }
  return tally;
}

// ---- writing ------------------------------------------------------------------------------------

void RedisView::insert(const Service& service) {
  changes_.services.insert_or_assign(service.id, ServiceChange{service, true});
}

void RedisView::update(const Service& service) {
  const auto [at, first] = changes_.services.try_emplace(service.id);
  at->second.now = service;
}

void RedisView::insert(const SlotState& slot) {
  changes_.slots.insert_or_assign(slot.slot, SlotChange{.before = {}, .now = slot});
}

void RedisView::update(const SlotState& slot) {
  const auto [at, first] = changes_.slots.try_emplace(slot.slot);
  SlotChange& change = at->second;
  if (first) {
    change.before = read_slot(slot.slot);
    if (change.before) change.now = *change.before;
  }
  if (slot.used < 0 || slot.held < 0) fail("a slot's counters are lower than its bookings' seats");
  if (slot.held > 0 && !slot.next_deadline) fail("the list of a slot's holds has vanished");
  if (slot.used > change.now.used && change.before) {
    change.peak =
        std::max<std::int64_t>(change.peak, std::int64_t{slot.used} - change.before->used);
  }
  const bool end_moved = slot.ends_at != change.now.ends_at;
  change.now = slot;
  if (!end_moved) return;
  // The claims of its bookings end with it.
  const Reply* reply = facts_.bookings(slot.slot);
  if (reply == nullptr) return;
  for (const Reply& item : reply->items) {
    const std::optional<Booking> booking = read_booking(long_id(item.text), false);
    if (counts_as_live(booking)) touch_claims(booking->user, slot.slot);
  }
}

void RedisView::touch_claims(const UserId& user, const SlotKey& slot) {
  const auto [at, first] = changes_.claims_before.try_emplace(ClaimPlace{user, slot});
  if (first) at->second = read_claims(facts_.claims(user, slot));
}

void RedisView::insert(const Booking& booking) {
  touch_claims(booking.user, booking.slot);
  changes_.bookings.insert_or_assign(booking.id, BookingChange{.before = {}, .now = booking});
}

void RedisView::update(const Booking& booking) {
  touch_claims(booking.user, booking.slot);
  const auto [at, first] = changes_.bookings.try_emplace(booking.id);
  if (first) at->second.before = read_booking(booking.id, false);
  at->second.now = booking;
}

void RedisView::erase(const BookingId& id) {
  const auto [at, first] = changes_.bookings.try_emplace(id);
  if (first) at->second.before = read_booking(id, false);
  at->second.now.reset();
}

void RedisView::insert_void(const BookingId& id) {
  changes_.voided.insert(id);
}

std::int64_t RedisView::erase_voids(Instant before, std::int64_t max) {
  const Reply* reply = facts_.voids(before, max);
  if (reply == nullptr) return 0;
  for (const Reply& item : reply->items) {
    const BookingId id = long_id(item.text);
    const Reply* mark = facts_.booking(id);
    if (mark != nullptr && mark->text == void_mark) changes_.voids_forgotten.push_back(id);
  }
  return static_cast<std::int64_t>(changes_.voids_forgotten.size());
}

}  // namespace booking::inline v0::redis
