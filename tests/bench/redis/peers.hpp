// The peers' cases of redis_bench: in this process over hiredis, and programs of other languages.
#pragma once

#include <string>

#include "bench/bench.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

/// Where the packages of other languages are.
struct PeerPrograms {
  bool wanted = false;
  std::string python = "python3";  ///< an interpreter that finds the packages
  std::string node_modules{};      ///< a folder; empty: as node looks for them
};

/// Adds the cases, each of about `time`; says which are skipped, and why. `server` must outlive the
/// table.
void add_peers(Table& table, const booking_test::RedisServer& server, const PeerPrograms& programs,
               Seconds time);

}  // namespace booking_bench
