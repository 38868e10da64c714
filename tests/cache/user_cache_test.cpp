// Rows 2.1 to 2.4: one record per user, keys, values and times to live, and what each call does.
#include "cache/setup.hpp"

using namespace booking_test;
using booking::UserProfile;

namespace {

const UserProfile ann{.mobile = "139", .name = "Ann", .photo = "", .intro = "hi", .certi = ""};

}  // namespace

TEST_CASE("2.1 a user is one JSON object under user:{id}:profile") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(redis_cache(server.url()), database);
  REQUIRE(users.get(17).has_value());
  CHECK(server.ask({"GET", "user:17:profile"}) ==
        R"({"mobile": "139", "name": "Ann", "photo": "", "intro": "hi", "certi": ""})");
  CHECK(server.ask({"KEYS", "*"}) == "user:17:profile");

  server.ask({"SET", "user:18:profile",
              R"({"name":"Bob","mobile":null,"age":7,"certi":"x","photo":"p\u00e9"})"});
  const auto bob = users.get(18);
  REQUIRE(bob.has_value());
  CHECK(bob->value ==
        UserProfile{.mobile = "", .name = "Bob", .photo = "p\u00e9", .intro = "", .certi = "x"});
  CHECK(bob->source == CacheSource::hit);
}

TEST_CASE("2.2 a hit is the value, -1 is none, a miss is loaded and kept") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(17, "Ann");
    auto users = user_cache(store, database);
    const auto miss = users.get(17);
    REQUIRE(miss.has_value());
    CHECK(miss->value == ann);
    CHECK(miss->source == CacheSource::loaded);
    CHECK(miss->age == milliseconds{0});
    const auto hit = users.get(17);
    CHECK(hit->value == ann);
    CHECK(hit->source == CacheSource::hit);
    CHECK(hit->age.value() < seconds{600 + 60});

    CHECK(users.get(404)->source == CacheSource::loaded);
    const auto none = users.get(404);
    CHECK_FALSE(none->value.has_value());
    CHECK(none->source == CacheSource::negative);
    CHECK(database.loads() == 2);
    CHECK(users.stats().of(CacheSource::hit) == 1);
    CHECK(users.stats().loads == 2);
  });
}

TEST_CASE("2.2 where Redis fails, callers still get an answer, and the host is told") {
  RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  const auto log = std::make_shared<ErrorLog>();
  auto users = user_cache(redis_cache(server.url()), database, {.observer = log});
  REQUIRE(users.get(17).has_value());
  server.kill();
  const auto answer = users.get(17);
  REQUIRE(answer.has_value());
  CHECK(answer->value == ann);
  CHECK(answer->source == CacheSource::fallback);
  CHECK_FALSE(log->lines().empty());
  CHECK(users.save(17).value().value == ann);
  CHECK(users.exists(17).value());
  CHECK_FALSE(users.exists(404).value());
}

TEST_CASE("2.3 save loads and keeps, none for a short time; the database's errors pass") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(redis_cache(server.url()), database);
  CHECK(users.save(17).value().value == ann);
  database.put(17, "Anna");
  CHECK(users.get(17)->value == ann);
  CHECK(users.save(17).value().value->name == "Anna");
  CHECK(users.get(17)->value->name == "Anna");
  CHECK_FALSE(users.save(404).value().value.has_value());
  CHECK(server.ask({"GET", "user:404:profile"}) == "-1");

  database.fail(database_error());
  for (const auto& result : {users.save(17), users.get(405)}) {
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::unavailable);
    CHECK(result.error().detail == "the database is on fire");
  }
  CHECK(users.get(17)->value->name == "Anna");
  CHECK(server.ask({"KEYS", "*lock*"}).empty());
}

TEST_CASE("2.3 clear forgets, so that creating a user removes the -1") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    auto users = user_cache(store, database);
    CHECK_FALSE(users.get(17)->value.has_value());
    database.put(17, "Ann");
    CHECK_FALSE(users.get(17)->value.has_value());
    REQUIRE(users.clear(17).has_value());
    CHECK(users.get(17)->value == ann);
  });
}

TEST_CASE("2.3 exists answers from the marker or the value, else loads") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(redis_cache(server.url()), database);
  server.ask({"SET", "user:1:profile", "-1"});
  server.ask({"SET", "user:2:profile", "whatever it is"});
  CHECK_FALSE(users.exists(1).value());
  CHECK(users.exists(2).value());
  CHECK(database.loads() == 0);
  CHECK(users.exists(17).value());
  CHECK_FALSE(users.exists(404).value());
  CHECK(database.loads() == 2);
  CHECK(users.get(17)->source == CacheSource::hit);
}

