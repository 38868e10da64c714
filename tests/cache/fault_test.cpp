// I8: whatever becomes of Redis, a cache never answers older than its own acknowledged changes,
// what is near never older than the bound; every call ends by its deadline, and the database sees
// no more loads at a time than allowed.
#include <array>

#include "cache/setup.hpp"
#include "support/proxy.hpp"

using namespace booking_test;

namespace {

constexpr int cap = 2;
constexpr milliseconds timeout{1500};
// For threads that get no time; far beyond it a call has ignored its deadline.
constexpr seconds slack{5};

// One user whose name is a number that grows.
class GrowingUser {
 public:
  GrowingUser() {
    database.put(17, "0");
    database.on_read([] { std::this_thread::sleep_for(milliseconds{1}); });
  }
  // Changes the user and tells the cache. The number, if the cache store knows of it by then.
  std::optional<long> grow(booking::UserCache<>& users) {
    const long next = ++latest_;
    database.put(17, std::to_string(next));
    if (!users.clear(17, {timeout})) return std::nullopt;
    acknowledged_ = next;
    return users.stats().pending == 0 ? std::optional{next} : std::nullopt;
  }
  long acknowledged() const noexcept { return acknowledged_; }

  UserDatabase database;

 private:
  long latest_ = 0;  // of the one thread that grows it
  std::atomic<long> acknowledged_{0};
};

struct Tally {
  std::atomic<int> answers{0};
  std::atomic<int> old{0};
  std::array<std::atomic<int>, 6> old_of{};  // by CacheSource

  std::string old_sources() const {
    std::string text;
    for (std::size_t i = 0; i < old_of.size(); ++i) {
      text += std::string{to_string(static_cast<CacheSource>(i))} + ": " +
              std::to_string(old_of[i]) + " ";
    }
    return text;
  }
  std::atomic<int> errors{0};
  std::atomic<int> late{0};
};

// One call: `oldest` is what it may at least know.
void ask(booking::UserCache<>& users, long oldest, Tally& tally) {
  const auto began = std::chrono::steady_clock::now();
  const auto answer = users.get(17, {timeout});
  if (std::chrono::steady_clock::now() - began > timeout + slack) ++tally.late;
  if (!answer) {
    ++tally.errors;
    return;
  }
  ++tally.answers;
  if (std::stol(answer->value->name) < oldest) {
    ++tally.old;
    ++tally.old_of[static_cast<std::size_t>(answer->source)];
  }
}

}  // namespace

TEST_CASE("R3 R9 N2 a cache over a Redis in trouble is never older than its own changes") {
  RedisServer server;
  Proxy proxy{server.path()};
  GrowingUser user;
  auto users = user_cache(redis_cache(proxy.url()), user.database,
                          {.timeout = timeout,
                           .store_timeout = milliseconds{100},
                           .max_loads = cap,
                           .breaker_pause = milliseconds{50}});
  Tally tally;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    while (!stop) {
      user.grow(users);
      std::this_thread::sleep_for(milliseconds{2});
    }
  });
  for (int reader = 0; reader < 4; ++reader) {
    threads.emplace_back([&] {
      while (!stop) ask(users, user.acknowledged(), tally);
    });
  }
  const auto live = [] { std::this_thread::sleep_for(milliseconds{300}); };
  std::array<Trouble, 5> troubles;
  troubles[0].swallow = true;
  troubles[1].cut_reply_after = 100;
  troubles[2].pause = milliseconds{60};
  troubles[3].drip = true;
  troubles[4].twice = true;
  for (const Trouble& trouble : troubles) {
    proxy.set(trouble);
    live();
    proxy.heal();
    live();
  }
  server.kill();
  live();
  server.start();  // empty: R3
  live();
  server.pause();  // R9
  live();
  server.resume();
  live();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK_MESSAGE(tally.old == 0, tally.old_sources());
  CHECK(tally.late == 0);
  CHECK(tally.errors == 0);
  CHECK(tally.answers > 100);
  CHECK(user.database.most_at_once() <= cap);
  CHECK(users.stats().of(CacheSource::fallback) > 0);
  CHECK(users.stats().of(CacheSource::hit) > 0);
}

