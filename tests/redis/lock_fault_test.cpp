// redis_lock when things go wrong: holders that stop, locks that end too early or too late, servers
// that forget, replies that are lost. A seat is never sold twice, and nobody waits for ever.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <list>

#include "redis/lock_setup.hpp"
#include "support/commit_modes.hpp"
#include "support/process.hpp"

using namespace booking_test;
using namespace booking;

namespace {

constexpr seconds enough{60};  // for a worker

// An inventory on the server, for several processes.
std::shared_ptr<Store> store_at(const RedisServer& server) {
  auto store = redis_store({.url = server.url(),
                            .mode = StoreMode::create,
                            .policy = Policy{.user_limit = UserLimit::none()}});
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *std::move(store);
}

void wait_until_stopped(const Process& worker) {
  int status = 0;
  REQUIRE(::waitpid(worker.pid(), &status, WUNTRACED) == worker.pid());
  REQUIRE(WIFSTOPPED(status));
}

// Carries commands out after a pause that is longer than the lock's life.
class SlowStore final : public Store {
 public:
  explicit SlowStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    std::this_thread::sleep_for(milliseconds{12});
    return store_->execute(command, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace

TEST_CASE("L1 a commit under a lease that ended and was taken over is lock_lost in every store") {
  const RedisServer server;
  for (const StoreUnderTest& under_test : stores_under_test()) {
    CAPTURE(under_test.name);
    const auto store = under_test.make(UserLimit::none());
    SlotInventory inventory{store, lock_at(server.url(), seconds{10}, seconds{20})};
    open_clinic(inventory, 1, 5);
    const auto lock = lock_at(server.url(), milliseconds{30});
    const Lease stale = entered(*lock, {slot(0)});
    wait_until([&] { return holder(server, 0).empty(); });
    REQUIRE(inventory.book({.user = "new", .slot = slot(0)}));

    const auto late = book_under(*store, stale.number(), "old", slot(0));
    CHECK((!late && late.error().code == ErrorCode::lock_lost));
    CHECK(look(inventory, 0).used == 1);
    check_conservation(inventory, clinic, UserLimit::none());
    const Lease next = entered(*lock, {slot(0)});
    CHECK(book_under(*store, next.number(), "old", slot(0)));
  }
}

TEST_CASE("L1 a process stopped while it holds the lock can neither sell nor unlock afterwards") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    const RedisServer server;
    const auto store = store_at(server);
    SlotInventory inventory{store};
    open_clinic(inventory, 1, 5);
    Process worker{{BOOKING_TEST_REDIS_WORKER, "stop", server.url(), mode.name, "300"}};
    wait_until_stopped(worker);  // with the lock, before the commit
    REQUIRE(locks_taken(server) == "1");

    const auto lock = lock_at(server.url(), seconds{60}, seconds{20});
    const Lease lease = entered(*lock, {slot(0)});
    REQUIRE(book_under(*store, lease.number(), "new", slot(0)));
    const std::string token = holder(server, 0);
    ::kill(worker.pid(), SIGCONT);
    CHECK(worker.wait(enough) == static_cast<int>(ErrorCode::lock_lost));
    CHECK(look(inventory, 0).used == 1);
    CHECK(holder(server, 0) == token);
    check_conservation(inventory, clinic, UserLimit::none());
  }
}

TEST_CASE("L2 processes that want the same seats under the lock sell exactly what there is") {
  constexpr int processes = 4;
  int most_sellers = 0;
  for (const std::int32_t capacity : {1, 100}) {
    CAPTURE(capacity);
    const RedisServer server;
    const TempDir dir;
    SlotInventory inventory{store_at(server)};
    const int slots = capacity == 1 ? 100 : 1;
    open_clinic(inventory, slots, capacity);
    std::list<Process> workers;
    for (int i = 0; i < processes; ++i) {
      // Modes taken in turns: any mix of them is right.
      const auto& mode = commit_modes()[static_cast<std::size_t>(i) % commit_modes().size()];
      workers.emplace_back(std::vector<std::string>{BOOKING_TEST_REDIS_WORKER, "sell", server.url(),
                                                    mode.name, dir.path(std::to_string(i))});
    }
    for (const Process& worker : workers) wait_until_stopped(worker);
    for (const Process& worker : workers) ::kill(worker.pid(), SIGCONT);
    for (Process& worker : workers) CHECK(worker.wait(enough) == 0);

    int sold = 0;
    int sellers = 0;
    for (int i = 0; i < processes; ++i) {
      int by_one = 0;
      std::ifstream{dir.path(std::to_string(i))} >> by_one;
      sold += by_one;
      sellers += by_one > 0 ? 1 : 0;
    }
    most_sellers = std::max(most_sellers, sellers);
    CHECK(sold == slots * capacity);
    for (int i = 0; i < slots; ++i) CHECK(look(inventory, i).used == capacity);
    check_conservation(inventory, clinic, UserLimit::none());
    CHECK(locks_taken(server) == "0");
  }
  CHECK(most_sellers > 1);  // one may be done with it all before the others wake
}

TEST_CASE("L3 a ttl shorter than the operation makes it slow, never wrong, in every store") {
  const RedisServer server;
  Crew crew{4};
  for (const StoreUnderTest& under_test : stores_under_test()) {
    CAPTURE(under_test.name);
    const auto store = std::make_shared<SlowStore>(under_test.make(UserLimit::none()));
    SlotInventory inventory{
        store, lock_at(server.url(), milliseconds{5}, seconds{20}), {.timeout = seconds{20}}};
    open_clinic(inventory, 1, 10);
    std::atomic<int> sold{0};
    crew.run([&](int member) {
      for (int i = 0; i < 10; ++i) {
        const auto booked = inventory.book({.user = member * 100 + i, .slot = slot(0)});
        sold += booked.has_value();
        if (booked) continue;
        const ErrorCode code = booked.error().code;
        CHECK((code == ErrorCode::sold_out || code == ErrorCode::lock_lost));
      }
    });
    CHECK(sold <= 10);
    CHECK(sold > 0);
    CHECK(look(inventory, 0).used == sold);
    check_conservation(inventory, clinic, UserLimit::none());
  }
}

TEST_CASE("L4 a lock whose giving back is lost ends with its ttl, and nobody waits for long") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const auto lock = lock_at(proxy.url(), milliseconds{400});
  const auto other = lock_at(server.url(), seconds{10}, seconds{20});
  entered(*lock, {slot(0)}).release();  // both connections are open now
  auto lease = enter(*lock, {slot(0)}, milliseconds{100});
  REQUIRE(lease);
  proxy.set({.swallow = true});
  const Watch watch;
  lease->release();
  CHECK(watch.elapsed() < far_too_long);
  CHECK(locks_taken(server) == "1");
  CHECK(enter(*other, {slot(0)}));
}

