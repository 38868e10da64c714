// Counters, rankings and following on a Redis server, in the keys that the host's other programs
// read and write too (rows 2.6 to 2.10 and 2.12).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "booking/counter_store.hpp"
#include "booking/redis_export.hpp"
#include "booking/redis_server.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Options of redis_counter_store and redis_following_store.
struct RedisCounterOptions {
  RedisServerOptions master{};
  /// Read when the master cannot be asked; the answer is then marked `from_replica`.
  std::optional<RedisServerOptions> replica{};
  /// How long a read waits for the master, where there is a replica; above 0, at most 1 hour.
  std::chrono::milliseconds master_patience{250};
  /// Put before every key as it is (end it with a separator, as in `shop:`); at most 200 bytes of
  /// UTF-8 without control characters. On a cluster one with a tag in braces keeps a counter and
  /// its companion on one node.
  std::string prefix{};
};

/// Counters on a server. Ids stand in keys and members as they are. Only an increment with an event
/// number and a correction with an as_of write anything but the count itself: a hash without an
/// expiry for each such counter, `<key>:applied:<name>`, with fields
///   `as_of`   events up to this number are in the count
///   `value`   the count as it was left by the latest of these two
///   `beside`  1: the count was then found changed by others
///   a number  an event counted behind `as_of`: by how much; at most 1,024 of them
/// Whoever removes a counter for good removes it too.
///
/// Others may write to the counts, also at the same time; what they write is not lost before the
/// next correction, which then is approximate. A replica may lag behind: what was counted a moment
/// ago can be missing in what it answers. The server is connected to when first needed.
///
/// Errors: invalid_argument (URL, prefix, limits) · unavailable (a host name is not known).
/// Further errors of the store: internal (in a forked child; scripts are forbidden).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<CounterStore>> redis_counter_store(
    const RedisCounterOptions& options);

/// Following on a server. The same.
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<FollowingStore>> redis_following_store(
    const RedisCounterOptions& options);

}  // namespace booking::inline v0
