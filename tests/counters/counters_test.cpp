// Counters, rankings and counts of users, the same on every store.
#include <atomic>
#include <random>
#include <stdexcept>
#include <type_traits>

#include "counters/setup.hpp"
#include "support/crew.hpp"

using namespace booking_test;
using booking::most_count;
using booking::Ranked;
using booking::Ranking;
using Field = UserCounts::Field;

namespace {

std::int64_t value(const Counter& counter, const UserId& user) {
  return counter.get(user).value().value;
}

constexpr int threads = 8;
constexpr int users = 5;

std::vector<Ranked> all_pages(const Ranking& ranking, std::int32_t size) {
  std::vector<Ranked> all;
  for (;;) {
    const auto page =
        ranking.page(all.empty() ? std::nullopt : std::optional{all.back()}, size).value();
    all.insert(all.end(), page.items.begin(), page.items.end());
    if (std::ssize(page.items) < size) return all;
    REQUIRE(all.size() < 20000);  // else it goes round in circles
  }
}

}  // namespace

TEST_CASE("2.9 a counter that was never counted is 0") {
  on_every_counter_store([](auto store) {
    const auto got = Counter{store, booking::articles_key}.get("nobody");
    REQUIRE(got);
    CHECK(got->value == 0);
    CHECK_FALSE(got->from_replica);
  });
}

TEST_CASE("2.9 an increment adds 1, or what it is told, and answers the new count") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(counter.increment(17).value().value == 1);
    CHECK(counter.increment(17, 5).value().value == 6);
    CHECK(counter.increment(17, -2).value().value == 4);
    CHECK(counter.increment("ann").value().value == 1);
    CHECK(value(counter, 17) == 4);
    CHECK(value(Counter{store, booking::followings_key}, 17) == 0);
  });
}

TEST_CASE("2.9 an event counts once, however often and late it is sent") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(counter.increment(17, EventNumber{2}).value().changed);
    CHECK(counter.increment(17, EventNumber{1}, 10).value().changed);
    const auto again = counter.increment(17, EventNumber{2});
    CHECK_FALSE(again->changed);
    CHECK(again->value == 11);
    CHECK(counter.increment(18, EventNumber{2}).value().changed);
  });
}

TEST_CASE("2.9 the number of an event again changes nothing, whatever amount comes with it") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.increment(17, EventNumber{2}, 3));
    const auto other = counter.increment(17, EventNumber{2}, 5).value();
    CHECK_FALSE(other.changed);
    CHECK(other.value == 3);
  });
}

TEST_CASE("2.9 an increment of 0 changes no count, but puts who is not there into the ranking") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(counter.increment(17, 0).value().value == 0);
    CHECK(Ranking{store, booking::articles_key}.top(10).value().items ==
          std::vector<Ranked>{{17, 0}});
    REQUIRE(counter.increment(17, 4));
    CHECK(counter.increment(17, 0).value().value == 4);
  });
}

TEST_CASE("2.9 the number of an event is never taken for an amount") {
  static_assert(!std::is_convertible_v<EventNumber, std::int64_t>);
  static_assert(!std::is_convertible_v<std::int64_t, EventNumber>);
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(counter.increment(17, EventNumber{1557986157}).value().value == 1);
    const UserCounts counts{store};
    CHECK(counts.increment(17, Field::like_count, EventNumber{1557986157}).value().value == 1);
  });
}

TEST_CASE("2.9 a count reaches 2^53 exactly and never leaves it") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(counter.increment(17, most_count).value().value == most_count);
    CHECK(code_of(counter.increment(17, 1)) == ErrorCode::invalid_argument);
    CHECK(code_of(counter.increment(17, EventNumber{7})) == ErrorCode::invalid_argument);
    CHECK(value(counter, 17) == most_count);
    CHECK(counter.increment(17, -1).value().value == most_count - 1);
    CHECK(counter.increment(17, EventNumber{7}).value().changed);  // the refused one left no trace
    CHECK(counter.increment(18, -most_count).value().value == -most_count);
    CHECK(code_of(counter.increment(18, -1)) == ErrorCode::invalid_argument);
    CHECK(value(counter, 18) == -most_count);
  });
}

