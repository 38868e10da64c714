// A database that counts and can be made to wait or fail, cache stores under test, and what a page
// of the host would do. For the tests of the caches.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/json_cache.hpp"
#include "booking/redis_cache.hpp"
#include "support/redis_server.hpp"

namespace booking_test {

using booking::CacheSource;
using booking::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Opens once; who waits goes on.
class Barrier {
 public:
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    REQUIRE(opened_.wait_for(lock, seconds{30}, [this] { return open_; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

class UserDatabase {
 public:
  using Found = booking::Result<std::optional<booking::UserProfile>>;

  void put(booking::UserId user, const std::string& name) {
    const std::lock_guard lock{mutex_};
    users_[user] = {.mobile = "139", .name = name, .photo = "", .intro = "hi", .certi = ""};
  }
  void fail(std::optional<booking::Error> error) {
    const std::lock_guard lock{mutex_};
    error_ = std::move(error);
  }
  // Called by each load behind its reading: what it answers is old by then, if somebody writes.
  void on_read(std::function<void()> hook) {
    const std::lock_guard lock{mutex_};
    hook_ = std::move(hook);
  }
  int loads() const noexcept { return loads_; }
  int calls_of_many() const noexcept { return many_; }
  int most_at_once() const noexcept { return most_; }

  booking::CacheLoader<booking::UserId, booking::UserProfile> loader() {
    return {
        .one = [this](const booking::UserId& user, const booking::Deadline&) { return load(user); },
        .many = [this](std::span<const booking::UserId> users, const booking::Deadline&)
            -> booking::Result<std::vector<std::optional<booking::UserProfile>>> {
          ++many_;
          std::vector<std::optional<booking::UserProfile>> all;
          for (const booking::UserId& user : users) {
            auto one = load(user);
            if (!one) return std::move(one).error();
            all.push_back(*std::move(one));
          }
          return all;
        }};
  }

 private:
  Found load(const booking::UserId& user) {
    ++loads_;
    const int now = ++running_;
    int most = most_;
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
    Found found = std::optional<booking::UserProfile>{};
    std::function<void()> hook;
    {
      const std::lock_guard lock{mutex_};
      if (const auto at = users_.find(user); at != users_.end()) found = std::optional{at->second};
      if (error_) found = *error_;
      hook = hook_;
    }
    if (hook) hook();
    --running_;
    return found;
  }

  std::mutex mutex_;
  std::map<booking::UserId, booking::UserProfile> users_;
  std::optional<booking::Error> error_;
  std::function<void()> hook_;
  std::atomic<int> loads_{0};
  std::atomic<int> many_{0};
  std::atomic<int> running_{0};
  std::atomic<int> most_{0};
};

// The message of whoever listens, by name: "get", "settle", ...
class ErrorLog final : public booking::CacheObserver {
 public:
  void on_store_error(std::string_view operation, const booking::Error& error) noexcept override {
    note(std::string{operation} + " " + error.log_text());
  }
  void on_unreadable(std::string_view key, const booking::Error& error) noexcept override {
    note("unreadable " + std::string{key} + " " + error.log_text());
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

 private:
  void note(std::string line) {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::move(line));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline std::shared_ptr<booking::CacheStore> redis_cache(const std::string& url,
                                                        const std::string& prefix = "",
                                                        std::int32_t connections = 8) {
  auto store = booking::redis_cache_store(
      {.server = {.url = url, .connections = connections}, .prefix = prefix});
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *store;
}

// Calls `test(store)` for a memory store and for one on a server of its own.
template <class Test>
void on_each_cache_store(Test test) {
  SUBCASE("memory") {
    test(booking::memory_cache_store());
  }
  SUBCASE("redis") {
    const RedisServer server;
    test(redis_cache(server.url()));
  }
}

inline booking::UserCache<> user_cache(std::shared_ptr<booking::CacheStore> store,
                                       UserDatabase& database, booking::CacheOptions options = {}) {
  return {std::move(store), booking::user_profile_codec(), database.loader(), std::move(options)};
}

inline booking::Deadline in_time(milliseconds time = seconds{10}) {
  static const booking::Clock clock;
  return {clock, time};
}

inline booking::Error database_error() {
  booking::Error error;
  error.code = ErrorCode::unavailable;
  error.detail = "the database is on fire";
  return error;
}

}  // namespace booking_test
