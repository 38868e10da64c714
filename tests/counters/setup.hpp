// Every place that keeps counters and following, made fresh on request, and a database of the
// host's that counts its own events. Used by the shared tests of counters.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "booking/counters.hpp"
#include "booking/following.hpp"
#include "booking/memory_counter_store.hpp"
#ifdef BOOKING_TEST_REDIS_SERVER
#include "booking/redis_counters.hpp"
#include "support/redis_server.hpp"
#endif

namespace booking_test {

using booking::Counter;
using booking::CounterStore;
using booking::ErrorCode;
using booking::EventNumber;
using booking::Following;
using booking::FollowingStore;
using booking::FollowTime;
using booking::Recount;
using booking::RecountPage;
using booking::UserCounts;
using booking::UserId;

struct CountersUnderTest {
  std::string name;
  std::function<std::shared_ptr<CounterStore>()> counters;
  std::function<std::shared_ptr<FollowingStore>()> following;
};

#ifdef BOOKING_TEST_REDIS_SERVER
inline RedisServer& counters_server() {
  static RedisServer server;
  return server;
}
inline std::string fresh_prefix() {
  static int number = 0;
  return "test" + std::to_string(++number) + ":";
}
#endif

inline const std::vector<CountersUnderTest>& counters_under_test() {
  static const std::vector<CountersUnderTest> all = {
      {"memory", [] { return booking::memory_counter_store(); },
       [] { return booking::memory_following_store(); }},
#ifdef BOOKING_TEST_REDIS_SERVER
      {"redis",
       [] {
         return booking::redis_counter_store(
                    {.master = {.url = counters_server().url()}, .prefix = fresh_prefix()})
             .value();
       },
       [] {
         return booking::redis_following_store(
                    {.master = {.url = counters_server().url()}, .prefix = fresh_prefix()})
             .value();
       }},
#endif
  };
  return all;
}

template <class Test>
void on_every_counter_store(Test test) {
  for (const CountersUnderTest& under_test : counters_under_test()) {
    CAPTURE(under_test.name);
    test(under_test.counters());
  }
}
template <class Test>
void on_every_following_store(Test test) {
  for (const CountersUnderTest& under_test : counters_under_test()) {
    CAPTURE(under_test.name);
    test(under_test.following());
  }
}

template <class T>
ErrorCode code_of(const booking::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

// Events of users' counters, numbered from 1 for each user, in the order in which they were
// committed. Threads: any may call any member.
class Database {
 public:
  std::int64_t commit(int user, std::int64_t by) {
    const std::lock_guard guard{mutex_};
    auto& count = counts_[user];
    count.value += by;
    return ++count.events;
  }
  std::int64_t value(int user) {
    const std::lock_guard guard{mutex_};
    return counts_[user].value;
  }
  enum class Numbers { told, hidden };
  // All users of a page as of one moment.
  booking::RecountSource source(Numbers numbers = Numbers::told) {
    return [this, numbers](const std::optional<UserId>& after, std::int32_t most,
                           booking::Deadline) -> booking::Result<RecountPage> {
      const std::lock_guard guard{mutex_};
      RecountPage page;
      auto at = after ? counts_.upper_bound(static_cast<int>(after->integer())) : counts_.begin();
      for (; at != counts_.end() && std::ssize(page.items) < most; ++at) {
        page.items.push_back({.user = at->first, .value = at->second.value});
        if (numbers == Numbers::told) page.items.back().as_of = at->second.events;
      }
      page.more = at != counts_.end();
      return page;
    };
  }

 private:
  struct Total {
    std::int64_t value = 0;
    std::int64_t events = 0;
  };
  std::mutex mutex_;
  std::map<int, Total> counts_;
};

// A source that says this, once.
inline booking::RecountSource says(std::vector<Recount> items) {
  return [items](const std::optional<UserId>&, std::int32_t,
                 booking::Deadline) -> booking::Result<RecountPage> {
    return RecountPage{.items = items};
  };
}

}  // namespace booking_test