TEST_CASE("2.9 bad users, amounts, numbers and timeouts are refused") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    CHECK(code_of(counter.get("")) == ErrorCode::invalid_argument);
    CHECK(code_of(counter.increment("a\nb")) == ErrorCode::invalid_argument);
    CHECK(code_of(counter.increment(1, most_count + 1)) == ErrorCode::invalid_argument);
    CHECK(code_of(counter.increment(1, EventNumber{0})) == ErrorCode::invalid_argument);
    CHECK(code_of(counter.increment(1, EventNumber{most_count + 1})) ==
          ErrorCode::invalid_argument);
    const booking::CallOptions none{.timeout = std::chrono::milliseconds{0}};
    CHECK(code_of(counter.get(1, none)) == ErrorCode::invalid_argument);
    CHECK(value(counter, 1) == 0);
  });
}

TEST_CASE("2.9 counters without a store, a key or a good timeout are refused when they are made") {
  const auto store = booking::memory_counter_store();
  const std::string key = booking::articles_key;
  const booking::CounterOptions none{.timeout = std::chrono::milliseconds{0}};
  const booking::CounterOptions long_one{.timeout = std::chrono::milliseconds{3600001}};
  CHECK_THROWS_AS(Counter(nullptr, key), std::invalid_argument);
  CHECK_THROWS_AS(Counter(store, ""), std::invalid_argument);
  CHECK_THROWS_AS(Counter(store, key, none), std::invalid_argument);
  CHECK_THROWS_AS(Counter(store, key, long_one), std::invalid_argument);
  CHECK_THROWS_AS(Ranking(nullptr, key), std::invalid_argument);
  CHECK_THROWS_AS(Ranking(store, ""), std::invalid_argument);
  CHECK_THROWS_AS(Ranking(store, key, none), std::invalid_argument);
  CHECK_THROWS_AS(UserCounts(nullptr), std::invalid_argument);
  CHECK_THROWS_AS(UserCounts(store, long_one), std::invalid_argument);
  CHECK_NOTHROW(Counter(store, key, {.timeout = std::chrono::hours{1}}));
}

TEST_CASE("2.7 a user's counts are kept apart, and what is missing is 0") {
  on_every_counter_store([](auto store) {
    const UserCounts counts{store};
    CHECK(counts.increment(17, Field::article_count).value().value == 1);
    CHECK(counts.increment(17, Field::following_count, 2).value().value == 2);
    CHECK(counts.increment(17, Field::fans_count, 3).value().value == 3);
    CHECK(counts.increment(17, Field::article_count).value().value == 2);
    const auto all = counts.get(17).value();
    CHECK(all.article_count == 2);
    CHECK(all.following_count == 2);
    CHECK(all.fans_count == 3);
    CHECK(all.like_count == 0);
    CHECK(counts.get(18).value().article_count == 0);
    CHECK(counts.increment(17, Field::like_count, EventNumber{5}).value().changed);
    CHECK_FALSE(counts.increment(17, Field::like_count, EventNumber{5}).value().changed);
    CHECK(counts.increment(17, Field::fans_count, EventNumber{5}).value().changed);
    CHECK(code_of(counts.get("")) == ErrorCode::invalid_argument);
  });
}

TEST_CASE("2.8 a ranking is by count, and of equal counts by id as text, both downwards") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    for (const auto& [user, count] : std::vector<std::pair<UserId, int>>{
             {1, 5}, {9, 5}, {10, 5}, {2, 7}, {"zoe", 5}, {"Zoe", 5}, {3, -1}, {"\xC3\xA9va", 5}}) {
      REQUIRE(counter.increment(user, count));
    }
    const std::vector<Ranked> expected = {{2, 7}, {"\xC3\xA9va", 5}, {"zoe", 5}, {"Zoe", 5},
                                          {9, 5}, {10, 5},           {1, 5},     {3, -1}};
    const Ranking ranking{store, booking::articles_key};
    CHECK(ranking.top(1000).value().items == expected);
    CHECK(ranking.top(1).value().items == std::vector{expected.front()});
    for (const int size : {1, 2, 3, 7, 8, 9}) CHECK(all_pages(ranking, size) == expected);
    CHECK(code_of(ranking.top(0)) == ErrorCode::invalid_argument);
    CHECK(code_of(ranking.top(1001)) == ErrorCode::invalid_argument);
  });
}

