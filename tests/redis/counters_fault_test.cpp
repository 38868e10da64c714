// Counters and following when a server is away, mute, slow, empty or lies: reads go to the replica
// and say so, every call ends by its deadline, and what carries a number counts once.
#include <thread>

#include "redis/counters_setup.hpp"
#include "support/crew.hpp"

using namespace booking_test;

namespace {

constexpr booking::CallOptions brief{.timeout = milliseconds{300}};

// Which of the two depends on how soon a server that is down may be asked again.
bool is_away(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::timeout;
}
template <class T>
bool away(const booking::Result<T>& result) {
  return is_away(code_of(result));
}

// A master and its replica, which has caught up.
struct Both {
  RedisServer master{{}, RedisServer::Where::loopback};
  RedisServer replica{{"--replicaof", "127.0.0.1", std::to_string(master.port()),
                       "--repl-diskless-sync-delay", "0"}};

  RedisCounterOptions options() const {
    auto options = at(master.url());
    options.replica = {.url = replica.url()};
    options.master_patience = milliseconds{100};
    return options;
  }
  void catch_up() const {
    const Watch watch;
    while (replica.ask({"DUMP", "count:user:arts"}) != master.ask({"DUMP", "count:user:arts"}) ||
           replica.ask({"DUMP", "user:17:following"}) !=
               master.ask({"DUMP", "user:17:following"})) {
      REQUIRE(watch.elapsed() < seconds{30});
      std::this_thread::sleep_for(milliseconds{5});
    }
  }
};

}  // namespace

TEST_CASE("2.9 with the master down counts are read from the replica, and say so") {
  Both both;
  const auto store = counters(both.options());
  const Counter counter{store, articles_key};
  const Following list{following(both.options())};
  REQUIRE(counter.increment(17, 5));
  REQUIRE(list.follow(17, 27, seconds_since_1970(100)));
  CHECK_FALSE(counter.get(17).value().from_replica);
  CHECK_FALSE(booking::top_authors(store).value().from_replica);
  both.catch_up();

  both.master.kill();
  const auto got = counter.get(17);
  REQUIRE(got);
  CHECK(got->value == 5);
  CHECK(got->from_replica);
  const auto top = booking::top_authors(store);
  REQUIRE(top);
  CHECK(top->items == std::vector<booking::Ranked>{{17, 5}});
  CHECK(top->from_replica);
  CHECK(UserCounts{store}.get(17).value().from_replica);
  CHECK(list.followed_since(17, 27).value().since == seconds_since_1970(100));
  CHECK(list.followed_since(17, 27).value().from_replica);
  CHECK(list.count(17).value().from_replica);
  CHECK(list.page(17, {}, 10).value().from_replica);

  both.master.start();
  REQUIRE(counter.increment(17));
  CHECK_FALSE(counter.get(17).value().from_replica);
}

TEST_CASE("2.9 with the master down an increment is an error and changes nothing") {
  Both both;
  const Counter counter{counters(both.options()), articles_key};
  const Following list{following(both.options())};
  REQUIRE(counter.increment(17, 5));
  REQUIRE(list.follow(17, 27));
  both.catch_up();
  both.master.kill();
  // Over TCP the end of a connection may be seen only after the request was sent.
  const auto not_made = [](ErrorCode code) {
    return is_away(code) || code == ErrorCode::outcome_unknown;
  };
  CHECK(not_made(code_of(counter.increment(17, 1, brief))));
  CHECK(not_made(code_of(list.follow(17, 3, {}, brief))));
  const auto report = counter.reconcile(says({{.user = 17, .value = 9, .as_of = 1}}),
                                        {.timeout = milliseconds{300}});
  REQUIRE(report.error);
  CHECK(is_away(report.error->code));
  CHECK(report.looked_after() == 0);
  CHECK(counter.get(17).value().value == 5);
  CHECK(list.count(17).value().value == 1);
}

