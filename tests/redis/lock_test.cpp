// redis_lock when all goes well: taken, told, given back (row 4.3).
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "booking/http.hpp"
#include "redis/lock_setup.hpp"

using namespace booking_test;
using namespace booking;

TEST_CASE("4.3 a slot that is being booked by someone else answers 423 at once") {
  const RedisServer server;
  SlotInventory inventory{memory_store(), lock_at(server.url())};
  open_clinic(inventory, 2, 5);
  const auto other = lock_at(server.url());
  Lease lease = entered(*other, {slot(0)});

  const auto refused = inventory.book({.user = "bob", .slot = slot(0)});
  REQUIRE(code_of(refused) == ErrorCode::locked);
  CHECK(refused.error().kind() == ErrorKind::transient);
  CHECK(http_status(refused.error().code) == 423);
  CHECK(http_status(refused.error().code, HttpProfile::seed) == 423);
  CHECK(refused.error().retry_after > seconds{1});
  CHECK(refused.error().retry_after <= seconds{10});
  CHECK(look(inventory, 0).used == 0);
  CHECK(inventory.book({.user = "bob", .slot = slot(1)}));

  lease.release();
  CHECK(inventory.book({.user = "cid", .slot = slot(0)}));
}

TEST_CASE("4.3 the lock is given back after a success and after each kind of error") {
  const RedisServer server;
  SlotInventory inventory{memory_store(), lock_at(server.url())};
  open_clinic(inventory, 1, 1);
  const auto booked = inventory.book({.user = "ann", .slot = slot(0)});
  REQUIRE(booked);
  CHECK(locks_taken(server) == "0");
  CHECK(code_of(inventory.book({.user = "bob", .slot = slot(0)})) == ErrorCode::sold_out);
  CHECK(locks_taken(server) == "0");
  CHECK(code_of(inventory.book({.user = "bob", .slot = slot(7)})) == ErrorCode::not_found);
  CHECK(locks_taken(server) == "0");
  CHECK(inventory.cancel({.id = booked->booking.id}));
  CHECK(locks_taken(server) == "0");
}

TEST_CASE("4.3 a lock ends by itself when its holder does not give it back") {
  const RedisServer server;
  const auto lost = lock_at(server.url(), milliseconds{50});
  const auto other = lock_at(server.url(), seconds{10}, seconds{20});
  const Lease never_released = entered(*lost, {slot(0)});
  CHECK(ms_left(server, 0) <= 50);
  CHECK(enter(*other, {slot(0)}));
}

TEST_CASE("4.3 an old holder's release does not free the new holder's lock") {
  const RedisServer server;
  const auto lock = lock_at(server.url(), milliseconds{30});
  Lease old = entered(*lock, {slot(0)});
  wait_until([&] { return holder(server, 0).empty(); });
  const auto other = lock_at(server.url());
  const Lease lease = entered(*other, {slot(0)});
  const std::string token = holder(server, 0);

  old.release();
  CHECK(holder(server, 0) == token);
  CHECK(code_of(enter(*lock, {slot(0)})) == ErrorCode::locked);
}

TEST_CASE("4.3 all locks of a call are taken or none, in any order, named once or twice") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  const auto other = lock_at(server.url());
  Lease middle = entered(*other, {slot(2)});
  CHECK(code_of(enter(*lock, {slot(3), slot(2), slot(1)})) == ErrorCode::locked);
  CHECK(locks_taken(server) == "1");

  middle.release();
  Lease all = entered(*lock, {slot(3), slot(1), slot(2), slot(3)});
  CHECK(locks_taken(server) == "3");
  CHECK(code_of(enter(*other, {slot(1)})) == ErrorCode::locked);
  all.release();
  CHECK(locks_taken(server) == "0");
}

TEST_CASE("4.3 locks that others hold until later name the latest end") {
  const RedisServer server;
  const auto brief = lock_at(server.url(), seconds{60});
  const auto lasting = lock_at(server.url(), std::chrono::minutes{30});
  const Lease first = entered(*brief, {slot(0)});
  const Lease second = entered(*lasting, {slot(1)});
  const auto refused = enter(*brief, {slot(0), slot(1)});
  REQUIRE(code_of(refused) == ErrorCode::locked);
  CHECK(refused.error().retry_after > std::chrono::minutes{10});
}

TEST_CASE("4.3 inventories with other prefixes do not lock each other out") {
  const RedisServer server;
  const auto one = redis_lock({.url = server.url(), .prefix = "one"}).value();
  const auto two = redis_lock({.url = server.url(), .prefix = "two"}).value();
  const Lease lease = entered(*one, {slot(0)});
  CHECK(enter(*two, {slot(0)}));
}

