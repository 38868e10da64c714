// Slots that are imported, twice at once, into an inventory that sells meanwhile.
#include <array>
#include <random>

#include "concurrency/setup.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("slots imported twice beside callers who book are made once and sell nothing twice") {
  constexpr int importers = 2;
  constexpr int bookers = 6;
  constexpr int old_slots = 5;
  constexpr int all = 20;
  Crew crew{importers + bookers};
  std::vector<SlotDefinition> schedule;
  for (int i = 0; i < all; ++i) schedule.push_back({.slot = slot(i), .capacity = 3});

  for (const Pairing& pairing : pairings()) {
    CAPTURE(pairing.name);
    for (int round = 0; round < pairing.rounds(50, 3); ++round) {
      SlotInventory inventory = pairing.make();
      open_clinic(inventory, old_slots, 2);  // smaller than the schedule says
      std::array<std::vector<Change>, importers> imported;
      std::array<int, importers + bookers> booked{};
      crew.run([&](int member) {
        const auto at = static_cast<std::size_t>(member);
        if (member < importers) {
          imported[at] = inventory.import_slots(schedule, ImportMode::create_missing).value();
          return;
        }
        std::minstd_rand random{static_cast<unsigned>(1000 * round + member + 1)};
        for (int i = 0; i < pairing.rounds(60, 20); ++i) {
          const auto done = inventory.book(
              {.user = 1000 * member + i, .slot = slot(static_cast<int>(random() % all))});
          if (done) ++booked[at];
          if (!done) CHECK(done.error().kind() == ErrorKind::refused);
        }
      });

      std::int64_t acknowledged = 0;
      for (const int count : booked) acknowledged += count;
      std::int64_t used = 0;
      for (int i = 0; i < all; ++i) {
        CAPTURE(i);
        const auto at = static_cast<std::size_t>(i);
        const Availability now = look(inventory, i);
        const int made = (imported[0][at].changed ? 1 : 0) + (imported[1][at].changed ? 1 : 0);
        CHECK(made == (i < old_slots ? 0 : 1));
        CHECK(now.capacity == (i < old_slots ? 2 : 3));
        used += now.used;
      }
      CHECK(used == acknowledged);
      check_conservation(inventory, clinic, {});
    }
  }
}