TEST_CASE("2.9 a replica lags, and what it answers is marked as that") {
  Both both;
  const Counter counter{counters(both.options()), articles_key};
  REQUIRE(counter.increment(17, 5));
  both.catch_up();
  REQUIRE(both.replica.ask({"REPLICAOF", "NO", "ONE"}) == "OK");  // as one cut off from its master
  REQUIRE(counter.increment(17));
  CHECK(counter.get(17).value().value == 6);
  both.master.kill();
  CHECK(counter.get(17).value().value == 5);
  CHECK(counter.get(17).value().from_replica);
}

TEST_CASE("R9 with the master paused reads come from the replica soon, and an increment waits") {
  Both both;
  const Counter counter{counters(both.options()), articles_key};
  REQUIRE(counter.increment(17, 5));
  both.catch_up();
  both.master.pause();
  const Watch watch;
  CHECK(counter.get(17, {.timeout = seconds{60}}).value().from_replica);
  CHECK(watch.elapsed() < far_too_long);
  CHECK(code_of(counter.increment(17, EventNumber{1}, 1, brief)) == ErrorCode::outcome_unknown);
  both.master.resume();
  REQUIRE(counter.increment(17, EventNumber{1}));
  CHECK(counter.get(17).value().value == 6);
}

TEST_CASE("2.9 when neither server can be asked the error is the master's") {
  Both both;
  const Counter counter{counters(both.options()), articles_key};
  REQUIRE(counter.increment(17, 5));
  both.master.kill();
  both.replica.kill();
  const Watch watch;
  CHECK(away(counter.get(17, brief)));
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("2.9 a broken count on the master is told, not read from the replica") {
  const RedisServer master;
  const RedisServer replica;
  auto options = at(master.url());
  options.replica = {.url = replica.url()};
  master.ask({"ZADD", "count:user:arts", "1.5", "17"});
  replica.ask({"ZADD", "count:user:arts", "1", "17"});
  CHECK(code_of(Counter{counters(options), articles_key}.get(17)) == ErrorCode::broken_store);
}

TEST_CASE("R1 without its server every call is unavailable, and well again when the server is") {
  RedisServer server;
  const auto store = counters(at(server.url()));
  const Counter counter{store, articles_key};
  const Following list{following(at(server.url()))};
  REQUIRE(counter.increment(17));
  REQUIRE(list.follow(17, 27));
  server.kill();
  CHECK(away(counter.get(17, brief)));
  CHECK(away(counter.increment(17, EventNumber{1}, 1, brief)));
  CHECK(away(booking::top_authors(store, brief)));
  CHECK(away(list.follow(17, 3, {}, brief)));
  CHECK(away(list.count(17, brief)));
  server.start();
  CHECK(counter.increment(17));
  CHECK(list.follow(17, 3));
}

TEST_CASE("R3 a server that came back empty has no counts, and a correction brings them back") {
  RedisServer server;
  const Counter counter{counters(at(server.url())), articles_key};
  for (int event = 1; event <= 5; ++event) REQUIRE(counter.increment(17, EventNumber{event}));
  server.kill();
  server.start();
  CHECK(counter.get(17).value().value == 0);
  REQUIRE(counter.increment(17, EventNumber{7}));  // 6 is still on its way
  const auto report = counter.reconcile(says({{.user = 17, .value = 5, .as_of = 5}}));
  CHECK(report.exact == 1);
  REQUIRE(counter.increment(17, EventNumber{6}));
  CHECK(counter.get(17).value().value == 7);
}

TEST_CASE("R9 increments that a paused server carries out late count once when sent again") {
  constexpr int callers = 4;
  RedisServer server;
  const Counter counter{counters(at(server.url())), articles_key};
  REQUIRE(counter.increment(17, EventNumber{1000}));
  server.pause();
  Crew crew{callers};
  crew.run([&](int member) {
    const Watch watch;
    const auto late = counter.increment(17, EventNumber{member + 1}, 1, brief);
    CHECK_FALSE(late);
    CHECK(watch.elapsed() < far_too_long);
  });
  server.resume();
  crew.run([&](int member) { CHECK(counter.increment(17, EventNumber{member + 1})); });
  CHECK(counter.get(17).value().value == 1 + callers);
}

TEST_CASE("N1 an increment with a number that is cut at any byte and sent again counts once") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const Counter counter{counters(at(proxy.url())), articles_key};
  REQUIRE(counter.increment(17, EventNumber{1}));  // the script is known from here on
  proxy.set({});
  REQUIRE(counter.increment(17, EventNumber{2}));
  const std::int64_t request = proxy.requested();
  std::int64_t event = 2;
  const auto cut = [&](const Trouble& trouble, ErrorCode expected) {
    REQUIRE(counter.increment(17, 0));  // connected
    proxy.set(trouble);
    ++event;
    const auto lost = counter.increment(17, EventNumber{event});
    CHECK(code_of(lost) == expected);
    proxy.heal();
    REQUIRE(counter.increment(17, EventNumber{event}));
    REQUIRE(counter.get(17).value().value == event);
  };
  for (std::int64_t bytes = 0; bytes < request; bytes += 7) {
    CAPTURE(bytes);
    cut({.cut_request_after = bytes}, ErrorCode::outcome_unknown);
  }
  for (std::int64_t bytes = 0; bytes < 12; ++bytes) {
    CAPTURE(bytes);
    cut({.cut_reply_after = bytes}, ErrorCode::outcome_unknown);
  }
}

