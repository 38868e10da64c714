// What callers at the same time are answered is what they could have been answered one after
// another: recorded on every store and judged by the checker. And stores that are wrong on purpose,
// to see that they do not pass.
#include "support/linearizability.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "booking/testing/faulty_store.hpp"
#include "concurrency/setup.hpp"
#include "support/recorded_inventory.hpp"
#include "support/rounds.hpp"
#include "support/seat_counts.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int callers = 4;
constexpr int slots = 4;
constexpr std::int32_t seats_each = 3;

Capacities capacities() {
  Capacities all;
  for (std::int32_t number = 0; number < slots; ++number) all[number] = seats_each;
  return all;
}

// What callers know of each other's bookings, those under way included: so they send the same id
// and cancel the same booking at the same time.
class Pool {
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

class Caller {
 public:
  Caller(const SlotInventory& inventory, Recorder& recorder, Pool& pool, std::uint32_t seed)
      : inventory_{inventory, recorder, slot}, pool_{&pool}, random_{seed} {}

  void make_calls(int number) {
    for (int i = 0; i < number; ++i) make_call();
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  void make_call() {
    const int choice = below(100);
    if (choice < 40) {
      book();
    } else if (choice < 55) {
      inventory_.make({.verb = Verb::read, .slot = below(slots)});
    } else {
      Call call = pool_->pick(random_());
      if (call.id.empty()) return;
      if (choice >= 60) call.verb = move(choice);
      make(call);
    }
  }

  // Users are few enough to meet themselves in a slot now and then.
  void book() {
    Call call{.verb = below(4) == 0 ? Verb::hold : Verb::book,
              .slot = below(slots),
              .id = BookingId::generate(),
              .user = 1 + below(20),
              .seats = 1 + below(2)};
    pool_->add(call);
    if (make(call) != Word::unknown || below(2) == 0) return;
    call.again = true;
    make(call);
  }
  static Verb move(int choice) {
    return choice < 65 ? Verb::confirm : choice < 70 ? Verb::find : Verb::cancel;
  }
  Word make(const Call& call) {
    const Word word = inventory_.make(call, OpId::generate()).word;
    pool_->note(call, word);
    return word;
  }

  RecordedInventory inventory_;
  Pool* pool_;
  std::mt19937 random_;
};

// Four callers at once on an inventory with a few slots of a few seats; what they were answered.
History record(const SlotInventory& inventory, int calls_each, std::uint32_t seed) {
  SlotInventory owner = inventory;
  open_clinic(owner, slots, seats_each);
  Recorder recorder;
  Pool pool;
  Crew crew{callers};
  crew.run([&](int member) {
    Caller{inventory, recorder, pool, seed + static_cast<std::uint32_t>(member)}.make_calls(
        calls_each);
  });
  return recorder.history();
}

// Takes its time before and after each call, so that calls meet even where a store needs less than
// a microsecond.
class SlowStore final : public Store {
 public:
  explicit SlowStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    const Pause around;
    return store_->execute(command, deadline);
  }
  Result<booking::Answer> read(const Query& query, Deadline deadline) override {
    const Pause around;
    return store_->read(query, deadline);
  }

 private:
  struct Pause {
    Pause() { std::this_thread::sleep_for(std::chrono::microseconds{1}); }
    ~Pause() { std::this_thread::sleep_for(std::chrono::microseconds{1}); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };
  std::shared_ptr<Store> store_;
};

SlotInventory over(std::shared_ptr<Store> store, std::int32_t attempts = 10000) {
  return SlotInventory{std::make_shared<SlowStore>(std::move(store)),
                       {.timeout = std::chrono::minutes{2}, .retry = {.attempts = attempts}}};
}

Books books_of(const SlotInventory& inventory) {
  Books books;
  for (int number = 0; number < slots; ++number) {
    books.remaining[number] = look(inventory, number).remaining;
  }
  for (const Booking& booking : all_bookings(inventory)) {
    if (!booking.live()) continue;
    for (int number = 0; number < slots; ++number) {
      if (slot(number) == booking.slot) books.live[booking.id] = {number, booking.seats};
    }
  }
  return books;
}

std::vector<std::string> counting_problems(const History& history) {
  auto problems = oversold(history, capacities());
  const auto refused = refused_with_room(history, capacities());
  problems.insert(problems.end(), refused.begin(), refused.end());
  return problems;
}

// How many calls began while another on the same slot was under way, and were answered.
int met(History history) {
  std::sort(history.begin(), history.end(),
            [](const Operation& a, const Operation& b) { return a.invoked < b.invoked; });
  std::map<std::int32_t, Nanoseconds> latest_end;
  int count = 0;
  for (const Operation& made : history) {
    if (made.unknown()) continue;
    Nanoseconds& end = latest_end[made.call.slot];
    if (made.invoked < end) ++count;
    end = std::max(end, made.end());
  }
  return count;
}

void check(const History& history, const SlotInventory& inventory) {
  const Verdict verdict = linearize(history, capacities());
  for (const std::string& problem : verdict.problems) FAIL_CHECK(problem);
  CHECK(verdict.undecided == 0);
  for (const std::string& problem : counting_problems(history)) FAIL_CHECK(problem);
  for (const std::string& problem : not_conserved(history, capacities(), books_of(inventory))) {
    FAIL_CHECK(problem);
  }
  CHECK(met(history) > callers * slots);
  MESSAGE(verdict.operations << " operations, " << verdict.unknown << " of unknown outcome, "
                             << met(history) << " begun during another, " << verdict.steps
                             << " steps");
}

std::int64_t answered(const History& history, Word word) {
  return std::count_if(history.begin(), history.end(),
                       [word](const Operation& made) { return made.answer.word == word; });
}

// Answers some reads of a slot with what it answered to the one before.
class StaleStore final : public Store {
 public:
  explicit StaleStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    return store_->execute(command, deadline);
  }
  Result<booking::Answer> read(const Query& query, Deadline deadline) override {
    auto answer = store_->read(query, deadline);
    const auto* one = std::get_if<query::Slot>(&query);
    if (one == nullptr || !answer) return answer;
    const std::lock_guard guard{mutex_};
    const auto [before, first] = latest_.try_emplace(one->slot, *answer);
    if (!first && ++reads_ % 5 == 0) return before->second;
    before->second = *answer;
    return answer;
  }

