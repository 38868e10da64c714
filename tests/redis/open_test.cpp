// Opening and making an inventory on a server.
#include <doctest/doctest.h>

#include <string>

#include "redis/inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

ErrorCode code(const Result<std::shared_ptr<Store>>& opened) {
  REQUIRE_FALSE(opened.has_value());
  return opened.error().code;
}

}  // namespace

TEST_CASE("opening an empty server is broken_store and leaves it empty") {
  const RedisInventory redis;
  CHECK(code(redis.try_open()) == ErrorCode::broken_store);
  CHECK(redis.keys().empty());
}

TEST_CASE("create makes an inventory once, create_if_missing finds it") {
  const RedisInventory redis;
  CHECK(redis.try_open(StoreMode::create));
  CHECK(code(redis.try_open(StoreMode::create)) == ErrorCode::already_exists);
  CHECK(redis.try_open(StoreMode::create_if_missing));
  CHECK(redis.try_open(StoreMode::open));
}

TEST_CASE("an inventory that is there keeps its policy; another one is refused") {
  RedisInventory redis;
  CHECK(redis.try_open(StoreMode::create));
  redis.policy.user_limit = UserLimit{.max = 3};
  CHECK(code(redis.try_open()) == ErrorCode::invalid_argument);
  RedisOptions options = redis.options();
  options.policy.reset();
  CHECK(redis_store(options));
}

TEST_CASE("two prefixes are two inventories on one server") {
  const RedisInventory redis;
  redis.fill();
  RedisOptions options = redis.options();
  options.prefix = "booking2";
  CHECK(code(redis_store(options)) == ErrorCode::broken_store);
  options.mode = StoreMode::create;
  auto other = redis_store(options);
  REQUIRE(other);
  SlotInventory inventory{*other, no_lock(), {.clock = redis.clock}};
  CHECK(inventory.availability(ten).error().code == ErrorCode::not_found);
}

TEST_CASE("options out of range are refused before anything is sent") {
  const RedisInventory redis;
  for (const char* prefix : {"", "a{b", "a}b", "a b", "a*b", "é"}) {
    CAPTURE(prefix);
    RedisOptions options = redis.options(StoreMode::create);
    options.prefix = prefix;
    CHECK(code(redis_store(options)) == ErrorCode::invalid_argument);
  }
  for (const std::int32_t count : {0, 65}) {
    RedisOptions options = redis.options(StoreMode::create);
    options.write_connections = count;
    CHECK(code(redis_store(options)) == ErrorCode::invalid_argument);
    options = redis.options(StoreMode::create);
    options.read_connections = count;
    CHECK(code(redis_store(options)) == ErrorCode::invalid_argument);
  }
  RedisOptions options = redis.options(StoreMode::create);
  options.policy->user_limit.max = 0;
  CHECK(code(redis_store(options)) == ErrorCode::invalid_argument);
  options = redis.options(StoreMode::create);
  options.open_timeout = std::chrono::milliseconds{0};
  CHECK(code(redis_store(options)) == ErrorCode::invalid_argument);
  CHECK(redis.keys().empty());
}

TEST_CASE("an inventory of a newer format is refused, opened or in use, and left as it is") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const std::string gate = redis.server.ask({"GET", "{booking}:gate"});
  redis.server.ask({"SET", "{booking}:gate", "2 something else"});
  const auto before = redis.everything();
  for (const StoreMode mode : {StoreMode::open, StoreMode::create_if_missing}) {
    const auto opened = redis.try_open(mode);
    CHECK(code(opened) == ErrorCode::broken_store);
    CHECK(opened.error().detail.find("newer version") != std::string::npos);
  }
  CHECK(inventory.book(request("ann")).error().code == ErrorCode::broken_store);
  CHECK(redis.everything() == before);
  redis.server.ask({"SET", "{booking}:gate", gate});
  CHECK(inventory.book(request("ann")));
}

TEST_CASE("nothing is made on top of what is left of an inventory without a gate") {
  const RedisInventory redis;
  redis.fill();
  redis.server.ask({"DEL", "{booking}:gate"});
  const auto before = redis.everything();
  for (const StoreMode mode : {StoreMode::open, StoreMode::create, StoreMode::create_if_missing}) {
    CHECK(code(redis.try_open(mode)) == ErrorCode::broken_store);
  }
  CHECK(redis.everything() == before);
}

TEST_CASE("store time is the server's clock when no other is given") {
  RedisInventory redis;
  redis.clock = nullptr;
  SlotInventory inventory = redis.fill();
  const Instant before = Clock{}.now();
  const auto booked = inventory.book(request("ann"));
  REQUIRE(booked);
  CHECK(booked->booking.created_at >= before);
  CHECK(booked->booking.created_at <= Clock{}.now());
}
