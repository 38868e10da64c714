// The market by WATCH, MULTI and EXEC: what disturbs a change, what does not, and how connections
// are left; beside it the same by script.
#include <atomic>
#include <functional>

#include "market/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// The system's clock. A call asks it before it sends; when the server then has somebody within
// MULTI, that is between a look and its EXEC, and something may be done there, once.
class Between final : public Clock {
 public:
  explicit Between(const RedisServer& server) : server_{server} {}
  std::chrono::steady_clock::time_point steady_now() const noexcept override {
    if (act_ && server_.ask({"CLIENT", "LIST"}).find("flags=x") != std::string::npos) {
      std::exchange(act_, nullptr)();
    }
    return Clock::steady_now();
  }
  void act(std::function<void()> what) { act_ = std::move(what); }
  bool acted() const noexcept { return !act_; }

 private:
  const RedisServer& server_;
  mutable std::function<void()> act_{};
};

struct WatchedShop {
  RedisServer server{};
  Marketplace others{redis_market(server.url(), CommitMode::script)};
  std::shared_ptr<MarketStore> store = redis_market(server.url(), CommitMode::watch, "", 1);

  WatchedShop() {
    open_for_frank_and_bill(others);
    REQUIRE(others.list_item({.item = "ItemM", .seller = 17, .price = 97}));
  }

  // One attempt, with `what` done between its look and its EXEC.
  Result<MarketOutcome> attempt(const MarketCommand& command, std::function<void()> what) const {
    Between between{server};
    if (what) between.act(std::move(what));
    auto outcome = store->execute(command, Deadline{between, seconds{20}});
    CHECK(between.acted());
    return outcome;
  }
  // What others do by one command.
  std::function<void()> does(std::initializer_list<std::string_view> command) const {
    const std::vector<std::string> words{command.begin(), command.end()};
    return [this, words] {
      std::string list;
      for (const std::string& word : words) list += (list.empty() ? "'" : ",'") + word + "'";
      server.ask({"EVAL", "redis.call(" + list + ")", "0"});
    };
  }
  int connections() const {
    const std::string list = server.ask({"CLIENT", "LIST"});
    int count = 0;
    for (std::size_t at = 0; (at = list.find("name=booking", at)) != list.npos; ++at) ++count;
    return count;
  }
};

MarketCommand command(MarketCommand::Verb verb, UserId user, ItemId item, std::int64_t amount) {
  return {.verb = verb,
          .user = user,
          .seller = 17,
          .item = item,
          .amount = amount,
          .op = OpId{1, OpId::generate().low}};
}
MarketCommand purchase(std::int64_t price = 97) {
  return command(MarketCommand::Verb::purchase_item, 27, "ItemM", price);
}
MarketCommand listing(std::int64_t price = 50) {
  return command(MarketCommand::Verb::list_item, 17, "ItemL", price);
}

MarketVerdict verdict(const Result<MarketOutcome>& outcome) {
  REQUIRE_MESSAGE(outcome.has_value(), outcome.error().log_text());
  return outcome->verdict;
}

}  // namespace

TEST_CASE("B18 a purchase whose buyer was changed since the look does not happen") {
  WatchedShop shop;
  CHECK(code_of(shop.attempt(purchase(), shop.does({"HINCRBY", "users:27", "funds", "-100"}))) ==
        ErrorCode::contention);
  CHECK(everything(shop.others) == "43 25 ItemL ItemN | ItemO ItemP ItemQ | ItemM.17 97 ");
}

TEST_CASE("B18 a purchase whose seller was changed since the look does not happen") {
  WatchedShop shop;
  CHECK(code_of(shop.attempt(purchase(),
                             shop.does({"HSET", "users:17", "funds", "9007199254740992"}))) ==
        ErrorCode::contention);
  CHECK(funds(shop.others, 17) == most_funds);
}

TEST_CASE("B18 a purchase of an offer that was changed since the look does not happen") {
  WatchedShop shop;
  CHECK(code_of(shop.attempt(purchase(), shop.does({"ZADD", "market:", "98", "ItemM.17"}))) ==
        ErrorCode::contention);
  CHECK(everything(shop.others) == "43 125 ItemL ItemN | ItemO ItemP ItemQ | ItemM.17 98 ");
}

