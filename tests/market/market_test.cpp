// The rows of the marketplace, on every kind of market.
#include <set>
#include <thread>

#include "booking/process_mutex.hpp"
#include "booking/redis_lock.hpp"
#include "booking/testing/manual_clock.hpp"
#include "market/setup.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("3.1 users have a name, funds and items") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    CHECK(market.account(17).value() == Account{.name = "Frank", .funds = 43});
    CHECK(market.account(27).value() == Account{.name = "Bill", .funds = 125});
    CHECK(market.account(99).value() == std::nullopt);
    CHECK(held(market, 17) == "ItemL ItemM ItemN ");
    CHECK(held(market, 27) == "ItemO ItemP ItemQ ");
    CHECK(held(market, 99) == "");
  });
}

TEST_CASE("3.1 an account put with the same values again changes nothing, with others is refused") {
  on_every_market([](Marketplace& market) {
    const auto put = [&](const char* name, std::int64_t funds) {
      return market.put_account({.user = 17, .name = name, .funds = funds});
    };
    CHECK(put("Frank", 43).value().changed);
    CHECK_FALSE(put("Frank", 43).value().changed);
    CHECK(refusal(put("Frank", 44)) == "already_exists user");
    CHECK(refusal(put("Fred", 43)) == "already_exists user");
    CHECK(market.account(17).value() == Account{.name = "Frank", .funds = 43});
  });
}

TEST_CASE("3.1 an item that its user holds or offers is not granted again") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    CHECK_FALSE(market.grant_item({.user = 17, .item = "ItemM"}).value().changed);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    CHECK_FALSE(market.grant_item({.user = 17, .item = "ItemM"}).value().changed);
    CHECK(held(market, 17) == "ItemL ItemN ");
    CHECK(refusal(market.grant_item({.user = 99, .item = "ItemX"})) == "not_found user");
    CHECK(held(market, 99) == "");
  });
}

TEST_CASE("3.2 offers are listed by price, page by page") {
  on_every_market([](Marketplace& market) {
    const Listing all[] = {{"ItemA", 4, 35}, {"ItemC", 7, 48}, {"ItemE", 2, 60}, {"ItemG", 3, 73}};
    for (const int i : {2, 0, 3, 1}) {
      const Listing& one = all[i];
      REQUIRE(market.put_account({.user = one.seller, .name = "", .funds = 0}));
      REQUIRE(market.grant_item({.user = one.seller, .item = one.item}));
      REQUIRE(market.list_item({.item = one.item, .seller = one.seller, .price = one.price}));
    }
    CHECK(offers(market) == "ItemA.4 35 ItemC.7 48 ItemE.2 60 ItemG.3 73 ");
    const auto first = market.browse({}, 3).value();
    REQUIRE(first.items.size() == 3);
    REQUIRE(first.next.has_value());
    CHECK(*first.next == all[2]);
    const auto second = market.browse({.after = first.next}, 3).value();
    REQUIRE(second.items.size() == 1);
    CHECK(second.items[0] == all[3]);
    CHECK_FALSE(second.next.has_value());
    CHECK(market.browse({.from_price = 48}, 1).value().items[0] == all[1]);
    CHECK(market.browse({.from_price = 49}, 1).value().items[0] == all[2]);
    CHECK(market.browse({.from_price = 74}).value().items.empty());
    CHECK(market.listing("ItemC", 7).value() == all[1]);
    CHECK(market.listing("ItemC", 4).value() == std::nullopt);
  });
}

TEST_CASE("3.2 offers of one price are listed by their bytes, also behind one that has gone") {
  on_every_market([](Marketplace& market) {
    REQUIRE(market.put_account({.user = 1, .name = "", .funds = 0}));
    std::set<std::string> expected;
    for (const char* item : {"b", "a", "B", "\xC3\xA4", "a.b", "a b", "10", "9", "~", "-1"}) {
      REQUIRE(market.grant_item({.user = 1, .item = item}));
      REQUIRE(market.list_item({.item = item, .seller = 1, .price = 5}));
      expected.insert(std::string{item} + ".1");
    }
    std::vector<std::string> seen;
    BrowseRequest request;
    do {
      const auto page = market.browse(request, 1).value();
      REQUIRE(page.items.size() == 1);
      const ItemId item = page.items[0].item;
      seen.push_back(to_string(item) + ".1");
      request.after = page.next;
      REQUIRE(market.cancel_listing({.item = item, .seller = 1}));
    } while (request.after);
    CHECK(seen == std::vector<std::string>(expected.begin(), expected.end()));
  });
}

