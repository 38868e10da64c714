// Lending connections: to one caller at a time, by the deadline, and anew when the server was away.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <set>
#include <thread>

#include "redis/setup.hpp"

using namespace booking_test;

TEST_CASE("a connection is lent to one caller at a time and used again") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  std::string first;
  {
    const auto lent = connections.lend(Use::change, within(seconds{10}));
    REQUIRE(lent.has_value());
    first = std::to_string(send(**lent, {"CLIENT", "ID"})->front().integer);
    CHECK(code_of(connections.lend(Use::change, within(milliseconds{30}))) == ErrorCode::timeout);
  }
  const auto again = connections.lend(Use::change, within(seconds{10}));
  REQUIRE(again.has_value());
  CHECK(std::to_string(send(**again, {"CLIENT", "ID"})->front().integer) == first);
}

TEST_CASE("those who read do not wait for those who change") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1, .readers = 1}};
  const auto lane = connections.lend(Use::change, within(seconds{10}));
  CHECK(connections.lend(Use::read, within(seconds{10})).has_value());
}

TEST_CASE("who waits for a connection gets it when it comes back") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 2}};
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto lent = connections.lend(Use::change, within(seconds{30}));
        if (!lent) continue;
        const int now = ++at_once;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        if (send(**lent, {"PING"})) ++served;
        --at_once;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(served == 400);
  CHECK(most <= 2);
  CHECK(server.ask({"INFO", "clients"}).find("connected_clients:3\r") != std::string::npos);
}

TEST_CASE("one that died while idle is opened anew, unseen by the caller") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url())}};
  for (int i = 0; i < 3; ++i) {
    const auto lent = connections.lend(Use::change, within(seconds{10}));
    REQUIRE(lent.has_value());
    CHECK(send(**lent, {"PING"})->front().text == "PONG");
    if (i == 1) server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    if (i == 0) connections.close_idle();
  }
  server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  const auto lent = connections.lend(Use::change, within(seconds{10}));
  REQUIRE(lent.has_value());
  CHECK(send(**lent, {"PING"}).has_value());
}

TEST_CASE("one that saw an error is not lent again") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  {
    const auto lent = connections.lend(Use::change, within(seconds{10}));
    server.pause();
    CHECK(code_of((*lent)->exchange(redis_command({"ECHO", "old"}), within(milliseconds{30}))) ==
          ErrorCode::outcome_unknown);
    server.resume();
  }
  const auto lent = connections.lend(Use::change, within(seconds{10}));
  REQUIRE(lent.has_value());
  CHECK(send(**lent, {"ECHO", "new"})->front().text == "new");
}

TEST_CASE("R1 a server that was killed and started again is found again, as another run") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url())}};
  std::set<std::string> runs;
  for (int i = 0; i < 3; ++i) {
    {
      const auto lent = connections.lend(Use::change, within(seconds{10}));
      REQUIRE(lent.has_value());
      CHECK(send(**lent, {"PING"}).has_value());
      runs.insert((*lent)->server().run_id);
    }
    server.kill();
    const Watch watch;
    const auto down = connections.lend(Use::change, within(milliseconds{60}));
    CHECK(code_of(down) == ErrorCode::unavailable);
    CHECK(down.error().retry_after > milliseconds{0});
    CHECK(watch.elapsed() < far_too_long);
    server.start();
  }
  CHECK(runs.size() == 3);
}

TEST_CASE("R1 a call that is under way while the server starts gets its connection") {
  RedisServer server;
  Proxy proxy{server.path()};
  Connections connections{{.endpoint = endpoint(proxy.url())}};
  server.kill();
  bool lent = false;
  std::thread caller{
      [&] { lent = connections.lend(Use::change, within(seconds{30})).has_value(); }};
  while (proxy.accepted() == 0) {
  }
  server.start();
  caller.join();
  CHECK(lent);
}

TEST_CASE("R9 every call on a server that stands still ends by its deadline") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 2}};
  {
    const auto kept = connections.lend(Use::change, within(seconds{10}));
    REQUIRE(kept.has_value());
  }
  server.pause();
  const Watch watch;
  std::atomic<int> unknown{0};
  std::atomic<int> nothing_sent{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      const auto deadline = within(milliseconds{150});
      const auto lent = connections.lend(Use::change, deadline);
      const auto code = lent ? code_of((*lent)->exchange(redis_command({"INCR", "n"}), deadline))
                             : lent.error().code;
      ++(code == ErrorCode::outcome_unknown ? unknown : nothing_sent);
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(watch.elapsed() < far_too_long);
  CHECK(unknown == 1);  // there was one connection to send on
  CHECK(nothing_sent == 7);
  server.resume();
  const auto lent = connections.lend(Use::change, within(seconds{30}));
  REQUIRE(lent.has_value());
  CHECK(send(**lent, {"GET", "n"})->front().text == "1");  // done all the same
}

