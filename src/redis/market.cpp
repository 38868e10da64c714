// The market on a Redis server: one script or one transaction for a change, single reads.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/market_rules.hpp"
#include "booking/redis_market.hpp"
#include "embedded/market_browse_lua.hpp"
#include "embedded/market_lua.hpp"
#include "redis/client.hpp"
#include "redis/market_keys.hpp"
#include "redis/market_transaction.hpp"
#include "redis/outcome.hpp"
#include "redis/script.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

class RedisMarket final : public MarketStore {
 public:
  RedisMarket(const RedisMarketOptions& options, std::unique_ptr<Client> client)
      : keys_{options.prefix}, commit_{options.commit}, client_{std::move(client)} {}

  Result<MarketOutcome> execute(const MarketCommand& command, Deadline deadline) override {
    const auto connection = client_->lend(deadline);
    if (!connection) return connection.error();
    if (commit_ == CommitMode::script) return run_script(command, **connection, deadline);
    return MarketTransaction{keys_, command, **connection, deadline}.run();
  }

  Result<std::optional<Account>> account(const UserId& user, Deadline deadline) override {
    const auto reply = ask({"HMGET", keys_.user(user), "name", "funds"}, deadline);
    return reply ? account_in(*reply) : reply.error();
  }

  Result<ItemList> items(const UserId& user, Deadline deadline) override {
    // Asked for more than there are, it answers each once; otherwise no more than asked for.
    const std::string most = std::to_string(market_rules::most_items + 1);
    const auto reply = ask({"SRANDMEMBER", keys_.items(user), most}, deadline);
    if (!reply) return reply.error();
    ItemList list{.items = {}, .complete = reply->items.size() <= market_rules::most_items};
    for (const Reply& member : reply->items) {
      const auto item = item_in(member.text);
      if (!item) return item.error();
      list.items.push_back(*item);
    }
    std::sort(list.items.begin(), list.items.end());
    if (!list.complete) list.items.pop_back();
    return list;
  }

  Result<std::optional<std::int64_t>> price(const ItemId& item, const UserId& seller,
                                            Deadline deadline) override {
    const auto reply =
        ask({"ZSCORE", keys_.market(), market_rules::member_of(item, seller)}, deadline);
    return reply ? price_in(*reply) : reply.error();
  }

  Result<ListingPage> browse(const BrowseRequest& request, std::int32_t page_size,
                             Deadline deadline) override {
    static const Script script{embedded::market_browse_lua};
    const auto& after = request.after;
    const std::string from = std::to_string(after ? after->price : request.from_price);
    const std::string behind =
        after ? market_rules::member_of(after->item, after->seller) : std::string{};
    const std::string most = std::to_string(page_size + 1);  // one more tells whether there is one
    const auto connection = client_->lend(deadline, Use::read);
    if (!connection) return connection.error();
    const auto reply =
        script.run(**connection, {{keys_.market()}}, {{from, most, behind}}, deadline, Step::read);
    if (!reply) return reply.error();
    if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::read);
    return page_in(reply->items, static_cast<std::size_t>(page_size));
  }

 private:
  Result<MarketOutcome> run_script(const MarketCommand& command, Connection& connection,
                                   const Deadline& deadline) const {
    static const Script script{embedded::market_lua};
    const std::array keys = {keys_.op(command.op), keys_.market(), keys_.user(command.user),
                             keys_.items(command.user), keys_.user(command.seller)};
    const std::array arguments = {std::string{market_rules::name_of(command.verb)},
                                  market_rules::request_text(command),
                                  std::string{command.again ? "1" : ""},
                                  std::to_string(market_rules::op_life.count()),
                                  to_string(command.item),
                                  market_rules::member_of(command.item, command.seller),
                                  std::to_string(command.amount),
                                  command.name};
    const std::vector<std::string_view> key_texts{keys.begin(), keys.end()};
    const std::vector<std::string_view> texts{arguments.begin(), arguments.end()};
    const auto reply = script.run(connection, key_texts, texts, deadline, Step::commit);
    if (!reply) return reply.error();
    if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::commit);
    if (reply->items.size() != 2) {
      connection.close();
      return unexpected("to a change of a market", Step::commit);
    }
    const auto verdict = market_rules::verdict_named(reply->items[0].text);
    return MarketOutcome{.verdict = verdict.value_or(MarketVerdict::damaged),
                         .replayed = verdict && reply->items[1].text == "1"};
  }

  Result<Reply> ask(std::initializer_list<std::string_view> command, const Deadline& deadline) {
    const auto connection = client_->lend(deadline, Use::read);
    if (!connection) return connection.error();
    Request request;
    request.add(command);
    auto replies = (*connection)->exchange(request, deadline, Step::read);
    if (!replies) return std::move(replies).error();
    Reply& reply = replies->front();
    if (reply.is(Reply::Kind::error)) return outcome(reply.text, Step::read);
    return std::move(reply);
  }

  static Result<ListingPage> page_in(const std::vector<Reply>& flat, std::size_t page_size) {
    ListingPage page;
    for (std::size_t at = 0; at + 1 < flat.size(); at += 2) {
      auto listing = listing_in(flat[at].text, flat[at + 1]);
      if (!listing) return std::move(listing).error();
      if (page.items.size() == page_size) {
        page.next = page.items.back();
        break;
      }
      page.items.push_back(*std::move(listing));
    }
    return page;
  }

  const MarketKeys keys_;
  const CommitMode commit_;
  const std::unique_ptr<Client> client_;
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<MarketStore>> redis_market_store(const RedisMarketOptions& options) {
  if (!redis::good_market_prefix(options.prefix)) {
    return detail::invalid(Subject::request,
                           "a market's prefix is at most 64 letters, digits and _.:-{}");
  }
  auto client = redis::Client::reach(options.server);
  if (!client) return std::move(client).error();
  return std::static_pointer_cast<MarketStore>(
      std::make_shared<redis::RedisMarket>(options, *std::move(client)));
}

}  // namespace booking::inline v0
