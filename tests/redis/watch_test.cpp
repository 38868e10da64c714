// Changes by WATCH, MULTI and EXEC: what disturbs them, how many round trips they take, what a
// server refuses in the middle of them, and copies that arrive too late.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "redis/inventory.hpp"
#include "support/crew.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

// Store time stands still. A store under WATCH asks for it before each look and before EXEC: there
// something may be done in between.
class Interrupter final : public Clock {
 public:
  explicit Interrupter(Instant now) : now_{now} {}
  Instant now() const noexcept override {
    ++asked_;
    if (--left_ == 0) act_();
    return now_;
  }
  // When it is asked for the n-th time from here on.
  void at(int n, std::function<void()> act) {
    asked_ = 0;
    act_ = std::move(act);
    left_ = n;
  }
  int asked() const noexcept { return asked_; }

 private:
  const Instant now_;
  std::function<void()> act_{};
  mutable int left_ = 0;
  mutable int asked_ = 0;
};

constexpr int before_exec = 2;        // of a command on a slot that it names
constexpr int before_exec_by_id = 3;  // of a command that names a booking
constexpr std::chrono::seconds ample{5};

struct Shop {
  RedisInventory redis;
  SlotInventory others = redis.fill();  // by scripts
  std::shared_ptr<Interrupter> clock = std::make_shared<Interrupter>(redis.clock->now());
  SlotInventory inventory = watching(redis.server.url());

  explicit Shop(RedisServer::Arguments arguments = {}) : redis{std::move(arguments)} {
    REQUIRE(inventory.define_service({.id = "haircut", .name = "Haircut"}));  // it knows the gate
  }
  std::shared_ptr<Store> store(const std::string& url, std::shared_ptr<Clock> by) const {
    auto made = redis_store(
        {.url = url, .commit = CommitMode::watch, .policy = redis.policy, .clock = std::move(by)});
    REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
    return *made;
  }
  SlotInventory watching(const std::string& url) const { return watching(url, clock); }
  SlotInventory watching(const std::string& url, std::shared_ptr<Clock> by) const {
    return SlotInventory{store(url, std::move(by)),
                         no_lock(),
                         {.timeout = ample, .retry = {.attempts = 1}, .clock = redis.clock}};
  }
  // How often a command was begun anew while `act` was done before its EXEC.
  int retries(int at, const std::function<void()>& act, const std::function<void()>& command) {
    clock->at(at, act);
    command();
    const int first = clock->asked();
    CHECK(first >= at);
    return first / at - 1;
  }
};

std::string detail_of(const Result<Receipt>& result) {
  return result ? std::string{"it was done"} : result.error().log_text();
}

}  // namespace

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