TEST_CASE("B18 a purchase whose buyer's items were changed since the look does not happen") {
  WatchedShop shop;
  const auto replaced = [&] {
    shop.does({"DEL", "inventory:27"})();
    shop.does({"SET", "inventory:27", "x"})();
  };
  CHECK(code_of(shop.attempt(purchase(), replaced)) == ErrorCode::contention);
  CHECK(funds(shop.others, 27) == 125);
}

TEST_CASE("B18 a purchase whose op was used since the look does not happen") {
  WatchedShop shop;
  const MarketCommand buy = purchase();
  const auto same = [&] {
    REQUIRE(shop.others.purchase_item(
        {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .op = buy.op}));
    REQUIRE(shop.others.list_item({.item = "ItemM", .seller = 27, .price = 1}));
    REQUIRE(shop.others.purchase_item({.buyer = 17, .item = "ItemM", .seller = 27, .price = 1}));
    REQUIRE(shop.others.list_item({.item = "ItemM", .seller = 17, .price = 97}));
  };
  CHECK(code_of(shop.attempt(buy, same)) == ErrorCode::contention);
  const auto again = shop.attempt(buy, nullptr);
  REQUIRE(again.has_value());
  CHECK(*again == MarketOutcome{.verdict = MarketVerdict::done, .replayed = true});
  CHECK(offers(shop.others) == "ItemM.17 97 ");
}

TEST_CASE("B18 a change rests on its op's record alone, too") {
  WatchedShop shop;
  const std::string key = "market:op:00000000000000010000000000000009";
  MarketCommand list = listing();
  list.op = {1, 9};
  CHECK(code_of(shop.attempt(list, shop.does({"SET", key, "other"}))) == ErrorCode::contention);
  CHECK(shop.server.ask({"GET", key}) == "other");
}

TEST_CASE("3.3 an item that left the seller's hands since the look is not offered") {
  WatchedShop shop;
  CHECK(code_of(shop.attempt(listing(), shop.does({"SREM", "inventory:17", "ItemL"}))) ==
        ErrorCode::contention);
  CHECK(offers(shop.others) == "ItemM.17 97 ");
}

TEST_CASE("3.3 an item is not offered on a market that was replaced since the look") {
  WatchedShop shop;
  const auto replaced = [&] {
    shop.does({"DEL", "market:"})();
    shop.does({"SET", "market:", "x"})();
  };
  CHECK(code_of(shop.attempt(listing(), replaced)) == ErrorCode::contention);
  CHECK(held(shop.others, 17) == "ItemL ItemN ");
}

TEST_CASE("B18 a refusal is of one moment: what changed since the look is looked at again") {
  WatchedShop shop;
  REQUIRE(shop.others.cancel_listing({.item = "ItemM", .seller = 17}));
  REQUIRE(shop.others.list_item({.item = "ItemM", .seller = 17, .price = 126}));
  CHECK(code_of(shop.attempt(purchase(126), shop.does({"HINCRBY", "users:27", "funds", "1"}))) ==
        ErrorCode::contention);
  CHECK(verdict(shop.attempt(purchase(126), nullptr)) == MarketVerdict::done);
}

TEST_CASE(
    "B18 others' UNWATCH, and changes of what a purchase does not rest on, do not disturb it") {
  for (const bool unwatch : {true, false}) {
    WatchedShop shop;
    Outsider outsider{shop.server.path()};
    const auto others = [&] {
      if (unwatch) {
        CHECK(outsider.ask({"WATCH", "market:", "users:27"}) == "OK");
        CHECK(outsider.ask({"UNWATCH"}) == "OK");
      } else {
        REQUIRE(shop.others.put_account({.user = 99, .name = "", .funds = 5}));
        REQUIRE(shop.others.grant_item({.user = 99, .item = "ItemX"}));
      }
    };
    CHECK(verdict(shop.attempt(purchase(), others)) == MarketVerdict::done);
  }
}