TEST_CASE("2.4 times to live are base and whole random seconds, the upper bound excluded") {
  class Last final : public booking::Random {
   public:
    explicit Last(std::uint64_t value) : value_{value} {}
    std::uint64_t next() noexcept override { return value_; }

   private:
    std::uint64_t value_;
  };
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  const auto ttl_of = [&](std::uint64_t random, const std::string& user) {
    server.ask({"FLUSHALL"});
    auto users =
        user_cache(redis_cache(server.url()), database, {.random = std::make_shared<Last>(random)});
    REQUIRE(users.get(booking::UserId{user}).has_value());
    return std::stol(server.ask({"PTTL", "user:" + user + ":profile"}));
  };
  const auto about = [](long ttl, seconds wanted) {
    return ttl <= milliseconds{wanted}.count() && ttl > milliseconds{wanted - seconds{1}}.count();
  };
  using std::chrono::hours;
  using std::chrono::minutes;
  CHECK(about(ttl_of(0, "17"), hours{2}));
  CHECK(about(ttl_of(599, "17"), hours{2} + seconds{599}));
  CHECK(about(ttl_of(600, "17"), hours{2}));
  CHECK(about(ttl_of(0, "404"), minutes{5}));
  CHECK(about(ttl_of(59, "404"), minutes{5} + seconds{59}));
  CHECK(about(ttl_of(60, "404"), minutes{5}));
  static_assert(booking::article_ttl.base == hours{1});
  static_assert(booking::article_ttl.longest() == hours{1} + seconds{299});
}