TEST_CASE("3.2 the last dot parts an offer's name: items may hold dots, users may not") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    REQUIRE(market.grant_item({.user = 17, .item = "a.27"}));
    REQUIRE(market.list_item({.item = "a.27", .seller = 17, .price = 5}));
    CHECK(market.browse().value().items.at(0) == Listing{"a.27", 17, 5});
    CHECK(refusal(market.purchase_item({.buyer = 17, .item = "a", .seller = 27, .price = 5})) ==
          "not_found item");
    CHECK(refusal(market.put_account({.user = "a.27", .name = ""})) == "invalid_argument user");
    CHECK(refusal(market.list_item({.item = "x", .seller = "a.27", .price = 5})) ==
          "invalid_argument user");
    CHECK(refusal(market.listing("x", "a.27")) == "invalid_argument user");
  });
}

TEST_CASE("3.3 an item that is offered leaves its seller's hands") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    CHECK(market.list_item({.item = "ItemM", .seller = 17, .price = 97}).value().changed);
    CHECK(everything(market) == "43 125 ItemL ItemN | ItemO ItemP ItemQ | ItemM.17 97 ");
    CHECK(refusal(market.list_item({.item = "ItemM", .seller = 17, .price = 98})) ==
          "item_not_owned item");
    CHECK(everything(market) == "43 125 ItemL ItemN | ItemO ItemP ItemQ | ItemM.17 97 ");
  });
}

TEST_CASE("3.3 who does not hold an item cannot offer it") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const std::string before = everything(market);
    CHECK(refusal(market.list_item({.item = "ItemM", .seller = 27, .price = 97})) ==
          "item_not_owned item");
    CHECK(refusal(market.list_item({.item = "ItemM", .seller = 99, .price = 97})) ==
          "item_not_owned item");
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.3 an offer that is taken back is in its seller's hands again") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const std::string before = everything(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    CHECK(refusal(market.cancel_listing({.item = "ItemM", .seller = 27})) == "not_found item");
    CHECK(market.cancel_listing({.item = "ItemM", .seller = 17}).value().changed);
    CHECK(everything(market) == before);
    CHECK(refusal(market.cancel_listing({.item = "ItemM", .seller = 17})) == "not_found item");
  });
}

TEST_CASE("3.4 a purchase is refused for the first of its faults, in this order") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const auto buy = [&](UserId buyer, std::int64_t price) {
      return market.purchase_item({.buyer = buyer, .item = "ItemM", .seller = 17, .price = price});
    };
    CHECK(refusal(buy(17, 97)) == "invalid_argument user");
    CHECK(refusal(buy(99, 97)) == "not_found item");
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 126}));
    const std::string before = everything(market);
    CHECK(refusal(buy(17, 126)) == "invalid_argument user");
    CHECK(refusal(buy(99, 97)) == "not_found user");
    CHECK(refusal(buy(27, 127)) == "price_changed item");
    CHECK(refusal(buy(27, 125)) == "price_changed item");
    CHECK(refusal(buy(27, 126)) == "insufficient_funds user");
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.4 a buyer may spend everything") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 125}));
    CHECK(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 125}));
    CHECK(everything(market) == "168 0 ItemL ItemN | ItemM ItemO ItemP ItemQ | ");
  });
}

