// Processes that sell the same slots from one Redis server, and die of it or not: nothing is
// oversold, nothing acknowledged is lost, nothing is left behind.
#include "redis_fault/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int slots = 100;
constexpr std::int32_t seats_each = 3;

const CommitModeUnderTest& mode_of(int worker) {
  return commit_modes()[static_cast<std::size_t>(worker) % commit_modes().size()];
}

// The time between two deaths: so long that few calls of one slot are left without an answer, for
// each of them makes the search for an order longer.
milliseconds some_time(std::mt19937& random) {
  return milliseconds{100 + static_cast<int>(random() % 300)};
}

}  // namespace

TEST_CASE("L2 4 processes with 4 threads each, one with a lock, oversell and lose nothing") {
  for (int round = 0; round < rounds(1); ++round) {
    RedisServer server;
    Witness witness{server, slots, seats_each};
    Callers callers{server};
    std::vector<Process*> workers;
    for (int i = 0; i < 4; ++i) {
      workers.push_back(&callers.start(mode_of(i), seconds{20}, seconds{i == 0 ? 10 : 0}));
    }
    for (Process* worker : workers) CHECK(worker->wait(seconds{20} + patience) == 0);

    const History history = callers.histories();
    CHECK(answered(history, Word::unknown) == 0);
    CHECK(answered(history, Word::nothing) == 0);
    for (const Word word : {Word::changed, Word::replayed, Word::sold_out, Word::already_booked,
                            Word::found, Word::remaining, Word::not_held}) {
      CHECK_MESSAGE(answered(history, word) > 0, to_string(word));
    }
    CHECK(met(history) > slots);
    witness.judge(history);
    CHECK(locks_taken(server) == "0");
    wait_until_workers_are_gone(server);
  }
}

TEST_CASE("A3 workers killed at random times leave what they acknowledged, and no more than that") {
  constexpr milliseconds lock_ttl{2000};
  for (int round = 0; round < rounds(1); ++round) {
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    RedisServer server;
    Witness witness{server, slots, seats_each};
    Callers callers{server};
    std::vector<Process*> lasting;
    std::vector<Process*> dying;
    const auto one_more = [&](int number) {
      return &callers.start(mode_of(number), seconds{12}, number % 4 == 0 ? lock_ttl : seconds{0});
    };
    for (int i = 0; i < 4; ++i) {
      lasting.push_back(one_more(i));
      dying.push_back(one_more(i));
    }
    int killed = 0;
    for (const Watch watch; watch.elapsed() < seconds{10};) {
      std::this_thread::sleep_for(some_time(random));
      const auto victim = static_cast<int>(random() % 4);
      Process*& worker = dying[static_cast<std::size_t>(victim)];
      worker->kill();
      killed += worker->wait(patience) ? 0 : 1;
      worker = one_more(victim);
    }
    for (Process* worker : dying) worker->kill();
    for (Process* worker : dying) CHECK_FALSE(worker->wait(patience).has_value());
    for (Process* worker : lasting) CHECK(worker->wait(patience) == 0);
    CHECK(killed >= 20);

    wait_until_workers_are_gone(server);
    wait_until([&] { return locks_taken(server) == "0"; });  // each of them had an end
    const History history = callers.histories();
    MESSAGE(killed << " killed, " << answered(history, Word::unknown) << " calls unanswered");
    CHECK(answered(history, Word::unknown) > 0);
    witness.judge(witness.settle(history));
  }
}
