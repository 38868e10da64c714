// Changes by WATCH, MULTI and EXEC: what a server refuses in the middle of them, and copies that
// arrive too late.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "redis/watch_setup.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

TEST_CASE("E10 what the server refuses within a transaction leaves nothing of it") {
  struct Refusal {
    std::string name;
    std::function<void()> begin;
    std::function<void()> end;
  };
  Shop shop;
  const RedisServer& server = shop.redis.server;
  const std::vector<Refusal> refusals = {
      {"OOM",
       [&] {
         server.ask({"CONFIG", "SET", "maxmemory", "1"});
       },
       [&] {
         server.ask({"CONFIG", "SET", "maxmemory", "0"});
       }},
      {"READONLY",
       [&] {
         server.ask({"REPLICAOF", "127.0.0.1", "1"});
       },
       [&] {
         server.ask({"REPLICAOF", "NO", "ONE"});
       }},
      {"NOREPLICAS",
       [&] {
         server.ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
       },
       [&] {
         server.ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
       }},
      {"NOPERM",
       [&] {
         server.ask({"ACL", "SETUSER", "default", "-append"});
       },
       [&] {
         server.ask({"ACL", "SETUSER", "default", "+append"});
       }}};
  for (const Refusal& refusal : refusals) {
    CAPTURE(refusal.name);
    const auto before = shop.redis.everything();
    const BookRequest wish = request(refusal.name);
    shop.clock->at(before_exec, refusal.begin);
    const auto refused = shop.inventory.book(wish);
    refusal.end();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unavailable);
    CHECK_MESSAGE(detail_of(refused).find(refusal.name) != std::string::npos, detail_of(refused));
    CHECK(shop.redis.everything() == before);
    const auto booked = shop.inventory.book(wish);
    CHECK_MESSAGE(booked.has_value(), detail_of(booked));
  }
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("E8 without the right to MULTI not one write is sent") {
  Shop shop;
  const auto before = shop.redis.everything();
  shop.redis.server.ask({"ACL", "SETUSER", "default", "-multi"});
  const auto refused = shop.inventory.book(request("ann"));
  shop.redis.server.ask({"ACL", "SETUSER", "default", "+multi"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(shop.redis.everything() == before);
}

TEST_CASE("R14 a key that changes its type between look and EXEC is broken_store") {
  Shop shop;
  const auto harm = [&] {
    shop.redis.server.ask({"DEL", "{booking}:times"});
    shop.redis.server.ask({"RPUSH", "{booking}:times", "not ours"});
  };
  shop.clock->at(before_exec, harm);
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::broken_store);
}

TEST_CASE("R14 a sequence that cannot be raised is found before anything is written") {
  for (const char* seq : {"0000000000099", "9999999999999999", "9223372036854775807"}) {
    CAPTURE(seq);
    Shop shop;
    shop.redis.server.ask({"SET", "{booking}:seq", seq});
    const auto before = shop.redis.everything();
    CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::broken_store);
    CHECK(shop.redis.everything() == before);
  }
}

TEST_CASE("R4 a sequence that goes back between look and EXEC is broken_store") {
  Shop shop;
  shop.clock->at(before_exec, [&] { shop.redis.server.ask({"SET", "{booking}:seq", "0"}); });
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::broken_store);
}

TEST_CASE("R9 a transaction that reaches the server too late is refused") {
  Shop shop;
  const auto store = shop.store(shop.redis.server.url(), shop.clock);
  const BookRequest wish = request("ann");
  const Command late{.body = command::Book{wish},
                     .guard = {.not_after = shop.redis.clock->now() + 500ms}};
  std::chrono::steady_clock::time_point sent;
  shop.clock->at(3, [&] {  // one look more: to be watched is what expires in time
    shop.redis.server.pause();
    sent = std::chrono::steady_clock::now();
  });
  const Clock steady;
  const auto result = store->execute(late, Deadline{steady, 300ms});
  CHECK(shop.clock->asked() == 3);
  while (std::chrono::steady_clock::now() < sent + 600ms) std::this_thread::yield();
  shop.redis.server.resume();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::outcome_unknown);
  CHECK(shop.redis.server.ask({"PING"}) == "PONG");
  CHECK(shop.redis.server.ask({"INFO", "commandstats"}).find("cmdstat_exec") != std::string::npos);
  CHECK_FALSE(shop.others.find(wish.id).value().has_value());
  CHECK(shop.others.availability(ten)->used == 0);
}