TEST_CASE("3.4 funds and prices go up to 2^53, and a credit that would pass it is refused") {
  on_every_market([](Marketplace& market) {
    REQUIRE(market.put_account({.user = "rich", .name = "", .funds = most_funds}));
    REQUIRE(market.put_account({.user = "poor", .name = "", .funds = 1}));
    for (const char* item : {"a", "b"}) {
      REQUIRE(market.grant_item({.user = "poor", .item = item}));
      REQUIRE(market.list_item({.item = item, .seller = "poor", .price = most_funds}));
    }
    const auto buy = [&](const char* buyer, const char* item, std::int64_t price) {
      return market.purchase_item({.buyer = buyer, .item = item, .seller = "poor", .price = price});
    };
    CHECK(refusal(buy("rich", "a", most_funds)) == "invalid_argument user");
    CHECK(funds(market, "rich") == most_funds);
    REQUIRE(market.cancel_listing({.item = "a", .seller = "poor"}));
    REQUIRE(market.list_item({.item = "a", .seller = "poor", .price = most_funds - 1}));
    CHECK(buy("rich", "a", most_funds - 1));
    CHECK(funds(market, "rich") == 1);
    CHECK(funds(market, "poor") == most_funds);
  });
}

TEST_CASE("3.4 numbers and ids out of range are refused before anything is looked at") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const std::string before = everything(market);
    const std::int64_t bad_prices[] = {0, -1, most_funds + 1};
    for (const std::int64_t price : bad_prices) {
      CAPTURE(price);
      CHECK(refusal(market.list_item({.item = "ItemM", .seller = 17, .price = price})) ==
            "invalid_argument request");
      CHECK(refusal(market.browse({.from_price = price})) == "invalid_argument request");
      CHECK(refusal(market.purchase_item(
                {.buyer = 27, .item = "ItemM", .seller = 17, .price = price})) ==
            "invalid_argument request");
    }
    CHECK(refusal(market.put_account({.user = 1, .name = "", .funds = -1})) ==
          "invalid_argument request");
    CHECK(refusal(market.put_account({.user = 1, .name = "", .funds = most_funds + 1})) ==
          "invalid_argument request");
    CHECK(refusal(market.put_account({.user = 1, .name = "a\tb", .funds = 1})) ==
          "invalid_argument request");
    const std::string long_id(48, 'x');
    for (const std::string& bad : {std::string{}, long_id, std::string{"a\nb"}}) {
      CHECK(refusal(market.grant_item({.user = 17, .item = bad})) == "invalid_argument item");
      CHECK(refusal(market.grant_item({.user = bad, .item = "x"})) == "invalid_argument user");
    }
    CHECK(refusal(market.browse({}, 0)) == "invalid_argument request");
    CHECK(refusal(market.browse({}, 1001)) == "invalid_argument request");
    CHECK(refusal(market.account(17, {.timeout = milliseconds{0}})) == "invalid_argument request");
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.4 any id that is valid can be sold") {
  on_every_market([](Marketplace& market) {
    std::int64_t number = 0;
    for (const char* user : {"a b", "\"quoted\"", "%s$1*", "{tag}", "\xE2\x82\xAC", "-3"}) {
      for (const std::string& item : {std::string{"."}, std::string{"..x.."}, std::string{"{} %"},
                                      std::string(47, 'y'), std::string{"9223372036854775807"}}) {
        CAPTURE(user);
        CAPTURE(item);
        const UserId seller = ++number;
        REQUIRE(market.put_account({.user = seller, .name = user, .funds = 0}));
        REQUIRE(market.grant_item({.user = seller, .item = item}));
        REQUIRE(market.list_item({.item = item, .seller = seller, .price = 7}));
        REQUIRE(market.put_account({.user = user, .name = user, .funds = 35}).has_value() ==
                (item == "."));
        REQUIRE(market.purchase_item({.buyer = user, .item = item, .seller = seller, .price = 7}));
        REQUIRE(market.list_item({.item = item, .seller = user, .price = 9}));
        CHECK(market.browse().value().items.at(0) == Listing{item, user, 9});
        REQUIRE(market.cancel_listing({.item = item, .seller = user}));
      }
      CHECK(market.items(user).value().items.size() == 5);
      CHECK(market.account(user).value() == Account{.name = user, .funds = 0});
    }
  });
}

TEST_CASE("3.5 Bill buys ItemM from Frank for 97") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    CHECK(everything(market) == "43 125 ItemL ItemM ItemN | ItemO ItemP ItemQ | ");
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    CHECK(everything(market) == "43 125 ItemL ItemN | ItemO ItemP ItemQ | ItemM.17 97 ");
    const auto bought =
        market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97});
    REQUIRE_MESSAGE(bought.has_value(), bought.error().log_text());
    CHECK(bought->changed);
    CHECK_FALSE(bought->replayed);
    CHECK(everything(market) == "140 28 ItemL ItemN | ItemM ItemO ItemP ItemQ | ");
    CHECK(refusal(market.purchase_item(
              {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97})) == "not_found item");
    CHECK(everything(market) == "140 28 ItemL ItemN | ItemM ItemO ItemP ItemQ | ");
  });
}

