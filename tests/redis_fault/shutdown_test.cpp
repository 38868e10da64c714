// Ends in the middle of calls, while the server does not answer: the inventory is shut down or let
// go, the process is asked to end. Every call comes back, and nothing is left open.
#include <functional>
#include <memory>
#include <thread>

#include "redis_fault/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int few_slots = 4;
constexpr int callers = 6;

// Threads that book, each with a copy of the inventory, until one of their calls fails.
class Bookers {
 public:
  Bookers(const SlotInventory& inventory, Recorder& recorder, int first_user) {
    for (int i = 0; i < callers; ++i) {
      threads_.emplace_back([first = first_user + 100'000 * i,
                             own = RecordedInventory{inventory, recorder, slot}]() mutable {
        for (int user = first;; ++user) {
          const auto answer = own.make({.verb = user % 2 == 0 ? Verb::book : Verb::hold,
                                        .slot = user % few_slots,
                                        .id = BookingId::generate(),
                                        .user = user,
                                        .seats = 1});
          if (answer.word != Word::changed) break;
        }
      });
    }
  }
  ~Bookers() { join(); }
  Bookers(const Bookers&) = delete;
  Bookers& operator=(const Bookers&) = delete;

  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  std::vector<std::thread> threads_;
};

// Stops the server under six callers, does `end` to their inventory, and lets the server go on.
void end_calls(const CommitModeUnderTest& mode, milliseconds timeout,
               const std::function<void(std::unique_ptr<SlotInventory>&)>& end) {
  CAPTURE(mode.name);
  RedisServer server;
  Witness witness{server, few_slots, 1'000'000};
  for (int round = 0; round < rounds(5); ++round) {
    const auto before = open_descriptors();
    Recorder recorder;
    {
      auto inventory =
          std::make_unique<SlotInventory>(open_store(server.url(), mode), one_attempt(timeout));
      Bookers bookers{*inventory, recorder, 1'000'000 * round};
      wait_until([&] { return recorder.calls() > 50; });
      server.pause();
      const Watch watch;
      end(inventory);
      bookers.join();
      CHECK(watch.elapsed() < far_too_long);
      server.resume();
    }
    CHECK(open_descriptors() == before);
    // Each caller stopped at the first answer that was no booking, and each has one.
    const History history = recorder.history();
    CHECK(answered(history, Word::unknown) + answered(history, Word::nothing) == callers);
    CHECK(answered(history, Word::changed) + callers == static_cast<int>(history.size()));
    const History settled = witness.settle(history);
    for (const Operation& made : history) {
      if (made.answer.word == Word::nothing) CHECK_FALSE(witness.direct.find(made.call.id).value());
      if (made.answer.word == Word::changed) CHECK(witness.direct.find(made.call.id).value());
    }
    CHECK(witness.direct.audit()->clean());
  }
}

}  // namespace

TEST_CASE(
    "A5 a shut down inventory gives back all callers that wait for a server that is stopped") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    end_calls(mode, patience, [](auto& inventory) { inventory->shutdown(); });
  }
}

TEST_CASE("A5 an inventory let go while others call with copies of it is closed by the last") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    end_calls(mode, milliseconds{400}, [](auto& inventory) { inventory.reset(); });
  }
}

TEST_CASE("A5 a process asked to end while its calls wait ends soon, and leaves nothing open") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    for (const milliseconds lock_ttl : {milliseconds{0}, milliseconds{2000}}) {
      CAPTURE(mode.name);
      CAPTURE(lock_ttl.count());
      RedisServer server;
      Witness witness{server, few_slots, 1'000};
      Callers workers{server};
      for (int round = 0; round < rounds(3); ++round) {
        Process& worker = workers.start(mode, patience, lock_ttl);
        wait_until([&] { return workers.latest_has_called(); });
        server.pause();
        ::kill(worker.pid(), SIGTERM);
        CHECK(worker.wait(seconds{20}) == 0);  // 3: descriptors are left
        server.resume();
      }
      wait_until_workers_are_gone(server);
      wait_until([&] { return locks_taken(server) == "0"; });
      witness.judge(witness.settle(workers.histories()));
    }
  }
}