TEST_CASE("2.8 the ten with most articles and the hundred who follow most") {
  on_every_counter_store([](auto store) {
    CHECK(booking::top_authors(store).value().items.empty());
    const Counter articles{store, booking::articles_key};
    const Counter followings{store, booking::followings_key};
    for (int user = 1; user <= 120; ++user) {
      REQUIRE(articles.increment(user, user));
      REQUIRE(followings.increment(user, 1000 - user));
    }
    const auto authors = booking::top_authors(store).value().items;
    REQUIRE(authors.size() == 10);
    CHECK(authors.front() == Ranked{120, 120});
    CHECK(authors.back() == Ranked{111, 111});
    const auto top = booking::top_followings(store).value().items;
    REQUIRE(top.size() == 100);
    CHECK(top.front() == Ranked{1, 999});
    CHECK(top.back() == Ranked{100, 900});
  });
}

TEST_CASE("2.8 pages of a ranking go on where they were when others come, climb and go") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    for (int user = 10; user < 20; ++user) REQUIRE(counter.increment(user, 5));
    const Ranking ranking{store, booking::articles_key};
    const auto first = ranking.top(4).value().items;  // 19 18 17 16
    REQUIRE(counter.increment(30, 9));                // comes before them
    REQUIRE(counter.increment(16, 9));                // the cursor itself climbs
    REQUIRE(counter.increment(12, -9));
    const auto second = ranking.page(first.back(), 100).value().items;
    CHECK(second == std::vector<Ranked>{{15, 5}, {14, 5}, {13, 5}, {11, 5}, {10, 5}, {12, -4}});
  });
}

TEST_CASE("2.10 a correction sets what drifted and says by how much, user by user") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.increment(1, 5));
    REQUIRE(counter.increment(2, 7));
    const auto report = counter.reconcile(says({{1, 6, {}}, {2, 7, {}}, {3, 4, {}}}));
    CHECK_FALSE(report.error);
    CHECK(report.approximate == 3);
    CHECK(report.looked_after() == 3);
    CHECK(report.last == UserId{3});
    REQUIRE(report.drifts.size() == 2);
    CHECK(report.drifts[0].user == UserId{1});
    CHECK(report.drifts[0].before == 5);
    CHECK(report.drifts[0].aggregate == 6);
    CHECK(report.drifts[0].after == 6);
    CHECK(report.drifts[0].how == booking::Exactness::approximate);
    CHECK(report.drifts[1].user == UserId{3});
    CHECK(value(counter, 1) == 6);
    CHECK(value(counter, 2) == 7);
    CHECK(value(counter, 3) == 4);
  });
}

TEST_CASE("2.10 what was counted behind the aggregate stays counted") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    for (const int event : {1, 2, 4, 5}) REQUIRE(counter.increment(1, EventNumber{event}, 10));
    const auto report = counter.reconcile(says({{.user = 1, .value = 30, .as_of = 3}}));
    CHECK(report.exact == 1);
    REQUIRE(report.drifts.size() == 1);  // event 3 is on its way
    CHECK(report.drifts[0].before == 40);
    CHECK(report.drifts[0].aggregate == 30);
    CHECK(report.drifts[0].after == 50);
    CHECK(value(counter, 1) == 50);
  });
}

TEST_CASE("2.10 an increment that the aggregate holds already does not count when it comes") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.reconcile(says({{.user = 1, .value = 30, .as_of = 3}})).exact == 1);
    CHECK_FALSE(counter.increment(1, EventNumber{3}, 10).value().changed);
    CHECK_FALSE(counter.increment(1, EventNumber{1}, 10).value().changed);
    CHECK(counter.increment(1, EventNumber{4}, 10).value().value == 40);
  });
}

TEST_CASE("2.10 an aggregate older than the one before changes nothing") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.reconcile(says({{.user = 1, .value = 30, .as_of = 3}})).exact == 1);
    const auto report = counter.reconcile(says({{.user = 1, .value = 20, .as_of = 2}}));
    CHECK(report.overtaken == 1);
    CHECK(report.exact == 0);
    CHECK(value(counter, 1) == 30);
  });
}

TEST_CASE("2.10 the same correction twice changes nothing more") {
  on_every_counter_store([](auto store) {
    const UserCounts counts{store};
    REQUIRE(counts.increment(1, Field::fans_count, EventNumber{8}));
    const auto source = says({{.user = 1, .value = 30, .as_of = 7}});
    REQUIRE(counts.reconcile(Field::fans_count, source).exact == 1);
    const auto report = counts.reconcile(Field::fans_count, source);
    CHECK(report.exact == 1);
    CHECK(report.drifts.empty());
    CHECK(counts.get(1).value().fans_count == 31);
    CHECK(counts.get(1).value().article_count == 0);
  });
}