namespace {

// Answers as it is told, and counts.
class ToldStore final : public MarketStore {
 public:
  std::vector<Result<MarketOutcome>> answers;  // the last one for ever
  std::vector<bool> again;
  OpId op;  // the latest command's

  Result<MarketOutcome> execute(const MarketCommand& command, Deadline /*deadline*/) override {
    again.push_back(command.again);
    op = command.op;
    return answers.at(std::min(again.size(), answers.size()) - 1);
  }
  Result<std::optional<Account>> account(const UserId& /*user*/, Deadline /*deadline*/) override {
    return Error{};
  }
  Result<ItemList> items(const UserId& /*user*/, Deadline /*deadline*/) override { return Error{}; }
  Result<std::optional<std::int64_t>> price(const ItemId& /*item*/, const UserId& /*seller*/,
                                            Deadline /*deadline*/) override {
    return Error{};
  }
  Result<ListingPage> browse(const BrowseRequest& /*request*/, std::int32_t /*page_size*/,
                             Deadline /*deadline*/) override {
    return Error{};
  }
};

Error error_with(ErrorCode code) {
  Error error;
  error.code = code;
  return error;
}

// A market that answers so, by a clock that moves only when it sleeps.
struct ToldMarket {
  std::shared_ptr<ToldStore> store = std::make_shared<ToldStore>();
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Marketplace market{store, no_lock(), {.clock = clock}};

  explicit ToldMarket(std::vector<Result<MarketOutcome>> answers) {
    store->answers = std::move(answers);
  }
  Result<MarketReceipt> buy(CallOptions options = {}) {
    return market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}, options);
  }
  std::chrono::milliseconds passed() const {
    return std::chrono::floor<std::chrono::milliseconds>(clock->steady_now().time_since_epoch());
  }
};

}  // namespace

TEST_CASE("3.5b time used up by meeting others is contention, after 5 s of listing") {
  ToldMarket told{{error_with(ErrorCode::contention)}};
  const auto listed = told.market.list_item({.item = "ItemM", .seller = 17, .price = 97});
  CHECK(code_of(listed) == ErrorCode::contention);
  CHECK(told.passed() == seconds{5});
  CHECK(told.store->again.size() > 16);
}

TEST_CASE("3.5b time used up by meeting others is contention, after 10 s of buying") {
  ToldMarket told{{error_with(ErrorCode::contention)}};
  CHECK(code_of(told.buy()) == ErrorCode::contention);
  CHECK(told.passed() == seconds{10});
}

TEST_CASE("3.5b a call may have less time than usual") {
  ToldMarket told{{error_with(ErrorCode::contention)}};
  CHECK(code_of(told.buy({.timeout = seconds{2}})) == ErrorCode::contention);
  CHECK(told.passed() == seconds{2});
}

TEST_CASE("3.5b time that ended in a queue after meeting others is contention too") {
  ToldMarket told{{error_with(ErrorCode::contention), error_with(ErrorCode::timeout)}};
  CHECK(code_of(told.buy()) == ErrorCode::contention);
  ToldMarket alone{{error_with(ErrorCode::timeout)}};
  CHECK(code_of(alone.buy()) == ErrorCode::timeout);
}

TEST_CASE("3.5b what became of a purchase stays unknown until a repeat says so") {
  const MarketOutcome done{.verdict = MarketVerdict::done, .replayed = true};
  ToldMarket found{{error_with(ErrorCode::outcome_unknown), done}};
  const auto bought = found.buy();
  REQUIRE(bought.has_value());
  CHECK(bought->replayed);
  CHECK(found.store->again == std::vector<bool>{false, true});

  ToldMarket lost{{error_with(ErrorCode::outcome_unknown), error_with(ErrorCode::unavailable)}};
  CHECK(code_of(lost.buy()) == ErrorCode::outcome_unknown);
  ToldMarket met{{error_with(ErrorCode::outcome_unknown), error_with(ErrorCode::contention)}};
  CHECK(code_of(met.buy()) == ErrorCode::outcome_unknown);
}

