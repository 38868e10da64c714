// A small inventory on a server of its own, for tests that look at its keys or harm them.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "booking/booking.hpp"
#include "booking/redis.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/redis_server.hpp"

namespace booking_test {

inline const booking::SlotKey ten{"haircut", "2026-06-01 10:00"};
inline const booking::SlotKey eleven{"haircut", "2026-06-01 11:00"};

struct RedisInventory {
  explicit RedisInventory(RedisServer::Arguments arguments = {}) : server{std::move(arguments)} {}

  booking::RedisOptions options(booking::StoreMode mode = booking::StoreMode::open) const {
    return {.url = server.url(),
            .mode = mode,
            .commit = commit,
            .policy = policy,
            .change_set = change_set,
            .clock = clock};
  }
  booking::Result<std::shared_ptr<booking::Store>> try_open(
      booking::StoreMode mode = booking::StoreMode::open) const {
    return booking::redis_store(options(mode));
  }
  // One attempt a call, so that each error is seen.
  booking::SlotInventory open(booking::StoreMode mode = booking::StoreMode::open) const {
    auto store = try_open(mode);
    REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
    return booking::SlotInventory{
        *store,
        booking::no_lock(),
        {.timeout = std::chrono::seconds{20}, .retry = {.attempts = 1}, .clock = clock}};
  }
  // One service, two slots of 10 seats.
  booking::SlotInventory fill() const {
    booking::SlotInventory inventory = open(booking::StoreMode::create);
    inventory.define_service({.id = "haircut", .name = "Haircut"}).value();
    inventory.define_slot({.slot = ten, .capacity = 10}).value();
    inventory.define_slot({.slot = eleven, .capacity = 10}).value();
    return inventory;
  }

  // All but those that expire by themselves, here and below.
  std::vector<std::string> keys() const {
    std::istringstream words{
        server.ask({"EVAL",
                    "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
                    "if redis.call('PTTL', key) == -1 then all[#all + 1] = key end end return all",
                    "0"})};
    std::vector<std::string> all;
    for (std::string key; words >> key;) all.push_back(key);
    return all;
  }
  std::string everything() const { return server.everything(); }

  RedisServer server;
  booking::CommitMode commit = booking::CommitMode::script;
  bool change_set = false;
  booking::Policy policy{.user_limit = booking::UserLimit::none()};
  std::shared_ptr<booking::testing::ManualClock> clock =
      std::make_shared<booking::testing::ManualClock>();
};

inline booking::BookRequest request(const booking::UserId& user,
                                    const booking::SlotKey& slot = ten) {
  return {.id = booking::BookingId::generate(), .user = user, .slot = slot};
}

}  // namespace booking_test
