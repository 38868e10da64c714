// The table of what is left, before and after a crowd.
#pragma once

#include <booking/booking.hpp>
#include <ostream>
#include <vector>

namespace rush {

// Prints at most 40 slots of `services`, then how many more there are.
// Throws std::runtime_error when the inventory cannot be read.
void print_availability(std::ostream& out, const booking::SlotInventory& inventory,
                        const std::vector<booking::Service>& services);

}  // namespace rush