TEST_CASE("N2 R9 what is near is never older than the bound, whatever becomes of the feed") {
  constexpr milliseconds bound{150};
  const RedisServer server;
  Proxy proxy{server.path()};
  GrowingUser user;
  auto writer = user_cache(redis_cache(server.url()), user.database);
  auto feed = booking::redis_cache_feed({.server = {.url = proxy.url()}}, {.bound = bound}).value();
  auto users = user_cache(redis_cache(server.url()), user.database,
                          {.timeout = timeout, .near = {.feed = feed}});
  Tally tally;
  std::atomic<bool> stop{false};
  // What had been acknowledged the bound ago: known to one thread, read by all.
  std::atomic<long> due{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    std::vector<std::pair<std::int64_t, long>> acknowledged;
    std::size_t next = 0;
    while (!stop) {
      // Of what could not be erased others may have the old value for longer, as stated.
      const auto grown = user.grow(writer);
      if (grown) acknowledged.emplace_back(booking::feed_now(), *grown);
      const auto until = booking::feed_now() + std::chrono::nanoseconds{milliseconds{5}}.count();
      while (booking::feed_now() < until) {
        const std::int64_t old = booking::feed_now() - std::chrono::nanoseconds{bound}.count();
        while (next < acknowledged.size() && acknowledged[next].first < old) {
          due = acknowledged[next++].second;
        }
        std::this_thread::sleep_for(milliseconds{1});
      }
    }
  });
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (!stop) ask(users, due, tally);
    });
  }
  const auto live = [] { std::this_thread::sleep_for(milliseconds{400}); };
  for (int round = 0; round < 2; ++round) {
    live();
    Trouble trouble;
    trouble.swallow = true;
    proxy.set(trouble);
    live();
    proxy.heal();
    live();
    trouble = {};
    trouble.cut_reply_after = 0;
    proxy.set(trouble);
    live();
    proxy.heal();
    live();
    server.pause();
    live();
    server.resume();
  }
  live();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK_MESSAGE(tally.old == 0, tally.old_sources());
  CHECK(tally.late == 0);
  CHECK(users.stats().of(CacheSource::near) > 0);
}

TEST_CASE(
    "stale answers come only when nobody can be asked, with their age, and not after a clear") {
  RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  database.put(18, "Bob");
  auto users = user_cache(redis_cache(server.url()), database,
                          {.store_timeout = milliseconds{50}, .stale_for = seconds{100}});
  REQUIRE(users.get(17).has_value());
  REQUIRE(users.get(18).has_value());
  REQUIRE(users.get(404).has_value());
  server.kill();
  CHECK(users.get(17)->source == CacheSource::fallback);
  database.fail(database_error());
  const auto stale = users.get(17);
  REQUIRE(stale.has_value());
  CHECK(stale->source == CacheSource::stale);
  CHECK(stale->value->name == "Ann");
  CHECK(stale->age.value() < seconds{100});
  CHECK(users.get(404)->source == CacheSource::stale);
  CHECK_FALSE(users.get(404)->value.has_value());
  CHECK(users.get(5).error().detail == "the database is on fire");
  REQUIRE(users.clear(18).has_value());
  CHECK(users.get(18).error().detail == "the database is on fire");
  CHECK(users.stats().of(CacheSource::stale) == 3);
}

TEST_CASE("a cache store that fails again and again is left alone, then tried again") {
  RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  const auto log = std::make_shared<ErrorLog>();
  auto users = user_cache(redis_cache(server.url()), database,
                          {.store_timeout = milliseconds{20},
                           .breaker_failures = 3,
                           .breaker_pause = milliseconds{200},
                           .observer = log});
  server.kill();
  for (int i = 0; i < 50; ++i) CHECK(users.get(17)->source == CacheSource::fallback);
  const std::size_t asked = log->lines().size();
  CHECK(asked >= 3);
  CHECK(asked < 50);
  server.start();
  while (users.get(17)->source != CacheSource::hit) std::this_thread::sleep_for(milliseconds{1});
}
