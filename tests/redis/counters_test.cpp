// The keys and values of counters and following as others see them, what others may have written
// there, and that the script on the server does what the rules in memory do.
#include <random>

#include "booking/booking.hpp"
#include "booking/memory_counter_store.hpp"
#include "booking/redis_lock.hpp"
#include "redis/counters_setup.hpp"

using namespace booking_test;
using booking::most_count;
using Field = UserCounts::Field;

TEST_CASE("2.8 counts stand in count:user:arts and count:user:followings, and nowhere else") {
  const RedisServer server;
  const auto store = counters(at(server.url()));
  const Counter articles{store, articles_key};
  REQUIRE(articles.increment(17, 3));
  REQUIRE(articles.increment("ann", 12));
  REQUIRE(articles.increment(18, most_count));
  REQUIRE(Counter{store, booking::followings_key}.increment(17));
  CHECK(server.ask({"DBSIZE"}) == "2");
  CHECK(server.ask({"TYPE", "count:user:arts"}) == "zset");
  CHECK(server.ask({"ZREVRANGE", "count:user:arts", "0", "-1", "WITHSCORES"}) ==
        "18 9007199254740992 ann 12 17 3");
  CHECK(server.ask({"ZSCORE", "count:user:followings", "17"}) == "1");
  CHECK(server.ask({"TTL", "count:user:arts"}) == "-1");
}

TEST_CASE("2.7 a user's counts stand in the hash user:{id}:count, and nowhere else") {
  const RedisServer server;
  const UserCounts counts{counters(at(server.url()))};
  REQUIRE(counts.increment(17, Field::article_count, 3));
  REQUIRE(counts.increment(17, Field::following_count, 4));
  REQUIRE(counts.increment(17, Field::fans_count, -5));
  REQUIRE(counts.increment(17, Field::like_count, most_count));
  CHECK(server.ask({"DBSIZE"}) == "1");
  CHECK(server.ask({"HGETALL", "user:17:count"}) ==
        "article_count 3 following_count 4 fans_count -5 like_count 9007199254740992");
}

TEST_CASE("2.6 whom a user follows stands in the sorted set user:{id}:following") {
  const RedisServer server;
  const Following list{following(at(server.url()))};
  REQUIRE(list.follow(17, 27, seconds_since_1970(1557986157.1353633)));
  REQUIRE(list.follow(17, "ann", seconds_since_1970(1557986158)));
  CHECK(server.ask({"DBSIZE"}) == "1");
  CHECK(server.ask({"ZRANGE", "user:17:following", "0", "-1", "WITHSCORES"}) ==
        "27 1557986157.1353633 ann 1557986158");
}

TEST_CASE("2.10 events are remembered beside the counter, behind as_of and no longer") {
  const RedisServer server;
  const auto store = counters(at(server.url()));
  const Counter counter{store, articles_key};
  REQUIRE(counter.increment(17, EventNumber{4}, 2));
  REQUIRE(counter.increment(17, EventNumber{6}, -1));
  CHECK(server.ask({"HGETALL", "count:user:arts:applied:17"}) == "4 2 value 1 6 -1");
  CHECK(server.ask({"ZRANGE", "count:user:arts", "0", "-1", "WITHSCORES"}) == "17 1");
  REQUIRE(counter.reconcile(says({{.user = 17, .value = 9, .as_of = 5}})).exact == 1);
  CHECK(server.ask({"ZSCORE", "count:user:arts", "17"}) == "8");
  CHECK(server.ask({"HGET", "count:user:arts:applied:17", "as_of"}) == "5");
  CHECK(server.ask({"HMGET", "count:user:arts:applied:17", "value", "6"}) == "8 -1");
  CHECK(server.ask({"HLEN", "count:user:arts:applied:17"}) == "3");

  REQUIRE(UserCounts{store}.increment(17, Field::fans_count, EventNumber{1}));
  CHECK(server.ask({"HGETALL", "user:17:count"}) == "fans_count 1");
  CHECK(server.ask({"HGETALL", "user:17:count:applied:fans_count"}) == "1 1 value 1");
}

TEST_CASE("2.10 never more than 1,024 events of a counter are remembered") {
  const RedisServer server;
  const Counter counter{counters(at(server.url())), articles_key};
  int most = 0;
  for (int event = 1; event <= 2000; ++event) {
    REQUIRE(counter.increment(17, EventNumber{event}));
    most = std::max(most, std::stoi(server.ask({"HLEN", "count:user:arts:applied:17"})));
  }
  CHECK(most == 1024 + 2);  // `value`, `as_of`
  CHECK(counter.get(17).value().value == 2000);
}

TEST_CASE("2.10 what others wrote to a counter shows, and makes its next correction approximate") {
  const RedisServer server;
  const Counter counter{counters(at(server.url())), articles_key};
  REQUIRE(counter.increment(17, EventNumber{1}));
  REQUIRE(server.ask({"ZINCRBY", "count:user:arts", "5", "17"}) == "6");
  CHECK(counter.get(17).value().value == 6);
  REQUIRE(counter.increment(17, EventNumber{2}));
  const auto report = counter.reconcile(says({{.user = 17, .value = 2, .as_of = 2}}));
  CHECK(report.approximate == 1);
  REQUIRE(report.drifts.size() == 1);
  CHECK(report.drifts[0].before == 7);
  CHECK(report.drifts[0].after == 2);
}

