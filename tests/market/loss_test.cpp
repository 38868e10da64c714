// Replies that are lost and processes that die in the middle of a purchase: asking again with the
// same op finds it done or does it, and once.
#include "market/setup.hpp"
#include "support/process.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr seconds patience{60};

// Bill may buy ItemM from Frank, again and again.
struct Shop {
  RedisServer server{};
  Proxy proxy{server.path()};
  Marketplace direct{redis_market(server.url(), CommitMode::script)};

  // Everything as it was, in one step.
  void open() const {
    server.ask({"FLUSHALL"});
    server.ask({"EVAL",
                "redis.call('HSET', 'users:17', 'name', 'Frank', 'funds', '43') "
                "redis.call('HSET', 'users:27', 'name', 'Bill', 'funds', '125') "
                "redis.call('ZADD', 'market:', '97', 'ItemM.17')",
                "0"});
  }
  static MarketCommand purchase() {
    return {.verb = MarketCommand::Verb::purchase_item,
            .user = 27,
            .seller = 17,
            .item = "ItemM",
            .amount = 97,
            .op = OpId::generate()};
  }
  // Whether it was bought; half a purchase fails the test.
  bool bought() const {
    const std::string all = everything(direct);
    const bool before = all == "43 125 | | ItemM.17 97 ";
    const bool after = all == "140 28 | ItemM | ";
    CHECK_MESSAGE(before != after, all);
    return after;
  }
};

// What came of the cuts.
struct Answers {
  int done = 0;
  int nothing = 0;
  int unknown = 0;
};

// Cuts a purchase behind each byte in turn until one is whole.
void cut_everywhere(CommitMode commit, bool requests) {
  Shop shop;
  const auto far = redis_market(shop.proxy.url(), commit, "", 1);
  shop.open();
  REQUIRE(far->execute(Shop::purchase(), within(seconds{20})));  // it is connected
  Answers answers;
  for (std::int64_t at = 0; answers.done == 0; ++at) {
    CAPTURE(at);
    REQUIRE(at < 5000);
    shop.open();
    MarketCommand command = Shop::purchase();
    shop.proxy.set(requests ? Trouble{.cut_request_after = at} : Trouble{.cut_reply_after = at});
    const auto first = far->execute(command, within(seconds{20}));
    shop.proxy.heal();
    const bool was_bought = shop.bought();
    if (first) {
      ++answers.done;
      CHECK(first->verdict == MarketVerdict::done);
      CHECK(was_bought);
    } else if (first.error().kind() == ErrorKind::unknown) {
      ++answers.unknown;
    } else {
      ++answers.nothing;
      INFO(first.error().log_text());
      CHECK(first.error().kind() == ErrorKind::transient);
      CHECK_FALSE(was_bought);
    }
    command.again = true;
    const auto again = far->execute(command, within(seconds{20}));
    REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
    CHECK(*again == MarketOutcome{.verdict = MarketVerdict::done, .replayed = was_bought});
    CHECK(shop.bought());
  }
  MESSAGE(answers.nothing << " cuts did nothing, " << answers.unknown << " left it unknown");
  CHECK(answers.unknown > 10);
  CHECK((answers.nothing > 10) == (commit == CommitMode::watch));  // it looks before it leaps
}

}  // namespace

TEST_CASE("N1 a purchase whose request is cut at any byte, and its repeat, buy once") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    cut_everywhere(commit, true);
  }
}

TEST_CASE("N1 a purchase whose reply is cut at any byte, and its repeat, buy once") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    cut_everywhere(commit, false);
  }
}

TEST_CASE("N1 a caller whose reply was lost is told so, and asks again with the same op") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    Shop shop;
    shop.open();
    Marketplace far{redis_market(shop.proxy.url(), commit)};
    REQUIRE(far.put_account({.user = 1, .name = "", .funds = 0}));  // it is connected
    PurchaseRequest request{.buyer = 27, .item = "ItemM", .seller = 17, .price = 97};
    request.op = OpId::generate();
    // By WATCH the answer to the look, some 75 bytes, goes through, and EXEC's does not.
    shop.proxy.set({.cut_reply_after = commit == CommitMode::watch ? 100 : 0});
    const auto first = far.purchase_item(request, {.timeout = milliseconds{500}});
    CHECK(code_of(first) == ErrorCode::outcome_unknown);
    shop.proxy.heal();
    request.again = true;
    const auto again = far.purchase_item(request, {.timeout = seconds{20}});
    REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
    CHECK(shop.bought());
  }
}

