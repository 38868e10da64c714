// Where a Redis server is and how to sign in, read from a URL. Used by open and the connections.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "booking/result.hpp"

namespace booking::inline v0::redis {

/// One address to connect to.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

struct Endpoint {
  std::string host{};  ///< a name or a literal address; empty: a unix socket
  std::uint16_t port = 6379;
  std::string path{};  ///< of the unix socket
  std::string user{};
  std::string password{};
  std::int32_t database = 0;
  std::vector<Address> addresses{};  ///< set by resolve() (socket.hpp)

  /// "host:port" or the path: fit for errors and logs.
  std::string name() const;
};

/// Reads `redis://[user[:password]@]host[:port][/database]` or
/// `unix:///path[?db=N&user=...&password=...]`; user, password and path may be percent-encoded.
///
/// Errors: invalid_argument. Its text never repeats a part of the URL.
Result<Endpoint> parse_url(std::string_view url);

}  // namespace booking::inline v0::redis
