// Many traders at once, in several processes and both modes, some of them killed: no item and no
// fund is lost or made, nothing is in two places, nobody owes.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <list>
#include <random>
#include <set>
#include <thread>

#include "market/setup.hpp"
#include "support/crew.hpp"
#include "support/process.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int processes = 4;
constexpr int threads_each = 8;
constexpr int users = 20;
constexpr int items = 200;
constexpr std::int64_t funds_each = 60;

milliseconds duration() {
  const char* const given = std::getenv("BOOKING_SECONDS");
  return seconds{given == nullptr ? 8 : std::max(1, std::atoi(given))};
}

void open_market(Marketplace& market) {
  for (int user = 0; user < users; ++user) {
    REQUIRE(market.put_account({.user = user, .name = "trader", .funds = funds_each}));
  }
  for (int item = 0; item < items; ++item) {
    REQUIRE(market.grant_item({.user = item % users, .item = "item." + std::to_string(item)}));
  }
}

// What an outsider sees at one moment; "good", or what is wrong.
std::string audit(const RedisServer& server) {
  return server.ask(
      {"EVAL",
       "local seen, count, funds = {}, 0, 0 "
       "local function add(item) if seen[item] then return item .. ' is in two places' end "
       "seen[item] = true count = count + 1 end "
       "for user = 0, tonumber(ARGV[1]) - 1 do "
       "local has = tonumber(redis.call('HGET', 'users:' .. user, 'funds')) "
       "if has < 0 then return 'user ' .. user .. ' owes' end funds = funds + has "
       "for _, item in ipairs(redis.call('SMEMBERS', 'inventory:' .. user)) do "
       "local wrong = add(item) if wrong then return wrong end end end "
       "for _, member in ipairs(redis.call('ZRANGE', 'market:', 0, -1)) do "
       "local wrong = add(string.match(member, '^(.*)%.[^.]*$')) if wrong then return wrong end "
       "end "
       "if count ~= tonumber(ARGV[2]) then return count .. ' items' end "
       "if funds ~= tonumber(ARGV[3]) then return funds .. ' funds' end "
       "return 'good'",
       "0", std::to_string(users), std::to_string(items), std::to_string(users * funds_each)});
}

