// How often a thread asked for memory. Needs allocations.cpp.
#pragma once

#include <cstdint>

namespace booking_bench {

extern thread_local std::uint64_t allocations;

}  // namespace booking_bench
