// The power goes, at every call that changes something on the disk: what was acknowledged is there
// afterwards, whatever the disk kept of writes that were not synced.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/healthy.hpp"
#include "support/rounds.hpp"
#include "support/scene.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr IoSet changing = {Io::open, Io::write, Io::sync, Io::truncate, Io::remove};

// Tells the story from `from` until a step fails, then lets the process go. How many steps were
// acknowledged.
std::size_t tell(const Story& story, std::unique_ptr<SlotInventory> inventory,
                 std::size_t from = 0) {
  while (from < story.steps() && story.tell(from, *inventory, false)) ++from;
  return from;
}

void check_after_power_cut(const Scene& scene, const Story& story, std::size_t told) {
  CAPTURE(told);
  const auto inventory = scene.open();
  check_and_finish(story, *inventory, told);
  SqliteFile file{scene.path};
  check_sound(file);
}

// False: the story, and the closing of the file, came to their end before the nth call.
bool survive(const Scene& scene, Plot plot, std::int64_t nth, Kept kept, std::uint64_t seed) {
  const Story story = story_of(plot, seed);
  scene.restore();
  shim::watch_for_power_cut(scene.dir.path(""));
  auto inventory = scene.open();
  shim::arm(
      {.act = Fault::Act::cut_power, .calls = changing, .nth = nth, .half_written = seed % 2 == 0});
  const std::size_t told = tell(story, std::move(inventory));
  const bool struck = shim::disarm();
  shim::lose_power(kept, seed);
  check_after_power_cut(scene, story, told);
  return struck;
}

}  // namespace

TEST_CASE("A4 no acknowledged change is lost with the power, whatever unsynced writes survive") {
  const Healthy healthy;
  const Scene scene;
  int cuts = 0;
  int stories = 0;
  for (int kind = 0; kind < kinds_of_kept; ++kind) {
    const auto kept = static_cast<Kept>(kind);
    const bool random = kept != Kept::nothing && kept != Kept::everything;
    for (int round = 0; round < rounds(random ? 2 : 1); ++round) {
      for (const Plot plot : both_plots) {
        ++stories;
        for (std::int64_t nth = 1;; ++nth, ++cuts) {
          CAPTURE(kind);
          CAPTURE(round);
          CAPTURE(nth);
          const auto seed = static_cast<std::uint64_t>(100 * kind + round);
          if (!survive(scene, plot, nth, kept, seed)) break;
        }
      }
    }
  }
  CHECK(cuts > 60 * stories);
}

TEST_CASE("A4 a sync that failed is not taken for one that worked when the request comes again") {
  const Healthy healthy;
  const Scene scene;
  const Story story{1};
  // As some systems do: what a failed sync was to write is dropped, and the next sync succeeds.
  shim::forget_at_failed_sync(true);
  for (const bool forever : {false, true}) {
    for (std::int64_t nth = 1;; ++nth) {
      CAPTURE(forever);
      CAPTURE(nth);
      scene.restore();
      shim::watch_for_power_cut(scene.dir.path(""));
      auto inventory = scene.open();
      shim::arm({.calls = {Io::sync}, .nth = nth, .forever = forever});
      std::size_t told = 0;
      while (told < story.steps() && story.tell(told, *inventory, false)) ++told;
      const bool struck = shim::disarm();
      if (told < story.steps()) {
        const auto again = story.tell(told, *inventory, true);
        REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
        ++told;
      }
      shim::arm({.act = Fault::Act::cut_power, .calls = changing});
      inventory.reset();
      shim::disarm();
      shim::lose_power(Kept::nothing, 1);
      check_after_power_cut(scene, story, told);
      if (!struck) break;
    }
  }
}

TEST_CASE("A4 what a new process answers from a dead one's log is on the disk by then") {
  const Healthy healthy;
  const Scene scene;
  const Story story{1};
  for (std::int64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    scene.restore();
    shim::watch_for_power_cut(scene.dir.path(""));
    auto inventory = scene.open();
    shim::arm({.act = Fault::Act::cut_power, .calls = changing, .nth = nth});
    std::size_t told = tell(story, std::move(inventory));
    const bool struck = shim::disarm();  // only the process is gone: its writes are in the cache

    inventory = scene.open();
    if (told < story.steps()) {
      const auto again = story.tell(told, *inventory, true);
      REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
      ++told;
    }
    shim::arm({.act = Fault::Act::cut_power, .calls = changing});
    inventory.reset();
    shim::disarm();
    shim::lose_power(Kept::nothing, 1);
    check_after_power_cut(scene, story, told);
    if (!struck) break;
  }
}

TEST_CASE("A4 a power cut while an inventory is made leaves nothing that is taken for one") {
  const Healthy healthy;
  for (int kind = 0; kind < kinds_of_kept; ++kind) {
    for (std::int64_t nth = 1;; ++nth) {
      CAPTURE(kind);
      CAPTURE(nth);
      const TempDir dir;
      const SqliteOptions options{.path = dir.path("inventory.db"),
                                  .mode = StoreMode::create_if_missing,
                                  .policy = {},
                                  .clock = {}};
      shim::watch_for_power_cut(dir.path(""));
      shim::arm({.act = Fault::Act::cut_power, .calls = changing, .nth = nth});
      const bool made = sqlite_store(options).has_value();
      const bool struck = shim::disarm();
      shim::lose_power(static_cast<Kept>(kind), static_cast<std::uint64_t>(nth));
      auto old = options;
      old.mode = StoreMode::open;
      const auto opened = sqlite_store(old);
      INFO((opened ? "" : opened.error().log_text()));
      if (!opened) CHECK(opened.error().code == ErrorCode::broken_store);
      if (!struck) CHECK((made && opened.has_value()));
      const auto store = opened ? opened : sqlite_store(options);
      REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
      SlotInventory inventory{*store};
      CHECK(inventory.audit()->clean());
      if (!struck) break;
    }
  }
}