TEST_CASE("2.10 increments without numbers make a correction approximate, once") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.increment(1, 3));
    REQUIRE(counter.increment(1, EventNumber{4}));
    const auto source = says({{.user = 1, .value = 4, .as_of = 4}});
    CHECK(counter.reconcile(source).approximate == 1);
    CHECK(counter.reconcile(source).exact == 1);
    REQUIRE(counter.increment(1, 1));
    CHECK(counter.reconcile(source).approximate == 1);
    CHECK(value(counter, 1) == 4);
  });
}

TEST_CASE(
    "2.10 of a counter that is corrected no more the oldest events are forgotten as counted") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    const int many = static_cast<int>(booking::most_events) + 2;  // numbered 2, 4, 6, …
    for (int event = 1; event <= many; ++event) {
      REQUIRE(counter.increment(1, EventNumber{event * 2}));
    }
    CHECK(value(counter, 1) == many);
    CHECK_FALSE(counter.increment(1, EventNumber{1}).value().changed);             // too late
    CHECK(counter.increment(1, EventNumber{many * 2 - 1}).value().changed);        // not yet
    CHECK_FALSE(counter.increment(1, EventNumber{many * 2 - 1}).value().changed);  // remembered
    CHECK(counter.reconcile(says({{.user = 1, .value = 0, .as_of = 1}})).overtaken == 1);
    CHECK(counter.reconcile(says({{.user = 1, .value = many, .as_of = many * 2}})).exact == 1);
    CHECK(value(counter, 1) == many);
  });
}

TEST_CASE("2.10 a correction beyond 2^53 ends the run and changes nothing") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    REQUIRE(counter.increment(2, EventNumber{9}, 5));
    const auto report = counter.reconcile(
        says({{1, 1, 1}, {.user = 2, .value = most_count, .as_of = 8}, {3, 1, 1}}));
    REQUIRE(report.error);
    CHECK(report.error->code == ErrorCode::invalid_argument);
    CHECK(report.last == UserId{1});
    CHECK(value(counter, 2) == 5);
    CHECK(value(counter, 3) == 0);
    CHECK(counter.reconcile(says({{.user = 2, .value = 5, .as_of = 9}})).exact == 1);
  });
}

TEST_CASE("2.10 an error of the source ends the run; another goes on from there") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    Database database;
    for (int user = 1; user <= 10; ++user) database.commit(user, user);
    int calls = 0;
    const auto good = database.source();
    const booking::RecountSource source = [&](const auto& after, std::int32_t most,
                                              booking::Deadline deadline) {
      if (++calls == 3) {
        booking::Error error;
        error.code = ErrorCode::unavailable;
        return booking::Result<RecountPage>{error};
      }
      return good(after, most, deadline);
    };
    const auto report = counter.reconcile(source, {.page_size = 3});
    REQUIRE(report.error);
    CHECK(report.error->code == ErrorCode::unavailable);
    CHECK(report.looked_after() == 6);
    CHECK(report.last == UserId{6});
    CHECK(value(counter, 6) == 6);
    CHECK(value(counter, 7) == 0);
    const auto rest = counter.reconcile(good, {.after = report.last, .page_size = 3});
    CHECK_FALSE(rest.error);
    CHECK(rest.exact == 4);
    CHECK(rest.drifted == 4);
    CHECK(rest.last == UserId{10});
    CHECK(value(counter, 10) == 10);
  });
}

TEST_CASE("2.10 a run that ends before its first counter leaves the place to go on from") {
  const Counter counter{booking::memory_counter_store(), booking::articles_key};
  const booking::RecountSource fails = [](const auto&, auto, auto) {
    booking::Error error;
    error.code = ErrorCode::unavailable;
    return booking::Result<RecountPage>{error};
  };
  CHECK(counter.reconcile(fails, {.after = UserId{6}}).last == UserId{6});
  CHECK_FALSE(counter.reconcile(fails).last);
  const auto refused = counter.reconcile(says({}), {.after = UserId{""}});
  REQUIRE(refused.error);
  CHECK(refused.error->code == ErrorCode::invalid_argument);
}

