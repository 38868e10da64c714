// A CacheStore on a Redis server, shared by any number of processes.
#pragma once

#include <memory>
#include <string>

#include "booking/cache_store.hpp"
#include "booking/redis_export.hpp"
#include "booking/redis_server.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Options of redis_cache_store.
struct RedisCacheOptions {
  /// It may be any server, also one that evicts keys: an entry that is gone is loaded anew.
  RedisServerOptions server{};
  /// Stands before every key; at most 64 printable bytes without blanks. Empty: keys are as in the
  /// rows. For several caches on one server; `{tag}` keeps a cache on one node of a cluster.
  std::string prefix{};
};

/// Keeps entries as strings with SETEX's expiry; leases likewise. A key that holds something else
/// than a string counts as empty, and is overwritten by the next fill. The server is connected to
/// when first used.
///
/// Errors: invalid_argument (URL, prefix, connections) · unavailable (the host name is not known).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<CacheStore>> redis_cache_store(
    const RedisCacheOptions& options);

}  // namespace booking::inline v0
