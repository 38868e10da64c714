// Readers beside writers: what they see is always true of some moment.
#include <atomic>

#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int read_slots = 4;
constexpr std::int32_t capacity = 5;

bool believable(const Availability& seen) {
  return seen.remaining >= 0 && seen.remaining <= capacity && seen.sellable == capacity &&
         seen.used == capacity - seen.remaining && seen.deficit == 0;
}

// Books and cancels as fast as it can, for a number of rounds.
void write(SlotInventory inventory, int writer, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const int at = (writer + round) % read_slots;
    const auto booked = inventory.book({.user = writer, .slot = slot(at), .seats = 1 + round % 3});
    if (booked) inventory.cancel({.id = booked->booking.id}).ignore();
  }
}

// How many looks, at single slots and at the whole range, were not to be believed.
int read(const SlotInventory& inventory, const std::atomic<int>& writing) {
  int wrong = 0;
  do {
    for (int i = 0; i < read_slots; ++i) {
      const auto one = inventory.availability(slot(i));
      if (!one || !believable(*one)) ++wrong;
    }
    const auto all = inventory.availability({clinic, "2026-06-01", "2026-06-01"});
    if (!all || all->items.size() != read_slots ||
        !std::all_of(all->items.begin(), all->items.end(), believable)) {
      ++wrong;
    }
  } while (writing.load() > 0);
  return wrong;
}

}  // namespace

TEST_CASE("1.2 readers never see remaining below 0 or above what is sellable") {
  Crew crew{8};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, read_slots, capacity);
    std::atomic<int> writing{4};
    const auto wrong = crew.collect([&](int member) {
      if (member >= 4) return read(inventory, writing);
      write(inventory, member, pairing.rounds(2000, 100));
      --writing;
      return 0;
    });
    CHECK(std::count(wrong.begin(), wrong.end(), 0) == 8);
    for (int i = 0; i < read_slots; ++i) CHECK(look(inventory, i).remaining == capacity);
    check_conservation(inventory, clinic, {});
  }
}

TEST_CASE("a reader finds its own acknowledged booking at once") {
  Crew crew{8};
  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    SlotInventory inventory = pairing.make();
    open_clinic(inventory, 1, 8);
    const auto missed = crew.collect([&](int member) {
      int wrong = 0;
      for (int round = 0; round < pairing.rounds(500, 25); ++round) {
        const auto booked = inventory.book({.user = member, .slot = slot(0)});
        if (!booked) return -1;
        const auto current = inventory.current_booking(member);
        if (!current || *current != booked->booking) ++wrong;
        const auto cancelled = inventory.cancel({.id = booked->booking.id});
        const auto found = inventory.find(booked->booking.id);
        if (!cancelled || !found || *found != cancelled->booking) ++wrong;
      }
      return wrong;
    });
    CHECK(std::count(missed.begin(), missed.end(), 0) == 8);
  }
}
