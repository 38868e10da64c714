// How to reach a Redis server. Caches, counters and markets may each sit on one of their own
// (row 2.12).
#pragma once

#include <cstdint>
#include <string>

namespace booking::inline v0 {

/// A server, 6.2 or newer, and how it is talked to. A connection that broke is made anew by the
/// next call that needs one, with pauses that grow up to a second while the server is down.
struct RedisServerOptions {
  /// As RedisOptions::url. A host name is looked up when the store is made, for as long as the
  /// system's resolver takes.
  std::string url = "redis://127.0.0.1:6379";
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// The most for changes, and as many for reads, 1 to 64; opened when needed and kept. A call uses
  /// one until its answer is there; further calls wait. A feed has one more.
  std::int32_t connections = 8;
};

}  // namespace booking::inline v0
