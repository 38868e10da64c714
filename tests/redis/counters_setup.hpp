// Counters and following on servers of the test's own. Used by their tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "booking/counters.hpp"
#include "booking/following.hpp"
#include "booking/redis_counters.hpp"
#include "redis/setup.hpp"

namespace booking_test {

using booking::articles_key;
using booking::Counter;
using booking::CounterStore;
using booking::EventNumber;
using booking::Following;
using booking::FollowingStore;
using booking::FollowTime;
using booking::Ranking;
using booking::Recount;
using booking::RecountPage;
using booking::RedisCounterOptions;
using booking::UserCounts;
using booking::UserId;

// As they are wherever a test is not about them.
inline RedisCounterOptions at(const std::string& url) {
  return {.master = {.url = url}};
}

inline std::shared_ptr<CounterStore> counters(const RedisCounterOptions& options) {
  auto store = booking::redis_counter_store(options);
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *std::move(store);
}

inline std::shared_ptr<FollowingStore> following(const RedisCounterOptions& options) {
  auto store = booking::redis_following_store(options);
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *std::move(store);
}

inline FollowTime seconds_since_1970(double count) {
  return FollowTime{FollowTime::duration{count}};
}

// A source that says this, once.
inline booking::RecountSource says(std::vector<Recount> items) {
  return [items](const std::optional<UserId>&, std::int32_t,
                 booking::Deadline) -> booking::Result<RecountPage> {
    return RecountPage{.items = items};
  };
}

}  // namespace booking_test
