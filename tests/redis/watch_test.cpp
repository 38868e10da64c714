// Changes by WATCH, MULTI and EXEC: what disturbs them and what does not, and how many round trips
// they take.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "redis/watch_setup.hpp"
#include "support/crew.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

TEST_CASE("under WATCH a change of another slot by another user disturbs no booking") {
  Shop shop;
  const BookingId hers = shop.others.book(request("eve", eleven)).value().booking.id;
  const BookingId held = shop.others.hold({.user = "fay", .slot = eleven}).value().booking.id;
  const std::vector<std::function<void()>> changes = {
      [&] { CHECK(shop.others.book(request("bob", eleven))); },
      [&] { CHECK(shop.others.hold({.user = "cid", .slot = eleven})); },
      [&] { CHECK(shop.others.confirm({.id = held, .user = {}, .seats = {}})); },
      [&] { CHECK(shop.others.cancel({.id = hers})); },
      [&] {
        CHECK(shop.others.define_slot({.slot = {"haircut", "2026-06-03"}, .capacity = 1}));
      },
      [&] { CHECK(shop.others.define_service({.id = "shave"})); }};
  std::int32_t user = 0;
  for (const auto& change : changes) {
    const auto book = [&] { CHECK(shop.inventory.book(request(++user))); };
    CHECK(shop.retries(before_exec, change, book) == 0);
  }
  CHECK(shop.others.availability(ten)->used == static_cast<std::int32_t>(changes.size()));
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH a hold and a cancel are not disturbed by those of others either") {
  Shop shop;
  const BookingId mine = shop.others.book(request("ann")).value().booking.id;
  const BookingId hers = shop.others.book(request("eve", eleven)).value().booking.id;
  const auto hold = [&] { CHECK(shop.others.hold({.user = "bob", .slot = eleven})); };
  const auto hold_too = [&] { CHECK(shop.inventory.hold({.user = "cid", .slot = ten})); };
  CHECK(shop.retries(before_exec, hold, hold_too) == 0);
  const auto cancel = [&] { CHECK(shop.others.cancel({.id = hers})); };
  CHECK(shop.retries(before_exec_by_id, cancel,
                     [&] { CHECK(shop.inventory.cancel({.id = mine})); }) == 0);
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH a booking that the slot has no room for any more is decided on anew") {
  Shop shop;
  REQUIRE(shop.others.change_slot({.slot = ten, .capacity = 1}));
  shop.clock->at(before_exec, [&] { CHECK(shop.others.book(request("bob"))); });
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::sold_out);
  CHECK(shop.clock->asked() == 2 * before_exec - 1);
  CHECK(shop.others.availability(ten)->used == 1);
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH a user who books elsewhere meanwhile stays within the limit") {
  Shop shop;
  REQUIRE(shop.others.change_policy({.user_limit = UserLimit{.max = 1}}));
  CHECK(shop.inventory.book(request("eve")));  // it knows that claims count now
  const auto book = [&] { CHECK(shop.others.book(request("ann", eleven))); };
  shop.clock->at(before_exec, book);
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::user_limit);
  CHECK(shop.clock->asked() == 2 * before_exec - 1);  // the second time it did not come to EXEC
  CHECK(shop.others.availability(ten)->used == 1);
}

TEST_CASE("under WATCH a gate that is shut meanwhile stops a booking") {
  Shop shop;
  const auto shut = [&] {
    CHECK(shop.others.set_gate({.epoch = 1}, {.epoch = 1, .phase = Gate::Phase::shut}));
  };
  shop.clock->at(before_exec, shut);
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::maintenance);
  CHECK(shop.others.availability(ten)->used == 0);
}

TEST_CASE("under WATCH an outsider's change of the slot is seen, whatever it is") {
  Shop shop;
  const std::string key = "{booking}:s:haircut:2026-06-01T10:00";
  const auto close = [&] { shop.redis.server.ask({"SET", key, "10,0,1,,;0;1;0;0;"}); };
  shop.clock->at(before_exec, close);
  CHECK(shop.inventory.book(request("ann")).error().code == ErrorCode::slot_closed);
}

