// The contract as cases that any store, under any lock, must pass. For authors of stores and locks;
// needs no test framework.
//
//   const booking::testing::ConformanceHost host{.make_store = …, .make_lock = …};
//   for (const auto& c : booking::testing::conformance_cases()) {
//     for (const auto& failure : booking::testing::run_case(c, host)) report(c.name, failure);
//   }
#pragma once

#include <span>
#include <string>
#include <vector>

#include "booking/testing/conformance_batches.hpp"
#include "booking/testing/conformance_booking.hpp"
#include "booking/testing/conformance_context.hpp"
#include "booking/testing/conformance_holds.hpp"
#include "booking/testing/conformance_identity.hpp"
#include "booking/testing/conformance_input.hpp"
#include "booking/testing/conformance_later.hpp"
#include "booking/testing/conformance_moves.hpp"
#include "booking/testing/conformance_order.hpp"
#include "booking/testing/conformance_pairing.hpp"
#include "booking/testing/conformance_reads.hpp"
#include "booking/testing/conformance_slots.hpp"
#include "booking/testing/conformance_unknown.hpp"
#include "booking/testing/conformance_users.hpp"

namespace booking::inline v0::testing {

/// The whole contract; the pairing cases are among them.
inline std::vector<ConformanceCase> conformance_cases() {
  std::vector<ConformanceCase> all;
  const auto add = [&all](std::span<const ConformanceCase> some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  add(service_and_slot_cases);
  add(deficit_cases);
  add(availability_cases);
  add(booking_cases);
  add(batch_cases);
  add(move_cases);
  add(user_cases);
  add(identity_cases);
  add(order_cases);
  add(read_cases);
  add(input_cases);
  add(hold_cases);
  add(later_cases);
  add(unknown_cases);
  add(pairing_case_list);
  return all;
}

/// What to run for each pair of a store and a lock: many callers at once, and locks given back.
inline std::vector<ConformanceCase> pairing_cases() {
  return {std::begin(pairing_case_list), std::end(pairing_case_list)};
}

/// Runs one case. No failures: it passed. Blocks for as long as the store takes.
inline std::vector<std::string> run_case(const ConformanceCase& one, const ConformanceHost& host) {
  Conformance conformance{host};
  one.run(conformance);
  return conformance.failures();
}

}  // namespace booking::inline v0::testing
