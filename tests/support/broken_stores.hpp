// Stores that are wrong on purpose, each in its own way, around one that is right: to see that the
// checks find it. And one that is only slow.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "booking/store.hpp"

namespace booking_test {

// Hands every call on.
class PassingStore : public booking::Store {
 public:
  explicit PassingStore(std::shared_ptr<booking::Store> store) : store_{std::move(store)} {}

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    return store_->execute(command, deadline);
  }
  booking::Result<booking::Answer> read(const booking::Query& query,
                                        booking::Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<booking::Store> store_;
};

// Takes its time before and after each call, so that calls meet even where a store needs less than
// a microsecond.
class SlowStore final : public PassingStore {
 public:
  using PassingStore::PassingStore;

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    const Pause around;
    return PassingStore::execute(command, deadline);
  }
  booking::Result<booking::Answer> read(const booking::Query& query,
                                        booking::Deadline deadline) override {
    const Pause around;
    return PassingStore::read(query, deadline);
  }

 private:
  struct Pause {
    Pause() { std::this_thread::sleep_for(std::chrono::microseconds{1}); }
    ~Pause() { std::this_thread::sleep_for(std::chrono::microseconds{1}); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };
};

// Answers some reads of a slot with what it answered to the one before.
class StaleStore final : public PassingStore {
 public:
  using PassingStore::PassingStore;

  booking::Result<booking::Answer> read(const booking::Query& query,
                                        booking::Deadline deadline) override {
    auto answer = PassingStore::read(query, deadline);
    const auto* one = std::get_if<booking::query::Slot>(&query);
    if (one == nullptr || !answer) return answer;
    const std::lock_guard guard{mutex_};
    const auto [before, first] = latest_.try_emplace(one->slot, *answer);
    if (!first && ++reads_ % 5 == 0) return before->second;
    before->second = *answer;
    return answer;
  }

 private:
  std::mutex mutex_{};
  std::map<booking::SlotKey, booking::Answer> latest_{};
  int reads_ = 0;
};

// Sells a seat that is not there in place of some refusals.
class OversellingStore final : public PassingStore {
 public:
  using PassingStore::PassingStore;

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    auto outcome = PassingStore::execute(command, deadline);
    const auto* book = std::get_if<booking::command::Book>(&command.body);
    const bool sold_out = !outcome && outcome.error().code == booking::ErrorCode::sold_out;
    if (book == nullptr || !sold_out || ++refusals_ % 5 != 0) return outcome;
    booking::Outcome sold;
    sold.receipt = {.booking = {.id = book->request.id, .status = booking::Status::confirmed},
                    .changed = true};
    return sold;
  }

 private:
  std::atomic<int> refusals_{0};
};

// Says of some bookings that they are cancelled, and leaves them.
class ForgetfulStore final : public PassingStore {
 public:
  using PassingStore::PassingStore;

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    const auto* cancel = std::get_if<booking::command::Cancel>(&command.body);
    if (cancel == nullptr || ++cancels_ % 5 != 0) return PassingStore::execute(command, deadline);
    booking::Outcome done;
    done.receipt = {.booking = {.id = cancel->request.id, .status = booking::Status::cancelled},
                    .changed = true};
    return done;
  }

 private:
  std::atomic<int> cancels_{0};
};

}  // namespace booking_test