 private:
  std::shared_ptr<Store> store_;
  std::mutex mutex_{};
  std::map<SlotKey, booking::Answer> latest_{};
  int reads_ = 0;
};

// Sells a seat that is not there in place of some refusals.
class OversellingStore final : public Store {
 public:
  explicit OversellingStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    auto outcome = store_->execute(command, deadline);
    const auto* book = std::get_if<command::Book>(&command.body);
    const bool sold_out = !outcome && outcome.error().code == ErrorCode::sold_out;
    if (book == nullptr || !sold_out || ++refusals_ % 5 != 0) return outcome;
    Outcome sold;
    sold.receipt = {.booking = {.id = book->request.id, .status = Status::confirmed},
                    .changed = true};
    return sold;
  }
  Result<booking::Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
  std::atomic<int> refusals_{0};
};

// Says of some bookings that they are cancelled, and leaves them.
class ForgetfulStore final : public Store {
 public:
  explicit ForgetfulStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    const auto* cancel = std::get_if<command::Cancel>(&command.body);
    if (cancel == nullptr || ++cancels_ % 5 != 0) return store_->execute(command, deadline);
    Outcome done;
    done.receipt = {.booking = {.id = cancel->request.id, .status = Status::cancelled},
                    .changed = true};
    return done;
  }
  Result<booking::Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
  std::atomic<int> cancels_{0};
};

// What a broken store, made of a good one, answers to the same callers.
template <class Broken>
History record_broken(const StoreUnderTest& good, std::uint32_t seed) {
  const auto store = std::make_shared<Broken>(good.make(UserLimit::none()));
  return record(over(store), good.slow ? 150 : 500, seed);
}

}  // namespace

TEST_CASE("histories of four callers at once are linearizable, on every store") {
  for (const StoreUnderTest& store : stores_under_test()) {
    for (int round = 0; round < rounds(3); ++round) {
      const std::uint32_t seed = std::random_device{}();
      CAPTURE(store.name);
      CAPTURE(seed);
      const SlotInventory inventory = over(store.make(UserLimit::none()));
      const History history = record(inventory, store.slow ? 300 : 2000, seed);
      check(history, inventory);
      CHECK(answered(history, Word::sold_out) > 0);
      CHECK(answered(history, Word::replayed) > 0);
      CHECK(answered(history, Word::unknown) == 0);
    }
  }
}

TEST_CASE("histories with lost requests and replies are linearizable, on every store") {
  for (const StoreUnderTest& store : stores_under_test()) {
    for (int round = 0; round < rounds(3); ++round) {
      const std::uint32_t seed = std::random_device{}();
      CAPTURE(store.name);
      CAPTURE(seed);
      const auto faulty =
          std::make_shared<booking::testing::FaultyStore>(store.make(UserLimit::none()));
      for (int i = 1; i <= 12; ++i) {
        faulty->lose_reply_of(40 * i);
        faulty->lose_request_of(40 * i + 20);
      }
      const SlotInventory inventory = over(faulty, 1);
      const History history = record(inventory, store.slow ? 300 : 600, seed);
      check(history, inventory);
      CHECK(answered(history, Word::unknown) > 0);
    }
  }
}

TEST_CASE("a store that reads stale is caught") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<StaleStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
  }
}

TEST_CASE("a store that oversells is caught, by searching and by counting") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<OversellingStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
    CHECK(!oversold(history, capacities()).empty());
  }
}

TEST_CASE("a store that forgets to cancel is caught, by searching and by counting") {
  for (const StoreUnderTest& store : stores_under_test()) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(store.name);
    CAPTURE(seed);
    const History history = record_broken<ForgetfulStore>(store, seed);
    CHECK(!linearize(history, capacities()).problems.empty());
    CHECK(!refused_with_room(history, capacities()).empty());
  }
}