// WATCH and UNWATCH as any other program may send them, on a connection of its own.
class ForeignTraffic {
 public:
  explicit ForeignTraffic(const RedisServer& server)
      : thread_{[this, path = server.path()] {
          Outsider outsider{path};
          while (!over_) {
            outsider.ask({"WATCH", "market:", "users:1", "inventory:1"});
            outsider.ask({"UNWATCH"});
            outsider.ask({"MULTI"});
            outsider.ask({"DISCARD"});
          }
        }} {}
  ~ForeignTraffic() {
    over_ = true;
    thread_.join();
  }
  ForeignTraffic(const ForeignTraffic&) = delete;
  ForeignTraffic& operator=(const ForeignTraffic&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

std::vector<std::string> trader(const std::string& url, int threads, milliseconds time,
                                const std::string& file) {
  return {BOOKING_TEST_MARKET_WORKER,
          "trade",
          url,
          std::to_string(threads),
          std::to_string(std::random_device{}() % 1'000'000),
          std::to_string(time.count()),
          file};
}

}  // namespace

TEST_CASE("3.4 traders in four processes and both modes, some killed, lose and make nothing") {
  const RedisServer server;
  Marketplace market{redis_market(server.url(), CommitMode::script)};
  open_market(market);
  REQUIRE(audit(server) == "good");
  const ForeignTraffic foreign{server};
  const TempDir dir;
  const Watch watch;
  std::list<Process> workers;
  for (int i = 0; i < processes; ++i) {
    workers.emplace_back(
        trader(server.url(), threads_each, duration(), dir.path(std::to_string(i))));
  }
  // One more after the other, each killed at a later frame.
  Proxy proxy{server.path()};
  int killed = 0;
  std::int64_t piece = 10;
  while (watch.elapsed() < duration()) {
    proxy.set({.kill_at = piece, .kill_behind = piece % 2 == 0});
    Process victim{trader(proxy.url(), 4, seconds{60}, dir.path("victim"))};
    CHECK(victim.wait(seconds{60}) == std::nullopt);
    CHECK(proxy.killed() == ++killed);
    CHECK(audit(server) == "good");
    piece += 7;
  }
  int done[2] = {0, 0};
  int refused = 0;
  int contended = 0;
  for (Process& worker : workers) CHECK(worker.wait(seconds{60}) == 0);
  for (int i = 0; i < processes; ++i) {
    int numbers[4] = {};
    std::ifstream file{dir.path(std::to_string(i))};
    for (int& number : numbers) file >> number;
    REQUIRE(file.good());
    done[0] += numbers[0];
    done[1] += numbers[1];
    refused += numbers[2];
    contended += numbers[3];
  }
  MESSAGE(done[0] << " changes by script, " << done[1] << " by WATCH, " << refused << " refused, "
                  << contended << " not in time, " << killed << " killed");
  CHECK(audit(server) == "good");
  CHECK(done[0] > 100);
  CHECK(done[1] > 10);
  CHECK(refused > 0);
  CHECK(killed > 0);
}

TEST_CASE("3.4 the audit of these tests sees an item in two places, a loss and a debt") {
  const RedisServer server;
  Marketplace market{redis_market(server.url(), CommitMode::script)};
  open_market(market);
  server.ask({"ZADD", "market:", "5", "item.3.4"});
  CHECK(audit(server) == "item.3 is in two places");
  server.ask({"DEL", "market:"});
  server.ask({"SREM", "inventory:3", "item.3"});
  CHECK(audit(server) == "199 items");
  server.ask({"SADD", "inventory:3", "item.3"});
  server.ask({"HINCRBY", "users:5", "funds", "1"});
  CHECK(audit(server) == "1201 funds");
  server.ask({"HSET", "users:5", "funds", "-1"});
  CHECK(audit(server) == "user 5 owes");
}

TEST_CASE("3.4 threads that want the same few items sell each of them once, and conserve all") {
  on_every_market([](Marketplace& market) {
    constexpr int few = 4;
    constexpr int threads = 8;
    for (int user = 0; user < few; ++user) {
      REQUIRE(market.put_account({.user = user, .name = "", .funds = 10}));
      REQUIRE(market.grant_item({.user = user, .item = user}));
    }
    std::atomic<int> listed{0};
    std::atomic<int> bought{0};
    Crew crew{threads};
    crew.run([&](int thread) {
      for (int i = 0; i < 60; ++i) {
        const int item = (thread + i) % few;
        for (int user = 0; user < few; ++user) {
          const bool offered =
              market.list_item({.item = item, .seller = user, .price = 1}).has_value();
          listed += offered;
          if (!offered) continue;
          const UserId buyer = (user + 1 + thread % (few - 1)) % few;
          bought += market.purchase_item({.buyer = buyer, .item = item, .seller = user, .price = 1})
                        .has_value();
        }
        const auto page = market.browse().value();
        for (const Listing& one : page.items) {
          const auto back = market.cancel_listing({.item = one.item, .seller = one.seller});
          listed -= back.has_value();
        }
      }
    });
    std::int64_t funds_left = 0;
    std::set<ItemId> seen;
    for (int user = 0; user < few; ++user) {
      CHECK(funds(market, user) >= 0);
      funds_left += funds(market, user);
      const auto list = market.items(user).value();
      for (const ItemId& item : list.items) CHECK(seen.insert(item).second);
    }
    const auto page = market.browse().value();
    for (const Listing& one : page.items) CHECK(seen.insert(one.item).second);
    CHECK(funds_left == few * 10);
    CHECK(seen.size() == few);
    CHECK(bought > 0);
    CHECK(listed == bought + static_cast<int>(page.items.size()));
  });
}
