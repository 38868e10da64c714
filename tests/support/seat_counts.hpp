// Checks of a history that only count seats, in time linear in its length: for runs too long to
// search, and beside the search. What they find is wrong for certain; they do not find everything.
//
// A slot's capacity is what it is given as; where the history changes it, the most (or least) that
// it can have been counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "booking/ids.hpp"
#include "support/history.hpp"
#include "support/linearizability.hpp"

namespace booking_test {

// Instants at which bookings already answered, less those somebody had begun to cancel, took more
// seats than there are.
std::vector<std::string> oversold(const History& history, const Capacities& capacities);

// Refusals for want of seats although at no instant of the call could so many have been taken:
// by bookings asked for so far, less those whose cancelling had been answered.
std::vector<std::string> refused_with_room(const History& history, const Capacities& capacities);

// What is in the store after the run.
struct Books {
  struct Live {
    std::int32_t slot = 0;
    std::int32_t seats = 0;
  };
  std::map<booking::BookingId, Live> live{};
  std::map<std::int32_t, std::int64_t> remaining{};  // by slot
};

// Bookings answered and not there, cancelled or refused and there, and slots whose seats do not add
// up to their capacity, which is here that of the end.
std::vector<std::string> not_conserved(const History& history, const Capacities& capacities,
                                       const Books& books);

}  // namespace booking_test
