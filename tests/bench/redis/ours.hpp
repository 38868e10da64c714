// The library's cases of redis_bench, by its public API alone.
#pragma once

#include <cstddef>

#include "bench/bench.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

/// Adds the cases, each of at most `time`. `server` must outlive the table.
void add_ours(Table& table, const booking_test::RedisServer& server, Seconds time);

/// What 50,000 bookings, or slots, take of the server's memory: bytes for each.
double bytes_a_booking(const booking_test::RedisServer& server, std::size_t slots);
double bytes_a_slot(const booking_test::RedisServer& server, std::size_t of_each_service);

}  // namespace booking_bench