TEST_CASE("under WATCH a refusal is true when it is given, and takes two round trips") {
  Shop shop;
  REQUIRE(shop.others.change_slot({.slot = ten, .capacity = 1}));
  const BookingId taken = shop.others.book(request("bob")).value().booking.id;
  Proxy proxy{shop.redis.server.path()};
  SlotInventory far = shop.watching(proxy.url());
  CHECK(far.book(request("ann")).error().code == ErrorCode::sold_out);
  proxy.heal();
  CHECK(far.book(request("ann")).error().code == ErrorCode::sold_out);
  CHECK(proxy.round_trips() == 2);

  // While what it saw is on the way to it, the seat comes free.
  shop.redis.server.ask({"CONFIG", "RESETSTAT"});
  proxy.set({.pause = 500ms});
  std::thread other{[&] {
    const auto looked = [&] {
      return shop.redis.server.ask({"INFO", "commandstats"}).find("cmdstat_multi") !=
             std::string::npos;
    };
    while (!looked()) std::this_thread::yield();
    CHECK(shop.others.cancel({.id = taken}));
  }};
  const auto booked = far.book(request("ann"));
  other.join();
  CHECK_MESSAGE(booked.has_value(), detail_of(booked));
}

TEST_CASE("under WATCH the time that commits relied on is never set back") {
  Shop shop;
  const SlotKey twelve{"haircut", "2026-06-01 12:00"};
  REQUIRE(shop.others.define_slot({.slot = twelve, .capacity = 10}));
  std::int32_t user = 0;
  for (const SlotKey& slot : {ten, eleven, twelve}) {
    CHECK(shop.others.hold({.user = ++user, .slot = slot, .ttl = 1min}));
  }
  // Books where a hold is overdue, `act` being done at the n-th time the clock is asked.
  const auto book_at = [&](Instant now, const SlotKey& slot, int n, std::function<void()> act) {
    const auto clock = std::make_shared<Interrupter>(now);
    SlotInventory late = shop.watching(shop.redis.server.url(), clock);
    CHECK(late.define_service({.id = "haircut", .name = "Haircut"}));
    clock->at(n, std::move(act));
    CHECK(late.book(request("ann", slot)));
    return clock->asked();
  };
  const Instant start = shop.redis.clock->now();
  const int before_exec_too = book_at(start + 1h, twelve, 0, [] {});
  shop.redis.clock->advance(3h);
  const auto overtake = [&] { CHECK(shop.others.book(request("cid", eleven))); };
  CHECK(book_at(start + 2h, ten, before_exec_too, overtake) > before_exec_too);
  CHECK(shop.redis.server.ask({"GET", "{booking}:relied"}) ==
        std::to_string((start + 3h).time_since_epoch().count()));
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH a booking takes two round trips, a move by id three, and no script") {
  Shop shop;
  Proxy proxy{shop.redis.server.path()};
  SlotInventory far = shop.watching(proxy.url());
  BookingId id = far.book(request("ann")).value().booking.id;  // its connection is there
  shop.redis.server.ask({"CONFIG", "RESETSTAT"});
  const auto trips_of = [&](const std::function<Result<Receipt>()>& call) {
    proxy.heal();
    const auto done = call();
    CHECK_MESSAGE(done.has_value(), detail_of(done));
    return proxy.round_trips();
  };
  CHECK(trips_of([&] { return far.book(request("bob")); }) == 2);
  CHECK(trips_of([&] { return far.cancel({.id = id}); }) == 3);
  CHECK(trips_of([&] {
          auto held = far.hold({.user = "cid", .slot = ten});
          id = held.value().booking.id;
          return held;
        }) == 2);
  CHECK(trips_of([&] { return far.extend({.id = id, .user = {}, .ttl = 20min}); }) == 3);
  CHECK(trips_of([&] { return far.confirm({.id = id, .user = {}, .seats = {}}); }) == 3);
  CHECK(trips_of([&] { return far.reschedule({.id = id, .user = {}, .slot = eleven}); }) == 3);
  CHECK(shop.redis.server.ask({"INFO", "commandstats"}).find("evalsha") == std::string::npos);
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH returning overdue holds adds one round trip to a booking, for many users") {
  Shop shop;
  REQUIRE(shop.others.change_slot({.slot = ten, .capacity = 100}));
  Proxy proxy{shop.redis.server.path()};
  const auto clock = shop.redis.clock;
  SlotInventory far = shop.watching(proxy.url(), clock);
  CHECK(far.book(request("first")));  // its connection is there
  std::int32_t user = 0;
  // With one hold left that has time, and one in another slot that is none of its business.
  const auto trips_of = [&](int overdue, const std::function<Result<Receipt>()>& call) {
    for (int i = 0; i < overdue; ++i) {
      CHECK(shop.others.hold({.user = ++user, .slot = ten, .ttl = 1min}));
    }
    CHECK(shop.others.hold({.user = ++user, .slot = eleven, .ttl = 1min}));
    clock->advance(2min);
    CHECK(shop.others.hold({.user = ++user, .slot = {"haircut", "2026-06-03"}}));
    proxy.heal();
    const auto done = call();
    CHECK_MESSAGE(done.has_value(), detail_of(done));
    const Booking& booking = done->booking;
    const auto held = booking.status == Status::held ? booking.seats : 0;
    CHECK(shop.others.availability(ten)->held == held);
    return proxy.round_trips();
  };
  REQUIRE(shop.others.define_slot({.slot = {"haircut", "2026-06-03"}, .capacity = 100}));
  BookingId id;
  for (const int overdue : {1, 2, 15}) {
    CAPTURE(overdue);
    CHECK(trips_of(overdue, [&] { return far.book(request(++user)); }) == 3);
    CHECK(trips_of(overdue, [&] {
            auto held = far.hold({.user = ++user, .slot = ten, .ttl = 30min});
            id = held.value().booking.id;
            return held;
          }) == 3);
    CHECK(trips_of(overdue, [&] { return far.confirm({.id = id, .user = {}, .seats = {}}); }) == 4);
    CHECK(trips_of(overdue, [&] { return far.cancel({.id = id}); }) == 4);
  }
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH a sweep takes four round trips, however many slots it finds") {
  Shop shop;
  Proxy proxy{shop.redis.server.path()};
  SlotInventory far = shop.watching(proxy.url(), shop.redis.clock);
  CHECK(far.sweep(64).value() == 0);  // its connection is there
  std::int32_t user = 0;
  for (const SlotKey& slot : {ten, ten, ten, eleven, eleven}) {
    CHECK(shop.others.hold({.user = ++user, .slot = slot, .ttl = 1min}));
  }
  shop.redis.clock->advance(2min);
  proxy.heal();
  CHECK(far.sweep(64).value() == 5);
  CHECK(proxy.round_trips() == 4);
  CHECK(shop.others.audit()->clean());
}

