// A market full of offers for each round, some for each buyer; afterwards nothing may be lost.
#include "bench/redis/market.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bench/peers/seed_style.hpp"
#include "bench/redis/fixture.hpp"
#include "bench/redis/load.hpp"
#include "bench/redis/names.hpp"
#include "booking/marketplace.hpp"
#include "booking/redis_market.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

namespace {

constexpr std::size_t sellers = 20;

UserId seller(std::size_t i) {
  return 1'000 + i % sellers;
}
std::string item(std::size_t buyer, std::size_t i) {
  return "item" + std::to_string(buyer) + "-" + std::to_string(i);
}

/// `each` offers at price 1 for each buyer, who can pay for all of them.
void open_market(const RedisServer& server, std::size_t each) {
  server.ask({"FLUSHALL"});
  server.ask({"EVAL",
              "for i = 0, tonumber(ARGV[2]) - 1 do "
              "redis.call('HSET', 'users:' .. 1000 + i, 'name', 'seller', 'funds', 0) end "
              "for buyer = 0, tonumber(ARGV[1]) - 1 do "
              "redis.call('HSET', 'users:' .. buyer, 'name', 'buyer', 'funds', ARGV[3]) "
              "for i = 0, tonumber(ARGV[3]) - 1 do redis.call('ZADD', 'market:', 1, "
              "'item' .. buyer .. '-' .. i .. '.' .. 1000 + i % ARGV[2]) end end",
              "0", std::to_string(crowd), std::to_string(sellers), std::to_string(each)});
}

void check_sold(const RedisServer& server, std::size_t each, std::uint64_t done) {
  const auto offers = std::stoull(server.ask({"ZCARD", "market:"}));
  must(offers + done == crowd * each, "offers are those not bought");
  std::uint64_t funds = 0;
  std::uint64_t earned = 0;
  std::uint64_t items = 0;
  for (std::size_t i = 0; i < crowd; ++i) {
    const std::string user = std::to_string(i);
    funds += std::stoull(server.ask({"HGET", "users:" + user, "funds"}));
    items += std::stoull(server.ask({"SCARD", "inventory:" + user}));
  }
  for (std::size_t i = 0; i < sellers; ++i) {
    earned += std::stoull(server.ask({"HGET", "users:" + to_string(seller(i)), "funds"}));
  }
  must(items == done && earned == done && funds + earned == crowd * each, "market conserved");
}

Figures market_round(const RedisServer& server, CommitMode commit, Seconds time) {
  const auto each = static_cast<std::size_t>(std::max(8'000 * time.count(), 50.0));
  open_market(server, each);
  // As many connections as the peers have.
  auto store = redis_market_store(
      {.server = {.url = url(server, Wire::unix_socket), .connections = crowd}, .commit = commit});
  must(store.has_value(), "a market on Redis");
  Marketplace market{*std::move(store), no_lock(), {.purchase_timeout = std::chrono::minutes{1}}};
  const auto buy = [&](std::size_t buyer, std::size_t i) {
    const auto bought = market.purchase_item(
        {.buyer = buyer, .item = item(buyer, i), .seller = seller(i), .price = 1});
    must(bought.has_value(), "a purchase");
  };
  const auto look = [&](std::size_t buyer) { must(market.account(buyer).has_value(), "a look"); };
  const Carried carried = carry_out(
      {.callers = crowd, .time = time, .most = each, .before = look, .call = buy}, server);
  check_sold(server, each, carried.done);
  return carried.figures;
}

Figures seed_round(const RedisServer& server, Seconds time) {
  const auto each = static_cast<std::size_t>(std::max(8'000 * time.count(), 50.0));
  open_market(server, each);
  std::vector<std::unique_ptr<SeedPeer>> peers(crowd);
  std::atomic<std::uint64_t> again{0};
  const Carried carried = carry_out(
      {.callers = crowd,
       .time = time,
       .most = each,
       .before =
           [&](std::size_t buyer) {
             peers[buyer] = std::make_unique<SeedPeer>(server.path(), SeedPeer::Way::watch);
           },
       .call =
           [&](std::size_t buyer, std::size_t i) {
             again += peers[buyer]->purchase(std::to_string(buyer), item(buyer, i),
                                             to_string(seller(i)), 1);
           }},
      server);
  check_sold(server, each, carried.done);
  Figures figures = carried.figures;
  figures.retries = static_cast<double>(again) / static_cast<double>(carried.done);
  return figures;
}

}  // namespace

void add_market(Table& table, const RedisServer& server, Seconds time) {
  table.add({market_group, market_script,
             [&server, time] { return market_round(server, CommitMode::script, time); }});
  table.add({market_group, market_watch,
             [&server, time] { return market_round(server, CommitMode::watch, time); }});
  table.add({market_group, seed_watch, [&server, time] { return seed_round(server, time); }});
}

}  // namespace booking_bench
