// Whom a user follows, the same on every store.
#include <limits>
#include <set>
#include <stdexcept>

#include "booking/testing/manual_clock.hpp"
#include "counters/setup.hpp"

using namespace booking_test;
using booking::Followed;

namespace {

FollowTime at(double seconds) {
  return FollowTime{FollowTime::duration{seconds}};
}

std::vector<Followed> all_pages(const Following& following, const UserId& user, std::int32_t size) {
  std::vector<Followed> all;
  for (;;) {
    const auto page =
        following.page(user, all.empty() ? std::nullopt : std::optional{all.back()}, size).value();
    all.insert(all.end(), page.items.begin(), page.items.end());
    if (std::ssize(page.items) < size) return all;
    REQUIRE(all.size() < 20000);  // else it goes round in circles
  }
}

}  // namespace

TEST_CASE("2.6 whom a user follows is listed newest first, with the time to the microsecond") {
  on_every_following_store([](auto store) {
    const Following following{store};
    CHECK(following.follow(17, 27, at(1557986157.1353633)).value());
    CHECK(following.follow(17, "ann", at(1557986157.1353643)).value());
    CHECK(following.follow(17, 3, at(1557986150)).value());
    CHECK(following.page(17, {}, 10).value().items ==
          std::vector<Followed>{
              {"ann", at(1557986157.1353643)}, {27, at(1557986157.1353633)}, {3, at(1557986150)}});
    CHECK(following.count(17).value().value == 3);
    CHECK(following.count(27).value().value == 0);
    CHECK(following.page(27, {}, 10).value().items.empty());
  });
}

TEST_CASE("2.6 who follows already keeps the first time") {
  on_every_following_store([](auto store) {
    const Following following{store};
    CHECK(following.follow(17, 27, at(100.5)).value());
    CHECK_FALSE(following.follow(17, 27, at(200)).value());
    CHECK(following.followed_since(17, 27).value().since == at(100.5));
    CHECK_FALSE(following.followed_since(27, 17).value().since);
    CHECK(following.count(17).value().value == 1);
  });
}

TEST_CASE("2.6 who unfollows is gone, and may follow anew") {
  on_every_following_store([](auto store) {
    const Following following{store};
    REQUIRE(following.follow(17, 27, at(100)));
    CHECK(following.unfollow(17, 27).value());
    CHECK_FALSE(following.unfollow(17, 27).value());
    CHECK_FALSE(following.followed_since(17, 27).value().since);
    CHECK(following.follow(17, 27, at(300)).value());
    CHECK(following.followed_since(17, 27).value().since == at(300));
  });
}

TEST_CASE("2.6 without a time it is the clock's") {
  const auto clock = std::make_shared<booking::testing::ManualClock>();
  on_every_following_store([&](auto store) {
    const Following following{store, {.timeout = std::chrono::hours{1}, .clock = clock}};
    REQUIRE(following.follow(17, 27));
    CHECK(following.followed_since(17, 27).value().since == FollowTime{clock->now()});
  });
}

TEST_CASE("2.6 bad users, times and sizes are refused") {
  on_every_following_store([](auto store) {
    const Following following{store};
    CHECK(code_of(following.follow("", 1)) == ErrorCode::invalid_argument);
    CHECK(code_of(following.follow(1, "a\tb")) == ErrorCode::invalid_argument);
    CHECK(code_of(following.follow(1, 2, at(std::numeric_limits<double>::infinity()))) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(following.follow(1, 2, at(std::numeric_limits<double>::quiet_NaN()))) ==
          ErrorCode::invalid_argument);
    CHECK(code_of(following.page(1, {}, 0)) == ErrorCode::invalid_argument);
    CHECK(code_of(following.page(1, {}, 1001)) == ErrorCode::invalid_argument);
    CHECK(code_of(following.page(1, Followed{}, 10)) == ErrorCode::invalid_argument);
    CHECK(following.count(1).value().value == 0);
  });
}

TEST_CASE("2.6 nobody can follow himself") {
  on_every_following_store([](auto store) {
    const Following following{store};
    CHECK(code_of(following.follow(17, 17)) == ErrorCode::invalid_argument);
    CHECK(code_of(following.follow(17, "17")) == ErrorCode::invalid_argument);
    CHECK_FALSE(following.followed_since(17, 17).value().since);
    CHECK(following.count(17).value().value == 0);
  });
}

TEST_CASE("2.6 following without a store or a good timeout is refused when it is made") {
  CHECK_THROWS_AS(Following(nullptr), std::invalid_argument);
  const booking::CounterOptions none{.timeout = std::chrono::milliseconds{0}};
  CHECK_THROWS_AS(Following(booking::memory_following_store(), none), std::invalid_argument);
}

TEST_CASE("2.6 equal times are ordered by id as text, and pages neither skip nor repeat") {
  on_every_following_store([](auto store) {
    const Following following{store};
    for (int whom = 1; whom <= 25; ++whom) {
      REQUIRE(following.follow("reader", whom, at(whom <= 20 ? 1557986157.1353633 : 5)));
    }
    const auto whole = following.page("reader", {}, 1000).value().items;
    REQUIRE(whole.size() == 25);
    CHECK(whole[0].user == UserId{9});
    CHECK(whole[7].user == UserId{20});
    CHECK(whole[8].user == UserId{2});
    CHECK(whole[19].user == UserId{1});
    for (const int size : {1, 3, 8, 24, 25}) CHECK(all_pages(following, "reader", size) == whole);
  });
}

TEST_CASE("2.6 pages go on where they were when others come and go, the last one among them") {
  on_every_following_store([](auto store) {
    const Following following{store};
    for (int whom = 1; whom <= 9; ++whom) REQUIRE(following.follow(17, whom, at(100)));
    const auto first = following.page(17, {}, 4).value().items;  // 9 8 7 6
    REQUIRE(following.unfollow(17, 6));
    REQUIRE(following.unfollow(17, 9));
    REQUIRE(following.unfollow(17, 3));
    REQUIRE(following.follow(17, "newest", at(500)));
    REQUIRE(following.follow(17, "5a", at(100)));  // between 6 and 5
    CHECK(following.page(17, first.back(), 100).value().items ==
          std::vector<Followed>{
              {"5a", at(100)}, {5, at(100)}, {4, at(100)}, {2, at(100)}, {1, at(100)}});
  });
}

TEST_CASE("2.6 ten thousand followed are listed once each") {
  on_every_following_store([](auto store) {
    const Following following{store};
    constexpr int many = 10000;
    for (int whom = 0; whom < many; ++whom) {
      REQUIRE(following.follow("reader", whom, at(1557986157 + whom % 1000 * 0.25)));
    }
    const auto all = all_pages(following, "reader", 700);
    REQUIRE(all.size() == many);
    std::set<UserId> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      seen.insert(all[i].user);
      if (i > 0) CHECK(all[i - 1].since >= all[i].since);
    }
    CHECK(seen.size() == many);
    CHECK(following.count("reader").value().value == many);
  });
}
