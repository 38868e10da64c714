// Pipelines out, replies judged.
#include "redis/market_transaction.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

namespace {

const Reply* first_error(const std::vector<Reply>& replies) {
  const auto at = std::find_if(replies.begin(), replies.end(),
                               [](const Reply& reply) { return reply.is(Reply::Kind::error); });
  return at == replies.end() ? nullptr : &*at;
}

void add_difference(const std::string& key, const std::optional<Account>& before,
                    const std::optional<Account>& after, Request& request) {
  if (before == after) return;
  if (!before) {
    request.add({"HSET", key, "name", after->name, "funds", std::to_string(after->funds)});
  } else {
    request.add({"HINCRBY", key, "funds", std::to_string(after->funds - before->funds)});
  }
}

}  // namespace

Result<MarketOutcome> MarketTransaction::run() {
  const auto before = look();
  if (!before) return before.error();
  market_rules::Facts after = *before;
  const MarketOutcome outcome = market_rules::decide(command_, after);
  Request request;
  add_writes(*before, after, request);
  // Without writes EXEC only proves that what was read one by one was true at one moment.
  const Step step = request.commands() > 0 ? Step::commit : Step::before_commit;
  request.add({"EXEC"});
  auto done = execute(request, step);
  if (!done) return std::move(done).error();
  return outcome;
}

Result<market_rules::Facts> MarketTransaction::look() {
  const market_rules::Needs needs = market_rules::needs_of(command_.verb);
  const std::string member =
      needs.item ? market_rules::member_of(command_.item, command_.seller) : std::string{};
  const std::string op = keys_.op(command_.op);
  const std::string user = keys_.user(command_.user);
  const std::string seller = keys_.user(command_.seller);
  const std::string items = keys_.items(command_.user);
  const std::string market = keys_.market();
  std::vector<std::string_view> watched = {"WATCH", op};
  if (needs.account) watched.push_back(user);
  if (needs.seller) watched.push_back(seller);
  if (needs.item) watched.insert(watched.end(), {items, market});

  Request request;
  request.add(watched);
  request.add({"GET", op});
  if (needs.account) request.add({"HMGET", user, "name", "funds"});
  if (needs.seller) request.add({"HMGET", seller, "name", "funds"});
  if (needs.item) request.add({"SISMEMBER", items, to_string(command_.item)});
  if (needs.item) request.add({"ZSCORE", market, member});
  // MULTI closes the look: a server that refuses it would carry out the writes one by one.
  request.add({"MULTI"});
  open_ = true;
  const auto replies = connection_.exchange(request, deadline_, Step::before_commit);
  if (!replies) return replies.error();
  if (const Reply* const error = first_error(*replies)) {
    return outcome(error->text, Step::before_commit);
  }
  return facts_in(*replies);
}

Result<market_rules::Facts> MarketTransaction::facts_in(const std::vector<Reply>& replies) const {
  const market_rules::Needs needs = market_rules::needs_of(command_.verb);
  auto next = replies.begin() + 1;  // behind WATCH
  market_rules::Facts facts;
  if (next->is(Reply::Kind::text)) facts.op = next->text;
  ++next;
  for (const auto& [needed, account] :
       {std::pair{needs.account, &facts.account}, std::pair{needs.seller, &facts.seller}}) {
    if (!needed) continue;
    auto found = account_in(*next++);
    if (!found) return std::move(found).error();
    *account = *std::move(found);
  }
  if (!needs.item) return facts;
  facts.owned = (next++)->integer == 1;
  const auto price = price_in(*next);
  if (!price) return price.error();
  facts.price = *price;
  return facts;
}

void MarketTransaction::add_writes(const market_rules::Facts& before,
                                   const market_rules::Facts& after, Request& request) const {
  if (after.op && !before.op) {
    request.add({"SET", keys_.op(command_.op), *after.op, "PX",
                 std::to_string(market_rules::op_life.count())});
  }
  add_difference(keys_.user(command_.seller), before.seller, after.seller, request);
  add_difference(keys_.user(command_.user), before.account, after.account, request);
  const std::string items = keys_.items(command_.user);
  const std::string item = to_string(command_.item);
  const std::string member = market_rules::member_of(command_.item, command_.seller);
  if (after.owned && !before.owned) request.add({"SADD", items, item});
  if (before.owned && !after.owned) request.add({"SREM", items, item});
  if (after.price && !before.price) {
    request.add({"ZADD", keys_.market(), std::to_string(*after.price), member});
  }
  if (before.price && !after.price) request.add({"ZREM", keys_.market(), member});
}

Result<void> MarketTransaction::execute(const Request& request, Step step) {
  const auto replies = connection_.exchange(request, deadline_, step);
  if (!replies) return replies.error();
  const Reply& done = replies->back();
  if (done.is(Reply::Kind::nil)) {
    open_ = false;
    return store_error(ErrorCode::contention, "others changed the market meanwhile");
  }
  if (done.is(Reply::Kind::error)) {
    // What was refused says why; EXEC itself only that something was.
    return outcome(first_error(*replies)->text, Step::before_commit);
  }
  if (done.items.size() + 1 != replies->size()) return unexpected("to EXEC", step);
  open_ = false;
  if (const Reply* const error = first_error(done.items)) {
    return broken("only a part of a change was written: " + shown(error->text));
  }
  return Result<void>::success();
}

}  // namespace booking::inline v0::redis
