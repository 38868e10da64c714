// One step for each thing to compare, then for each thing to write.
#include "redis/commit.hpp"

#include <algorithm>
#include <utility>

#include "booking/rules.hpp"

namespace booking::inline v0::redis {

namespace {

std::string optional_text(const std::optional<Instant>& instant) {
  return instant ? encode(*instant) : std::string{};
}

}  // namespace

Commit::Commit(const Facts& facts, const Changes& changes, const CommitTerms& terms)
    : keys_of_{facts.keys()}, terms_{terms} {
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
  compare(facts, changes);
  add(Writes{facts, changes, terms});
  key_views_.assign(keys_.begin(), keys_.end());
  argument_views_.assign(arguments_.begin(), arguments_.end());
}

std::string Commit::number_of(const std::string& key) {
  const auto [at, first] = numbers_.try_emplace(key, keys_.size() + 1);
  if (first) keys_.push_back(key);
  return std::to_string(at->second);
}

void Commit::command(const std::vector<std::string>& parts) {
  argue(parts[0]);
  argue(number_of(parts[1]));
  argue(std::to_string(parts.size() - 2));
  for (std::size_t i = 2; i < parts.size(); ++i) argue(parts[i]);
}

void Commit::compare(const Facts& facts, const Changes& changes) {
  std::vector<std::string> with_room;
  for (const auto& [key, change] : changes.slots) {
    if (!needs_room_only(change, terms_)) continue;
    with_room.push_back(keys_of_.slot(key));
    add_room(change);
  }
  std::sort(with_room.begin(), with_room.end());
  for (const auto& [name, fact] : facts.all()) {
    const bool room = fact.command.front() == "GET" &&
                      std::binary_search(with_room.begin(), with_room.end(), fact.command[1]);
    if (fact.used && fact.compared && !room) compare(fact);
  }
}

void Commit::compare(const Fact& fact) {
  if (fact.command.front() != "HGETALL") {
    step("same");
    argue(spelt(*fact.reply));
    return command(fact.command);
  }
  step("hash");
  argue(number_of(fact.command[1]));
  argue(std::to_string(fact.reply->items.size()));
  for (const Reply& item : fact.reply->items) argue(item.text);
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

void Commit::add(const Writes& writes) {
  for (const auto& [key, type] : writes.types()) {
    step("type");
    argue(number_of(key));
    argue(std::string{type});
  }
  for (const Write& write : writes.all()) {
    step("write");
    command(write);
  }
  for (const auto& [bucket, ids] : writes.cuts()) {
    step("cut");
    argue(number_of(keys_of_.bucket(bucket)));
    argue(number_of(keys_of_.buckets()));
    argue(bucket);
    argue(std::to_string(ids.size()));
    for (const std::string& id : ids) argue(id);
  }
}

}  // namespace booking::inline v0::redis
