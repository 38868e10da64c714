// What the server can do at all: redis-benchmark, the distribution's own, with a script for each
// booking. (a) the whole contract in one script, (b) HSETNX and DECR and nothing else.
#pragma once

#include "bench/bench.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

/// Adds the cases, all of about `time`. `server` must outlive the table.
void add_limits(Table& table, const booking_test::RedisServer& server, Seconds time);

}  // namespace booking_bench