TEST_CASE("R11 clients killed again and again are an error at most, and soon served again") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url())}};
  int served = 0;
  for (int i = 0; i < 100; ++i) {
    const auto lent = connections.lend(Use::change, within(seconds{10}));
    REQUIRE(lent.has_value());
    if (i % 3 == 0) server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    const auto reply = send(**lent, {"PING"});
    if (reply) ++served;
    if (!reply) CHECK(reply.error().code == ErrorCode::unavailable);
  }
  CHECK(served == 66);
}

TEST_CASE("E8 a wrong password is tried once per pause, however many callers there are") {
  RedisServer server{{"--requirepass", "right"}};
  Proxy proxy{server.path()};
  Connections connections{{.endpoint = endpoint(proxy.url() + "?password=s3cret")}};
  const Watch watch;
  std::atomic<int> leaked{0};
  std::atomic<int> calls{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      while (watch.elapsed() < milliseconds{300}) {
        const auto lent = connections.lend(Use::change, within(seconds{10}));
        ++calls;
        if (lent || lent.error().code != ErrorCode::unavailable ||
            lent.error().log_text().find("s3cret") != std::string::npos) {
          ++leaked;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(leaked == 0);
  // Pauses of at least 5, 10, 20 ... ms lie between the attempts.
  const double ms = static_cast<double>(watch.elapsed().count());
  CHECK(proxy.accepted() >= 2);
  CHECK(proxy.accepted() <= 2 + static_cast<int>(std::log2(ms / 5 + 1)));
  CHECK(calls > proxy.accepted());
  Outsider outsider{server.path()};
  outsider.ask({"AUTH", "right"});
  const std::string stats = outsider.ask({"INFO", "commandstats"});
  const std::string expected = "cmdstat_auth:calls=" + std::to_string(proxy.accepted() + 1) + ",";
  CHECK(stats.find(expected) != std::string::npos);
}

TEST_CASE("E8 once the password is right again, callers are served again") {
  RedisServer server{{"--requirepass", "right"}};
  Connections connections{{.endpoint = endpoint(server.url() + "?password=right2")}};
  CHECK(code_of(connections.lend(Use::change, within(seconds{10}))) == ErrorCode::unavailable);
  Outsider outsider{server.path()};
  outsider.ask({"AUTH", "right"});
  outsider.ask({"CONFIG", "SET", "requirepass", "right2"});
  const Watch watch;
  while (!connections.lend(Use::change, within(seconds{10})) && watch.elapsed() < far_too_long) {
  }
  CHECK(connections.lend(Use::change, within(seconds{10})).has_value());
}

TEST_CASE("N8 callers of a server that is down wait no longer than their deadlines") {
  RedisServer server;
  Proxy proxy{server.path()};
  server.kill();
  Connections connections{{.endpoint = endpoint(proxy.url())}};
  const Watch watch;
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 50; ++caller) {
    callers.emplace_back([&] {
      if (!connections.lend(Use::change, within(milliseconds{300}))) ++failed;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(failed == 50);
  CHECK(watch.elapsed() < far_too_long);
  const double ms = static_cast<double>(watch.elapsed().count());
  CHECK(proxy.accepted() <= 2 + static_cast<int>(std::log2(ms / 5 + 1)));
}

TEST_CASE("a new connection is checked by the store before it is lent") {
  RedisServer server;
  int checks = 0;
  bool good = false;
  Connections connections{
      {.endpoint = endpoint(server.url()),
       .on_connect = [&](Connection& connection,
                         const booking::Deadline& deadline) -> booking::Result<void> {
         ++checks;
         CHECK(connection.exchange(redis_command({"PING"}), deadline, Step::read).has_value());
         if (good) return booking::Result<void>::success();
         return booking::redis::store_error(ErrorCode::broken_store, "another inventory");
       }}};
  CHECK(code_of(connections.lend(Use::change, within(seconds{10}))) == ErrorCode::broken_store);
  CHECK(checks == 1);
  good = true;
  const Watch watch;
  while (!connections.lend(Use::change, within(seconds{10})) && watch.elapsed() < far_too_long) {
  }
  CHECK(connections.lend(Use::change, within(seconds{10})).has_value());
  CHECK(checks == 2);
}

TEST_CASE("new connections are made one at a time") {
  RedisServer server;
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  Connections connections{
      {.endpoint = endpoint(server.url()),
       .lanes = 4,
       .on_connect = [&](Connection& connection, const booking::Deadline& deadline) {
         most = std::max(most.load(), ++at_once);
         const auto nothing =
             connection.exchange(redis_command({"BLPOP", "nothing", "0.05"}), deadline, Step::read);
         --at_once;
         return nothing ? booking::Result<void>::success() : nothing.error();
       }}};
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  std::barrier together{4};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      const auto lent = connections.lend(Use::change, within(seconds{30}));
      if (lent) ++served;
      together.arrive_and_wait();  // so that each needs a connection of its own
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(served == 4);
  CHECK(most == 1);
}

TEST_CASE("the warnings are those of the server that was connected to last") {
  RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url())}};
  CHECK(connections.warnings().empty());
  REQUIRE(connections.lend(Use::change, within(seconds{10})).has_value());
  CHECK(connections.warnings().size() == 1);
}

TEST_CASE("no descriptor and no connection is left behind, whatever failed") {
  const auto before = open_descriptors();
  {
    RedisServer server;
    Proxy proxy{server.path()};
    const auto by_now = open_descriptors();
    {
      Connections connections{{.endpoint = endpoint(proxy.url())}};
      for (const Trouble& trouble :
           {Trouble{.cut_request_after = 3}, Trouble{.cut_reply_after = 3},
            Trouble{.swallow = true}, Trouble{.twice = true}, Trouble{.answer = "junk\r\n"}}) {
        proxy.heal();
        const auto lent = connections.lend(Use::change, within(seconds{10}));
        REQUIRE(lent.has_value());
        proxy.set(trouble);
        CHECK_FALSE(
            (*lent)->exchange(redis_command({"PING"}), within(milliseconds{50})).has_value());
        CHECK_FALSE(connections.lend(Use::read, within(milliseconds{50})).has_value());
      }
    }
    proxy.heal();
    const Watch watch;  // the proxy closes its own ends in its own time
    while (open_descriptors() > by_now && watch.elapsed() < far_too_long) {
    }
    CHECK(open_descriptors() == by_now);
    CHECK(server.ask({"INFO", "clients"}).find("connected_clients:1\r") != std::string::npos);
  }
  CHECK(open_descriptors() == before);
}

namespace {

// Counts how often it is asked for the steady time.
struct AskedClock final : booking::Clock {
  std::chrono::steady_clock::time_point steady_now() const noexcept override {
    ++asked;
    return Clock::steady_now();
  }
  mutable std::atomic<int> asked{0};
};

// A caller who stands in line for the only connection once this is made. Whoever has it writes a
// letter, and gives it back.
class InLine {
 public:
  InLine(Connections& connections, std::string& served, char letter)
      : caller_{[this, &connections, &served, letter] {
          const booking::Deadline deadline{clock_, seconds{10}, &stopped_};
          const auto loan = connections.lend(Use::change, deadline);
          if (loan) served += letter;
        }} {
    // Once for the deadline, then by those who stand in line.
    while (clock_.asked < 2) std::this_thread::yield();
  }
  ~InLine() {
    if (caller_.joinable()) caller_.join();
  }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  void stop() { stopped_ = true; }
  void end() { caller_.join(); }

 private:
  const AskedClock clock_;
  std::atomic<bool> stopped_{false};
  std::thread caller_;
};

std::unique_ptr<Connections::Loan> take_only(Connections& connections) {
  return std::make_unique<Connections::Loan>(
      connections.lend(Use::change, within(seconds{10})).value());
}

}  // namespace

TEST_CASE("connections are lent in order of arrival, also to those who come again at once") {
  const RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  int in_order = 0;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    std::string served;
    auto only = take_only(connections);
    const InLine first{connections, served, 'a'};
    const InLine second{connections, served, 'b'};
    const InLine third{connections, served, 'c'};
    only.reset();
    const auto again = connections.lend(Use::change, within(seconds{10}));
    if (served == "abc") ++in_order;
  }
  CHECK(in_order == rounds);
}

TEST_CASE("a waiter that gives up leaves its turn to the next") {
  const RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  std::string served;
  auto only = take_only(connections);
  InLine first{connections, served, 'a'};
  InLine second{connections, served, 'b'};
  first.stop();
  first.end();
  only.reset();
  second.end();
  CHECK(served == "b");
}

TEST_CASE("a waiter that gives up just as its turn comes passes it on") {
  const RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  int passed_on = 0;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds && passed_on == round; ++round) {
    std::string served;
    auto only = take_only(connections);
    InLine first{connections, served, 'a'};
    InLine second{connections, served, 'b'};
    first.stop();
    only.reset();
    first.end();
    second.end();
    if (served.ends_with('b')) ++passed_on;
  }
  CHECK(passed_on == rounds);
}

TEST_CASE("a connection that comes back wakes the one whose turn it is, and nobody else") {
  const RedisServer server;
  Connections connections{{.endpoint = endpoint(server.url()), .lanes = 1}};
  constexpr int crowd = 8;
  constexpr int each = 200;
  const AskedClock clock;
  std::atomic<int> served{0};
  std::barrier together{crowd};
  const Watch watch;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < crowd; ++caller) {
    callers.emplace_back([&] {
      together.arrive_and_wait();
      for (int i = 0; i < each; ++i) {
        const auto lent = connections.lend(Use::change, booking::Deadline{clock, seconds{30}});
        if (lent && send(**lent, {"PING"})) ++served;  // it takes as long as it takes to wake up
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  const auto elapsed = watch.elapsed();
  CHECK(served == crowd * each);
  CHECK(elapsed < far_too_long);  // nobody slept through its turn
  // Whoever is woken in vain asks the clock twice more. So do those who look for a stop, which
  // nobody does more often than every 20 ms.
  const auto looks = 2 * crowd * (elapsed / milliseconds{20} + 1);
  CHECK(clock.asked.load() <= 4 * served + looks);
}