TEST_CASE("N2 a server that answers nothing: every call ends by its deadline") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const auto store = counters(at(proxy.url()));
  const Counter counter{store, articles_key};
  const Following list{following(at(proxy.url()))};
  REQUIRE(counter.increment(17));
  REQUIRE(list.follow(17, 27));
  proxy.set({.swallow = true});
  const Watch watch;
  const booking::CallOptions soon{.timeout = milliseconds{50}};
  CHECK(code_of(counter.get(17, soon)) == ErrorCode::timeout);
  CHECK(code_of(counter.increment(17, 1, soon)) == ErrorCode::outcome_unknown);
  CHECK(code_of(booking::top_authors(store, soon)) == ErrorCode::timeout);
  CHECK_FALSE(list.follow(17, 3, {}, soon));
  CHECK(code_of(list.page(17, {}, 10, soon)) == ErrorCode::timeout);
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("replies that make no sense are errors, and end their connection") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const auto store = counters(at(proxy.url()));
  const Counter counter{store, articles_key};
  const Following list{following(at(proxy.url()))};
  REQUIRE(counter.increment(17));
  REQUIRE(list.follow(17, 27, seconds_since_1970(5)));
  REQUIRE(list.count(17));
  for (const std::string answer : {":7\r\n", "+OK\r\n", "*1\r\n$1\r\n5\r\n", "*0\r\n", "$-1\r\n",
                                   "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"}) {
    CAPTURE(answer);
    REQUIRE(counter.increment(17, 0));  // connected
    proxy.set({.answer = answer});
    CHECK(code_of(counter.increment(17, 0, brief)) == ErrorCode::outcome_unknown);
    proxy.heal();
    CHECK(counter.get(17).value().value == 1);
  }
  for (const std::string answer : {":7\r\n", "*0\r\n", "$-1\r\n", "$1\r\nx\r\n"}) {
    CAPTURE(answer);
    REQUIRE(counter.get(17));
    proxy.set({.answer = answer});
    CHECK(code_of(counter.get(17, brief)) == ErrorCode::unavailable);
    proxy.heal();
    CHECK(counter.get(17).value().value == 1);
  }
  REQUIRE(list.count(17));
  proxy.set({.answer = "$1\r\n5\r\n"});
  CHECK(code_of(list.count(17, brief)) == ErrorCode::unavailable);
  proxy.heal();
  CHECK(list.count(17).value().value == 1);
}