TEST_CASE("3.5b the same request with the same op answers as the first time, for each change") {
  on_every_market([](Marketplace& market) {
    const OpId ops[] = {OpId::generate(), OpId::generate(), OpId::generate(), OpId::generate(),
                        OpId::generate()};
    REQUIRE(market.put_account({.user = 27, .name = "Bill", .funds = 125}));
    const auto everything_once = [&](bool replayed) {
      const auto right = [&](const Result<MarketReceipt>& receipt, OpId op) {
        REQUIRE_MESSAGE(receipt.has_value(), receipt.error().log_text());
        CHECK(receipt->changed);
        CHECK(receipt->replayed == replayed);
        CHECK(receipt->op == op);
      };
      right(market.put_account({.user = 17, .name = "Frank", .funds = 43, .op = ops[0]}), ops[0]);
      right(market.grant_item({.user = 17, .item = "ItemM", .op = ops[1]}), ops[1]);
      right(market.list_item({.item = "ItemM", .seller = 17, .price = 90, .op = ops[2]}), ops[2]);
      right(market.cancel_listing({.item = "ItemM", .seller = 17, .op = ops[3]}), ops[3]);
      if (!replayed) REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
      right(market.purchase_item(
                {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .op = ops[4]}),
            ops[4]);
    };
    everything_once(false);
    const std::string before = everything(market);
    CHECK(before == "140 28 | ItemM | ");
    everything_once(true);
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.5b a change that was none is replayed as such, whatever happened since") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const OpId op = OpId::generate();
    CHECK_FALSE(market.grant_item({.user = 17, .item = "ItemM", .op = op}).value().changed);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    REQUIRE(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}));
    const auto again = market.grant_item({.user = 17, .item = "ItemM", .op = op});
    REQUIRE(again.has_value());
    CHECK(again->replayed);
    CHECK_FALSE(again->changed);
    CHECK(held(market, 17) == "ItemL ItemN ");
  });
}

TEST_CASE("3.5b an op of another request is refused, and nothing happens") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const OpId op = OpId::generate();
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97, .op = op}));
    const std::string before = everything(market);
    CHECK(refusal(market.list_item({.item = "ItemM", .seller = 17, .price = 98, .op = op})) ==
          "id_mismatch request");
    CHECK(refusal(market.list_item({.item = "ItemN", .seller = 17, .price = 97, .op = op})) ==
          "id_mismatch request");
    CHECK(refusal(market.purchase_item(
              {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .op = op})) ==
          "id_mismatch request");
    CHECK(refusal(market.put_account({.user = 17, .name = "Frank", .funds = 43, .op = op})) ==
          "id_mismatch request");
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.5b a first refusal may be asked anew, one that was asked again is final for its op") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    const auto list = [&](OpId op, bool again) {
      return market.list_item(
          {.item = "ItemX", .seller = 17, .price = 5, .op = op, .again = again});
    };
    const OpId once = OpId::generate();
    const OpId twice = OpId::generate();
    CHECK(refusal(list(once, false)) == "item_not_owned item");
    CHECK(refusal(list(twice, true)) == "item_not_owned item");
    REQUIRE(market.grant_item({.user = 17, .item = "ItemX"}));
    CHECK(refusal(list(twice, true)) == "item_not_owned item");
    CHECK(refusal(list(twice, false)) == "item_not_owned item");
    CHECK(list(once, false).value().changed);
  });
}

