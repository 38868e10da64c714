// The first words on a connection: who we are, and whether the server is fit to sell from. No I/O.
// Used by connection.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "booking/result.hpp"
#include "redis/reply.hpp"
#include "redis/request.hpp"
#include "redis/url.hpp"

namespace booking::inline v0::redis {

/// Which server will do.
enum class Role : std::uint8_t { master, any };

/// What a host may choose about its connections.
struct Settings {
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// Refuse a server that may drop bookings by itself: one that evicts keys, or keeps no
  /// append-only file. Otherwise that is only a warning.
  bool refuse_unsafe = false;
  Role role = Role::master;
};

/// What a server said of itself.
struct ServerInfo {
  std::string version{};
  std::string run_id{};  ///< another one after each start of the server
  /// Sentences for the host's log about how this server may lose acknowledged bookings.
  std::vector<std::string> warnings{};
};

/// The commands to begin with, in one pipeline.
void add_handshake(const Endpoint& endpoint, const Settings& settings, Request& request);

/// Judges the replies to them.
///
/// Errors: unavailable (name or password refused, no permission, database, not a master, still
///   loading) · broken_store (older than 6.2; unsafe, where that is refused). No error holds a
///   secret. `lasting` is set where only a person can mend it.
Result<ServerInfo> check_handshake(const Endpoint& endpoint, const Settings& settings,
                                   std::span<const Reply> replies, bool& lasting);

}  // namespace booking::inline v0::redis
