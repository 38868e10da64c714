// Bad luck by dice, under load: the line breaks, drips, swallows and lies, the server stops, sleeps
// and runs scripts of others, locks end too early or too late. In the end the inventory adds up,
// every call was answered in some order, and all is well again soon.
#include <atomic>
#include <future>

#include "redis_fault/disturbed.hpp"
#include "support/broken_stores.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;

namespace {

Trouble trouble(std::mt19937& random) {
  const auto some_bytes = [&] { return static_cast<std::int64_t>(random() % 4000); };
  switch (random() % 9) {
    case 0:
      return {.cut_request_after = some_bytes()};
    case 1:
      return {.cut_reply_after = some_bytes()};
    case 2:
      return {.cut_request_after = some_bytes(), .reset = true};
    case 3:
      return {.cut_reply_after = some_bytes(), .reset = true};
    case 4:
      return {.swallow = true};
    case 5:
      return {.drip = true};
    case 6:
      return {.pause = milliseconds{random() % 200}};
    case 7:
      return {.twice = true};
    default:
      return {.answer = "+OK\r\n"};
  }
}

milliseconds a_while(std::mt19937& random) {
  return milliseconds{20 + random() % 80};
}

SlotInventory inventory_at(const std::string& url, const CommitModeUnderTest& mode) {
  return SlotInventory{open_store(url, mode), no_lock(), one_attempt(Disturbed::timeout)};
}

// Keeps every other caller waiting with its lock, so that later ones overtake.
class LateStore final : public PassingStore {
 public:
  using PassingStore::PassingStore;
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    std::this_thread::sleep_for(milliseconds{++calls_ % 2 * 6});
    return PassingStore::execute(command, deadline);
  }

 private:
  std::atomic<int> calls_{0};
};

// Counts the commits refused because their lock was lost.
class LostLocks final : public Observer {
 public:
  void on_call(const CallEvent& event) noexcept override {
    if (event.error != nullptr && event.error->code == ErrorCode::lock_lost) ++count;
  }
  std::atomic<int> count{0};
};

SlotInventory behind_lock(const std::string& url, const CommitModeUnderTest& mode, milliseconds ttl,
                          const std::shared_ptr<LostLocks>& lost) {
  InventoryOptions options = one_attempt(Disturbed::timeout);
  options.observer = lost;
  return SlotInventory{std::make_shared<LateStore>(open_store(url, mode)),
                       lock_at(url, ttl, Disturbed::timeout), options};
}

}  // namespace

TEST_CASE("N1 to N6 a line that cuts, delays, swallows, drips and lies under load") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    for (int round = 0; round < rounds(2); ++round) {
      CAPTURE(mode.name);
      RedisServer server;
      Disturbed disturbed{server};
      Proxy proxy{server.path(),
                  round % 2 == 0 ? Proxy::Where::loopback : Proxy::Where::unix_socket};
      const History history =
          disturbed.run({inventory_at(proxy.url(), mode)}, 30, [&](std::mt19937& random) {
            proxy.set(trouble(random));
            std::this_thread::sleep_for(a_while(random));
            proxy.heal();
          });
      CHECK(answered(history, Word::nothing) > 0);
      CHECK(answered(history, Word::unknown) > 0);
    }
  }
}

TEST_CASE("N5 replies that come later than the lock lives, under load") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    RedisServer server;
    Disturbed disturbed{server};
    Proxy proxy{server.path()};
    const auto lost = std::make_shared<LostLocks>();
    const auto late = [&](std::mt19937& random) {
      proxy.set({.pause = milliseconds{30 + random() % 30}});
      std::this_thread::sleep_for(4 * a_while(random));
      proxy.heal();
    };
    const milliseconds ttl{20};
    const History history = disturbed.run(
        {behind_lock(proxy.url(), mode, ttl, lost), behind_lock(server.url(), mode, ttl, lost)}, 20,
        late);
    MESSAGE(lost->count.load() << " times the lock was lost");
    CHECK(lost->count > 0);
    CHECK(answered(history, Word::changed) > 0);
  }
}

TEST_CASE("R6 locks that vanish or live longer while their holders book") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    RedisServer server;
    Disturbed disturbed{server};
    Proxy slowly{server.path()};
    slowly.set({.pause = milliseconds{10}});  // between looking and writing, too
    const auto lost = std::make_shared<LostLocks>();
    // What jumps of the server's clock do to them.
    const auto jump = [&](std::mt19937& random) {
      const milliseconds time = a_while(random);
      for (const Watch watch; watch.elapsed() < time;) {
        server.ask({"EVAL",
                    "for _, key in ipairs(redis.call('KEYS', '*}:lock:*')) do "
                    "redis.call('PEXPIRE', key, ARGV[1]) end",
                    "0", random() % 2 == 0 ? "1" : "90000"});
        std::this_thread::sleep_for(milliseconds{3});  // for those that are to expire
      }
    };
    const History history = disturbed.run({behind_lock(slowly.url(), mode, seconds{10}, lost),
                                           behind_lock(server.url(), mode, seconds{10}, lost)},
                                          40, jump);
    MESSAGE(lost->count.load() << " times the lock was lost");
    CHECK(lost->count > 0);
    CHECK(answered(history, Word::changed) > 0);
    CHECK(locks_taken(server) == "0");  // who lives gives back also what lives longer
  }
}

TEST_CASE("R8 long scripts of others and a sleeping server, under load") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    RedisServer server{{"--busy-reply-threshold", "50", "--enable-debug-command", "yes"}};
    Disturbed disturbed{server};
    const History history =
        disturbed.run({inventory_at(server.url(), mode)}, 15, [&](std::mt19937& random) {
          if (random() % 2 == 0) {
            server.ask({"DEBUG", "SLEEP", "0.4"});
          } else {
            server.ask({"EVAL",
                        "local start = os.clock() while os.clock() - start < 0.3 do end "
                        "redis.call('SET', 'of_others', 1)",
                        "0"});
          }
        });
    CHECK(answered(history, Word::nothing) > 0);  // refused as BUSY, or never begun
  }
}

TEST_CASE("R8 a server busy with a script of others is unavailable, and nothing was done") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    RedisServer server{{"--busy-reply-threshold", "50"}};
    Witness witness{server, 1, 10};
    SlotInventory inventory = inventory_at(server.url(), mode);
    REQUIRE(inventory.book({.user = "before", .slot = slot(0)}));
    const auto busy = std::async(std::launch::async, [&] {
      server.ask({"EVAL", "while true do end", "0"});
    });
    wait_until([&] { return server.ask({"PING"}).starts_with("BUSY"); });
    const BookingId id = BookingId::generate();
    const Watch watch;
    const auto refused = inventory.book({.id = id, .user = "ann", .slot = slot(0)});
    CHECK(watch.elapsed() < far_too_long);
    CHECK(code_of(refused) == ErrorCode::unavailable);
    CHECK_MESSAGE(refused.error().detail.find("BUSY") != std::string::npos,
                  refused.error().log_text());
    CHECK(server.ask({"SCRIPT", "KILL"}) == "OK");
    busy.wait();
    CHECK_FALSE(witness.direct.find(id).value());
    CHECK(look(witness.direct, 0).used == 1);
    CHECK(inventory.book({.id = id, .user = "ann", .slot = slot(0)}));
  }
}
