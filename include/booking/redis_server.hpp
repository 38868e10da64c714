// How to reach a Redis server. Caches, counters and markets may each sit on one of their own
// (row 2.12).
#pragma once

#include <cstdint>
#include <string>

namespace booking::inline v0 {

/// A server, 6.2 or newer, and how it is talked to. A connection that broke is made anew by the
/// next call that needs one, with pauses that grow up to a second while the server is down.
struct RedisServerOptions {
  /// As RedisOptions::url.
  std::string url = "redis://127.0.0.1:6379";
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// The most at a time, 1 to 64; opened when needed and kept. A call uses one until its answer is
  /// there; further calls wait.
  std::int32_t connections = 8;
};

}  // namespace booking::inline v0