TEST_CASE("N1 a copy that arrives after its repeat was refused is refused too") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    Shop shop;
    shop.open();
    const auto store = redis_market(shop.server.url(), commit);
    const MarketCommand late = Shop::purchase();
    MarketCommand repeat = late;
    repeat.again = true;
    shop.server.ask({"HSET", "users:27", "funds", "96"});
    CHECK(store->execute(repeat, within(seconds{20}))->verdict ==
          MarketVerdict::insufficient_funds);
    shop.server.ask({"HSET", "users:27", "funds", "125"});
    CHECK(store->execute(late, within(seconds{20}))->verdict == MarketVerdict::insufficient_funds);
    CHECK_FALSE(shop.bought());
  }
}

TEST_CASE(
    "A1 a buyer's process killed at any frame of a purchase leaves it done or not, then once") {
  for (const std::string mode : {"script", "watch"}) {
    CAPTURE(mode);
    Shop shop;
    int points = 0;
    int done = 0;
    for (std::int64_t piece = 1;; ++piece) {
      REQUIRE(piece < 50);
      const int before = points;
      for (const bool behind : {false, true}) {
        shop.open();
        const MarketCommand command{.verb = MarketCommand::Verb::purchase_item,
                                    .user = 27,
                                    .seller = 17,
                                    .item = "ItemM",
                                    .amount = 97,
                                    .op = {1, static_cast<std::uint64_t>(piece)},
                                    .again = true};
        const int killed = shop.proxy.killed();
        shop.proxy.set({.kill_at = piece, .kill_behind = behind});
        Process worker{
            {BOOKING_TEST_MARKET_WORKER, "buy", shop.proxy.url(), mode, std::to_string(piece)}};
        const auto ended = worker.wait(patience);
        shop.proxy.heal();
        if (shop.proxy.killed() == killed) {
          CHECK(ended == 100);
          continue;
        }
        ++points;
        const bool was_bought = shop.bought();
        done += was_bought;
        // The server may be about to carry out what the dead one sent.
        const auto again = redis_market(shop.server.url(), CommitMode::watch)
                               ->execute(command, within(seconds{20}));
        REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
        CHECK(again->verdict == MarketVerdict::done);
        CHECK(shop.bought());
      }
      if (points == before) break;
    }
    MESSAGE(mode << ": killed at " << points << " points, done at " << done << " of them");
    CHECK(points >= 6);
    CHECK(done >= 1);
    CHECK(done < points);
  }
}

TEST_CASE("N1 with a server that is silent or gone a call ends by its deadline") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    Shop shop;
    shop.open();
    Marketplace market{redis_market(shop.server.url(), commit)};
    REQUIRE(market.put_account({.user = 1, .name = "", .funds = 0}));
    const PurchaseRequest request{.buyer = 27, .item = "ItemM", .seller = 17, .price = 97};
    const Watch watch;
    shop.server.pause();
    const auto silent = market.purchase_item(request, {.timeout = milliseconds{200}});
    shop.server.resume();
    CHECK(code_of(silent) ==
          (commit == CommitMode::script ? ErrorCode::outcome_unknown : ErrorCode::timeout));
    shop.server.stop();
    CHECK(code_of(market.purchase_item(request, {.timeout = milliseconds{200}})) ==
          ErrorCode::unavailable);
    CHECK(code_of(market.account(17, {.timeout = milliseconds{200}})) == ErrorCode::unavailable);
    CHECK(watch.elapsed() < far_too_long);
  }
}

TEST_CASE("in a forked child every call of a market answers internal") {
  const RedisServer server;
  for (const auto& store :
       {memory_market_store(), redis_market(server.url(), CommitMode::script)}) {
    Marketplace market{store};
    REQUIRE(market.put_account({.user = 1, .name = "", .funds = 5}));
    const pid_t child = ::fork();
    if (child == 0) {
      const auto put = market.put_account({.user = 2, .name = "", .funds = 5});
      const auto account = market.account(1);
      const bool right = !put && put.error().code == ErrorCode::internal && !account &&
                         account.error().code == ErrorCode::internal;
      ::_exit(right ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(market.account(2).value() == std::nullopt);
  }
}