TEST_CASE("2.10 a report counts all drifts and keeps the first ten thousand") {
  const Counter counter{booking::memory_counter_store(), booking::articles_key};
  Database database;
  const int many = static_cast<int>(booking::most_drifts) + 5;
  for (int user = 1; user <= many; ++user) database.commit(user, 1);
  const auto report = counter.reconcile(database.source());
  CHECK(report.exact == many);
  CHECK(report.drifted == many);
  REQUIRE(report.drifts.size() == booking::most_drifts);
  CHECK(report.drifts.back().user == UserId{many - 5});
}

TEST_CASE("2.10 a source that keeps to no page, or lists nobody's counter, is refused") {
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    const auto refused = [&](const booking::RecountSource& source, std::int32_t page = 2) {
      const auto report = counter.reconcile(source, {.page_size = page});
      REQUIRE(report.error);
      CHECK(report.error->code == ErrorCode::invalid_argument);
      CHECK(report.looked_after() == 0);
    };
    refused(says({{1, 1, {}}, {2, 1, {}}, {3, 1, {}}}));
    refused(says({{1, 1, {}}, {"", 1, {}}}));
    refused(says({{1, 1, {}}, {2, most_count + 1, {}}}));
    refused(says({{1, 1, {}}, {2, 1, -1}}));
    refused(says({{1, 1, {}}}), 0);
    refused(booking::RecountSource{});
    refused([](const auto&, auto, auto) {
      return booking::Result<RecountPage>{RecountPage{.more = true}};
    });
    CHECK(value(counter, 1) == 0);
  });
}

TEST_CASE("2.10 a run that takes too long ends with timeout and says how far it got") {
  const Counter counter{booking::memory_counter_store(), booking::articles_key};
  int page = 0;
  const auto report = counter.reconcile(
      [&](const auto&, auto, auto) {
        ++page;
        return booking::Result<RecountPage>{
            RecountPage{.items = {{.user = page, .value = 1}}, .more = true}};
      },
      {.timeout = std::chrono::milliseconds{50}});
  REQUIRE(report.error);
  CHECK(report.error->code == ErrorCode::timeout);
  CHECK(report.looked_after() >= page - 1);
}

TEST_CASE("2.10 eight threads count with numbers while it is corrected all the time: exact") {
  constexpr int rounds = 300;
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    Database database;
    for (int user = 0; user < users; ++user) database.commit(user, 100);  // lost on the way
    std::atomic<int> counting{threads};
    std::atomic<int> runs{0};
    Crew crew{threads + 1};
    crew.run([&](int member) {
      if (member == threads) {
        do {
          const auto report = counter.reconcile(database.source(), {.page_size = 2});
          CHECK_FALSE(report.error);
          CHECK(report.exact + report.overtaken == users);
          ++runs;
        } while (counting > 0);
        return;
      }
      std::mt19937 random{static_cast<unsigned>(member)};
      for (int i = 0; i < rounds; ++i) {
        const int user = static_cast<int>(random() % users);
        const std::int64_t by = static_cast<std::int64_t>(random() % 9) - 3;
        const std::int64_t event = database.commit(user, by);
        CHECK(counter.increment(user, EventNumber{event}, by));
        const bool reply_lost = random() % 8 == 0;
        if (reply_lost) CHECK(counter.increment(user, EventNumber{event}, by));
      }
      --counting;
    });
    // Nothing is on its way: every counter is what the database says, without another correction.
    for (int user = 0; user < users; ++user) CHECK(value(counter, user) == database.value(user));
    CHECK(runs > 1);
  });
}

TEST_CASE("2.10 the same without numbers is told approximate, and right once nobody counts") {
  constexpr int rounds = 100;
  on_every_counter_store([](auto store) {
    const Counter counter{store, booking::articles_key};
    Database database;
    for (int user = 0; user < users; ++user) database.commit(user, 100);
    Crew crew{threads + 1};
    std::atomic<int> counting{threads};
    crew.run([&](int member) {
      if (member == threads) {
        do {
          const auto report =
              counter.reconcile(database.source(Database::Numbers::hidden), {.page_size = 2});
          CHECK_FALSE(report.error);
          CHECK(report.approximate == users);
          CHECK(report.exact == 0);
        } while (counting > 0);
        return;
      }
      for (int i = 0; i < rounds; ++i) {
        database.commit(i % users, 1);
        CHECK(counter.increment(i % users));
      }
      --counting;
    });
    const auto report = counter.reconcile(database.source(Database::Numbers::hidden));
    CHECK(report.approximate == users);
    for (int user = 0; user < users; ++user) CHECK(value(counter, user) == database.value(user));
  });
}
