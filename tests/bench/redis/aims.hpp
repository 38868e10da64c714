// The aims of the Redis store, and what a run of redis_bench came to beside them.
#pragma once

#include "bench/redis/table.hpp"

namespace booking_bench {

/// Bytes in the server's memory; `none`: not measured.
struct Bytes {
  double booking = none;
  double slot = none;
};

/// One line for each aim, for both wires where both were measured.
void print_aims(const Table& table, const Bytes& bytes);

}  // namespace booking_bench
