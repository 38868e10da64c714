// A clinic on a Redis server of the test's own, worker processes on it, and the judgement of what
// they did. Used by the fault runs.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "redis/lock_setup.hpp"
#include "support/commit_modes.hpp"
#include "support/judged_history.hpp"
#include "support/process.hpp"
#include "support/random_callers.hpp"
#include "support/rounds.hpp"

namespace booking_test {

using booking::BookingId;
using booking::ErrorKind;
using booking::RedisOptions;
using booking::Store;
using booking::StoreMode;
using booking::UserLimit;

constexpr seconds patience{60};  // for what must end, and soon does

inline std::shared_ptr<Store> open_store(const std::string& url, const CommitModeUnderTest& mode,
                                         StoreMode how = StoreMode::open,
                                         const std::string& prefix = "booking") {
  RedisOptions options{.url = url, .prefix = prefix, .mode = how, .open_timeout = patience};
  if (how == StoreMode::create) options.policy = booking::Policy{.user_limit = UserLimit::none()};
  mode.choose(options);
  auto store = booking::redis_store(options);
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *std::move(store);
}

// One attempt each: no id is given up with nobody told (see Call).
inline booking::InventoryOptions one_attempt(milliseconds timeout = patience) {
  return {.timeout = timeout, .retry = {.attempts = 1}};
}

// Leaves out calls without an answer that cannot have happened, as the ends of their bookings show:
// a search takes longest over those. It is none the less strict: a history that has an order
// without them has one with them too, for each of them may never have happened.
inline History without_undone(History history, const std::map<BookingId, Answer>& ends) {
  std::set<BookingId> told_void;
  for (const Operation& made : history) {
    if (made.answer.word == Word::id_void) told_void.insert(made.call.id);
  }
  const auto undone = [&](const Operation& made) {
    const auto end = ends.find(made.call.id);
    if (!made.unknown() || end == ends.end() || told_void.contains(made.call.id)) return false;
    if (end->second.word == Word::id_void) return true;
    const auto is = [&](booking::Status status) {
      return end->second.value == static_cast<std::int64_t>(status);
    };
    return made.call.verb == Verb::cancel
               ? !is(booking::Status::cancelled)
               : made.call.verb == Verb::confirm && is(booking::Status::held);
  };
  history.erase(std::remove_if(history.begin(), history.end(), undone), history.end());
  return history;
}

// The inventory as somebody sees it who stands beside the fault.
class Witness {
 public:
  Witness(RedisServer& server, int slots, std::int32_t seats)
      : capacities{equal_capacities(slots, seats)},
        direct{open_store(server.url(), commit_modes().front(), StoreMode::create)} {
    open_clinic(direct, slots, seats);
  }

  // Asks for all ids of which it is not known what became, twice: both answers must be the same.
  // Returns the history with what was asked.
  History settle(const History& history) {
    Recorder recorder{"settling"};
    RecordedInventory inventory{direct, recorder, slot};
    std::map<BookingId, Answer> ends;
    for (const Operation& made : history) {
      if (!made.unknown() || made.call.id.empty() || ends.contains(made.call.id)) continue;
      Call call = made.call;
      call.verb = Verb::resolve;
      const Answer first = inventory.make(call);
      const Answer second = inventory.make(call);
      CHECK(first.word == second.word);
      CHECK(first.value == second.value);
      CHECK((first.word == Word::found || first.word == Word::id_void));
      ends[call.id] = first;
    }
    History settled = without_undone(history, ends);
    for (const Operation& made : recorder.history()) settled.push_back(made);
    return settled;
  }

  // After `settle`: what was acknowledged is there, nothing twice, and all of it in some order.
  void judge(const History& history) const {
    for (const Operation& made : history) {
      const bool booking = made.call.verb == Verb::book || made.call.verb == Verb::hold;
      const bool acknowledged =
          made.answer.word == Word::changed || made.answer.word == Word::replayed;
      if (!booking || !acknowledged) continue;
      CHECK_MESSAGE(direct.find(made.call.id).value().has_value(), to_string(made));
    }
    check_history(history, direct, capacities);
    const auto audit = direct.audit({.timeout = patience});
    REQUIRE_MESSAGE(audit.has_value(), audit.error().log_text());
    CHECK(audit->clean());
  }

  const Capacities capacities;
  booking::SlotInventory direct;
};

// Workers that call at random, each with a history of its own.
class Callers {
 public:
  explicit Callers(const RedisServer& server) : url_{server.url()} {}

  // For so long, or until it is ended; `lock_ttl` 0: without the lock.
  Process& start(const CommitModeUnderTest& mode, milliseconds time, milliseconds lock_ttl) {
    const std::string path = dir_.path("history" + std::to_string(histories_.size()));
    histories_.push_back(path);
    return workers_.emplace_back(std::vector<std::string>{
        BOOKING_TEST_REDIS_WORKER, "call", url_, mode.name, std::to_string(lock_ttl.count()),
        std::to_string(std::random_device{}() % 1'000'000), std::to_string(time.count()), path});
  }

  // Some dozens of times.
  bool latest_has_called() const {
    const std::string& path = histories_.back();
    return std::filesystem::exists(path) && std::filesystem::file_size(path) > 5000;
  }

  // By all there have been; one that was killed before its first call has none.
  History histories() const {
    History all;
    for (const std::string& path : histories_) {
      if (!std::filesystem::exists(path)) continue;
      const History one = read_history(path);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }

 private:
  const std::string url_;
  TempDir dir_;
  std::vector<std::string> histories_;
  std::list<Process> workers_;
};

// Until nothing on the server is a worker's connection any more.
inline void wait_until_workers_are_gone(const RedisServer& server) {
  wait_until([&] {
    return server.ask({"CLIENT", "LIST"}).find("name=worker") == std::string::npos;
  });
}

}  // namespace booking_test
