// The market's keys on a Redis server as anybody sees them, and what happens when they hold what no
// market wrote.
#include <array>
#include <cstdio>

#include "market/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// What redis-cli prints for a command, lines joined by blanks.
std::string redis_cli(const RedisServer& server, const std::string& command) {
  const std::string line = "redis-cli -s " + server.path() + " " + command;
  FILE* const out = ::popen(line.c_str(), "r");  // NOLINT(cert-env33-c): a program of the test's
  REQUIRE(out != nullptr);
  std::string text;
  std::array<char, 256> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), out) != nullptr) text += buffer.data();
  REQUIRE(::pclose(out) == 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

constexpr CommitMode both_modes[] = {CommitMode::script, CommitMode::watch};

}  // namespace

TEST_CASE("3.1 3.2 users, items and offers stand in Redis as the rows have them") {
  for (const CommitMode commit : both_modes) {
    const RedisServer server;
    Marketplace market{redis_market(server.url(), commit)};
    open_for_frank_and_bill(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    CHECK(redis_cli(server, "TYPE users:17") == "hash");
    CHECK(redis_cli(server, "HGETALL users:17") == "name Frank funds 43");
    CHECK(redis_cli(server, "HGETALL users:27") == "name Bill funds 125");
    CHECK(redis_cli(server, "TYPE inventory:17") == "set");
    CHECK(redis_cli(server, "SORT inventory:17 ALPHA") == "ItemL ItemN");
    CHECK(redis_cli(server, "SORT inventory:27 ALPHA") == "ItemO ItemP ItemQ");
    CHECK(redis_cli(server, "TYPE market:") == "zset");
    CHECK(redis_cli(server, "ZRANGE market: 0 -1 WITHSCORES") == "ItemM.17 97");
    const OpId op{0x0123456789abcdef, 0xfedcba9876543210};
    REQUIRE(
        market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .op = op}));
    CHECK(redis_cli(server, "HGETALL users:17") == "name Frank funds 140");
    CHECK(redis_cli(server, "HGETALL users:27") == "name Bill funds 28");
    CHECK(redis_cli(server, "SORT inventory:27 ALPHA") == "ItemM ItemO ItemP ItemQ");
    CHECK(redis_cli(server, "EXISTS market:") == "0");
    const std::string key = "market:op:0123456789abcdeffedcba9876543210";
    CHECK(redis_cli(server, "GET " + key) == "done\tpurchase_item\t27\t17\tItemM\t97\t");
    const std::int64_t left = std::stoll(redis_cli(server, "PTTL " + key));
    CHECK(left <= 7 * 24 * 3'600'000);
    CHECK(left > 7 * 24 * 3'600'000 - 60'000);
  }
}

TEST_CASE("3.1 3.2 what another program wrote is sold as the rows have it") {
  for (const CommitMode commit : both_modes) {
    const RedisServer server;
    Marketplace market{redis_market(server.url(), commit)};
    server.ask({"HSET", "users:17", "name", "Frank", "funds", "43", "shoe", "42"});
    server.ask({"HSET", "users:27", "name", "Bill", "funds", "125"});
    server.ask({"SADD", "inventory:17", "ItemL", "ItemN", "007"});
    server.ask({"ZADD", "market:", "97", "ItemM.17", "35", "ItemA.4", "48", "ItemC.7"});
    CHECK(offers(market) == "ItemA.4 35 ItemC.7 48 ItemM.17 97 ");
    CHECK(held(market, 17) == "007 ItemL ItemN ");
    REQUIRE(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}));
    CHECK(funds(market, 27) == 28);
    CHECK(redis_cli(server, "HGETALL users:17") == "name Frank funds 140 shoe 42");
    REQUIRE(market.list_item({.item = "007", .seller = 17, .price = 1}));
    CHECK(server.ask({"ZSCORE", "market:", "007.17"}) == "1");
  }
}

