// ManualClock and Deadline: time that tests move themselves, and what is left of it.
#include "booking/time.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>

#include "booking/testing/manual_clock.hpp"

using namespace booking;
using booking::testing::ManualClock;
using namespace std::chrono_literals;

TEST_CASE("a manual clock stands still until it is advanced") {
  ManualClock clock{Instant{1000ms}};
  const auto steady = clock.steady_now();
  CHECK(clock.now() == Instant{1000ms});
  clock.advance(250ms);
  CHECK(clock.now() == Instant{1250ms});
  CHECK(clock.steady_now() - steady == 250ms);
}

TEST_CASE("sleeping on a manual clock moves it and takes no time") {
  ManualClock clock{Instant{0ms}};
  clock.sleep_for(24h);
  CHECK(clock.now() == Instant{24h});
}

TEST_CASE("setting a manual clock back leaves its steady time alone") {
  ManualClock clock{Instant{1000ms}};
  const auto steady = clock.steady_now();
  clock.set(Instant{10ms});
  CHECK(clock.now() == Instant{10ms});
  CHECK(clock.steady_now() == steady);
}

TEST_CASE("a deadline counts down to zero and stays there") {
  ManualClock clock;
  const Deadline deadline{clock, 100ms};
  CHECK(deadline.remaining() == 100ms);
  clock.advance(99ms);
  CHECK(deadline.remaining() == 1ms);
  CHECK_FALSE(deadline.expired());
  clock.advance(1ms);
  CHECK(deadline.expired());
  clock.advance(1h);
  CHECK(deadline.remaining() == 0ms);
}

TEST_CASE("a jump of the wall clock does not move a deadline") {
  ManualClock clock;
  const Deadline deadline{clock, 100ms};
  clock.set(clock.now() + 48h);
  CHECK(deadline.remaining() == 100ms);
}

TEST_CASE("a deadline that is stopped has nothing left") {
  ManualClock clock;
  std::atomic<bool> stop{false};
  const Deadline deadline{clock, 100ms, &stop};
  CHECK_FALSE(deadline.stopped());
  stop = true;
  CHECK(deadline.stopped());
  CHECK(deadline.expired());
  CHECK_FALSE(Deadline{clock, 100ms}.stopped());
}

TEST_CASE("waits are cut into slices, the last one into what is left") {
  ManualClock clock;
  const Deadline deadline{clock, 50ms};
  CHECK(deadline.next_wait(20ms) == 20ms);
  clock.advance(40ms);
  CHECK(deadline.next_wait(20ms) == 10ms);
}

TEST_CASE("a part of a deadline ends with it at the latest, and is stopped with it") {
  ManualClock clock;
  std::atomic<bool> stop{false};
  const Deadline deadline{clock, 50ms, &stop};
  CHECK(deadline.at_most(20ms).remaining() == 20ms);
  CHECK(deadline.at_most(80ms).remaining() == 50ms);
  clock.advance(40ms);
  CHECK(deadline.at_most(20ms).remaining() == 10ms);
  stop = true;
  CHECK(deadline.at_most(20ms).stopped());
}
