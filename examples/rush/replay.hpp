// Replays a recorded history: one book_all for each request, one cancel_all for each cancellation.
#pragma once

#include <booking/booking.hpp>
#include <cstdint>
#include <vector>

#include "history_file.hpp"
#include "ledger.hpp"
#include "options.hpp"
#include "progress.hpp"

namespace rush {

struct Replay {
  std::int64_t requests = 0;
  std::int64_t slots = 0;  // that any request touches, refused ones included
  std::int64_t accepted = 0;
  std::int64_t refused = 0;
  std::int64_t cancelled = 0;  // of the accepted ones
  std::int64_t seats = 0;      // in use at the end
  std::uint32_t checksum = 0;  // crc32 over "<service> <YYYY-MM-DD> <remaining>\n" of all slots
  double seconds = 0;
  std::vector<booking::SlotDefinition> defined{};
  Ledger ledger{};
};

// One thread: by date; within a date first what cancels older requests, then the requests by id,
// then what cancels requests of that day. More threads: in an order shuffled by the seed.
// Throws std::runtime_error when the store fails.
Replay replay(const History& history, booking::SlotInventory& inventory, const Options& options,
              Progress& progress);

}  // namespace rush
