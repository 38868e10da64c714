// Callers that book, hold, confirm, cancel, look and ask again at random, on the same few slots and
// each other's bookings, and have it all written down. Used by the tests of linearizability.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "booking/booking.hpp"
#include "support/recorded_inventory.hpp"

namespace booking_test {

// What callers know of each other's bookings, those under way included: so they send the same id
// and cancel the same booking at the same time.
class SharedBookings {
 public:
  void add(const Call& call) {
    const std::lock_guard guard{mutex_};
    latest_[next_++ % latest_.size()] = call;
  }
  void note(const Call& call, Word word) {
    const std::lock_guard guard{mutex_};
    if (word != Word::changed) return;
    if (call.verb == Verb::book || call.verb == Verb::hold) live_.push_back(call);
    if (call.verb == Verb::cancel) {
      live_.erase(std::remove_if(live_.begin(), live_.end(),
                                 [&](const Call& other) { return other.id == call.id; }),
                  live_.end());
    }
  }
  Call pick(std::uint64_t number) const {
    const std::lock_guard guard{mutex_};
    if (number % 4 == 0 || live_.empty()) return latest_[number / 4 % latest_.size()];
    return live_[number / 4 % live_.size()];
  }

 private:
  mutable std::mutex mutex_{};
  std::vector<Call> latest_ = std::vector<Call>(4);  // asked for; without an id: not yet
  std::vector<Call> live_{};                         // as far as anybody was told
  std::size_t next_ = 0;
};

class RandomCaller {
 public:
  // Slots 0 to `slots` - 1.
  RandomCaller(RecordedInventory inventory, int slots, SharedBookings& shared, std::uint32_t seed)
      : inventory_{std::move(inventory)}, slots_{slots}, shared_{&shared}, random_{seed} {}

  void make_calls(int number) {
    for (int i = 0; i < number; ++i) make_call();
  }
  // New bookings and reads are of `slots` slots from this one on; the others keep what they have.
  // So a long run makes many short histories, which are searched sooner than a few long ones.
  void move_to(int first_slot) { first_slot_ = first_slot; }

 private:
  int any_slot() { return first_slot_ + below(slots_); }
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  void make_call() {
    const int choice = below(100);
    if (choice < 40) {
      book();
    } else if (choice < 55) {
      inventory_.make({.verb = Verb::read, .slot = any_slot()});
    } else {
      Call call = shared_->pick(random_());
      if (call.id.empty()) return;
      if (choice >= 60) call.verb = move(choice);
      make(call);
    }
  }

  // Users are few enough to meet themselves in a slot now and then.
  void book() {
    Call call{.verb = below(4) == 0 ? Verb::hold : Verb::book,
              .slot = any_slot(),
              .id = booking::BookingId::generate(),
              .user = 1 + below(20),
              .seats = 1 + below(2)};
    shared_->add(call);
    if (make(call) != Word::unknown || below(2) == 0) return;
    call.again = true;
    make(call);
    make(call);  // has to agree with the time before
  }
  static Verb move(int choice) {
    return choice < 65 ? Verb::confirm : choice < 70 ? Verb::find : Verb::cancel;
  }
  Word make(const Call& call) {
    const Word word = inventory_.make(call, booking::OpId::generate()).word;
    shared_->note(call, word);
    return word;
  }

  RecordedInventory inventory_;
  int slots_;
  int first_slot_ = 0;
  SharedBookings* shared_;
  std::mt19937 random_;
};

}  // namespace booking_test