TEST_CASE("2.4 ten thousand users kept together end spread over the whole range") {
  const RedisServer server;
  UserDatabase database;
  for (int user = 0; user < 10'000; ++user) database.put(user, "user");
  auto users = user_cache(redis_cache(server.url()), database);
  for (int first = 0; first < 10'000; first += 1000) {
    std::vector<booking::UserId> page;
    for (int user = first; user < first + 1000; ++user) page.emplace_back(user);
    REQUIRE(users.get_many(page).has_value());
  }
  const std::string counts = server.ask(
      {"EVAL",
       "local bins, least, most = {}, 1e9, 0 "
       "for i = 0, 9 do bins[i] = 0 end "
       "for u = 0, 9999 do "
       "  local left = redis.call('TTL', 'user:' .. u .. ':profile') - 7200 "
       "  local bin = math.max(0, math.min(9, math.floor(left / 60))) "
       "  bins[bin] = bins[bin] + 1 "
       "  least = math.min(least, left) most = math.max(most, left) "
       "end "
       "for i = 0, 9 do if bins[i] < 800 or bins[i] > 1200 then return 'bin ' .. i .. ': ' .. "
       "bins[i] end end "
       "if least < -60 or most > 599 then return least .. '..' .. most end return 'even'",
       "0"});
  CHECK(counts == "even");
  CHECK(database.calls_of_many() == 10);
}

TEST_CASE(
    "many users are one exchange and one call of the loader, also when some are asked twice") {
  on_each_cache_store([](const std::shared_ptr<booking::CacheStore>& store) {
    UserDatabase database;
    database.put(1, "Ann");
    database.put(2, "Bob");
    auto users = user_cache(store, database);
    REQUIRE(users.get(1).has_value());
    const std::vector<booking::UserId> ids{2, 1, 404, 2, 404};
    const auto many = users.get_many(ids);
    REQUIRE(many.has_value());
    CHECK((*many)[0].value->name == "Bob");
    CHECK((*many)[1].source == CacheSource::hit);
    CHECK_FALSE((*many)[2].value.has_value());
    CHECK((*many)[3].value->name == "Bob");
    CHECK_FALSE((*many)[4].value.has_value());
    CHECK(database.calls_of_many() == 1);
    CHECK(database.loads() == 3);
    const auto again = users.get_many(ids);
    CHECK((*again)[0].source == CacheSource::hit);
    CHECK((*again)[2].source == CacheSource::negative);
    CHECK(database.loads() == 3);
    CHECK(users.get_many({}).value().empty());
    const std::vector<booking::UserId> too_many(1001, 1);
    CHECK(users.get_many(too_many).error().code == ErrorCode::invalid_argument);
  });
}

TEST_CASE("2.11 a user is told their profile with the id, who has none gets 404") {
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(booking::memory_cache_store(), database);
  const auto answer = [&](const booking::UserId& user) -> booking::Result<std::string> {
    const auto found = users.get(user);
    if (!found) return found.error();
    if (found->value) return booking::write_user(user, *found->value);
    booking::Error error;
    error.code = ErrorCode::not_found;
    error.subject = booking::Subject::user;
    return error;
  };
  CHECK(answer(17).value() ==
        R"({"id": 17, "mobile": "139", "name": "Ann", "photo": "", "intro": "hi", "certi": ""})");
  CHECK(booking::write_user("ann", ann).value().starts_with(R"({"id": "ann", "mobile")"));
  CHECK(booking::http_status(answer(404).error().code) == 404);
  CHECK(booking::write_user("", ann).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("K4 what others left under a key is loaded anew, whatever it is") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  const auto log = std::make_shared<ErrorLog>();
  auto users = user_cache(redis_cache(server.url()), database, {.observer = log});
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  int seen = 0;
  for (const std::string& bad :
       {std::string{"{"}, std::string{"[]"}, std::string{"NaN"}, std::string{"1e999"}, deep,
        std::string{"\xEF\xBB\xBF{}"}, std::string{R"({"name":1})"},
        std::string{R"({"name":"a","name":"b"})"}, std::string{"\xFF"}, std::string{}}) {
    server.ask({"SET", "user:17:profile", bad});
    const auto answer = users.get(17);
    REQUIRE(answer.has_value());
    CHECK(answer->value == ann);
    CHECK(answer->source == CacheSource::loaded);
    CHECK(users.get(17)->source == CacheSource::hit);
    CHECK(database.loads() == ++seen);
  }
  CHECK(log->lines().size() == static_cast<std::size_t>(seen));

  server.ask({"DEL", "user:17:profile"});
  server.ask({"RPUSH", "user:17:profile", "a list"});
  CHECK(users.get(17)->value == ann);
  CHECK(users.get(17)->source == CacheSource::hit);

  server.ask({"SET", "user:17:profile", deep});
  const std::vector<booking::UserId> one{17};
  CHECK(users.get_many(one).value()[0].value == ann);
}

TEST_CASE("K4 a value of a hundred megabytes is not read") {
  const RedisServer server;
  UserDatabase database;
  database.put(17, "Ann");
  auto users = user_cache(redis_cache(server.url()), database, {.store_timeout = seconds{1}});
  server.ask({"SETRANGE", "user:17:profile", "100000000", "x"});
  CHECK(users.get(17)->value == ann);
  CHECK(users.get(18)->source == CacheSource::loaded);
}

TEST_CASE("bad ids, options and values are refused by name") {
  UserDatabase database;
  auto users = user_cache(booking::memory_cache_store(), database);
  CHECK(users.get(booking::UserId{""}).error().code == ErrorCode::invalid_argument);
  CHECK(users.clear(booking::UserId{"a\nb"}).error().code == ErrorCode::invalid_argument);
  CHECK(users.get(1, {milliseconds{0}}).error().code == ErrorCode::invalid_argument);
  const auto with = [&](booking::CacheOptions options) {
    return user_cache(booking::memory_cache_store(), database, std::move(options));
  };
  CHECK_THROWS_AS(with({.ttl = {seconds{0}, seconds{1}}}), std::invalid_argument);
  CHECK_THROWS_AS(with({.missing = {seconds{1}, seconds{-1}}}), std::invalid_argument);
  CHECK_THROWS_AS(with({.max_loads = 0}), std::invalid_argument);
  CHECK_THROWS_AS(with({.lease_ttl = milliseconds{0}}), std::invalid_argument);
  CHECK_THROWS_AS(user_cache(nullptr, database), std::invalid_argument);

  booking::ReadThroughCache<int, std::string> texts{
      booking::memory_cache_store(),
      [](int id) { return std::to_string(id); },
      {.encode = [](const std::string& text) -> booking::Result<std::string> { return text; },
       .decode = [](std::string_view text) -> booking::Result<std::string> {
         return std::string{text};
       }},
      {.one = [](int, const booking::Deadline&) -> booking::Result<std::optional<std::string>> {
        return std::optional<std::string>{"-1"};
      }}};
  CHECK(texts.get(1).error().code == ErrorCode::invalid_argument);
  CHECK(texts.save(1).error().code == ErrorCode::invalid_argument);

  database.put(5,
               "a\x01"
               "b");
  CHECK(users.get(5).error().code == ErrorCode::invalid_argument);
}
