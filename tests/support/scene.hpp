// An inventory file for a Story, put back as it was before each fault. Used by the fault tests that
// go through a story again and again.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/long_log.hpp"
#include "support/sqlite_file.hpp"
#include "support/story.hpp"
#include "support/temp_dir.hpp"

namespace booking_test {

class Scene {
 public:
  Scene() {
    using namespace booking;
    {
      auto store = sqlite_store(
          {.path = path, .mode = StoreMode::create, .policy = Story::policy(), .clock = {}});
      SlotInventory inventory{store.value()};
      Story::set_scene(inventory);
    }
    prepare_long_log(path);
    const auto inventory = open(Plot::whole);
    inventory->define_service({.id = "shave"}).value();  // something in the log
    file_ = bytes_of(path);
    wal_ = bytes_of(path + "-wal");
  }

  // The files as a process leaves them that dies before the story.
  void restore() const {
    // New files: where an old one is overwritten, some file systems wait for the disk.
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    write_bytes(path, file_);
    write_bytes(path + "-wal", wal_);
  }

  // One attempt for each call, so that each error is seen.
  std::unique_ptr<booking::SlotInventory> open(Plot plot = Plot::whole) const {
    booking::Error error;
    auto inventory = try_open(error);
    REQUIRE_MESSAGE(inventory, error.log_text());
    if (plot == Plot::checkpoint) lengthen_log(path);
    return inventory;
  }
  std::unique_ptr<booking::SlotInventory> try_open(booking::Error& error) const {
    using namespace booking;
    auto store = sqlite_store({.path = path, .mode = StoreMode::open, .policy = {}, .clock = {}});
    if (store) {
      return std::make_unique<SlotInventory>(*store, no_lock(),
                                             InventoryOptions{.retry = {.attempts = 1}});
    }
    error = store.error();
    return nullptr;
  }

  TempDir dir{};
  const std::string path = dir.path("inventory.db");

 private:
  std::string file_{};
  std::string wal_{};
};

// After a fault that struck while step `told` was carried out, everything healthy again: that step
// left all or nothing, asking again makes it one, the story goes on to its end.
inline void check_and_finish(const Story& story, booking::SlotInventory& inventory,
                             std::size_t told) {
  const std::string now = books(inventory);
  const bool all_or_nothing =
      now == story.after(told) || (told < story.steps() && now == story.after(told + 1));
  if (!all_or_nothing) CHECK(now == story.after(told));
  for (std::size_t step = told; step < story.steps(); ++step) {
    const auto done = story.tell(step, inventory, step == told);
    if (!done) FAIL_CHECK(Story::name(step) << ": " << done.error().log_text());
  }
  CHECK(books(inventory) == story.after(story.steps()));
  const auto audit = inventory.audit();
  CHECK((audit && audit->clean()));
}

}  // namespace booking_test
