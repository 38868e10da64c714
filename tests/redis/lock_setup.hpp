// A server, locks on it, and an inventory behind them: for the tests of redis_lock.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/redis_lock.hpp"
#include "concurrency/setup.hpp"
#include "redis/keys.hpp"
#include "redis/setup.hpp"

namespace booking_test {

using booking::Lease;
using booking::Lock;
using booking::SlotInventory;
using booking::SlotKey;

inline const booking::redis::Keys lock_keys{"booking"};

inline std::shared_ptr<Lock> lock_at(const std::string& url, milliseconds ttl = seconds{10},
                                     milliseconds wait = milliseconds{0}) {
  auto lock = booking::redis_lock({.url = url, .ttl = ttl, .wait = wait});
  REQUIRE_MESSAGE(lock.has_value(), lock.error().log_text());
  return *std::move(lock);
}

inline booking::Result<Lease> enter(Lock& lock, const std::vector<SlotKey>& slots,
                                    milliseconds time = seconds{20}) {
  return lock.enter(slots, within(time));
}

inline Lease entered(Lock& lock, const std::vector<SlotKey>& slots) {
  auto lease = enter(lock, slots);
  REQUIRE_MESSAGE(lease.has_value(), lease.error().log_text());
  return *std::move(lease);
}

// Number by number, what is stored for the lock of a slot; empty: it is free.
inline std::string holder(const RedisServer& server, int number) {
  return server.ask({"GET", lock_keys.lock(slot(number))});
}
inline int ms_left(const RedisServer& server, int number) {
  return std::stoi(server.ask({"PTTL", lock_keys.lock(slot(number))}));
}

// The locks there are on a server, and that each of them will end.
inline std::string locks_taken(const RedisServer& server) {
  return server.ask({"EVAL",
                     "local taken = redis.call('KEYS', '*}:lock:*') "
                     "for _, key in ipairs(taken) do "
                     "if redis.call('PTTL', key) < 0 then return key .. ' has no ttl' end end "
                     "return #taken",
                     "0"});
}

// Until `done()`; a test that waits in vain fails.
template <class Condition>
void wait_until(Condition done) {
  const Watch watch;
  while (!done()) {
    REQUIRE(watch.elapsed() < seconds{20});
    std::this_thread::sleep_for(milliseconds{2});
  }
}

// A booking sent under a lease that was taken earlier.
inline booking::Result<booking::Outcome> book_under(booking::Store& store, std::uint64_t number,
                                                    booking::UserId user, const SlotKey& where) {
  booking::Command command{
      .body = booking::command::Book{
          {.id = booking::BookingId::generate(), .user = user, .slot = where}}};
  command.guard.lease = number;
  return store.execute(command, within(seconds{20}));
}

}  // namespace booking_test