TEST_CASE("a prefix stands before every key") {
  const RedisServer server;
  auto options = at(server.url());
  options.prefix = "{app}:";
  const auto store = counters(options);
  REQUIRE(Counter{store, articles_key}.increment(17, EventNumber{1}));
  REQUIRE(UserCounts{store}.increment(17, Field::fans_count));
  REQUIRE(Following{following(options)}.follow(17, 27));
  CHECK(booking::top_authors(store).value().items.size() == 1);
  CHECK(server.ask(
            {"EVAL", "local keys = redis.call('KEYS', '*') table.sort(keys) return keys", "0"}) ==
        "{app}:count:user:arts {app}:count:user:arts:applied:17 "
        "{app}:user:17:count {app}:user:17:following");
}

TEST_CASE("2.9 a count that is none is broken_store and stays as it is") {
  const RedisServer server;
  const auto store = counters(at(server.url()));
  const Counter counter{store, articles_key};
  const auto all_refuse = [&] {
    const std::string before = server.everything();
    CHECK(code_of(counter.get(17)) == ErrorCode::broken_store);
    CHECK(code_of(counter.increment(17)) == ErrorCode::broken_store);
    CHECK(code_of(counter.increment(17, EventNumber{1})) == ErrorCode::broken_store);
    CHECK(code_of(booking::top_authors(store)) == ErrorCode::broken_store);
    const auto report = counter.reconcile(says({{.user = 17, .value = 1, .as_of = 1}}));
    REQUIRE(report.error);
    CHECK(report.error->code == ErrorCode::broken_store);
    CHECK(report.looked_after() == 0);
    CHECK(server.everything() == before);
  };
  for (const std::string_view bad : {"1.5", "inf", "-inf", "1e300", "9007199254740994", "-1e-9"}) {
    CAPTURE(bad);
    REQUIRE(server.ask({"ZADD", "count:user:arts", bad, "17"}) != "");
    all_refuse();
  }
  server.ask({"DEL", "count:user:arts"});
  server.ask({"SET", "count:user:arts", "5"});
  all_refuse();
  server.ask({"DEL", "count:user:arts"});
  server.ask({"HSET", "count:user:arts", "17", "5"});
  all_refuse();
}

TEST_CASE("2.7 a field that is no count is broken_store and stays as it is") {
  const RedisServer server;
  const UserCounts counts{counters(at(server.url()))};
  for (const std::string_view bad :
       {"", "x", "1.0", " 1", "1 ", "0x10", "007", "1e3", "nan", "9007199254740993",
        "-9223372036854775808", "99999999999999999999"}) {
    CAPTURE(bad);
    server.ask({"HSET", "user:17:count", "fans_count", bad});
    const std::string before = server.everything();
    CHECK(code_of(counts.get(17)) == ErrorCode::broken_store);
    CHECK(code_of(counts.increment(17, Field::fans_count)) == ErrorCode::broken_store);
    CHECK(code_of(counts.increment(17, Field::fans_count, EventNumber{1})) ==
          ErrorCode::broken_store);
    CHECK(server.everything() == before);
    CHECK(counts.increment(17, Field::article_count, 0));
  }
  server.ask({"DEL", "user:17:count"});
  server.ask({"LPUSH", "user:17:count", "1"});
  CHECK(code_of(counts.get(17)) == ErrorCode::broken_store);
  CHECK(code_of(counts.increment(17, Field::fans_count)) == ErrorCode::broken_store);
}

TEST_CASE("2.10 a companion that others wrote to is broken_store and changes nothing") {
  const RedisServer server;
  const Counter counter{counters(at(server.url())), articles_key};
  const std::string companion = "count:user:arts:applied:17";
  const auto refused = [&] {
    const std::string before = server.everything();
    const auto report = counter.reconcile(says({{.user = 17, .value = 1, .as_of = 9}}));
    REQUIRE(report.error);
    CHECK(report.error->code == ErrorCode::broken_store);
    CHECK(server.everything() == before);
  };
  struct Bad {
    std::string_view field;
    std::string_view value;
  };
  for (const Bad& bad : std::vector<Bad>{
           {"as_of", "x"}, {"value", "1.5"}, {"7", ""}, {"7", "inf"}, {"07", "1"}, {"1e99", "1"}}) {
    CAPTURE(bad.field);
    server.ask({"FLUSHALL"});
    REQUIRE(counter.increment(17, EventNumber{1}));
    server.ask({"HSET", companion, bad.field, bad.value});
    refused();
  }
  server.ask({"DEL", companion});
  server.ask({"SET", companion, "5"});
  refused();
  CHECK(code_of(counter.increment(17, EventNumber{1})) == ErrorCode::broken_store);
  CHECK(counter.increment(17).value().value == 2);  // needs none
}

