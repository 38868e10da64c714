// One step for each thing to compare, then for each thing to write.
#include "redis/commit.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "booking/rules.hpp"

namespace booking::inline v0::redis {

namespace {

std::string optional_text(const std::optional<Instant>& instant) {
  return instant ? encode(*instant) : std::string{};
}

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

}  // namespace

Commit::Commit(const Facts& facts, const Changes& changes, const CommitTerms& terms)
    : keys_of_{facts.keys()}, changes_{changes}, terms_{terms} {
  for (const std::string& key :
       {keys_of_.gate(), keys_of_.seq(), keys_of_.relied_on(), keys_of_.due()}) {
    number_of(key);
  }
  argue(optional_text(terms.now));
  argue(optional_text(terms.not_after));
  argue(optional_text(terms.boundary));
  argue(facts.gate);
  argue(std::to_string(terms.seq_seen));
  argue(optional_text(changes.relied_on));
  argue(terms.gives_back ? "1" : "");

  std::vector<std::string> with_room;
  for (const auto& [key, change] : changes.slots) {
    if (!needs_room_only(change)) continue;
    with_room.push_back(keys_of_.slot(key));
    add_room(change);
  }
  std::sort(with_room.begin(), with_room.end());
  for (const auto& [name, fact] : facts.all()) {
    const bool room = fact.command.front() == "GET" &&
                      std::binary_search(with_room.begin(), with_room.end(), fact.command[1]);
    if (fact.used && fact.compared && !room) compare(fact);
  }
  for (const auto& [id, change] : changes.services) add(change);
  for (const auto& [key, change] : changes.slots) add(change);
  for (const auto& [id, change] : changes.bookings) add(id, change);
  for (const auto& [place, claims] : changes.claims_before) add_claims(place, claims);
  add_cuts();
  for (const BookingId id : changes.voided) {
    write("SET", keys_of_.booking(id), {void_mark});
    write_zset("ZADD", keys_of_.voids(), {void_score(id, terms.decided_at), short_id(id)});
  }
  for (const BookingId id : changes.voids_forgotten) {
    write("DEL", keys_of_.booking(id), {});
    write_zset("ZREM", keys_of_.voids(), {short_id(id)});
  }
  if (changes.policy) write("SET", keys_of_.policy(), {encode(*changes.policy)});
  if (changes.gate) {
    std::optional<Head> head = decode_head(facts.gate);
    head->gate = *changes.gate;
    write("SET", keys_of_.gate(), {encode(*head)});
  }
  key_views_.assign(keys_.begin(), keys_.end());
  argument_views_.assign(arguments_.begin(), arguments_.end());
}

std::string Commit::number_of(const std::string& key) {
  const auto [at, first] = numbers_.try_emplace(key, keys_.size() + 1);
  if (first) keys_.push_back(key);
  return std::to_string(at->second);
}

void Commit::list(Texts texts) {
  argue(std::to_string(texts.size()));
  for (const std::string_view text : texts) argue(std::string{text});
}

void Commit::expect_type(const std::string& key, std::string_view type) {
  if (!types_.try_emplace(key, type).second) return;
  step("type");
  argue(number_of(key));
  argue(std::string{type});
}

void Commit::write(std::string_view command, const std::string& key, Texts arguments) {
  step("write");
  argue(std::string{command});
  argue(number_of(key));
  list(arguments);
}

void Commit::write_zset(std::string_view command, const std::string& key, Texts arguments) {
  expect_type(key, "zset");
  write(command, key, arguments);
}

void Commit::compare(const Fact& fact) {
  const bool hash = fact.command.front() == "HGETALL";
  if (hash) {
    step("hash");
    argue(number_of(fact.command[1]));
    argue(std::to_string(fact.reply->items.size()));
    for (const Reply& item : fact.reply->items) argue(item.text);
    return;
  }
  step("same");
  argue(spelt(*fact.reply));
  argue(fact.command[0]);
  argue(number_of(fact.command[1]));
  argue(std::to_string(fact.command.size() - 2));
  for (std::size_t i = 2; i < fact.command.size(); ++i) argue(fact.command[i]);
}

bool Commit::needs_room_only(const SlotChange& change) const {
  if (terms_.exact || !change.before) return false;
  const SlotState& before = *change.before;
  const SlotState& now = change.now;
  // Overdue holds were returned: that was decided on all of the slot.
  const bool settled = before.next_deadline && *before.next_deadline <= terms_.decided_at;
  constexpr std::uint64_t most = 1'000'000'000'000'000;  // beyond it Lua may not count
  const bool alike =
      definition(before) == definition(now) || (terms_.redefines && before.ends_at == now.ends_at);
  return alike && !settled && before.version < most;
}

void Commit::add_room(const SlotChange& change) {
  const SlotState& before = *change.before;
  const SlotState& now = change.now;
  step("room");
  argue(number_of(keys_of_.slot(now.slot)));
  argue(definition(before));
  argue(definition(now));
  const bool shrinks = rules::sellable(now) < rules::sellable(before) && !terms_.forced;
  argue(change.peak > 0 || shrinks ? std::to_string(rules::sellable(now)) : std::string{});
  argue(std::to_string(change.peak));
  argue(std::to_string(terms_.lease));
  argue(std::to_string(now.used - before.used));
  argue(std::to_string(now.held - before.held));
  argue(now.next_deadline == before.next_deadline ? "" : optional_text(now.next_deadline));
  argue(slot_text(now.slot));
}

void Commit::add(const ServiceChange& change) {
  write("SET", keys_of_.service(change.now.id), {encode(change.now)});
  if (change.made) write_zset("ZADD", keys_of_.services(), {"0", ordered(change.now.id)});
}

void Commit::add(const SlotChange& change) {
  if (needs_room_only(change)) return;
  const SlotState& now = change.now;
  write("SET", keys_of_.slot(now.slot), {encode(now)});
  if (!change.before) {
    write_zset("ZADD", keys_of_.slots(now.slot.service), {"0", label_text(now.slot.label)});
  }
  const auto before = change.before ? change.before->next_deadline : std::nullopt;
  if (now.next_deadline == before) return;
  if (now.next_deadline) {
    write_zset("ZADD", keys_of_.due(), {encode(*now.next_deadline), slot_text(now.slot)});
  } else {
    write_zset("ZREM", keys_of_.due(), {slot_text(now.slot)});
  }
}

void Commit::add(BookingId id, const BookingChange& change) {
  const Booking& either = change.now ? *change.now : *change.before;
  const std::string key = keys_of_.booking(id);
  const std::string name = short_id(id);
  change.now ? write("SET", key, {encode(*change.now)}) : write("DEL", key, {});
  if (!change.before && change.now) {
    write_zset("ZADD", keys_of_.bookings(either.slot), {"0", name});
    const std::string bucket = bucket_of(id);
    step("append");
    argue(number_of(keys_of_.bucket(bucket)));
    argue(number_of(keys_of_.buckets()));
    argue(bucket);
    argue(name);
  }
  if (!change.now) write_zset("ZREM", keys_of_.bookings(either.slot), {name});
  add_holds(change);
  const bool was_final = change.before && !live(change.before);
  const bool is_final = change.now && !live(change.now);
  if (is_final && !was_final) write_zset("ZADD", keys_of_.history(either.user), {"0", name});
  if (was_final && !is_final) write_zset("ZREM", keys_of_.history(either.user), {name});
}

void Commit::add_holds(const BookingChange& change) {
  if (held(change.now)) {
    if (held(change.before) && change.before->hold_until == change.now->hold_until) return;
    write_zset("ZADD", keys_of_.holds(change.now->slot),
               {encode(*change.now->hold_until), short_id(change.now->id)});
  } else if (held(change.before)) {
    write_zset("ZREM", keys_of_.holds(change.before->slot), {short_id(change.before->id)});
  }
}

void Commit::add_claims(const ClaimPlace& place, std::vector<Claim> claims) {
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

void Commit::add_cuts() {
  std::map<std::string, std::vector<std::string>> cuts;
  for (const auto& [id, change] : changes_.bookings) {
    if (!change.now) cuts[bucket_of(id)].push_back(short_id(id));
  }
  for (const auto& [bucket, ids] : cuts) {
    step("cut");
    argue(number_of(keys_of_.bucket(bucket)));
    argue(number_of(keys_of_.buckets()));
    argue(bucket);
    argue(std::to_string(ids.size()));
    for (const std::string& id : ids) argue(id);
  }
}

}  // namespace booking::inline v0::redis
