// What a process keeps near: answered without an exchange, and never older than the feed can vouch
// for.
#include "cache/steps.hpp"
#include "support/proxy.hpp"

using namespace booking_test;
using booking::RedisFeedOptions;

namespace {

std::shared_ptr<booking::CacheFeed> feed_of(const std::string& url, RedisFeedOptions options = {}) {
  auto feed = booking::redis_cache_feed({.server = {.url = url}}, options);
  REQUIRE_MESSAGE(feed.has_value(), feed.error().log_text());
  return *feed;
}

void await_sure(const booking::CacheFeed& feed) {
  while (feed.sure_until() < booking::feed_now()) std::this_thread::sleep_for(milliseconds{1});
}

// Until a read is answered from near.
void await_near(booking::UserCache<>& users, const booking::UserId& user) {
  while (users.get(user).value().source != CacheSource::near) {
    std::this_thread::sleep_for(milliseconds{1});
  }
}

// Whether reads come to be answered otherwise within five seconds.
bool far_in_time(booking::UserCache<>& users) {
  const auto end = std::chrono::steady_clock::now() + seconds{5};
  while (users.get(17).value().source == CacheSource::near) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

struct NearUsers {
  std::shared_ptr<booking::CacheFeed> feed;
  UserDatabase database;
  booking::UserCache<> users;

  explicit NearUsers(const RedisServer& server, const std::string& feed_url = {},
                     RedisFeedOptions options = {}, std::size_t max_entries = 1000,
                     const std::string& cache_url = {})
      : feed{feed_of(feed_url.empty() ? server.url() : feed_url, options)},
        users{user_cache(redis_cache(cache_url.empty() ? server.url() : cache_url), database,
                         {.near = {.feed = feed, .max_entries = max_entries}})} {
    database.put(17, "Ann");
    await_sure(*feed);
  }
};

}  // namespace

TEST_CASE("what is kept near is answered without an exchange, and no longer than it lives") {
  const RedisServer server;
  Proxy proxy{server.path()};
  NearUsers near{server, {}, {}, 1000, proxy.url()};
  server.ask({"SET", "user:17:profile", R"({"name":"Ann"})", "PX", "700"});
  CHECK(near.users.get(17)->source == CacheSource::hit);
  await_near(near.users, 17);
  proxy.set({});
  int answered = 0;
  for (; answered < 100; ++answered) {
    const auto answer = near.users.get(17).value();
    if (answer.source != CacheSource::near) break;
    CHECK(proxy.round_trips() == 0);
    CHECK(answer.value->name == "Ann");
    CHECK(answer.age.has_value());
  }
  CHECK(answered > 0);
  std::string seen;
  const auto source = near.users.visit(
      17, [&](const booking::UserProfile* user) { seen = user != nullptr ? user->name : "none"; });
  CHECK(source.has_value());
  CHECK(seen == "Ann");
  CHECK(near.users.stats().of(CacheSource::near) > 0);
  while (server.ask({"EXISTS", "user:17:profile"}) == "1") {
    std::this_thread::sleep_for(milliseconds{1});
  }
  CHECK(near.users.get(17)->source != CacheSource::near);
}

TEST_CASE("that there is none is kept near too") {
  const RedisServer server;
  NearUsers near{server};
  CHECK_FALSE(near.users.get(404)->value.has_value());
  await_near(near.users, 404);
  CHECK_FALSE(near.users.get(404)->value.has_value());
}

TEST_CASE("a write by others takes what is near away, whoever they are") {
  const RedisServer server;
  NearUsers near{server};
  for (int round = 0; round < 20; ++round) {
    const std::string name = "Ann " + std::to_string(round);
    server.ask({"SET", "user:17:profile", R"({"name":")" + name + "\"}", "EX", "100"});
    while (near.users.get(17).value().value->name != name) {
      std::this_thread::sleep_for(milliseconds{1});
    }
    await_near(near.users, 17);
    CHECK(near.users.get(17).value().value->name == name);
  }
  server.ask({"FLUSHALL"});
  while (near.users.get(17)->value->name != "Ann") std::this_thread::sleep_for(milliseconds{1});
}