TEST_CASE("L4 a lock that was taken while its reply was lost is given back") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const auto lock = lock_at(proxy.url(), std::chrono::hours{1});
  entered(*lock, {slot(0)}).release();
  proxy.set({.cut_reply_after = 0});
  const auto lost = enter(*lock, {slot(0)});
  REQUIRE(code_of(lost) == ErrorCode::unavailable);  // nothing happened to the inventory
  CHECK(lost.error().retry_after == std::chrono::hours{1});
  wait_until([&] { return locks_taken(server) == "0"; });  // long before its ttl

  proxy.heal();
  CHECK(enter(*lock, {slot(0)}));
}

TEST_CASE("N2 a lock's server that answers nothing is timeout at the deadline") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const auto lock = lock_at(proxy.url());
  entered(*lock, {slot(0)}).release();
  proxy.set({.swallow = true});
  const Watch watch;
  CHECK(code_of(enter(*lock, {slot(0)}, milliseconds{100})) == ErrorCode::timeout);
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("N2 who was told that a lock is taken hears locked when the server then says no more") {
  const RedisServer server;
  Proxy proxy{server.path()};
  const Lease lease = entered(*lock_at(server.url()), {slot(0)});
  const auto patient = lock_at(proxy.url(), seconds{10}, std::chrono::hours{1});
  auto waiting =
      std::async(std::launch::async, [&] { return enter(*patient, {slot(0)}, seconds{1}); });
  wait_until([&] { return proxy.requested() > 2000; });  // it has asked several times
  proxy.set({.swallow = true});
  CHECK(code_of(waiting.get()) == ErrorCode::locked);
}

TEST_CASE("R1 without its server a lock is unavailable, and well again when the server is") {
  RedisServer server;
  const auto lock = lock_at(server.url());
  Lease lease = entered(*lock, {slot(0)});
  server.kill();
  lease.release();
  CHECK(code_of(enter(*lock, {slot(0)}, milliseconds{200})) == ErrorCode::unavailable);
  server.start();
  CHECK(enter(*lock, {slot(0)}));
}

TEST_CASE("L5 nobody waits for a lock past the deadline, and everybody gets an answer") {
  constexpr int callers = 8;
  const RedisServer server;
  const auto lock = lock_at(server.url(), seconds{10}, std::chrono::minutes{1});
  SlotInventory inventory{
      std::make_shared<SlowStore>(memory_store()), lock, {.timeout = milliseconds{150}}};
  open_clinic(inventory, 1, 1000);
  Crew crew{callers};
  std::vector<milliseconds> waits(std::size_t{callers} * 10);
  std::atomic<int> gave_up{0};
  crew.run([&](int member) {
    for (int i = 0; i < 10; ++i) {
      const Watch watch;
      const auto booked = inventory.book({.user = member * 100 + i, .slot = slot(0)});
      waits[static_cast<std::size_t>(member * 10 + i)] = watch.elapsed();
      if (booked) continue;
      ++gave_up;
      const ErrorCode code = booked.error().code;
      CHECK((code == ErrorCode::locked || code == ErrorCode::timeout));
    }
  });
  std::sort(waits.begin(), waits.end());
  CHECK(waits.back() < far_too_long);
  CHECK(look(inventory, 0).used == callers * 10 - gave_up);
  MESSAGE("waits of " << callers << " callers: half up to " << waits[waits.size() / 2].count()
                      << " ms, 99 % up to " << waits[waits.size() * 99 / 100].count() << " ms, "
                      << gave_up.load() << " of " << waits.size() << " gave up");
}

