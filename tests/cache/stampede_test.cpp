// Row 2.5: one loader at a time, in a process and over several; and no more calls at the database
// than allowed when there is no cache.
#include <latch>

#include "cache/setup.hpp"
#include "support/process.hpp"

using namespace booking_test;

namespace {

constexpr int readers = 500;

// Calls `ask` from many threads at once; they set off together.
template <class Ask>
void at_once(int count, Ask ask) {
  std::latch start{count};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int reader = 0; reader < count; ++reader) {
    threads.emplace_back([&, reader] {
      start.arrive_and_wait();
      ask(reader);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::vector<std::string> reader_command(const RedisServer& server, const std::string& what) {
  return {BOOKING_TEST_CACHE_WORKER, what, server.url()};
}

}  // namespace

TEST_CASE("2.5 five hundred readers of one cold key are one load") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(17, "Ann");
    database.on_read([] { std::this_thread::sleep_for(milliseconds{50}); });
    auto users = user_cache(store, database, {.timeout = seconds{20}});
    std::atomic<int> right{0};
    at_once(readers, [&](int) {
      const auto answer = users.get(17);
      if (answer && answer->value && answer->value->name == "Ann") ++right;
    });
    CHECK(right == readers);
    CHECK(database.loads() == 1);
  });
}

TEST_CASE("2.5 readers of many ids and of one share their loads") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    std::vector<booking::UserId> all;
    for (int user = 0; user < 50; ++user) {
      database.put(user, "user");
      all.emplace_back(user);
    }
    auto users = user_cache(store, database, {.timeout = seconds{20}});
    std::atomic<int> wrong{0};
    at_once(16, [&](int reader) {
      if (reader % 2 == 0) {
        const auto many = users.get_many(all);
        if (!many || many->size() != all.size()) ++wrong;
        return;
      }
      for (const booking::UserId& user : all) {
        const auto one = users.get(user);
        if (!one || !one->value) ++wrong;
      }
    });
    CHECK(wrong == 0);
    CHECK(database.loads() == 50);
  });
}

TEST_CASE("2.5 four processes that read one cold key are one load") {
  const RedisServer server;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 4; ++i) {
    processes.push_back(std::make_unique<Process>(reader_command(server, "read")));
  }
  while (server.ask({"GET", "ready"}) != "4") std::this_thread::sleep_for(milliseconds{1});
  server.ask({"SET", "go", "1"});
  for (const auto& process : processes) CHECK(process->wait(seconds{60}) == 0);
  CHECK(server.ask({"GET", "loads"}) == "1");
}

TEST_CASE("2.5 a loader that is killed keeps others waiting no longer than its lease") {
  const RedisServer server;
  Process loader{reader_command(server, "hang")};
  while (server.ask({"GET", "loads"}) != "1") std::this_thread::sleep_for(milliseconds{1});
  loader.kill();
  CHECK_FALSE(loader.wait(seconds{60}).has_value());
  REQUIRE(server.ask({"EXISTS", "user:17:profile:lock"}) == "1");

  UserDatabase database;
  database.put(17, "Ann");
  // Waits longer than the lease of the dead: it is to load under a lease of its own.
  auto users = user_cache(redis_cache(server.url()), database,
                          {.timeout = seconds{30}, .lease_wait = seconds{20}});
  const auto answer = users.get(17);
  REQUIRE(answer.has_value());
  CHECK(answer->value->name == "Ann");
  CHECK(server.ask({"EXISTS", "user:17:profile"}) == "1");
  CHECK(server.ask({"EXISTS", "user:17:profile:lock"}) == "0");
}

TEST_CASE("2.5 who has waited long enough for another process loads too, and keeps nothing") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(redis_cache(server.url()), database, {.lease_wait = milliseconds{30}});
  server.ask({"SET", "user:17:profile:lock", "another", "PX", "60000"});
  const auto answer = users.get(17);
  REQUIRE(answer.has_value());
  CHECK(answer->value->name == "Ann");
  CHECK(answer->source == CacheSource::loaded);
  CHECK(server.ask({"EXISTS", "user:17:profile"}) == "0");
  CHECK(server.ask({"GET", "user:17:profile:lock"}) == "another");
}