TEST_CASE("an invalidation by the same cache is seen at once") {
  const RedisServer server;
  NearUsers near{server};
  for (int round = 0; round < 20; ++round) {
    near.database.put(17, "Ann " + std::to_string(round));
    if (round % 2 == 0) {
      REQUIRE(near.users.clear(17).has_value());
    } else {
      REQUIRE(near.users.save(17).has_value());
    }
    CHECK(near.users.get(17).value().value->name == "Ann " + std::to_string(round));
    await_near(near.users, 17);
  }
}

TEST_CASE("what was read before a change is not kept near after it") {
  const RedisServer server;
  const auto feed = feed_of(server.url());
  await_sure(*feed);
  UserDatabase database;
  const auto late = std::make_shared<SteppingStore>(redis_cache(server.url()));
  auto users = user_cache(late, database, {.store_timeout = seconds{1}, .near = {.feed = feed}});
  server.ask({"SET", "user:17:profile", R"({"name":"old"})", "EX", "100"});
  std::atomic<bool> told{false};
  const auto listener =
      feed->listen({.changed = [&](std::string_view) { told = true; }, .doubt = [] {}});
  late->stop_after_get([&] {
    server.ask({"SET", "user:17:profile", R"({"name":"new"})", "EX", "100"});
    while (!told) std::this_thread::sleep_for(milliseconds{1});
    // The cache's own listener may be told behind ours; a new one is let in when all have been.
    feed->forget(feed->listen({.changed = [](std::string_view) {}, .doubt = [] {}}));
  });
  CHECK(users.get(17)->value->name == "old");  // as it was when this call began
  CHECK(users.get(17)->source == CacheSource::hit);
  CHECK(users.get(17)->value->name == "new");
  feed->forget(listener);
}

TEST_CASE("N2 with the feed cut or silent nothing near is answered for longer than the bound") {
  const RedisServer server;
  for (const bool swallow : {false, true}) {
    CAPTURE(swallow);
    server.ask({"FLUSHALL"});
    Proxy proxy{server.path()};
    NearUsers near{server, proxy.url(), {.bound = milliseconds{200}}};
    await_near(near.users, 17);
    Trouble trouble;
    trouble.swallow = swallow;
    if (!swallow) trouble.cut_reply_after = trouble.cut_request_after = 0;
    proxy.set(trouble);
    server.ask({"SET", "user:17:profile", R"({"name":"new"})", "EX", "100"});
    const std::int64_t changed = booking::feed_now();
    // No later than the bound; the rest is for a machine with other things to do.
    CHECK(far_in_time(near.users));
    CHECK(near.users.get(17).value().value->name == "new");
    const std::int64_t left = near.feed->sure_until() - changed;
    CHECK(left <= std::chrono::nanoseconds{milliseconds{200}}.count());
    proxy.heal();
    await_sure(*near.feed);
    await_near(near.users, 17);
    CHECK(near.users.get(17).value().value->name == "new");
  }
}

TEST_CASE("nothing near is answered once the feed is no longer sure, before it says so") {
  class Feed final : public booking::CacheFeed {
   public:
    std::uint64_t listen(Listener) override { return 1; }
    void forget(std::uint64_t) override {}
    bool covers(std::string_view) const noexcept override { return true; }
    std::int64_t sure_until() const noexcept override { return sure; }
    std::atomic<std::int64_t> sure{booking::feed_now() + 1'000'000'000'000};
  };
  const auto feed = std::make_shared<Feed>();
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(booking::memory_cache_store(), database, {.near = {.feed = feed}});
  await_near(users, 17);
  CHECK(users.get(17)->source == CacheSource::near);
  feed->sure = booking::feed_now() - 1;
  CHECK(users.get(17)->source == CacheSource::hit);
}

