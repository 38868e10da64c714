// One function for each kind of thing that changes.
#include "redis/writes.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace booking::inline v0::redis {

namespace {

bool live(const std::optional<Booking>& booking) {
  return booking && booking->live();
}
bool held(const std::optional<Booking>& booking) {
  return booking && booking->status == Status::held;
}

/// Of a voided id: from when on its age alone keeps it out. Integers have no age.
std::string void_score(BookingId id, Instant now) {
  return id.is_integer() ? "+inf" : encode(std::max(id.made_at(), now));
}

/// An element of the change set.
std::string names_of(const Keys& keys, const Changes& changes) {
  std::string names;
  const auto add = [&](const std::string& key) {
    if (!names.empty()) names += ' ';
    names += std::string_view{key}.substr(keys.begin().size());
  };
  for (const auto& [id, change] : changes.services) add(keys.service(id));
  for (const auto& [slot, change] : changes.slots) add(keys.slot(slot));
  for (const auto& [id, change] : changes.bookings) add(keys.booking(id));
  for (const BookingId id : changes.voided) add(keys.booking(id));
  for (const BookingId id : changes.voids_forgotten) add(keys.booking(id));
  if (changes.policy) add(keys.policy());
  if (changes.gate) add(keys.gate());
  if (changes.relied_on) add(keys.relied_on());
  return names;
}

}  // namespace

bool needs_room_only(const SlotChange& change, const CommitTerms& terms) {
  if (terms.exact || !change.before) return false;
  const SlotState& before = *change.before;
  const SlotState& now = change.now;
  // Overdue holds were returned: that was decided on all of the slot.
  const bool settled = before.next_deadline && *before.next_deadline <= terms.decided_at;
  constexpr std::uint64_t most = 1'000'000'000'000'000;  // beyond it Lua may not count
  const bool alike =
      definition(before) == definition(now) || (terms.redefines && before.ends_at == now.ends_at);
  return alike && !settled && before.version < most;
}

Writes::Writes(const Facts& facts, const Changes& changes, const CommitTerms& terms)
    : keys_of_{facts.keys()}, changes_{changes}, terms_{terms} {
  for (const auto& [id, change] : changes.services) add(change);
  for (const auto& [key, change] : changes.slots) add(change);
  for (const auto& [id, change] : changes.bookings) add(id, change);
  for (const auto& [place, claims] : changes.claims_before) add_claims(place, claims);
  for (const BookingId id : changes.voided) {
    write("SET", keys_of_.booking(id), {void_mark});
    write_to("zset", "ZADD", keys_of_.voids(), {void_score(id, terms.decided_at), short_id(id)});
  }
  for (const BookingId id : changes.voids_forgotten) {
    write("DEL", keys_of_.booking(id), {});
    write_to("zset", "ZREM", keys_of_.voids(), {short_id(id)});
  }
  if (changes.policy) write("SET", keys_of_.policy(), {encode(*changes.policy)});
  if (changes.gate) {
    std::optional<Head> head = decode_head(facts.gate);
    head->gate = *changes.gate;
    write("SET", keys_of_.gate(), {encode(*head)});
  }
  if (terms.change_set) {
    write_to("list", "RPUSH", keys_of_.changes(), {names_of(keys_of_, changes)});
  }
}

void Writes::write(std::string_view command, const std::string& key, Texts arguments) {
  Write& made = all_.emplace_back(Write{std::string{command}, key});
  made.insert(made.end(), arguments.begin(), arguments.end());
}

void Writes::write_to(std::string_view type, std::string_view command, const std::string& key,
                      Texts arguments) {
  types_.try_emplace(key, type);
  write(command, key, arguments);
}

void Writes::add(const ServiceChange& change) {
  write("SET", keys_of_.service(change.now.id), {encode(change.now)});
  if (change.made) write_to("zset", "ZADD", keys_of_.services(), {"0", ordered(change.now.id)});
}

