#include "crowd.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>

#include "team.hpp"

namespace rush {

namespace {

using booking::BookingId;
using booking::ErrorKind;

// Everything the threads share.
struct Scene {
  booking::SlotInventory& inventory;
  const std::vector<booking::SlotDefinition>& slots;
  Crowd& crowd;
  Team& team;
  std::uint64_t seed;

  // A refusal is an answer and a transient error is bad luck; anything else ends the run.
  void note(const booking::Error& error) {
    ++crowd.counts.errors[static_cast<std::size_t>(error.code)];
    if (error.kind() == ErrorKind::caller || error.kind() == ErrorKind::broken) team.fail(error);
  }
};

// One move of a booking, by its user or by the operator.
template <class Call>
void move(Scene& scene, Ledger& ledger, BookingId id, std::atomic<std::int64_t>& count, Call call) {
  const auto moved = ask(ledger, {id}, call);
  if (!moved) return scene.note(moved.error());
  ledger.acknowledge(*moved);
  if (moved->changed) ++count;
}

// A user wants one or two seats anywhere: tries up to three slots. One in five goes on after the
// first success, one in six gives the seats back.
void be_user(Scene& scene, Ledger& ledger, std::int32_t user) {
  std::seed_seq seeds{scene.seed & 0xFFFFFFFFU, scene.seed >> 32, static_cast<std::uint64_t>(user)};
  std::minstd_rand random{seeds};
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  const bool greedy = one_in(5);
  const bool fickle = one_in(6);
  BookingId mine;
  for (int attempt = 0; attempt < 3 && (greedy || !mine.valid()); ++attempt) {
    const booking::BookRequest request{.id = BookingId::generate(),
                                       .user = user,
                                       .slot = scene.slots[random() % scene.slots.size()].slot,
                                       .seats = one_in(4) ? 2 : 1};
    ++scene.crowd.counts.calls;
    const auto booked = ask(ledger, {request.id}, [&] { return scene.inventory.book(request); });
    if (!booked) {
      scene.note(booked.error());
      continue;
    }
    ledger.acknowledge(*booked);
    ++scene.crowd.counts.booked;
    mine = request.id;
  }
  if (fickle && mine.valid()) {
    ++scene.crowd.counts.calls;
    move(scene, ledger, mine, scene.crowd.counts.cancelled,
         [&] { return scene.inventory.cancel({.id = mine, .user = user}); });
  }
  ++scene.crowd.counts.users;
}

// Decides on what is pending until the last user has left: nine in ten are approved.
void be_operator(Scene& scene, Ledger& ledger, const std::atomic<std::int32_t>& working) {
  CrowdCounts& counts = scene.crowd.counts;
  std::minstd_rand random{static_cast<std::minstd_rand::result_type>(scene.seed)};
  while (working > 0 && !scene.team.stopping()) {
    const auto pending = scene.inventory.bookings(
        {.status = booking::StatusSet{booking::Status::pending}}, {.after = {}, .size = 50});
    if (!pending) {
      scene.note(pending.error());
      continue;
    }
    for (const booking::Booking& each : pending->items) {
      const BookingId id = each.id;
      if (random() % 10 != 0) {
        move(scene, ledger, id, counts.approved,
             [&] { return scene.inventory.approve({.id = id}); });
      } else {
        move(scene, ledger, id, counts.rejected, [&] {
          return scene.inventory.reject({.id = id, .message = "the papers were incomplete"});
        });
      }
    }
    if (pending->items.empty()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

Standing standing(const CrowdCounts& counts, std::int64_t users, double seconds) {
  const auto rate = static_cast<std::int64_t>(static_cast<double>(counts.calls) / seconds);
  return {.done = counts.users,
          .total = users,
          .text = std::to_string(counts.users) + " of " + std::to_string(users) + " users, " +
                  std::to_string(counts.booked) + " booked, " + std::to_string(rate) + " calls/s"};
}

}  // namespace

void define_all(booking::SlotInventory& inventory, const booking::ServicesDocument& document) {
  const auto imported = booking::import_services(inventory, document);
  if (!imported) {
    throw std::runtime_error{"cannot set up what is sold: " + imported.error().log_text()};
  }
}

void run_crowd(Crowd& crowd, booking::SlotInventory& inventory,
               const std::vector<booking::SlotDefinition>& slots, const Options& options,
               Progress& progress) {
  std::vector<std::int32_t> queue(static_cast<std::size_t>(options.users));
  std::iota(queue.begin(), queue.end(), 1);
  std::shuffle(queue.begin(), queue.end(), std::mt19937_64{options.seed});

  const std::int32_t threads = options.threads.value_or(8);
  Team team;
  Scene scene{inventory, slots, crowd, team, options.seed};
  std::vector<Ledger> ledgers(static_cast<std::size_t>(threads) + 1);
  std::atomic<std::size_t> next{0};
  std::atomic<std::int32_t> working{threads};
  const auto work = [&](std::size_t member) {
    if (member == 0) return be_operator(scene, ledgers[member], working);
    while (!team.stopping()) {
      const std::size_t place = next++;
      if (place >= queue.size()) break;
      be_user(scene, ledgers[member], queue[place]);
    }
    --working;
  };
  team.run(threads + 1, work, progress,
           [&](double seconds) { return standing(crowd.counts, options.users, seconds); });
  for (const Ledger& ledger : ledgers) crowd.ledger.add(ledger);
  crowd.seconds = team.seconds();
}

}  // namespace rush
