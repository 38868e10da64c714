// The stores and locks under test, each by name and made fresh on request, so that a test is
// written once for all of them. Used by the model and concurrency tests.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "booking/booking.hpp"
#include "support/temp_dir.hpp"
#ifdef BOOKING_TEST_SQLITE
#include "booking/sqlite.hpp"
#endif
#ifdef BOOKING_TEST_REDIS_SERVER
#include "booking/redis.hpp"
#include "booking/redis_lock.hpp"
#include "support/redis_server.hpp"
#endif

namespace booking_test {

struct StoreUnderTest {
  std::string name;
  // nullptr for the clock: the system's.
  std::function<std::shared_ptr<booking::Store>(booking::UserLimit,
                                                std::shared_ptr<booking::Clock>)>
      make_at;
  bool slow = false;  // each commit waits for a disk or a server: tests take fewer rounds

  std::shared_ptr<booking::Store> make(booking::UserLimit limit) const {
    return make_at(limit, nullptr);
  }
};

#ifdef BOOKING_TEST_SQLITE
// A new file; it goes when the store does.
inline std::shared_ptr<booking::Store> fresh_sqlite_store(booking::UserLimit limit,
                                                          std::shared_ptr<booking::Clock> clock) {
  struct Place {
    TempDir dir;
    std::shared_ptr<booking::Store> store;
  };
  const auto place = std::make_shared<Place>();
  auto made = booking::sqlite_store({.path = place->dir.path("inventory.db"),
                                     .mode = booking::StoreMode::create,
                                     .policy = booking::Policy{.user_limit = limit},
                                     .clock = std::move(clock)});
  REQUIRE_MESSAGE(made.has_value(), made.error().message());
  place->store = std::move(*made);
  return {place, place->store.get()};
}
#endif

#ifdef BOOKING_TEST_REDIS_SERVER
// One server for the whole program, started when first needed.
inline RedisServer& shared_redis_server() {
  static RedisServer server;
  return server;
}

// A prefix of its own; its keys go when the store does.
template <booking::CommitMode commit>
std::shared_ptr<booking::Store> fresh_redis_store(booking::UserLimit limit,
                                                  std::shared_ptr<booking::Clock> clock) {
  struct Place {
    ~Place() {
      shared_redis_server().ask({"EVAL",
                                 "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do "
                                 "redis.call('UNLINK', key) end",
                                 "0", "{" + prefix + "}:*"});
    }
    std::string prefix;
    std::shared_ptr<booking::Store> store;
  };
  const auto place = std::make_shared<Place>();
  place->prefix = "test" + to_string(booking::BookingId::generate());
  auto made = booking::redis_store({.url = shared_redis_server().url(),
                                    .prefix = place->prefix,
                                    .mode = booking::StoreMode::create,
                                    .commit = commit,
                                    .policy = booking::Policy{.user_limit = limit},
                                    .clock = std::move(clock)});
  REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
  place->store = std::move(*made);
  return {place, place->store.get()};
}
#endif

#ifdef BOOKING_TEST_REDIS_SERVER
// All with one prefix, as the locks of several processes on one inventory are.
inline std::shared_ptr<booking::Lock> waiting_redis_lock() {
  return booking::redis_lock({.url = shared_redis_server().url(), .wait = std::chrono::minutes{1}})
      .value();
}
#endif

inline const std::vector<StoreUnderTest>& stores_under_test() {
  static const std::vector<StoreUnderTest> stores = {
      {.name = "memory",
       .make_at =
           [](booking::UserLimit limit, std::shared_ptr<booking::Clock> clock) {
             return booking::memory_store(
                 {.policy = {.user_limit = limit}, .clock = std::move(clock)});
           }},
#ifdef BOOKING_TEST_SQLITE
      {.name = "sqlite", .make_at = fresh_sqlite_store, .slow = true},
#endif
#ifdef BOOKING_TEST_REDIS_SERVER
      {.name = "redis", .make_at = fresh_redis_store<booking::CommitMode::script>, .slow = true},
      {.name = "redis watch",
       .make_at = fresh_redis_store<booking::CommitMode::watch>,
       .slow = true},
#endif
  };
  return stores;
}

// A store behind a lock.
struct Pairing {
  std::string name;
  StoreUnderTest store;
  std::shared_ptr<booking::Lock> (*make_lock)();
  bool slow_lock = false;  // asks a server

  // An empty inventory. Its timeout is long, because tests assert outcomes and never speed.
  booking::SlotInventory make(booking::UserLimit limit = {}) const {
    return booking::SlotInventory{
        store.make(limit),
        make_lock(),
        {.timeout = std::chrono::minutes{2}, .retry = {.attempts = 10000}}};
  }
  int rounds(int of_fast, int of_slow) const { return store.slow || slow_lock ? of_slow : of_fast; }
};

// Every store with every lock.
inline std::vector<Pairing> pairings() {
  std::vector<Pairing> all;
  for (const StoreUnderTest& store : stores_under_test()) {
    all.push_back({store.name + " with no_lock", store, [] { return booking::no_lock(); }});
    all.push_back(
        {store.name + " with process_mutex", store, [] { return booking::process_mutex(4); }});
#ifdef BOOKING_TEST_REDIS_SERVER
    all.push_back({store.name + " with redis_lock", store, waiting_redis_lock, true});
#endif
  }
  return all;
}

}  // namespace booking_test