void Writes::add(const SlotChange& change) {
  if (needs_room_only(change, terms_)) return;
  const SlotState& now = change.now;
  write("SET", keys_of_.slot(now.slot), {encode(now)});
  if (!change.before) {
    write_to("zset", "ZADD", keys_of_.slots(now.slot.service), {"0", label_text(now.slot.label)});
  }
  const auto before = change.before ? change.before->next_deadline : std::nullopt;
  if (now.next_deadline == before) return;
  if (now.next_deadline) {
    write_to("zset", "ZADD", keys_of_.due(), {encode(*now.next_deadline), slot_text(now.slot)});
  } else {
    write_to("zset", "ZREM", keys_of_.due(), {slot_text(now.slot)});
  }
}

void Writes::add(BookingId id, const BookingChange& change) {
  const Booking& either = change.now ? *change.now : *change.before;
  const std::string key = keys_of_.booking(id);
  const std::string name = short_id(id);
  const std::string bucket = bucket_of(id);
  change.now ? write("SET", key, {encode(*change.now)}) : write("DEL", key, {});
  if (!change.before && change.now) {
    write_to("zset", "ZADD", keys_of_.bookings(either.slot), {"0", name});
    write_to("zset", "ZADD", keys_of_.buckets(), {"0", bucket});
    write_to("string", "APPEND", keys_of_.bucket(bucket), {name});
  }
  if (!change.now) {
    write_to("zset", "ZREM", keys_of_.bookings(either.slot), {name});
    types_.try_emplace(keys_of_.buckets(), "zset");
    cuts_[bucket].push_back(name);
  }
  add_hold(change);
  const bool was_final = change.before && !live(change.before);
  const bool is_final = change.now && !live(change.now);
  if (is_final && !was_final) write_to("zset", "ZADD", keys_of_.history(either.user), {"0", name});
  if (was_final && !is_final) write_to("zset", "ZREM", keys_of_.history(either.user), {name});
}

void Writes::add_hold(const BookingChange& change) {
  if (held(change.now)) {
    const Booking& now = *change.now;
    if (held(change.before) && change.before->hold_until == now.hold_until) return;
    write_to("zset", "ZADD", keys_of_.holds(now.slot),
             {encode(*now.hold_until), hold_text(now.id, now.user)});
    // At the deadline itself it is gone. A test's time is not the server's.
    const Instant last = *now.hold_until - std::chrono::milliseconds{1};
    const auto left = std::max(last - terms_.decided_at, std::chrono::milliseconds{1});
    if (terms_.now) {
      write("SET", keys_of_.companion(now.id), {"", "PX", std::to_string(left.count())});
    } else {
      write("SET", keys_of_.companion(now.id), {"", "PXAT", encode(last)});
    }
  } else if (held(change.before)) {
    const Booking& before = *change.before;
    write_to("zset", "ZREM", keys_of_.holds(before.slot), {hold_text(before.id, before.user)});
    write("DEL", keys_of_.companion(before.id), {});
  }
}

void Writes::add_claims(const ClaimPlace& place, std::vector<Claim> claims) {
  const auto& [user, slot] = place;
  const auto changed = changes_.slots.find(slot);
  const bool was_there = !claims.empty();
  const std::vector<Claim> before = claims;
  for (const auto& [id, change] : changes_.bookings) {
    const Booking& either = change.now ? *change.now : *change.before;
    if (either.user != user || either.slot != slot) continue;
    std::erase_if(claims, [id = id](const Claim& claim) { return claim.id == id; });
    if (live(change.now)) claims.push_back({id, change.now->status, change.now->hold_until});
  }
  for (Claim& claim : claims) {
    if (claim.status != Status::held && changed != changes_.slots.end()) {
      claim.until = changed->second.now.ends_at;
    }
  }
  std::sort(claims.begin(), claims.end(),
            [](const Claim& a, const Claim& b) { return a.id < b.id; });
  if (claims == before) return;
  if (!claims.empty()) {
    write("HSET", keys_of_.user(user), {slot_text(slot), encode(claims)});
  } else if (was_there) {
    write("HDEL", keys_of_.user(user), {slot_text(slot)});
  }
}

}  // namespace booking::inline v0::redis
