// A CacheStore on a Redis server, shared by any number of processes.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "booking/cache_feed.hpp"
#include "booking/cache_options.hpp"
#include "booking/cache_store.hpp"
#include "booking/redis_export.hpp"
#include "booking/redis_server.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Options of redis_cache_store.
struct RedisCacheOptions {
  /// It may be any server, also one that evicts keys: an entry that is gone is loaded anew.
  RedisServerOptions server{};
  /// Stands before every key as it is (end it with a separator, as in `shop:`); at most 64
  /// printable bytes without blanks. Empty: keys are as in the rows. For several caches on one
  /// server; `{tag}` keeps a cache on one node of a cluster.
  std::string prefix{};
};

/// Keeps entries as strings with SETEX's expiry; leases likewise. A key that holds something else
/// than a string counts as empty, and is overwritten by the next fill. The server is connected to
/// when first used.
///
/// Errors: invalid_argument (URL, prefix, connections) · unavailable (the host name is not known).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<CacheStore>> redis_cache_store(
    const RedisCacheOptions& options);

/// Options of redis_cache_feed.
struct RedisFeedOptions {
  /// How long after it was last heard of the server's word is taken for true: no near entry is
  /// answered that is older than what the server had so long ago. 20 ms to 1 minute; the server is
  /// asked four times as often.
  std::chrono::milliseconds bound{1000};
  /// Changes of keys that begin with this (behind the cache's prefix) are told of, and only these
  /// are kept near, others never, without an error: `user:` for UserCache. At most 64 printable
  /// bytes without blanks; empty: all keys. The server sends a message for each change.
  std::string keys = "user:";
  std::shared_ptr<CacheObserver> observer{};  ///< told why the feed is interrupted; nullptr: nobody
};

/// Word of every change that anybody makes to the keys of a cache on Redis: by CLIENT TRACKING in
/// broadcasting mode, on a connection and a thread of its own, which end when the feed goes. Takes
/// the options that the cache store was made with: a feed of another server knows nothing. While
/// the connection is being made anew, or the server does not answer, the feed is not sure, and
/// nothing is answered from near.
///
/// In a forked child it is never sure. Errors: invalid_argument (URL, prefix, bound) · unavailable
/// (the host name is not known).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<CacheFeed>> redis_cache_feed(
    const RedisCacheOptions& cache, const RedisFeedOptions& options = {});

}  // namespace booking::inline v0