TEST_CASE("2.5 what another process stores meanwhile is found while waiting for it") {
  const RedisServer server;
  UserDatabase database;
  auto users = user_cache(redis_cache(server.url()), database,
                          {.timeout = seconds{30}, .lease_wait = seconds{20}});
  server.ask({"SET", "user:17:profile:lock", "another", "PX", "60000"});
  std::thread other{[&] {
    std::this_thread::sleep_for(milliseconds{30});
    server.ask({"SET", "user:17:profile", R"({"name":"Ann"})"});
  }};
  const auto answer = users.get(17);
  other.join();
  REQUIRE(answer.has_value());
  CHECK(answer->value->name == "Ann");
  CHECK(answer->source == CacheSource::hit);
  CHECK(database.loads() == 0);
}

TEST_CASE(
    "2.5 a queue renews entries one after the other, each once however often it is asked for") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    for (int user = 0; user < 20; ++user) database.put(user, "old");
    auto users = user_cache(store, database);
    for (int user = 0; user < 20; ++user) CHECK(users.get(user).has_value());
    Barrier begin;
    database.on_read([&] { begin.wait(); });
    booking::CacheRefresher refresher{
        static_cast<booking::ReadThroughCache<booking::UserId, booking::UserProfile>>(users), 20};
    for (int user = 0; user < 20; ++user) database.put(user, "new");
    CHECK(refresher.request(0));
    while (database.loads() == 20) std::this_thread::sleep_for(milliseconds{1});
    for (int again = 0; again < 3; ++again) {
      for (int user = 1; user < 20; ++user) CHECK(refresher.request(user));
    }
    CHECK(refresher.request(20));
    CHECK_FALSE(refresher.request(21));  // as many wait as may
    CHECK(users.get(5)->value->name == "old");
    begin.open();
    while (refresher.renewed() < 21) std::this_thread::sleep_for(milliseconds{1});
    for (int user = 0; user < 20; ++user) {
      const auto renewed = users.get(user);
      CHECK(renewed->value->name == "new");
      CHECK(renewed->source == CacheSource::hit);
    }
    CHECK(database.loads() == 41);
    CHECK(database.most_at_once() == 1);

    database.fail(database_error());
    CHECK(refresher.request(1));
    while (refresher.failed() == 0) std::this_thread::sleep_for(milliseconds{1});
    database.on_read([] { throw std::runtime_error{"no"}; });
    CHECK(refresher.request(1));
    while (refresher.failed() == 1) std::this_thread::sleep_for(milliseconds{1});
    CHECK(users.get(1)->value->name == "new");
  });
}

TEST_CASE("without a cache the database sees no more calls at a time than allowed") {
  RedisServer server;
  const auto store = redis_cache(server.url());
  server.kill();
  UserDatabase database;
  database.on_read([] { std::this_thread::sleep_for(milliseconds{5}); });
  auto users = user_cache(store, database, {.timeout = seconds{30}, .max_loads = 3});
  std::atomic<int> failed{0};
  at_once(40, [&](int reader) {
    for (int i = 0; i < 3; ++i) {
      if (!users.get(reader * 3 + i)) ++failed;
    }
  });
  CHECK(failed == 0);
  CHECK(database.loads() == 120);
  CHECK(database.most_at_once() == 3);

  // And of one user's readers one loads for all.
  const int before = database.loads();
  std::atomic<int> asked{0};
  Barrier all_asked;
  database.on_read([&] { all_asked.wait(); });
  std::thread opener{[&] {
    while (asked < 20) std::this_thread::sleep_for(milliseconds{1});
    all_asked.open();
  }};
  at_once(20, [&](int) {
    ++asked;
    if (!users.get(7)) ++failed;
  });
  opener.join();
  CHECK(failed == 0);
  CHECK(database.loads() - before < 5);
}

TEST_CASE("who finds no place at the database before the deadline is told so") {
  UserDatabase database;
  Barrier done;
  database.on_read([&] { done.wait(); });
  auto users = user_cache(booking::memory_cache_store(), database, {.max_loads = 1});
  std::thread first{[&] { CHECK(users.get(1).has_value()); }};
  while (database.loads() == 0) std::this_thread::sleep_for(milliseconds{1});
  const auto second = users.get(2, {milliseconds{30}});
  CHECK(second.error().code == ErrorCode::overloaded);
  // The same user: waits for the first, in vain.
  CHECK(users.get(1, {milliseconds{30}}).error().code == ErrorCode::timeout);
  done.open();
  first.join();
}

TEST_CASE("a loader that throws lets the next one load") {
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(booking::memory_cache_store(), database);
  database.on_read([] { throw std::runtime_error{"no"}; });
  CHECK_THROWS_AS(users.get(17).ignore(), std::runtime_error);
  database.on_read({});
  CHECK(users.get(17).value().value->name == "Ann");
  CHECK(users.get(17)->source == CacheSource::hit);
}