TEST_CASE("3.7 a caller may wait for the lock instead, and gets it when it is given back") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  const auto patient = lock_at(server.url(), seconds{10}, seconds{20});
  Lease lease = entered(*lock, {slot(0)});
  auto waiting = std::async(std::launch::async, [&] { return enter(*patient, {slot(0)}); });
  CHECK(waiting.wait_for(milliseconds{100}) == std::future_status::timeout);
  lease.release();
  CHECK(waiting.get());
}

TEST_CASE("a wait for a lock ends with locked at its own end, and at the call's deadline") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  const Lease lease = entered(*lock, {slot(0)});
  const Watch watch;
  CHECK(code_of(enter(*lock_at(server.url(), seconds{10}, milliseconds{100}), {slot(0)})) ==
        ErrorCode::locked);
  const auto patient = lock_at(server.url(), seconds{10}, std::chrono::hours{1});
  CHECK(code_of(enter(*patient, {slot(0)}, milliseconds{100})) == ErrorCode::locked);
  CHECK(watch.elapsed() >= milliseconds{100});
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("whoever waits for a lock leaves with unavailable when the inventory is shut down") {
  const RedisServer server;
  const auto lock = lock_at(server.url(), seconds{10}, std::chrono::minutes{1});
  SlotInventory inventory{memory_store(), lock, {.timeout = std::chrono::minutes{1}}};
  open_clinic(inventory, 1, 1);
  const Lease lease = entered(*lock, {slot(0)});
  const Watch watch;
  auto waiting = std::async(std::launch::async,
                            [&] { return inventory.book({.user = "ann", .slot = slot(0)}); });
  CHECK(waiting.wait_for(milliseconds{50}) == std::future_status::timeout);
  inventory.shutdown();
  CHECK(code_of(waiting.get()) == ErrorCode::unavailable);
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("leases are numbered upwards, whichever lock and slot they are of") {
  const RedisServer server;
  const auto one = lock_at(server.url());
  const auto two = lock_at(server.url());
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t number = entered(i % 2 == 0 ? *one : *two, {slot(i % 3)}).number();
    CHECK(number > last);
    CHECK(number < std::uint64_t{1} << 53);
    last = number;
  }
}

TEST_CASE("a booking takes two round trips for its lock") {
  const RedisServer server;
  SlotInventory inventory{memory_store(), lock_at(server.url())};
  open_clinic(inventory, 1, 5);
  REQUIRE(inventory.book({.user = "ann", .slot = slot(0)}));
  const auto calls = [&] {
    const std::string info = server.ask({"INFO", "commandstats"});
    const std::size_t at = info.find("cmdstat_evalsha:calls=");
    return at == std::string::npos ? 0 : std::stoi(info.substr(at + 22));
  };
  const int before = calls();
  REQUIRE(inventory.book({.user = "bob", .slot = slot(0)}));
  CHECK(calls() - before == 2);
}

TEST_CASE("bad options of a lock are refused") {
  using std::chrono::hours;
  const auto refused = [](const RedisLockOptions& options) {
    return code_of(redis_lock(options)) == ErrorCode::invalid_argument;
  };
  CHECK(refused({.url = "http://127.0.0.1"}));
  CHECK(refused({.prefix = ""}));
  CHECK(refused({.prefix = "a{b}"}));
  CHECK(refused({.prefix = std::string(65, 'x')}));
  CHECK(refused({.ttl = milliseconds{0}}));
  CHECK(refused({.ttl = hours{1} + milliseconds{1}}));
  CHECK(refused({.wait = milliseconds{-1}}));
  CHECK(refused({.wait = hours{1} + milliseconds{1}}));
  CHECK(refused({.connections = 0}));
  CHECK(refused({.connections = 65}));
  CHECK(redis_lock({.prefix = std::string(64, 'x'), .ttl = hours{1}, .wait = hours{1}}));
}

TEST_CASE("A6 a forked child can neither take a lock nor give its parent's back") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  Lease lease = entered(*lock, {slot(0)});
  const std::string token = holder(server, 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto taken = lock->enter(std::vector<SlotKey>{slot(1)}, within(seconds{5}));
    lease.release();
    _exit(!taken && taken.error().code == ErrorCode::internal ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(holder(server, 0) == token);
  lease.release();
  CHECK(locks_taken(server) == "0");
}

TEST_CASE("I6 a lock closes its connections when it and its leases are gone") {
  const RedisServer server;
  const auto before = open_descriptors();
  {
    auto lock = lock_at(server.url());
    Lease lease = entered(*lock, {slot(0)});
    lock.reset();  // the lease keeps it
    CHECK(open_descriptors() > before);
    lease.release();
  }
  CHECK(open_descriptors() == before);
  CHECK(locks_taken(server) == "0");
}
