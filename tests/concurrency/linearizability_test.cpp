// What callers at the same time are answered is what they could have been answered one after
// another: recorded on every store and judged by the checker. And stores that are wrong on purpose,
// to see that they do not pass.
#include "support/linearizability.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "booking/testing/faulty_store.hpp"
#include "concurrency/setup.hpp"
#include "support/broken_stores.hpp"
#include "support/judged_history.hpp"
#include "support/process.hpp"
#include "support/random_callers.hpp"
#include "support/rounds.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int callers = 4;
constexpr int slots = 4;
constexpr std::int32_t seats_each = 3;

Capacities capacities() {
  return equal_capacities(slots, seats_each);
}

// Callers at once, each on an inventory of its own, with a few slots of a few seats in them all;
// what they were answered.
History record(const std::vector<SlotInventory>& inventories, int calls_each, std::uint32_t seed) {
  SlotInventory owner = inventories.front();
  open_clinic(owner, slots, seats_each);
  Recorder recorder;
  SharedBookings shared;
  Crew crew{static_cast<int>(inventories.size())};
  crew.run([&](int member) {
    const SlotInventory& mine = inventories[static_cast<std::size_t>(member)];
    RandomCaller caller{{mine, recorder, slot}, slots, shared, seed + unsigned(member)};
    caller.make_calls(calls_each);
  });
  return recorder.history();
}

// Four of them on the same one.
History record(const SlotInventory& inventory, int calls_each, std::uint32_t seed) {
  return record(std::vector<SlotInventory>(callers, inventory), calls_each, seed);
}

SlotInventory over(std::shared_ptr<Store> store, std::int32_t attempts = 10000) {
  return SlotInventory{std::make_shared<SlowStore>(std::move(store)),
                       {.timeout = std::chrono::minutes{2}, .retry = {.attempts = attempts}}};
}

void check(const History& history, const SlotInventory& inventory) {
  check_history(history, inventory, capacities());
  CHECK(met(history) > callers * slots);
}

// What a broken store, made of a good one, answers to the same callers.
template <class Broken>
History record_broken(const StoreUnderTest& good, std::uint32_t seed) {
  const auto store = std::make_shared<Broken>(good.make(UserLimit::none()));
  return record(over(store), good.slow ? 150 : 500, seed);
}

}  // namespace

TEST_CASE("histories of four callers at once are linearizable, on every store") {
  for (const StoreUnderTest& store : stores_under_test()) {
    for (int round = 0; round < rounds(3); ++round) {
      const std::uint32_t seed = std::random_device{}();
      CAPTURE(store.name);
      CAPTURE(seed);
      const SlotInventory inventory = over(store.make(UserLimit::none()));
      const History history = record(inventory, store.slow ? 300 : 2000, seed);
      check(history, inventory);
      CHECK(answered(history, Word::sold_out) > 0);
      CHECK(answered(history, Word::replayed) > 0);
      CHECK(answered(history, Word::unknown) == 0);
    }
  }
}

TEST_CASE("histories with lost requests and replies are linearizable, on every store") {
  for (const StoreUnderTest& store : stores_under_test()) {
    for (int round = 0; round < rounds(3); ++round) {
      const std::uint32_t seed = std::random_device{}();
      CAPTURE(store.name);
      CAPTURE(seed);
      const auto faulty =
          std::make_shared<booking::testing::FaultyStore>(store.make(UserLimit::none()));
      for (int i = 1; i <= 12; ++i) {
        faulty->lose_reply_of(40 * i);
        faulty->lose_request_of(40 * i + 20);
      }
      const SlotInventory inventory = over(faulty, 1);
      const History history = record(inventory, store.slow ? 300 : 600, seed);
      check(history, inventory);
      CHECK(answered(history, Word::unknown) > 0);
    }
  }
}

#ifdef BOOKING_TEST_REDIS_SERVER
TEST_CASE("histories of eight callers on Redis, half by scripts, half by WATCH, are linearizable") {
  for (int round = 0; round < rounds(3); ++round) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(seed);
    RedisOptions options{.url = shared_redis_server().url(),
                         .prefix = to_string(BookingId::generate()),
                         .mode = StoreMode::create,
                         .policy = Policy{.user_limit = UserLimit::none()}};
    std::vector<SlotInventory> inventories;
    for (int i = 0; i < 2 * callers; ++i) {
      options.commit = i % 2 == 0 ? CommitMode::script : CommitMode::watch;
      inventories.push_back(over(redis_store(options).value()));
      options.mode = StoreMode::open;
    }
    const History history = record(inventories, 150, seed);
    check(history, inventories.front());
    CHECK(answered(history, Word::sold_out) > 0);
    CHECK(answered(history, Word::unknown) == 0);
    CHECK(inventories.front().audit().value().clean());
    CHECK(redis_erase(options));
  }
}
#endif

#ifdef BOOKING_TEST_SQLITE
TEST_CASE("histories of processes on one SQLite file are linearizable, one of them killed") {
  const TempDir dir;
  const std::string path = dir.path("inventory.db");
  const auto store = sqlite_store({.path = path,
                                   .mode = StoreMode::create,
                                   .policy = Policy{.user_limit = UserLimit::none()},
                                   .clock = {}});
  REQUIRE(store.has_value());
  SlotInventory inventory{*store};
  open_clinic(inventory, slots, seats_each);

  const std::uint32_t seed = std::random_device{}() % 1'000'000;
  CAPTURE(seed);
  const auto start = [&](int number, int calls) {
    return std::vector<std::string>{
        BOOKING_TEST_HISTORY_WORKER, path,
        to_string(clinic),           std::to_string(seed + unsigned(number)),
        std::to_string(calls),       dir.path("history" + std::to_string(number))};
  };
  Process endless{start(0, 0)};
  Process first{start(1, 200)};
  Process second{start(2, 200)};
  CHECK(first.wait(std::chrono::seconds{120}) == 0);
  CHECK(second.wait(std::chrono::seconds{120}) == 0);
  endless.kill();
  CHECK(!endless.wait(std::chrono::seconds{120}).has_value());

  History all;
  for (int number = 0; number < 3; ++number) {
    const History one = read_history(dir.path("history" + std::to_string(number)));
    CHECK(!one.empty());
    all.insert(all.end(), one.begin(), one.end());
  }
  check(all, inventory);
}
#endif

TEST_CASE("a store that reads stale is caught") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<StaleStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
  }
}

TEST_CASE("a store that oversells is caught, by searching and by counting") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<OversellingStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
    CHECK(!oversold(history, capacities()).empty());
  }
}

TEST_CASE("a store that forgets to cancel is caught, by searching and by counting") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<ForgetfulStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
    CHECK(!refused_with_room(history, capacities()).empty());
  }
}