TEST_CASE("under WATCH a hold that ends between look and EXEC is not confirmed") {
  for (const bool companion : {true, false}) {
    CAPTURE(companion);
    const RedisServer server;
    RedisOptions options{.url = server.url(), .mode = StoreMode::create};  // by the server's clock
    SlotInventory near{*redis_store(options)};
    REQUIRE(near.define_service({.id = "haircut"}));
    REQUIRE(near.define_slot({.slot = ten, .capacity = 1}));
    Proxy proxy{server.path()};
    options = {.url = proxy.url(), .commit = CommitMode::watch};
    SlotInventory far{*redis_store(options), {.timeout = ample}};
    REQUIRE(far.define_service({.id = "haircut"}));

    // Replies take their time: two looks, and one more where no companion stands for the deadline.
    const auto slow = 300ms;
    const auto ttl = companion ? slow * 3 / 2 : slow * 5 / 2;
    const BookingId id = near.hold({.user = "ann", .slot = ten, .ttl = ttl})->booking.id;
    const std::string key = "{booking}:c:";
    for (const std::string& name : {server.ask({"KEYS", key + "*"})}) {
      CHECK(name.starts_with(key));
      if (!companion) server.ask({"DEL", name});
    }
    proxy.set({.pause = slow});
    const auto confirmed = far.confirm({.id = id, .user = {}, .seats = {}});
    REQUIRE_FALSE(confirmed);
    CHECK_MESSAGE(confirmed.error().code == ErrorCode::hold_expired, detail_of(confirmed));
    CHECK(near.find(id).value()->status == Status::expired);
    CHECK(near.availability(ten)->used == 0);
  }
}

TEST_CASE("a hold has a companion key until it ends, in either mode") {
  for (const CommitMode mode : {CommitMode::script, CommitMode::watch}) {
    CAPTURE(static_cast<int>(mode));
    const RedisServer server;
    SlotInventory inventory{
        *redis_store({.url = server.url(), .mode = StoreMode::create, .commit = mode})};
    REQUIRE(inventory.define_service({.id = "haircut"}));
    REQUIRE(inventory.define_slot({.slot = ten, .capacity = 10}));
    const auto expires_at = [&] {
      const std::string key = server.ask({"KEYS", "*}:c:*"});
      return key.empty() ? std::string{} : server.ask({"PEXPIRETIME", key});
    };
    const auto deadline = [](const Booking& held) {
      return std::to_string(held.hold_until->time_since_epoch().count() - 1);
    };
    auto held = inventory.hold({.user = "ann", .slot = ten, .ttl = 1min}).value().booking;
    CHECK(expires_at() == deadline(held));
    held = inventory.extend({.id = held.id, .user = {}, .ttl = 5min}).value().booking;
    CHECK(expires_at() == deadline(held));
    CHECK(inventory.confirm({.id = held.id, .user = {}, .seats = {}}));
    CHECK(expires_at().empty());
    held = inventory.hold({.user = "bob", .slot = ten, .ttl = 1min}).value().booking;
    CHECK(expires_at() == deadline(held));
    CHECK(inventory.cancel({.id = held.id}));
    CHECK(expires_at().empty());
  }
}

TEST_CASE("under WATCH a slot that begins between look and EXEC is not booked") {
  Shop shop;
  REQUIRE(shop.others.change_slot({.slot = ten, .begins_at = shop.redis.clock->now() + 500ms}));
  // Real time passes while store time stands still: the guard is a key on the server.
  shop.clock->at(3, [&] {
    const auto begun = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < begun + 600ms) std::this_thread::yield();
  });
  CHECK(shop.inventory.book(request("ann")));
  CHECK(shop.clock->asked() > 3);  // refused, and looked at anew
}
