// The market's cases of redis_bench: purchases by 32 buyers, who do not want the same things.
#pragma once

#include "bench/bench.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

/// Adds the cases, each of at most `time`. `server` must outlive the table.
void add_market(Table& table, const booking_test::RedisServer& server, Seconds time);

}  // namespace booking_bench
