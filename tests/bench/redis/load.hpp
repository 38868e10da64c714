// Callers that call a server at the same time, for a while. Used by the cases of redis_bench that
// run in this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "bench/bench.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

struct Load {
  std::size_t callers = 1;
  Seconds time{0.5};
  std::size_t most = 100'000;  ///< calls of one caller; who has done them ends it for all
  std::size_t operations = 1;  ///< of one call
  std::function<void(std::size_t caller)> before{};  ///< not measured: opens connections
  std::function<void(std::size_t caller, std::size_t i)> call{};
};

struct Carried {
  Figures figures{};
  std::uint64_t done = 0;  ///< operations, those included that ended too late to be counted
};

/// Runs it, each caller a thread. A call that ends after the time is measured but not counted in
/// the rate, unless there is one caller only. Retries are left to who knows them.
Carried carry_out(const Load& load, const booking_test::RedisServer& server);

/// How often the server read from a socket: for requests of up to 16 KB, its round trips.
std::uint64_t socket_reads(const booking_test::RedisServer& server);

/// The value of a line of INFO.
std::uint64_t info_number(const booking_test::RedisServer& server, const char* section,
                          const char* name);

}  // namespace booking_bench