TEST_CASE("3.4 a purchase that was disturbed tries again and is done") {
  WatchedShop shop;
  const auto between = std::make_shared<Between>(shop.server);
  Marketplace market{shop.store, no_lock(), {.clock = between}};
  between->act(shop.does({"HINCRBY", "users:27", "funds", "5"}));
  CHECK(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}));
  CHECK(between->acted());
  CHECK(everything(shop.others) == "140 33 ItemL ItemN | ItemM ItemO ItemP ItemQ | ");
}

TEST_CASE("3.6 a refused call leaves its connection watching nothing") {
  WatchedShop shop;
  CHECK(verdict(shop.attempt(purchase(96), nullptr)) == MarketVerdict::price_changed);
  shop.does({"HINCRBY", "users:27", "funds", "1"})();
  const int before = shop.connections();
  CHECK(verdict(shop.attempt(listing(), nullptr)) == MarketVerdict::done);
  CHECK(shop.connections() == before);
}

TEST_CASE("3.6 a disturbed call leaves its connection watching nothing") {
  WatchedShop shop;
  CHECK_FALSE(shop.attempt(purchase(), shop.does({"HINCRBY", "users:27", "funds", "1"})));
  shop.does({"HINCRBY", "users:27", "funds", "1"})();
  const int before = shop.connections();
  CHECK(verdict(shop.attempt(listing(), nullptr)) == MarketVerdict::done);
  CHECK(shop.connections() == before);
}

TEST_CASE("3.6 a connection that was left within MULTI is closed") {
  WatchedShop shop;
  shop.does({"DEL", "users:27"})();
  shop.does({"SET", "users:27", "x"})();
  CHECK(code_of(shop.attempt(purchase(), nullptr)) == ErrorCode::broken_store);
  CHECK(shop.server.ask({"CLIENT", "LIST"}).find("flags=x") == std::string::npos);
  CHECK(verdict(shop.attempt(listing(), nullptr)) == MarketVerdict::done);
}

TEST_CASE("3.6 a change takes two round trips by WATCH, refused or not, and one by script") {
  WatchedShop shop;
  for (const CommitMode commit : {CommitMode::watch, CommitMode::script}) {
    Proxy proxy{shop.server.path()};
    Marketplace market{redis_market(proxy.url(), commit)};
    const auto trips = [&](std::int64_t price, bool good) {
      proxy.set({});
      const int before = proxy.round_trips();
      CHECK(market.list_item({.item = "ItemL", .seller = 17, .price = price}).has_value() == good);
      return proxy.round_trips() - before;
    };
    REQUIRE(market.put_account({.user = 5, .name = "", .funds = 0}));  // it is connected
    REQUIRE(market.cancel_listing({.item = "ItemM", .seller = 17}));
    const int expected = commit == CommitMode::watch ? 2 : 1;
    CHECK(trips(5, true) == expected);
    CHECK(trips(5, false) == expected);
    REQUIRE(market.cancel_listing({.item = "ItemL", .seller = 17}));
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
  }
}

TEST_CASE("B18 a server without memory refuses a change as a whole") {
  for (const CommitMode commit : {CommitMode::watch, CommitMode::script}) {
    WatchedShop shop;
    Marketplace market{redis_market(shop.server.url(), commit)};
    const std::string before = everything(market);
    REQUIRE(shop.server.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK");
    CHECK(
        code_of(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97})) ==
        ErrorCode::unavailable);
    CHECK(code_of(market.list_item({.item = "ItemL", .seller = 17, .price = 5})) ==
          ErrorCode::unavailable);
    REQUIRE(shop.server.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK");
    CHECK(everything(market) == before);
    CHECK(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}));
  }
}

TEST_CASE("B18 without the right to MULTI or EXEC nothing is written") {
  for (const char* word : {"-multi", "-exec"}) {
    WatchedShop shop;
    REQUIRE(shop.server.ask({"ACL", "SETUSER", "default", word}) == "OK");
    const std::string before = everything(shop.others);
    CHECK(code_of(shop.attempt(purchase(), nullptr)) == ErrorCode::unavailable);
    CHECK(everything(shop.others) == before);
  }
}
