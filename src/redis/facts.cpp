// Commands out, replies in.
#include "redis/facts.hpp"

#include <algorithm>
#include <utility>

#include "booking/rules.hpp"

namespace booking::inline v0::redis {

namespace {

std::string name_of(const std::vector<std::string>& command) {
  std::string name;
  for (const std::string& part : command) (name += part) += '\n';  // no part holds one
  return name;
}

}  // namespace

std::string spelt(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "-";
    case Reply::Kind::integer:
      return ":" + std::to_string(reply.integer);
    case Reply::Kind::array: {
      std::string text = "*";
      for (const Reply& item : reply.items) (text += item.text) += ' ';
      return text;
    }
    default:
      return "=" + reply.text;
  }
}

const Reply* Facts::ask(std::vector<std::string> command, bool compared) {
  const auto [at, made] = facts_.try_emplace(name_of(command));
  Fact& fact = at->second;
  if (made) {
    fact.command = std::move(command);
    fact.compared = false;
    ++missing_;
  }
  fact.compared = compared || (fact.used && fact.compared);
  fact.used = true;
  return fact.reply ? &*fact.reply : nullptr;
}

const Reply* Facts::service(const ServiceId& id) {
  return ask({"GET", keys_->service(id)});
}
const Reply* Facts::approval(const ServiceId& id) {
  return ask({"GETRANGE", keys_->service(id), "0", "0"});
}
const Reply* Facts::slot(const SlotKey& slot) {
  return ask({"GET", keys_->slot(slot)});
}
const Reply* Facts::is_listed(const SlotKey& slot) {
  return ask({"ZSCORE", keys_->slots(slot.service), label_text(slot.label)});
}
const Reply* Facts::booking(BookingId id, bool compared) {
  return ask({"GET", keys_->booking(id)}, compared);
}
const Reply* Facts::policy() {
  return ask({"GET", keys_->policy()});
}
const Reply* Facts::policy_if_known() const {
  const auto at = facts_.find(name_of({"GET", keys_->policy()}));
  return at != facts_.end() && at->second.reply ? &*at->second.reply : nullptr;
}
const Reply* Facts::claims(const UserId& user) {
  return ask({"HGETALL", keys_->user(user)});
}

const Reply* Facts::claims(const UserId& user, const SlotKey& slot) {
  const auto all = facts_.find(name_of({"HGETALL", keys_->user(user)}));
  if (all == facts_.end()) return ask({"HGET", keys_->user(user), slot_text(slot)});
  all->second.used = true;
  if (!all->second.reply) return nullptr;
  const std::vector<Reply>& items = all->second.reply->items;
  const std::string wanted = slot_text(slot);
  field_.emplace();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].text == wanted) field_ = items[i + 1];
  }
  return &*field_;
}

const Reply* Facts::holds(const SlotKey& slot, std::int64_t passed) {
  constexpr std::int64_t few = 16;  // read ahead by every transaction
  constexpr std::int64_t more = rules::returned_per_step + 1;
  const std::int64_t last = passed < few ? few - 1 : (passed / more + 1) * more - 1;
  return ask({"ZRANGE", keys_->holds(slot), "0", std::to_string(last), "WITHSCORES"}, false);
}
const Reply* Facts::bookings(const SlotKey& slot) {
  return ask({"ZRANGE", keys_->bookings(slot), "0", "-1"}, false);
}
const Reply* Facts::due() {
  return ask({"ZRANGE", keys_->due(), "0", "63", "WITHSCORES"}, false);
}
const Reply* Facts::voids(Instant before, std::int64_t max) {
  return ask({"ZRANGEBYSCORE", keys_->voids(), "-inf", "(" + encode(before), "LIMIT", "0",
              std::to_string(max)},
             false);
}

const Reply* Facts::seq() {
  return ask({"GET", keys_->seq()});
}
const Reply* Facts::trimmed() {
  return ask({"GET", keys_->trimmed()});
}
const Reply* Facts::changes() {
  return ask({"LLEN", keys_->changes()});
}

const Reply* Facts::type(const std::string& key) {
  return ask({"TYPE", key}, false);
}
const Reply* Facts::bucket(const std::string& name) {
  return ask({"GET", keys_->bucket(name)});
}
void Facts::companion(BookingId id) {
  ask({"EXISTS", keys_->companion(id)});
}
bool Facts::has_companion(BookingId id) const {
  const auto at = facts_.find(name_of({"EXISTS", keys_->companion(id)}));
  return at != facts_.end() && at->second.reply && at->second.reply->integer == 1;
}

void Facts::forget_use() {
  for (auto& [name, fact] : facts_) fact.used = false;
}

const std::vector<Fact*>& Facts::list(Which which) {
  if (which == Which::used) {
    std::erase_if(facts_, [](const auto& entry) { return !entry.second.used; });
    for (auto& [name, fact] : facts_) fact.reply.reset();
  }
  sent_.clear();
  for (auto& [name, fact] : facts_) {
    if (!fact.reply) sent_.push_back(&fact);
  }
  return sent_;
}

bool Facts::take(std::vector<Reply> replies) {
  if (replies.size() != sent_.size()) return false;
  for (std::size_t i = 0; i < sent_.size(); ++i) sent_[i]->reply = std::move(replies[i]);
  sent_.clear();
  missing_ = 0;
  return true;
}

void Facts::put(const std::vector<std::string>& command, Reply reply) {
  ask(command);
  Fact& fact = facts_.at(name_of(command));
  if (!fact.reply) --missing_;
  fact.reply = std::move(reply);
}

void Facts::put_policy(Reply reply) {
  put({"GET", keys_->policy()}, std::move(reply));
}
void Facts::put_booking(BookingId id, Reply reply) {
  put({"GET", keys_->booking(id)}, std::move(reply));
}
void Facts::put_slot(const SlotKey& slot, Reply reply, Reply approval) {
  put({"GET", keys_->slot(slot)}, std::move(reply));
  put({"GETRANGE", keys_->service(slot.service), "0", "0"}, std::move(approval));
}
void Facts::put_claims(const UserId& user, const SlotKey& slot, Reply reply) {
  if (reply.is(Reply::Kind::array)) {
    put({"HGETALL", keys_->user(user)}, std::move(reply));
  } else {
    put({"HGET", keys_->user(user), slot_text(slot)}, std::move(reply));
  }
}

}  // namespace booking::inline v0::redis