TEST_CASE("R3 R4 a server that is killed and comes back empty leaves nothing near behind") {
  RedisServer server;
  NearUsers near{server, {}, {.bound = milliseconds{500}}};
  await_near(near.users, 17);
  server.kill();
  near.database.put(17, "new");
  CHECK(far_in_time(near.users));
  CHECK(near.users.get(17).value().value->name == "new");
  server.start();
  await_sure(*near.feed);
  await_near(near.users, 17);
  CHECK(near.users.get(17).value().value->name == "new");
}

TEST_CASE("a feed that cannot be had is told of, and nothing is answered from near") {
  const RedisServer server;
  server.ask({"ACL", "SETUSER", "poor", "on", "nopass", "~*", "+@all", "-client|tracking"});
  const auto log = std::make_shared<ErrorLog>();
  std::string url = server.url() + "?user=poor&password=x";
  const auto feed = feed_of(url, {.observer = log});
  while (log->lines().empty()) std::this_thread::sleep_for(milliseconds{1});
  CHECK(log->lines()[0].find("NOPERM") != std::string::npos);
  CHECK(feed->sure_until() == 0);
  const auto refused = [&](booking::RedisFeedOptions options) {
    return booking::redis_cache_feed({.server = {.url = server.url()}}, options).error().code;
  };
  CHECK(refused({.bound = milliseconds{1}}) == ErrorCode::invalid_argument);
  CHECK(refused({.keys = "a b"}) == ErrorCode::invalid_argument);
}

TEST_CASE("what a feed does not tell of is not kept near") {
  const RedisServer server;
  NearUsers near{server, {}, {.keys = "article:"}};
  for (int i = 0; i < 20; ++i) CHECK(near.users.get(17)->source != CacheSource::near);
}

TEST_CASE("what is near stays bounded") {
  booking::detail::NearTable<booking::UserId, std::string> table{100};
  for (int user = 0; user < 10'000; ++user) {
    const std::string key = std::to_string(user);
    table.keep({.id = user, .key = key, .value = key, .born = 0, .ends = 10, .age = {}},
               table.ticket(key));
  }
  int kept = 0;
  for (int user = 0; user < 10'000; ++user) {
    table.read(user, 5, [&](const auto& found) {
      ++kept;
      CHECK(found.value == std::to_string(user));
    });
  }
  CHECK(kept == 100);
  for (int round = 0; round < 2; ++round) {
    for (int user = 0; user < 100; ++user) {
      const std::string key = std::to_string(user);
      table.keep({.id = user, .key = key, .value = key, .born = 0, .ends = 10, .age = {}},
                 table.ticket(key));
    }
  }
  kept = 0;
  for (int user = 0; user < 100; ++user) kept += table.read(user, 5, [](const auto&) {}) ? 1 : 0;
  CHECK(kept > 90);  // hardly any is in another's way
}

TEST_CASE("readers of what is near see whole values while others change them") {
  booking::detail::NearTable<booking::UserId, std::string> table{64};
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> seen{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!stop) {
        for (int user = 0; user < 100; ++user) {
          table.read(user, 5, [&](const auto& found) {
            ++seen;
            if (found.value != std::string(50, static_cast<char>('a' + user % 26))) ++torn;
          });
        }
      }
    });
  }
  std::thread changer{[&] {
    while (!stop) {
      table.changed("7");
      table.changed_all();
    }
  }};
  while (seen < 100'000) {
    for (int user = 0; user < 100; ++user) {
      const std::string key = std::to_string(user);
      table.keep({.id = user,
                  .key = key,
                  .value = std::string(50, static_cast<char>('a' + user % 26)),
                  .born = 0,
                  .ends = 10,
                  .age = {}},
                 table.ticket(key));
    }
  }
  stop = true;
  changer.join();
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
}
