// Memory runs out, at every allocation of the library or of SQLite, one after the other, until a
// run comes through clean.
#include <doctest/doctest.h>

#include <memory>
#include <new>

#include "fault_alloc/shortage.hpp"
#include "support/healthy.hpp"
#include "support/scene.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// One step while memory may run out. True: done. `error`: what was answered, if anything was.
bool tell_short_of_memory(const Story& story, std::size_t step, SlotInventory& inventory,
                          std::unique_ptr<Error>& error) {
  try {
    auto done = story.tell(step, inventory, false);
    if (done) return true;
    shortage::disarm();
    error = std::make_unique<Error>(done.error());
  } catch (const std::bad_alloc&) {
    shortage::disarm();
  }
  return false;
}

// Tells the story with the nth allocation failing, and goes on with memory again at the first step
// that fails. False: the shortage did not strike any more.
bool survive(SlotInventory& inventory, Who who, long nth, bool forever) {
  const Story story{1, forever ? 6 : Story::whole};  // for good: shorter, for the sake of time
  std::size_t step = 0;
  std::unique_ptr<Error> error;
  shortage::arm(who, nth, forever);
  while (step < story.steps() && tell_short_of_memory(story, step, inventory, error)) ++step;
  const bool struck = shortage::disarm();
  if (error) {
    INFO(Story::name(step) << ": " << error->log_text());
    CHECK((error->kind() == ErrorKind::transient || error->kind() == ErrorKind::unknown));
    if (error->kind() == ErrorKind::transient) CHECK(books(inventory) == story.after(step));
  }
  check_and_finish(story, inventory, step);
  return struck || step < story.steps();
}

}  // namespace

TEST_CASE("A7 memory that runs out anywhere in the memory store changes nothing or all of a step") {
  for (const bool forever : {false, true}) {
    for (long nth = 1;; ++nth) {
      CAPTURE(nth);
      SlotInventory inventory{memory_store({.policy = Story::policy(), .clock = {}})};
      Story::set_scene(inventory);
      if (!survive(inventory, Who::library, nth, forever)) break;
      CHECK(nth < 100'000);
    }
  }
}

TEST_CASE(
    "A7 memory that runs out anywhere with the SQLite store changes nothing or all of a step") {
  shortage::count_sqlite();
  const Healthy healthy;
  const Scene scene;
  for (const Who who : {Who::library, Who::sqlite}) {
    for (const bool forever : {false, true}) {
      for (long nth = 1;; ++nth) {
        CAPTURE(static_cast<int>(who));
        CAPTURE(forever);
        CAPTURE(nth);
        scene.restore();
        const auto inventory = scene.open();
        if (!survive(*inventory, who, nth, forever)) break;
        SqliteFile file{scene.path};
        check_sound(file);
      }
    }
  }
}

TEST_CASE("A7 memory that runs out while opening leaves the inventory as it was") {
  shortage::count_sqlite();
  const Healthy healthy;
  const Scene scene;
  const Story story{1};
  const SqliteOptions options{.path = scene.path, .policy = {}, .clock = {}};
  for (const Who who : {Who::library, Who::sqlite}) {
    for (const bool forever : {false, true}) {
      for (long nth = 1;; ++nth) {
        CAPTURE(static_cast<int>(who));
        CAPTURE(nth);
        scene.restore();
        shortage::arm(who, nth, forever);
        try {
          const auto store = sqlite_store(options);
          shortage::disarm();
          if (!store) {
            INFO(store.error().log_text());
            CHECK(store.error().kind() == ErrorKind::transient);
          }
        } catch (const std::bad_alloc&) {
          shortage::disarm();
        }
        const bool struck = shortage::disarm();
        const auto inventory = scene.open();
        check_and_finish(story, *inventory, 0);
        if (!struck) break;
      }
    }
  }
}
