// Nothing old comes back: every order of load, write, invalidation and fill, with the writer in the
// same process and in another.
#include "cache/steps.hpp"

using namespace booking_test;

namespace {

enum class Writer { same_cache, other_cache };
enum class Reader { get, get_many, save };

void read(booking::UserCache<>& users, Reader how) {
  const std::vector<booking::UserId> one{17};
  if (how == Reader::get) CHECK(users.get(17).has_value());
  if (how == Reader::get_many) CHECK(users.get_many(one).has_value());
  if (how == Reader::save) CHECK(users.save(17).has_value());
}

// `order`: L and F of the load, W and I of the writer.
void run(const std::string& order, Writer writer, Reader reader,
         const std::shared_ptr<booking::CacheStore>& store) {
  CAPTURE(order);
  const std::vector<std::string> keys{"user:17:profile", "user:17:profile:lock"};
  REQUIRE(store->erase(keys, in_time()).has_value());
  UserDatabase database;
  database.put(17, "old");
  auto other = user_cache(store, database);
  SteppedLoad stepped{store, database, [reader](auto& users) { read(users, reader); }};
  bool invalidated = false;
  const auto name_by = [](booking::UserCache<>& users) {
    return users.get(17).value().value.value().name;
  };
  for (const char step : order) {
    if (step == 'L') stepped.load();
    if (step == 'W') database.put(17, "new");
    if (step == 'I') {
      auto& invalidating = writer == Writer::same_cache ? stepped.users() : other;
      REQUIRE(invalidating.clear(17).has_value());
      invalidated = true;
    }
    if (step == 'F') stepped.fill();
    if (!invalidated) continue;
    if (writer == Writer::same_cache) {
      CHECK(name_by(stepped.users()) == "new");  // also while nobody has filled it again
    }
    CHECK(name_by(other) == "new");
    // The same cache may share a load that is under way, but not one that began before the
    // invalidation.
    CHECK(name_by(stepped.users()) == "new");
  }
}

}  // namespace

TEST_CASE("a fill begun before an invalidation is dropped, in whatever order they come") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    for (const Writer writer : {Writer::same_cache, Writer::other_cache}) {
      CAPTURE(writer == Writer::same_cache);
      for (const Reader reader : {Reader::get, Reader::get_many, Reader::save}) {
        CAPTURE(static_cast<int>(reader));
        for (const char* order : {"LFWI", "LWFI", "WLFI", "LWIF", "WLIF", "WILF"}) {
          run(order, writer, reader, store);
        }
      }
    }
  });
}

TEST_CASE("who waits for a load that was overtaken by an invalidation gets the new value") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(17, "old");
    auto other = user_cache(store, database);
    SteppedLoad stepped{store, database, [](auto& users) { CHECK(users.get(17).has_value()); }};
    stepped.load();
    std::string name;
    std::thread waiting{[&] { name = stepped.users().get(17).value().value.value().name; }};
    while (stepped.users().stats().loads < 1) std::this_thread::sleep_for(milliseconds{1});
    database.put(17, "new");
    REQUIRE(other.clear(17).has_value());
    stepped.fill();
    waiting.join();
    CHECK(name == "new");
    CHECK(stepped.users().stats().dropped_fills == 1);
  });
}

TEST_CASE("who comes after an invalidation is not told what another caller had found before it") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(17, "old");
    auto other = user_cache(store, database);
    const auto stepping = std::make_shared<SteppingStore>(store);
    auto users = user_cache(stepping, database, {.timeout = seconds{15}});
    std::string name;
    std::thread late;
    stepping->stop_after_get([&] {
      REQUIRE(other.get(17).has_value());  // filled between this caller's two looks
      stepping->stop_after_get([&] {
        database.put(17, "new");
        REQUIRE(other.clear(17).has_value());
        std::atomic<bool> looked{false};
        stepping->stop_after_get([&] { looked = true; });
        late = std::thread{[&] { name = users.get(17).value().value.value().name; }};
        while (!looked) std::this_thread::sleep_for(milliseconds{1});
        std::this_thread::sleep_for(milliseconds{20});  // and joins the flight
      });
    });
    CHECK(users.get(17)->value->name == "old");  // as it was when this call began
    late.join();
    CHECK(name == "new");
  });
}

