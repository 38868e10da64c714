// A hold whose deadline comes while others move it: it is confirmed, cancelled or expired, and its
// seats come back at most once.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <random>

#include "booking/testing/manual_clock.hpp"
#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr std::chrono::seconds ttl{1};

struct Timed {
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory;

  explicit Timed(const Pairing& pairing)
      : inventory{
            pairing.store.make_at({}, clock),
            pairing.make_lock(),
            {.timeout = std::chrono::minutes{2}, .retry = {.attempts = 10000}, .clock = clock}} {}
  void pass_deadline() const { clock->advance(ttl); }
  BookingId hold(UserId user, std::int32_t seats) {
    const auto held = inventory.hold({.user = user, .slot = slot(0), .seats = seats, .ttl = ttl});
    REQUIRE_MESSAGE(held.has_value(), held.error().message());
    return held->booking.id;
  }
  Booking find(BookingId id) const {
    const auto found = inventory.find(id);
    REQUIRE(found.has_value());
    return found->value();
  }
};

// Busy, because a thread that yields on a busy machine is away for a whole slice of time.
void linger(std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

// How long a confirm takes here and now, give or take: pauses of its length let either side win.
std::chrono::nanoseconds time_of_confirm(Timed& timed) {
  std::array<std::chrono::nanoseconds, 5> times{};
  for (auto& time : times) {
    const BookingId id = timed.hold("somebody", 1);
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(timed.inventory.confirm({.id = id}));
    time = std::chrono::steady_clock::now() - begun;
    REQUIRE(timed.inventory.cancel({.id = id}));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

TEST_CASE("a hold confirmed, cancelled and run out at once moves as often as its version says") {
  constexpr int movers = 8;
  Crew crew{movers + 1};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    Timed timed{pairing};
    SlotInventory& inventory = timed.inventory;
    open_clinic(inventory, 1, 50);
    REQUIRE(inventory.book({.user = "somebody else", .slot = slot(0), .seats = 40}));
    int expired = 0;
    int moved = 0;
    const int rounds = pairing.rounds(400, 40);
    for (int round = 0; round < rounds; ++round) {
      const BookingId id = timed.hold("alice", 3);
      // The deadline comes before everybody, at the same moment, or behind some of the answers.
      const int answers_first = round % 4 - 1;
      if (answers_first < 0) timed.pass_deadline();
      std::atomic<int> answered{0};
      const Results results = crew.collect([&](int member) -> Result<Receipt> {
        if (member == movers) {
          while (answered < answers_first) std::this_thread::yield();
          if (answers_first >= 0) timed.pass_deadline();
          CHECK(inventory.sweep(10).has_value());
          return Error{};
        }
        auto done = member % 2 == 0 ? inventory.confirm({.id = id}) : inventory.cancel({.id = id});
        ++answered;
        return done;
      });

      const Booking booking = timed.find(id);
      const bool ran_out = booking.status == Status::expired;
      const auto changed = changed_in(results);
      ++(ran_out ? expired : moved);
      CHECK(booking.version == 1 + changed + (ran_out ? 1 : 0));
      CHECK((changed == 0) == ran_out);
      CHECK((refused_in(results, ErrorCode::hold_expired) == movers) == ran_out);
      CHECK((ran_out || booking.status == Status::cancelled));
      CHECK(look(inventory, 0).used == 40);
      CHECK(look(inventory, 0).held == 0);
    }
    CHECK(expired >= rounds / 4);
    CHECK(moved >= rounds / 4);
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("a confirm at the deadline wins the seat or loses it, 10,000 times") {
  Crew crew{2};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    Timed timed{pairing};
    SlotInventory& inventory = timed.inventory;
    open_clinic(inventory, 1, 1);
    const auto longest = 3 * time_of_confirm(timed);
    int confirmed = 0;
    int lost = 0;
    for (int seed = 0; seed < pairing.rounds(10000, 200); ++seed) {
      CAPTURE(seed);
      std::minstd_rand random{static_cast<unsigned>(seed) + 1};
      const bool sells = seed % 2 == 0;  // else the hold is only swept
      const auto pause = [&] { return longest * static_cast<int>(random() % 1000) / 1000; };
      const std::array<std::chrono::nanoseconds, 2> pauses{pause(), pause()};
      const UserId holder = 2 * seed + 1;
      const UserId next = 2 * seed + 2;
      const BookingId id = timed.hold(holder, 1);
      std::int64_t swept = 0;
      const Results results = crew.collect([&](int member) -> Result<Receipt> {
        linger(pauses[static_cast<std::size_t>(member)]);
        if (member == 0) return inventory.confirm({.id = id});
        timed.pass_deadline();
        if (sells) return inventory.book({.user = next, .slot = slot(0)});
        swept = inventory.sweep(10).value();
        return Error{};
      });

      const Booking booking = timed.find(id);
      const Availability left = look(inventory, 0);
      const bool won = results[0].has_value();
      ++(won ? confirmed : lost);
      const bool seat_sold_again = results[1].has_value();
      CHECK(booking.version == 2);
      CHECK(booking.status == (won ? Status::confirmed : Status::expired));
      if (!won) CHECK(results[0].error().code == ErrorCode::hold_expired);
      CHECK(seat_sold_again == (sells && !won));
      if (won && sells) CHECK(results[1].error().code == ErrorCode::sold_out);
      if (won) CHECK(swept == 0);
      CHECK(left.used == (won || sells ? 1 : 0));
      CHECK(left.held == 0);
      if (seed % 1000 == 0) CHECK(inventory.audit()->clean());
      if (won) REQUIRE(inventory.cancel({.id = id}));
      if (seat_sold_again) REQUIRE(inventory.cancel({.id = results[1]->booking.id}));
    }
    CHECK(confirmed > 0);
    CHECK(lost > 0);
    check_conservation(inventory, clinic, {});
  }
}
