// One of several processes on one inventory file, whose calls are written down for the
// linearizability checker. Started by the concurrency tests as
//   history_worker <inventory file> <service> <seed> <calls> <history file>
// and, without an end of its own (0 calls), killed by them.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/random_callers.hpp"

using namespace booking;
using namespace booking_test;

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  auto store = sqlite_store({.path = argv[1], .mode = StoreMode::open, .policy = {}, .clock = {}});
  if (!store) {
    std::fprintf(stderr, "history_worker: %s\n", store.error().log_text().c_str());
    return 1;
  }
  const SlotInventory inventory{*store, no_lock(), {.timeout = std::chrono::seconds{60}}};
  const auto page = inventory.availability({argv[2], "0001-01-01", "9999-12-31"});
  if (!page || page->items.empty()) return 1;
  const auto slot_of = [&](int number) { return page->items.at(std::size_t(number)).slot; };

  Recorder recorder{argv[3], argv[5]};
  SharedBookings shared;
  RandomCaller caller{{inventory, recorder, slot_of},
                      static_cast<int>(page->items.size()),
                      shared,
                      static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10))};
  const int calls = std::atoi(argv[4]);
  if (calls != 0) {
    caller.make_calls(calls);
    return 0;
  }
  for (;;) caller.make_calls(1);  // until it is killed
}