TEST_CASE("L6 the numbers of leases go on growing when the server has come back empty") {
  RedisServer server;
  const auto lock = lock_at(server.url());
  const std::uint64_t before = entered(*lock, {slot(0)}).number();
  server.kill();
  server.start();
  REQUIRE(server.ask({"DBSIZE"}) == "0");
  const std::uint64_t stranger = entered(*lock_at(server.url()), {slot(0)}).number();
  CHECK(stranger > before);
  CHECK(entered(*lock, {slot(0)}).number() > stranger);
}

TEST_CASE(
    "L6 who has seen a number gets a higher one, though server and clock know nothing of it") {
  RedisServer server;
  const auto lock = lock_at(server.url());
  entered(*lock, {slot(0)}).release();
  // As if the clock had been a year ahead.
  const std::uint64_t ahead =
      std::stoull(server.ask({"GET", lock_keys.lease()})) + 31'536'000'000'000;
  server.ask({"SET", lock_keys.lease(), std::to_string(ahead)});
  CHECK(entered(*lock, {slot(0)}).number() == ahead + 1);
  server.ask({"FLUSHALL"});
  CHECK(entered(*lock, {slot(0)}).number() == ahead + 2);
}

TEST_CASE("L6 a number that is none, or too high to count on, is broken_store and locks nothing") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  for (const std::string_view bad :
       {"seven", "", "-1", "1e3", "9007199254740991", "0x10", " 1", "18446744073709551616"}) {
    CAPTURE(bad);
    server.ask({"SET", lock_keys.lease(), bad});
    CHECK(code_of(enter(*lock, {slot(0)})) == ErrorCode::broken_store);
    CHECK(locks_taken(server) == "0");
  }
  server.ask({"DEL", lock_keys.lease()});
  server.ask({"LPUSH", lock_keys.lease(), "1"});
  CHECK(code_of(enter(*lock, {slot(0)})) == ErrorCode::broken_store);
  CHECK(locks_taken(server) == "0");
  server.ask({"DEL", lock_keys.lease()});
  server.ask({"SET", lock_keys.lease(), "9007199254740989"});
  CHECK(entered(*lock, {slot(0)}).number() == 9007199254740990);
}

TEST_CASE("R6 a lock that vanishes makes two holders, and no seat is sold twice") {
  const RedisServer server;
  for (const StoreUnderTest& under_test : stores_under_test()) {
    CAPTURE(under_test.name);
    const auto store = under_test.make(UserLimit::none());
    SlotInventory inventory{store};
    open_clinic(inventory, 1, 1);
    const auto one = lock_at(server.url());
    const auto two = lock_at(server.url());
    Lease first = entered(*one, {slot(0)});
    server.ask({"PEXPIRE", lock_keys.lock(slot(0)), "1"});
    wait_until([&] { return holder(server, 0).empty(); });
    Lease second = entered(*two, {slot(0)});

    CHECK(book_under(*store, first.number(), "ann", slot(0)));  // the second has sold nothing yet
    CHECK(code_of(book_under(*store, second.number(), "bob", slot(0))) == ErrorCode::sold_out);
    CHECK(look(inventory, 0).used == 1);
    check_conservation(inventory, clinic, UserLimit::none());
  }
}

TEST_CASE("R6 a lock that lives longer than it should is told as it is, and its holder frees it") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  Lease lease = entered(*lock, {slot(0)});
  server.ask({"PEXPIRE", lock_keys.lock(slot(0)), "90000"});
  const auto refused = enter(*lock, {slot(0)});
  REQUIRE(code_of(refused) == ErrorCode::locked);
  CHECK(refused.error().retry_after > seconds{60});
  lease.release();
  CHECK(enter(*lock, {slot(0)}));
}

TEST_CASE("R6 what stands in a lock's place without an end counts as taken, and is left alone") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  Lease lease = entered(*lock, {slot(0)});
  server.ask({"DEL", lock_keys.lock(slot(0))});
  server.ask({"LPUSH", lock_keys.lock(slot(0)), "somebody's"});
  lease.release();
  const auto refused = enter(*lock, {slot(0), slot(1)});
  REQUIRE(code_of(refused) == ErrorCode::locked);
  CHECK(refused.error().retry_after == seconds{10});
  CHECK(server.ask({"LLEN", lock_keys.lock(slot(0))}) == "1");
}

TEST_CASE("E2 with no memory left no lock is taken, and those there are can be given back") {
  const RedisServer server;
  const auto lock = lock_at(server.url());
  Lease lease = entered(*lock, {slot(0)});
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(code_of(enter(*lock, {slot(1)})) == ErrorCode::unavailable);
  CHECK(locks_taken(server) == "1");
  lease.release();
  CHECK(locks_taken(server) == "0");
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(enter(*lock, {slot(1)}));
}
