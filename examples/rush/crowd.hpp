// The crowd: many users who want seats at the same time, and an operator who approves.
#pragma once

#include <array>
#include <atomic>
#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <cstdint>

#include "ledger.hpp"
#include "options.hpp"
#include "progress.hpp"

namespace rush {

// What happened, counted by all threads while it happens.
struct CrowdCounts {
  std::atomic<std::int64_t> users{0};  // who have come and gone
  std::atomic<std::int64_t> calls{0};  // of users
  std::atomic<std::int64_t> booked{0};
  std::atomic<std::int64_t> cancelled{0};
  std::atomic<std::int64_t> approved{0};
  std::atomic<std::int64_t> rejected{0};
  std::array<std::atomic<std::int64_t>, booking::detail::error_table.size()> errors{};  // by code
};

struct Crowd {
  CrowdCounts counts{};
  Ledger ledger{};
  double seconds = 0;
};

// Defines everything in `document`, then lets options.users compete for it on options.threads.
// Throws UsageError when there is nothing to sell, std::runtime_error when the store fails.
void define_all(booking::SlotInventory& inventory, const booking::ServicesDocument& document);
void run_crowd(Crowd& crowd, booking::SlotInventory& inventory,
               const std::vector<booking::SlotDefinition>& slots, const Options& options,
               Progress& progress);

}  // namespace rush
