// A shop that is changed by WATCH, MULTI and EXEC, and a way to do something in the middle of that.
// Used by the tests of CommitMode::watch.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "redis/inventory.hpp"

namespace booking_test {

// Store time stands still. A store under WATCH asks for it before each look and before EXEC: there
// something may be done in between.
class Interrupter final : public booking::Clock {
 public:
  explicit Interrupter(booking::Instant now) : now_{now} {}
  booking::Instant now() const noexcept override {
    ++asked_;
    if (--left_ == 0) act_();
    return now_;
  }
  // When it is asked for the n-th time from here on.
  void at(int n, std::function<void()> act) {
    asked_ = 0;
    act_ = std::move(act);
    left_ = n;
  }
  int asked() const noexcept { return asked_; }

 private:
  const booking::Instant now_;
  std::function<void()> act_{};
  mutable int left_ = 0;
  mutable int asked_ = 0;
};

inline constexpr int before_exec = 2;        // of a command on a slot that it names
inline constexpr int before_exec_by_id = 3;  // of a command that names a booking
inline constexpr std::chrono::seconds ample{5};

struct Shop {
  RedisInventory redis;
  booking::SlotInventory others = redis.fill();  // by scripts
  std::shared_ptr<Interrupter> clock = std::make_shared<Interrupter>(redis.clock->now());
  booking::SlotInventory inventory = watching(redis.server.url());

  explicit Shop(RedisServer::Arguments arguments = {}) : redis{std::move(arguments)} {
    REQUIRE(inventory.define_service({.id = "haircut", .name = "Haircut"}));  // it knows the gate
  }
  std::shared_ptr<booking::Store> store(const std::string& url,
                                        std::shared_ptr<booking::Clock> by) const {
    auto made = booking::redis_store({.url = url,
                                      .commit = booking::CommitMode::watch,
                                      .policy = redis.policy,
                                      .clock = std::move(by)});
    REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
    return *made;
  }
  booking::SlotInventory watching(const std::string& url) const { return watching(url, clock); }
  booking::SlotInventory watching(const std::string& url,
                                  std::shared_ptr<booking::Clock> by) const {
    return booking::SlotInventory{
        store(url, std::move(by)),
        booking::no_lock(),
        {.timeout = ample, .retry = {.attempts = 1}, .clock = redis.clock}};
  }
  // How often a command was begun anew while `act` was done before its EXEC.
  int retries(int at, const std::function<void()>& act, const std::function<void()>& command) {
    clock->at(at, act);
    command();
    const int first = clock->asked();
    CHECK(first >= at);
    return first / at - 1;
  }
};

inline std::string detail_of(const booking::Result<booking::Receipt>& result) {
  return result ? std::string{"it was done"} : result.error().log_text();
}

}  // namespace booking_test
