// A disk that is full or fails, at every call that the library makes on it, one after the other,
// until a run comes through clean.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "support/healthy.hpp"
#include "support/scene.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

struct Tally {
  int faults = 0;
  std::set<ErrorCode> codes{};
};

// What may be said of a fault: never that a step was done when it was not, or the other way round.
void check_answer(const Story& story, const SlotInventory& inventory, std::size_t step,
                  const Error& error) {
  INFO(error.log_text());
  CHECK((error.kind() == ErrorKind::transient || error.kind() == ErrorKind::unknown));
  if (error.kind() == ErrorKind::transient) CHECK(books(inventory) == story.after(step));
}

// Tells the story with the fault waiting at its nth call, heals the disk at the first error and
// goes on. False: the fault did not strike any more.
bool survive(const Scene& scene, Plot plot, const Fault& fault, Tally& tally) {
  const Story story = story_of(plot, 1);
  CAPTURE(fault.nth);
  scene.restore();
  const auto inventory = scene.open(plot);
  shim::arm(fault);
  std::size_t step = 0;
  for (; step < story.steps(); ++step) {
    const auto done = story.tell(step, *inventory, false);
    if (done) continue;
    const bool struck = shim::disarm();
    CHECK(struck);
    INFO(Story::name(step));
    tally.codes.insert(done.error().code);
    check_answer(story, *inventory, step, done.error());
    break;
  }
  const bool struck = shim::disarm();
  if (struck) ++tally.faults;
  check_and_finish(story, *inventory, step);
  SqliteFile file{scene.path};
  check_sound(file);
  return struck;
}

Tally survive_all(const Scene& scene, Fault fault) {
  Tally tally;
  for (const Plot plot : both_plots) {
    for (fault.nth = 1; survive(scene, plot, fault, tally); ++fault.nth) {
    }
  }
  return tally;
}

constexpr Io all_calls[] = {Io::open, Io::read,    Io::write,    Io::sync,   Io::truncate, Io::size,
                            Io::lock, Io::shm_map, Io::shm_lock, Io::remove, Io::access};

}  // namespace

TEST_CASE("S1 a disk that is full at any write changes nothing, and sells again once it has room") {
  const Healthy healthy;
  const Scene scene;
  for (const bool forever : {false, true}) {
    for (const bool half : {false, true}) {
      const Tally tally = survive_all(
          scene,
          {.calls = {Io::write}, .forever = forever, .code = SQLITE_FULL, .half_written = half});
      CHECK(tally.faults > 50);
      CHECK(tally.codes == std::set{ErrorCode::unavailable});
    }
  }
}

TEST_CASE("S2 an I/O error at any call, once or for good, is told as what it is") {
  const Healthy healthy;
  const Scene scene;
  for (const Io call : all_calls) {
    for (const bool forever : {false, true}) {
      CAPTURE(std::string{to_string(call)});
      CAPTURE(forever);
      const Tally tally = survive_all(scene, {.calls = {call}, .forever = forever});
      // The log was moved into the file on the way.
      if (call == Io::truncate) CHECK(tally.faults > 0);
      if (call == Io::sync) CHECK(tally.codes == std::set{ErrorCode::outcome_unknown});
      if (call == Io::read) CHECK(tally.codes == std::set{ErrorCode::unavailable});
    }
  }
}

TEST_CASE("S2 a write that is cut in half at any place loses nothing") {
  const Healthy healthy;
  const Scene scene;
  const Tally tally = survive_all(scene, {.calls = {Io::write}, .half_written = true});
  CHECK(tally.faults > 50);
}

TEST_CASE("S2 an I/O error at any call while opening leaves the inventory as it was") {
  const Healthy healthy;
  const Scene scene;
  const Story story{1};
  for (const bool forever : {false, true}) {
    for (std::int64_t nth = 1;; ++nth) {
      CAPTURE(nth);
      scene.restore();
      shim::arm({.nth = nth, .forever = forever});
      Error error;
      auto inventory = scene.try_open(error);
      const bool struck = shim::disarm();
      INFO(error.log_text());
      if (!inventory) CHECK(error.kind() == ErrorKind::transient);
      if (!inventory) inventory = scene.open();
      check_and_finish(story, *inventory, 0);
      if (!struck) break;
    }
  }
}
