// A lock on a Redis server, between any number of processes and machines, before any store
// (row 4.3). For hosts that want "somebody else is booking this" instead of a race at the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "booking/lock.hpp"
#include "booking/redis_export.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Options of redis_lock.
struct RedisLockOptions {
  /// As RedisOptions::url. It need not be the server of the store.
  std::string url = "redis://127.0.0.1:6379";
  /// Names the locks: every key begins with it, in braces. As RedisOptions::prefix; may be the
  /// same. All who sell from one inventory under this lock must use one server and one prefix: else
  /// they refuse each other's commits as lock_lost now and then.
  std::string prefix = "booking";
  /// How long a lock is held at most: after that it is free for others, whatever its holder does.
  /// Longer than a call takes; that it may be too short costs time, never a seat. 1 ms to 1 hour.
  std::chrono::milliseconds ttl{10000};
  /// How long to ask again for locks that others hold, at random intervals of up to 32 ms; in no
  /// order of arrival. Ends at the call's deadline too. 0: not at all; at most 1 hour.
  std::chrono::milliseconds wait{0};
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// At most, for taking locks, and as many for giving them back; 1 to 64, opened when needed.
  std::int32_t connections = 2;
};

/// Makes a lock. Takes all locks of a call or none in one round trip, gives them back in another.
/// The server is connected to when a lock is first wanted.
///
/// A lock may be lost to its ttl, to a failover or to a clock that jumps. A commit under a lock
/// that was lost is refused by the store (lock_lost, nothing happened) once a later holder has
/// changed the slot; before that the store alone decides, and is right. A lock that could not be
/// given back, because the connection broke or there was no memory, is free when its ttl is over.
///
/// While its server is down nothing that needs the lock is changed (unavailable), though seats
/// would be right without it. A server that came back empty goes on with higher numbers. A holder
/// that dies keeps others out for its ttl. Processes with and without the lock may sell side by
/// side.
///
/// Errors: invalid_argument (URL, prefix, limits) · unavailable (the host name is not known).
/// Errors of enter: locked (someone else holds one of them, also at the end of the wait;
///   `retry_after` is what is left of the longest of their ttls) · timeout · unavailable (the
///   server cannot be reached or refuses; or shut down; the locks may stay taken for a ttl) ·
///   broken_store (others wrote to the lock's keys) · internal (in a forked child).
/// Giving back waits for the server's answer until the deadline that `enter` was given, but never
/// less than 50 ms, so perhaps beyond it, nor more than 1 s.
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<Lock>> redis_lock(
    const RedisLockOptions& options);

}  // namespace booking::inline v0
