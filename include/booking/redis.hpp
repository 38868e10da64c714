// An inventory on a Redis server, shared by any number of processes on any number of machines.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "booking/booking_record.hpp"
#include "booking/redis_export.hpp"
#include "booking/result.hpp"
#include "booking/store.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// How a change gets into Redis. Stores in either mode may share an inventory, in any mix.
enum class CommitMode : std::uint8_t {
  /// By scripts. Bookings of one slot do not disturb each other.
  script,
  /// By WATCH, MULTI and EXEC. Changes run no script; opening, making and reading do. Two changes
  /// of one slot or of one user disturb each other, and one of them begins again: slower, the more
  /// callers there are for one slot. A change counts as of when it looked, at most some 10 seconds
  /// before it is written, and is never written once its hold has ended, its slot has begun or its
  /// time is over. While the server has no memory left nothing is changed, not even cancelled.
  watch,
};

/// Options of redis_store.
struct RedisOptions {
  /// `redis://[user[:password]@]host[:port][/database]` or
  /// `unix:///path[?db=N&user=...&password=...]`. A host name is looked up once, when the store is
  /// opened.
  std::string url = "redis://127.0.0.1:6379";
  /// Names the inventory: every key begins with it, in braces. 1 to 64 letters, digits and `_.:-`.
  /// Two inventories on one server need two prefixes.
  std::string prefix = "booking";
  StoreMode mode = StoreMode::open;  ///< whether the inventory may be made
  CommitMode commit = CommitMode::script;
  /// How many bookings one user may have, over all slots, and how long final bookings are kept;
  /// kept on the server. A new inventory: 1, unless you say otherwise (`{.user_limit =
  /// UserLimit::none()}`). An existing one: not set takes what it has, set must be the same (else
  /// invalid_argument).
  std::optional<Policy> policy{};
  /// Limit for opening. More than 0, at most 1 hour.
  std::chrono::milliseconds open_timeout{2000};
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// At most, for changes; 1 to 64, opened when needed. As many batches of bookings that came
  /// together may be on their way at once.
  std::int32_t write_connections = 2;
  std::int32_t read_connections = 2;  ///< at most, for reads; 1 to 64, opened when needed
  /// Refuse a server that may drop bookings by itself: one that evicts keys, or keeps no
  /// append-only file.
  bool refuse_unsafe = false;
  /// Store time for tests, which cannot move the server's clock: sent with each command in its
  /// place. Every store on the inventory must then use the same one. nullptr: the server's.
  std::shared_ptr<Clock> clock{};
};

/// Opens or makes an inventory on a Redis server, 6.2 or newer, that is a master. Store time is the
/// server's clock.
///
/// What an acknowledged commit survives is the server's to say. `appendonly yes` with `appendfsync
/// always`: the death of the server and the loss of power. `everysec`: the last second may be gone.
/// Neither: everything may be gone; the store then answers broken_store and sells nothing, because
/// it knows the inventory it opened by an identity, and how far it had come. A failover to a
/// replica may lose what the replica had not got yet: broken_store on those stores that had seen
/// it, seats sold again on those opened afterwards. `min-replicas-to-write` narrows that, nothing
/// closes it. A server that started with a log whose end was torn (it says "short read") is to
/// rewrite it at once (BGREWRITEAOF): Redis 7.0 leaves half a transaction in it, and carries that
/// half out when it starts the next time. Neither Sentinel nor a cluster's redirections are
/// followed, and TLS is not spoken: give the address of the master, and put a tunnel before it.
///
/// Errors: invalid_argument (URL, prefix, policy, limits) · already_exists (`create` and an
///   inventory is there) · unavailable, timeout (cannot be reached, or refuses) · outcome_unknown
///   (whether it was made) · broken_store (no inventory is there in mode `open`; or remains of one,
///   or one of a newer version, which are left as they are; or the server is refused as unsafe).
/// Calls on the store answer broken_store when the inventory is gone, was replaced or has gone
/// back, and when others wrote to its keys what no library writes. Reads of one slot are
/// linearizable; a list is one snapshot for up to 1,000 bookings or slots looked at. Counting all
/// users' bookings (an audit) looks at every key of the database for each 1,000 of them.
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<Store>> redis_store(
    const RedisOptions& options);

/// Removes every key under the prefix, whatever is there: an inventory is gone for good, and stores
/// opened on it answer broken_store. For tests and trials. Takes `url`, `prefix` and
/// `open_timeout`, which limits the whole call.
///
/// Errors: invalid_argument · unavailable, timeout, outcome_unknown (some of it may be gone: call
/// it
///   again).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<void> redis_erase(const RedisOptions& options);

}  // namespace booking::inline v0