TEST_CASE("under WATCH no connection is given back in the middle of a transaction") {
  Shop shop;
  const BookRequest known = request("ann");
  CHECK(shop.inventory.book(known));
  CHECK(shop.inventory.book(known)->replayed);
  CHECK(shop.inventory.book({.id = known.id, .user = "bob", .slot = ten}).error().code ==
        ErrorCode::id_mismatch);
  CHECK(shop.inventory.cancel({.id = known.id}));
  CHECK(shop.redis.server.ask({"CLIENT", "LIST"}).find("multi=-1") != std::string::npos);
  const std::string clients = shop.redis.server.ask({"CLIENT", "LIST"});
  CHECK_MESSAGE(clients.find("multi=0") == std::string::npos, clients);
  CHECK_MESSAGE(clients.find("flags=x") == std::string::npos, clients);
}

TEST_CASE("callers by script and by WATCH on one inventory sell every seat, and none twice") {
  constexpr int threads = 8;
  constexpr std::int32_t seats = 60;
  for (const int slots : {1, 5}) {
    CAPTURE(slots);
    RedisInventory redis;
    redis.policy.user_limit = UserLimit{.max = 1};
    SlotInventory first = redis.fill();
    const auto slot = [](int number) {
      return SlotKey{"haircut", "2026-07-0" + std::to_string(number + 1)};
    };
    for (int i = 0; i < slots; ++i) {
      REQUIRE(first.define_slot({.slot = slot(i), .capacity = seats / slots}));
    }
    Crew crew{threads};
    const auto booked = crew.collect([&](int member) {
      RedisOptions options = redis.options();
      options.commit = member % 2 == 0 ? CommitMode::script : CommitMode::watch;
      SlotInventory mine{redis_store(options).value(), {.timeout = 1min, .clock = redis.clock}};
      int count = 0;
      for (std::int32_t user = 0; user < 2 * seats; ++user) {  // each user asked for by all
        const auto result = mine.book(request(user, slot((member + user) % slots)));
        if (result) ++count;
        const bool refused = !result && result.error().kind() == ErrorKind::refused;
        CHECK_MESSAGE((result || refused), detail_of(result));
      }
      return count;
    });
    CHECK(std::accumulate(booked.begin(), booked.end(), 0) == seats);
    for (int i = 0; i < slots; ++i) CHECK(first.availability(slot(i))->remaining == 0);
    CHECK(first.audit()->clean());
  }
}