TEST_CASE("3.1 nothing but the market's keys is left, and those of its ops expire") {
  for (const CommitMode commit : both_modes) {
    const RedisServer server;
    Marketplace market{redis_market(server.url(), commit)};
    open_for_frank_and_bill(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
    REQUIRE(market.purchase_item({.buyer = 27, .item = "ItemM", .seller = 17, .price = 97}));
    CHECK(redis_cli(server,
                    "EVAL \"local left = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
                    "if redis.call('PTTL', key) == -1 then left[#left + 1] = key end end "
                    "table.sort(left) return left\" 0") ==
          "inventory:17 inventory:27 users:17 users:27");
    CHECK(redis_cli(server, "EVAL \"return #redis.call('KEYS', 'market:op:*')\" 0") == "10");
  }
}

TEST_CASE("3.1 markets with different prefixes do not see each other, both modes of one do") {
  const RedisServer server;
  Marketplace one{redis_market(server.url(), CommitMode::script, "{one}:")};
  Marketplace same{redis_market(server.url(), CommitMode::watch, "{one}:")};
  Marketplace other{redis_market(server.url(), CommitMode::script, "other.")};
  open_for_frank_and_bill(one);
  CHECK(other.account(17).value() == std::nullopt);
  REQUIRE(same.list_item({.item = "ItemM", .seller = 17, .price = 97}));
  CHECK(offers(one) == "ItemM.17 97 ");
  CHECK(offers(other) == "");
  CHECK(server.ask({"EXISTS", "{one}:users:17", "{one}:market:", "other.users:17"}) == "2");
  for (const std::string& bad : {std::string{"a b"}, std::string{"\n"}, std::string(65, 'a')}) {
    CHECK(code_of(redis_market_store({.prefix = bad})) == ErrorCode::invalid_argument);
  }
}

namespace {

// Frank and Bill's market with an offer, as a store that others can damage.
struct Damaged {
  RedisServer server{};
  Marketplace market;

  explicit Damaged(CommitMode commit) : market{redis_market(server.url(), commit)} {
    open_for_frank_and_bill(market);
    REQUIRE(market.list_item({.item = "ItemM", .seller = 17, .price = 97}));
  }

  Result<MarketReceipt> buy(OpId op = {}) {
    return market.purchase_item(
        {.buyer = 27, .item = "ItemM", .seller = 17, .price = 97, .op = op});
  }
  std::string keys() const { return server.ask({"DBSIZE"}) + " " + server.everything(); }

  // The purchase answers broken_store and leaves everything as it is.
  void check_refused(OpId op = {}) {
    const std::string before = keys();
    CHECK(code_of(buy(op)) == ErrorCode::broken_store);
    CHECK(keys() == before);
  }
};

}  // namespace

TEST_CASE("B18 a key of another type is broken_store, and no part of a purchase is written") {
  for (const CommitMode commit : both_modes) {
    for (const char* key : {"users:17", "users:27", "inventory:27", "market:"}) {
      CAPTURE(key);
      Damaged damaged{commit};
      damaged.server.ask({"DEL", key});
      damaged.server.ask({"RPUSH", key, "x"});
      damaged.check_refused();
    }
    Damaged damaged{commit};
    damaged.server.ask({"RPUSH", "market:op:00000000000000010000000000000002", "x"});
    damaged.check_refused({1, 2});
  }
}

TEST_CASE("B18 a key of another type stops listing and taking back too") {
  for (const CommitMode commit : both_modes) {
    for (const char* key : {"inventory:17", "market:"}) {
      CAPTURE(key);
      Damaged damaged{commit};
      damaged.server.ask({"DEL", key});
      damaged.server.ask({"SET", key, "x"});
      const std::string before = damaged.keys();
      Marketplace& market = damaged.market;
      CHECK(code_of(market.list_item({.item = "ItemL", .seller = 17, .price = 5})) ==
            ErrorCode::broken_store);
      CHECK(code_of(market.cancel_listing({.item = "ItemM", .seller = 17})) ==
            ErrorCode::broken_store);
      CHECK(code_of(market.grant_item({.user = 17, .item = "new"})) == ErrorCode::broken_store);
      CHECK(damaged.keys() == before);
    }
  }
}

TEST_CASE("B18 funds that are no whole number up to 2^53 are broken_store") {
  for (const CommitMode commit : both_modes) {
    Damaged damaged{commit};
    for (const char* user : {"users:17", "users:27"}) {
      for (const char* funds : {"", "12x", "-1", "+5", "0125", " 125", "125.0", "1e3", "nan",
                                "9007199254740993", "99999999999999999999", "125\n"}) {
        CAPTURE(user);
        CAPTURE(funds);
        damaged.server.ask({"HSET", user, "funds", funds});
        damaged.check_refused();
        CHECK(code_of(damaged.market.account(std::string_view{user}.substr(6))) ==
              ErrorCode::broken_store);
      }
      damaged.server.ask({"HDEL", user, "funds"});
      damaged.check_refused();
      damaged.server.ask({"HSET", user, "funds", "100"});
      damaged.server.ask({"HDEL", user, "name"});
      damaged.check_refused();
      damaged.server.ask({"HSET", user, "name", "back"});
    }
    CHECK(damaged.buy());
  }
}

TEST_CASE("B18 a price that is no whole number up to 2^53 is broken_store") {
  for (const CommitMode commit : both_modes) {
    Damaged damaged{commit};
    for (const char* price : {"97.5", "-97", "0", "inf", "-inf", "1e300", "9007199254740994"}) {
      CAPTURE(price);
      damaged.server.ask({"ZADD", "market:", price, "ItemM.17"});
      damaged.check_refused();
      CHECK(code_of(damaged.market.listing("ItemM", 17)) == ErrorCode::broken_store);
    }
    damaged.server.ask({"ZADD", "market:", "97.5", "ItemM.17"});
    CHECK(code_of(damaged.market.browse()) == ErrorCode::broken_store);
  }
}

TEST_CASE("B18 an item in two places is broken_store") {
  for (const CommitMode commit : both_modes) {
    Damaged damaged{commit};
    damaged.server.ask({"SADD", "inventory:27", "ItemM"});
    damaged.check_refused();
    damaged.server.ask({"SADD", "inventory:17", "ItemM"});
    CHECK(code_of(damaged.market.list_item({.item = "ItemM", .seller = 17, .price = 5})) ==
          ErrorCode::broken_store);
    CHECK(code_of(damaged.market.cancel_listing({.item = "ItemM", .seller = 17})) ==
          ErrorCode::broken_store);
  }
}

TEST_CASE("B18 an op whose record is none, and members that are no offers, are broken_store") {
  for (const CommitMode commit : both_modes) {
    Damaged damaged{commit};
    for (const char* record : {"", "done", "nonsense\tpurchase_item\t27\t17\tItemM\t97\t"}) {
      CAPTURE(record);
      damaged.server.ask({"SET", "market:op:00000000000000010000000000000002", record});
      damaged.check_refused({1, 2});
    }
    for (const char* member : {"nodot", ".17", "x.", "\n.17"}) {
      damaged.server.ask({"DEL", "market:"});
      damaged.server.ask({"ZADD", "market:", "5", member});
      CHECK(code_of(damaged.market.browse()) == ErrorCode::broken_store);
    }
    damaged.server.ask({"SADD", "inventory:17", std::string(48, 'x')});
    CHECK(code_of(damaged.market.items(17)) == ErrorCode::broken_store);
  }
}

TEST_CASE("3.1 more items than fit in one answer are said to be more") {
  const RedisServer server;
  Marketplace market{redis_market(server.url(), CommitMode::script)};
  server.ask({"EVAL", "for i = 1, 10000 do redis.call('SADD', 'inventory:17', i) end", "0"});
  CHECK(market.items(17).value().complete);
  CHECK(market.items(17).value().items.size() == 10'000);
  server.ask({"SADD", "inventory:17", "one more"});
  CHECK_FALSE(market.items(17).value().complete);
  CHECK(market.items(17).value().items.size() == 10'000);
}
