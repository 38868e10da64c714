// The cache stores themselves: every line of cache_store.hpp, on memory and on a real server.
#include "cache/setup.hpp"

using namespace booking_test;
using booking::CacheItem;
using booking::CacheLease;

namespace {

std::string value_of(booking::CacheStore& store, const std::string& key) {
  const auto found = store.get({&key, 1}, in_time());
  REQUIRE(found.has_value());
  return found->front() ? found->front()->value : "(nothing)";
}

bool add(booking::CacheStore& store, const CacheItem& item) {
  const auto added = store.add({&item, 1}, in_time());
  REQUIRE(added.has_value());
  return added->front();
}

bool settle(booking::CacheStore& store, const CacheLease& lease) {
  const auto held = store.settle({&lease, 1}, in_time());
  REQUIRE(held.has_value());
  return held->front();
}

}  // namespace

TEST_CASE("a cache store keeps bytes until their time is over") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    const std::string bytes{"a\0\r\n\xFF", 5};
    const std::vector<CacheItem> items{{"one", bytes, seconds{100}}, {"two", "", seconds{100}}};
    REQUIRE(store->set(items, in_time()).has_value());
    const std::vector<std::string> keys{"one", "none", "two"};
    const auto found = store->get(keys, in_time());
    REQUIRE(found.has_value());
    CHECK((*found)[0]->value == bytes);
    CHECK_FALSE((*found)[1].has_value());
    CHECK((*found)[2]->value.empty());

    const auto one = store->get({&keys[0], 1}, in_time());
    REQUIRE(one->front()->left.has_value());
    CHECK(*one->front()->left <= seconds{100});
    CHECK(*one->front()->left > seconds{90});

    const CacheItem brief{"one", "brief", milliseconds{20}};
    REQUIRE(store->set({&brief, 1}, in_time()).has_value());
    while (value_of(*store, "one") != "(nothing)") std::this_thread::sleep_for(milliseconds{1});
  });
}

TEST_CASE("add takes only what is free") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    CHECK(add(*store, {"lock", "mine", seconds{100}}));
    CHECK_FALSE(add(*store, {"lock", "yours", seconds{100}}));
    CHECK(value_of(*store, "lock") == "mine");
    const std::vector<CacheItem> both{{"lock", "yours", seconds{9}}, {"free", "x", seconds{9}}};
    CHECK(store->add(both, in_time()).value() == std::vector<bool>{false, true});
    REQUIRE(store->set(both, in_time()).has_value());
    CHECK(value_of(*store, "lock") == "yours");
  });
}

TEST_CASE("settle fills under a lease that is still there, and not under another") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    const CacheItem fill{"key", "value", seconds{100}};
    CHECK_FALSE(settle(*store, {"lock", "mine", fill}));
    REQUIRE(add(*store, {"lock", "yours", seconds{100}}));
    CHECK_FALSE(settle(*store, {"lock", "mine", fill}));
    CHECK(value_of(*store, "key") == "(nothing)");
    CHECK(value_of(*store, "lock") == "yours");

    CHECK(settle(*store, {"lock", "yours", fill}));
    CHECK(value_of(*store, "key") == "value");
    CHECK(value_of(*store, "lock") == "(nothing)");
    CHECK_FALSE(settle(*store, {"lock", "yours", {}}));

    const std::vector<CacheItem> locks{
        {"l1", "a", seconds{9}}, {"l2", "b", seconds{9}}, {"l3", "c", seconds{9}}};
    REQUIRE(store->add(locks, in_time()).has_value());
    const std::vector<CacheLease> leases{{"l1", "a", CacheItem{"k1", "1", seconds{9}}},
                                         {"l2", "x", CacheItem{"k2", "2", seconds{9}}},
                                         {"l3", "c", {}}};
    CHECK(store->settle(leases, in_time()).value() == std::vector<bool>{true, false, true});
    CHECK(value_of(*store, "k1") == "1");
    CHECK(value_of(*store, "k2") == "(nothing)");
  });
}

TEST_CASE("erase removes all of the keys at once, and what is not there is no error") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    const std::vector<CacheItem> items{{"a", "1", seconds{9}}, {"b", "2", seconds{9}}};
    REQUIRE(store->set(items, in_time()).has_value());
    const std::vector<std::string> keys{"a", "none", "b"};
    REQUIRE(store->erase(keys, in_time()).has_value());
    CHECK(value_of(*store, "a") == "(nothing)");
    CHECK(value_of(*store, "b") == "(nothing)");
  });
}

TEST_CASE("the memory store keeps no more than it may, and lets the least used go") {
  const auto store = booking::memory_cache_store({.max_entries = 2, .clock = {}});
  for (const char* key : {"a", "b"}) {
    const CacheItem item{key, "x", seconds{9}};
    REQUIRE(store->set({&item, 1}, in_time()).has_value());
  }
  CHECK(value_of(*store, "a") == "x");
  const CacheItem third{"c", "x", seconds{9}};
  REQUIRE(store->set({&third, 1}, in_time()).has_value());
  CHECK(value_of(*store, "a") == "x");
  CHECK(value_of(*store, "b") == "(nothing)");
  CHECK(value_of(*store, "c") == "x");
}

TEST_CASE("a key that holds something else counts as empty, and a fill takes its place") {
  const RedisServer server;
  const auto store = redis_cache(server.url());
  server.ask({"RPUSH", "key", "one", "two"});
  server.ask({"RPUSH", "lock", "one"});
  CHECK(value_of(*store, "key") == "(nothing)");
  CHECK_FALSE(settle(*store, {"lock", "mine", {}}));
  CHECK_FALSE(add(*store, {"lock", "mine", seconds{9}}));
  server.ask({"DEL", "lock"});
  REQUIRE(add(*store, {"lock", "mine", seconds{9}}));
  CHECK(settle(*store, {"lock", "mine", CacheItem{"key", "value", seconds{9}}}));
  CHECK(server.ask({"GET", "key"}) == "value");
}

TEST_CASE("several caches share a server by their prefixes") {
  const RedisServer server;
  const auto one = redis_cache(server.url(), "{one}:");
  const CacheItem item{"key", "value", seconds{9}};
  REQUIRE(one->set({&item, 1}, in_time()).has_value());
  CHECK(server.ask({"GET", "{one}:key"}) == "value");
  CHECK(value_of(*redis_cache(server.url(), "{two}:"), "key") == "(nothing)");
  for (const char* bad : {"a b", "a\n", "\xC3\xA9"}) {
    const auto refused =
        booking::redis_cache_store({.server = {.url = server.url()}, .prefix = bad});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::invalid_argument);
  }
}
