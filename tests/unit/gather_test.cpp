// Callers that travel together: who sends what, and what becomes of those who cannot wait.
#include "booking/detail/gather.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace booking;
using namespace std::chrono_literals;
using booking::detail::Gather;
using booking::detail::Job;

namespace {

const Clock real_clock;

Deadline in(std::chrono::milliseconds time) {
  return Deadline{real_clock, time};
}

// Sends by a function that a test may exchange, and notes how many went together.
class GatherRig {
 public:
  using Batch = std::span<Job* const>;

  std::function<void(Batch)> send = answer_all;
  std::function<void(Batch)> after_occupation = answer_all;  // to be set before `let_go`
  std::vector<std::size_t> sizes{};                          // of what was sent, in order
  Gather<std::function<void(Batch, const Deadline&)>> gather{4, [this](Batch batch, auto&) {
                                                               sizes.push_back(batch.size());
                                                               send(batch);
                                                             }};

  static void answer_all(Batch batch) {
    for (Job* job : batch) job->answer = Outcome{};
  }
  Result<Outcome> call(std::chrono::milliseconds timeout = 10s) {
    const std::array<Command, 1> one{};
    return gather.execute(one, in(timeout)).front();
  }
  std::future<Result<Outcome>> start(std::chrono::milliseconds timeout = 10s) {
    auto caller = std::async(std::launch::async, [this, timeout] { return call(timeout); });
    std::this_thread::sleep_for(20ms);  // so that it has arrived
    return caller;
  }

  // A first caller that is sending until `let_go`.
  std::future<Result<Outcome>> occupy() {
    send = [this](Batch batch) {
      sending.count_down();
      go.wait();
      send = after_occupation;
      answer_all(batch);
    };
    auto leader = std::async(std::launch::async, [this] { return call(); });
    sending.wait();
    return leader;
  }
  void let_go() { go.count_down(); }

 private:
  std::latch sending{1};
  std::latch go{1};
};

}  // namespace

TEST_CASE("a lone caller sends for itself") {
  GatherRig rig;
  CHECK(rig.call().has_value());
  CHECK(rig.call().has_value());
  CHECK(rig.sizes == std::vector<std::size_t>{1, 1});
}

TEST_CASE("callers that wait travel together, as many as may") {
  GatherRig rig;
  auto leader = rig.occupy();
  std::vector<std::future<Result<Outcome>>> waiting;
  for (int i = 0; i < 6; ++i) waiting.push_back(rig.start());
  rig.let_go();
  CHECK(leader.get().has_value());
  for (auto& caller : waiting) CHECK(caller.get().has_value());
  CHECK(rig.sizes == std::vector<std::size_t>{1, 4, 2});
}

TEST_CASE("a caller's own commands stay together and are answered in order") {
  GatherRig rig;
  rig.send = [](GatherRig::Batch batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Outcome outcome;
      outcome.count = static_cast<std::int64_t>(i);
      batch[i]->answer = outcome;
    }
  };
  const std::array<Command, 7> many{};
  const auto answers = rig.gather.execute(many, in(10s));
  REQUIRE(answers.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(answers[i]->count == static_cast<std::int64_t>(i));
  CHECK(rig.sizes == std::vector<std::size_t>{7});
  CHECK(rig.gather.execute({}, in(10s)).empty());
}

TEST_CASE("who was left unanswered goes again, led by the next") {
  GatherRig rig;
  auto leader = rig.occupy();
  auto second = rig.start();
  auto third = rig.start();
  rig.after_occupation = [](GatherRig::Batch batch) { batch.front()->answer = Outcome{}; };
  rig.let_go();
  CHECK(leader.get().has_value());
  CHECK(second.get().has_value());
  CHECK(third.get().has_value());
}

TEST_CASE("a caller whose time is up before it was sent is told timeout, and never sent") {
  GatherRig rig;
  auto leader = rig.occupy();
  const auto late = rig.call(30ms);
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::timeout);
  rig.let_go();
  CHECK(leader.get().has_value());
  CHECK(rig.call(1s).has_value());
  CHECK(rig.sizes == std::vector<std::size_t>{1, 1});
}

TEST_CASE("a caller whose time is up while others have it on the way is told outcome_unknown") {
  GatherRig rig;
  auto leader = rig.occupy();
  auto second = rig.start();
  auto third = rig.start(400ms);
  auto fourth = rig.start();
  std::latch third_has_left{1};
  rig.after_occupation = [&](GatherRig::Batch batch) {
    third_has_left.wait();
    std::this_thread::sleep_for(100ms);  // the others wake and look meanwhile
    GatherRig::answer_all(batch);
  };
  rig.let_go();
  CHECK(leader.get().has_value());
  CHECK(third.get().error().code == ErrorCode::outcome_unknown);
  third_has_left.count_down();
  CHECK(second.get().has_value());
  CHECK(fourth.get().has_value());
  CHECK(rig.sizes == std::vector<std::size_t>{1, 3});
}

TEST_CASE("an exception on the way is the leader's; the others go on") {
  GatherRig rig;
  std::latch sending{1};
  std::latch go{1};
  rig.send = [&](GatherRig::Batch) {
    sending.count_down();
    go.wait();
    rig.send = GatherRig::answer_all;
    throw std::runtime_error{"no memory"};
  };
  auto leader = std::async(std::launch::async, [&] { return rig.call(); });
  sending.wait();
  auto second = rig.start();
  go.count_down();
  CHECK_THROWS_AS(static_cast<void>(leader.get()), std::runtime_error);
  CHECK(second.get().has_value());
}

TEST_CASE("callers that wait leave at once when the inventory is shut down") {
  GatherRig rig;
  auto leader = rig.occupy();
  std::atomic<bool> stop{false};
  const std::array<Command, 1> one{};
  auto waiting = std::async(std::launch::async, [&] {
    return rig.gather.execute(one, Deadline{real_clock, 10s, &stop}).front();
  });
  std::this_thread::sleep_for(20ms);
  stop = true;
  CHECK(waiting.get().error().code == ErrorCode::unavailable);
  rig.let_go();
  CHECK(leader.get().has_value());
}