TEST_CASE("3.5b asking again without an op is refused, and nothing happens") {
  on_every_market([](Marketplace& market) {
    open_for_frank_and_bill(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    const std::string before = everything(market);
    const std::string refused = "invalid_argument request";
    CHECK(refusal(market.put_account({.user = 1, .name = "Ann", .again = true})) == refused);
    CHECK(refusal(market.grant_item({.user = 17, .item = "ItemX", .again = true})) == refused);
    CHECK(refusal(market.list_item({.item = "ItemL", .seller = 17, .price = 5, .again = true})) ==
          refused);
    const auto bought = market.purchase_item(
        {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .again = true});
    CHECK(refusal(bought) == refused);
    CHECK(bought.error().message() ==
          "the request is not valid: `again` needs the op of the first request");
    CHECK(refusal(market.cancel_listing({.item = "ItemM", .seller = 17, .again = true})) ==
          refused);
    CHECK(everything(market) == before);
  });
}

TEST_CASE("3.5b an outcome that stays unknown names the op that the library made") {
  Error lost = error_with(ErrorCode::outcome_unknown);
  lost.detail = "the reply was cut";
  ToldMarket told{{lost}};
  const Result<MarketReceipt> bought = told.buy();
  REQUIRE(code_of(bought) == ErrorCode::outcome_unknown);
  const std::string detail = bought.error().detail;
  REQUIRE(detail.size() > 35);
  CHECK(detail.substr(0, 3) == "op ");
  CHECK(OpId::parse(detail.substr(3, 32)) == told.store->op);
  CHECK(detail.substr(35) == ": the reply was cut");

  const auto own = told.market.cancel_listing({.item = "ItemM", .seller = 17, .op = {1, 2}});
  REQUIRE(code_of(own) == ErrorCode::outcome_unknown);
  CHECK(own.error().detail == "the reply was cut");
}

TEST_CASE("3.5b the memory market forgets an op after seven days") {
  const auto clock = std::make_shared<testing::ManualClock>();
  Marketplace market{memory_market_store(clock)};
  const OpId op = OpId::generate();
  const auto put = [&] {
    return market.put_account({.user = 17, .name = "Frank", .funds = 43, .op = op});
  };
  CHECK(put().value().changed);
  clock->advance(std::chrono::days{7} - milliseconds{1});
  CHECK(put().value().replayed);
  clock->advance(milliseconds{1});
  CHECK_FALSE(put().value().replayed);
}

TEST_CASE("3.7 with a lock, who wants an item waits for who has it in hand") {
  const RedisServer server;
  const std::shared_ptr<Lock> locks[] = {
      process_mutex(), redis_lock({.url = server.url(), .wait = seconds{60}}).value()};
  for (const auto& lock : locks) {
    for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
      server.ask({"FLUSHALL"});
      Marketplace market{redis_market(server.url(), commit), lock, {.timeout = seconds{60}}};
      open_for_frank_and_bill(market);
      auto lease = lock->enter(std::vector{SlotKey{"ItemM", "0001-01-01"}}, within(seconds{20}));
      REQUIRE(lease.has_value());
      CHECK_FALSE(market.list_item({.item = "ItemM", .seller = 17, .price = 9},
                                   {.timeout = milliseconds{30}}));
      CHECK(market.list_item({.item = "ItemN", .seller = 17, .price = 9}));
      std::thread waiting{
          [&] { CHECK(market.list_item({.item = "ItemM", .seller = 17, .price = 97})); }};
      lease->release();
      waiting.join();
      CHECK(offers(market) == "ItemN.17 9 ItemM.17 97 ");
    }
  }
}

TEST_CASE("3.7 without waiting, a lock says that someone else has the item in hand") {
  const RedisServer server;
  const auto lock = redis_lock({.url = server.url()}).value();
  Marketplace market{memory_market_store(), lock};
  open_for_frank_and_bill(market);
  const auto lease = lock->enter(std::vector{SlotKey{"ItemM", "0001-01-01"}}, within(seconds{20}));
  REQUIRE(lease.has_value());
  const auto listed = market.list_item({.item = "ItemM", .seller = 17, .price = 97});
  CHECK(code_of(listed) == ErrorCode::locked);
  CHECK(held(market, 17) == "ItemL ItemM ItemN ");
}

TEST_CASE("a market without a store or with a timeout out of range is not made") {
  CHECK_THROWS_AS(Marketplace{nullptr}, std::invalid_argument);
  const auto store = memory_market_store();
  CHECK_THROWS_AS((Marketplace{store, nullptr, {.timeout = milliseconds{0}}}),
                  std::invalid_argument);
  CHECK_THROWS_AS((Marketplace{store, nullptr, {.purchase_timeout = std::chrono::hours{2}}}),
                  std::invalid_argument);
}