TEST_CASE("2.8 a member that is no user id is broken_store") {
  const RedisServer server;
  const auto store = counters(at(server.url()));
  REQUIRE(Counter{store, articles_key}.increment(17));
  server.ask({"ZADD", "count:user:arts", "5", "\xFF"});
  CHECK(code_of(booking::top_authors(store)) == ErrorCode::broken_store);
  CHECK(Counter{store, articles_key}.get(17).value().value == 1);
}

TEST_CASE("2.6 a list of another type, of nobody or since no time is broken_store") {
  const RedisServer server;
  const Following list{following(at(server.url()))};
  server.ask({"ZADD", "user:1:following", "inf", "27"});
  CHECK(code_of(list.followed_since(1, 27)) == ErrorCode::broken_store);
  CHECK(code_of(list.page(1, {}, 10)) == ErrorCode::broken_store);
  CHECK_FALSE(list.follow(1, 27).value());
  server.ask({"ZADD", "user:2:following", "5", ""});
  CHECK(code_of(list.page(2, {}, 10)) == ErrorCode::broken_store);
  server.ask({"SADD", "user:3:following", "27"});
  CHECK(code_of(list.follow(3, 27)) == ErrorCode::broken_store);
  CHECK(code_of(list.unfollow(3, 27)) == ErrorCode::broken_store);
  CHECK(code_of(list.followed_since(3, 27)) == ErrorCode::broken_store);
  CHECK(code_of(list.count(3)) == ErrorCode::broken_store);
  CHECK(code_of(list.page(3, {}, 10)) == ErrorCode::broken_store);
  CHECK(server.ask({"SMEMBERS", "user:3:following"}) == "27");
}

TEST_CASE("2.12 counters, following and locks may each sit on a server of their own") {
  const RedisServer one;
  const RedisServer two;
  const RedisServer three;
  REQUIRE(Counter{counters(at(one.url())), articles_key}.increment(17));
  REQUIRE(Following{following(at(two.url()))}.follow(17, 27));
  const auto lock = booking::redis_lock({.url = three.url()}).value();
  const std::vector<booking::SlotKey> slots{{"clinic", "2026-06-01 10:00"}};
  const auto lease = lock->enter(slots, within(seconds{10}));
  REQUIRE(lease);
  CHECK(one.ask({"KEYS", "*"}) == "count:user:arts");
  CHECK(two.ask({"KEYS", "*"}) == "user:17:following");
  CHECK(three.ask({"EXISTS", "{booking}:lease"}) == "1");
}

TEST_CASE("the options of counters are checked") {
  const RedisServer server;
  const auto refused = [](const RedisCounterOptions& options) {
    CHECK(code_of(booking::redis_counter_store(options)) == ErrorCode::invalid_argument);
    CHECK(code_of(booking::redis_following_store(options)) == ErrorCode::invalid_argument);
  };
  refused(at("http://127.0.0.1"));
  auto options = at(server.url());
  options.prefix = "a\nb";
  refused(options);
  options = at(server.url());
  options.master_patience = milliseconds{0};
  refused(options);
  options = at(server.url());
  options.replica = {.url = server.url(), .connections = 0};
  refused(options);
}

TEST_CASE("random changes of counters give the same answers on a server and in memory") {
  const RedisServer server;
  const auto memory = booking::memory_counter_store();
  const auto redis = counters(at(server.url()));
  std::mt19937 random{7};
  const auto below = [&](int limit) { return static_cast<std::int64_t>(random()) % limit; };
  for (int i = 0; i < 20000; ++i) {
    const booking::CounterSet set =
        below(2) == 0 ? booking::CounterSet{.key = "sorted"}
                      : booking::CounterSet{booking::CounterSet::Kind::hash, "hash"};
    const std::string name = std::to_string(below(3));
    std::int64_t by = below(7) - 3;
    if (below(50) == 0) by = below(2) == 0 ? most_count : -most_count;
    std::optional<std::int64_t> number;
    if (below(3) > 0) number = i / 100 + below(20);
    CAPTURE(i);
    if (below(6) > 0) {
      if (number) ++*number;
      const auto a = memory->increment(set, {name, by, number}, within(seconds{20}));
      const auto b = redis->increment(set, {name, by, number}, within(seconds{20}));
      REQUIRE(a.has_value() == b.has_value());
      if (!a) {
        REQUIRE(a.error().code == b.error().code);
        continue;
      }
      REQUIRE(a->value == b->value);
      REQUIRE(a->changed == b->changed);
    } else {
      const auto a = memory->correct(set, {name, by, number}, within(seconds{20}));
      const auto b = redis->correct(set, {name, by, number}, within(seconds{20}));
      REQUIRE(a.has_value() == b.has_value());
      if (!a) {
        REQUIRE(a.error().code == b.error().code);
        continue;
      }
      REQUIRE(a->before == b->before);
      REQUIRE(a->after == b->after);
      REQUIRE(a->how == b->how);
    }
  }
}