TEST_CASE("who comes after an invalidation does not join a load that has just filled the cache") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(17, "old");
    auto other = user_cache(store, database);
    SteppedLoad stepped{store, database, [](auto& users) { CHECK(users.get(17).has_value()); }};
    std::string name;
    stepped.load();
    stepped.after_fill([&] {
      database.put(17, "new");
      REQUIRE(other.clear(17).has_value());
      std::thread late{[&] { name = stepped.users().get(17).value().value.value().name; }};
      late.join();
    });
    stepped.fill();
    CHECK(name == "new");
  });
}

TEST_CASE("an entry that could not be erased is not trusted, and is erased later") {
  RedisServer server;
  UserDatabase database;
  database.put(17, "old");
  auto users = user_cache(redis_cache(server.url()), database,
                          {.breaker_failures = 1, .breaker_pause = milliseconds{10}});
  REQUIRE(users.get(17).has_value());
  server.pause();
  database.put(17, "new");
  CHECK(users.clear(17).has_value());
  CHECK(users.stats().pending == 1);
  CHECK(users.get(17)->value->name == "new");
  server.resume();
  // The paused server carries out what it was sent, or some later call erases it: never the old.
  while (users.stats().pending != 0) {
    CHECK(users.get(17)->value->name == "new");
    std::this_thread::sleep_for(milliseconds{1});
  }
  CHECK(users.get(17)->value->name == "new");
  CHECK(users.get(17)->source == CacheSource::hit);
}

TEST_CASE("while an entry could not be erased its value is not answered though it can be read") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    const auto failing = std::make_shared<SteppingStore>(store);
    UserDatabase database;
    database.put(17, "old");
    auto users = user_cache(failing, database, {.breaker_pause = milliseconds{1}});
    REQUIRE(users.get(17).has_value());
    failing->fail_erase(true);
    database.put(17, "new");
    REQUIRE(users.clear(17).has_value());
    const std::vector<booking::UserId> one{17};
    for (int i = 0; i < 3; ++i) {
      CHECK(users.get(17)->value->name == "new");
      CHECK(users.get_many(one).value()[0].value->name == "new");
    }
    CHECK(users.stats().pending == 1);
    failing->fail_erase(false);
    while (users.get(17)->source != CacheSource::hit) std::this_thread::sleep_for(milliseconds{1});
    CHECK(users.get(17)->value->name == "new");
    CHECK(users.stats().pending == 0);
  });
}

TEST_CASE("when too many entries wait to be erased, clear says so") {
  RedisServer server;
  UserDatabase database;
  auto users = user_cache(redis_cache(server.url()), database,
                          {.store_timeout = milliseconds{20}, .max_pending = 2});
  server.kill();
  CHECK(users.clear(1).has_value());
  CHECK(users.clear(2).has_value());
  CHECK(users.clear(2).has_value());
  CHECK(users.clear(3).error().code == ErrorCode::overloaded);
}

TEST_CASE("a DEL by others while an old value is loaded lets it in until its time is over") {
  // The limit of the promise, as stated: the library's own clear erases the lease as well.
  const RedisServer server;
  UserDatabase database;
  database.put(17, "old");
  SteppedLoad stepped{redis_cache(server.url()), database,
                      [](auto& users) { CHECK(users.get(17).has_value()); }};
  stepped.load();
  database.put(17, "new");
  server.ask({"DEL", "user:17:profile"});
  stepped.fill();
  CHECK(stepped.users().get(17)->value->name == "old");
  CHECK(std::stol(server.ask({"TTL", "user:17:profile"})) <= 7200 + 599);
}
