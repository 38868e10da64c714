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
  /// By WATCH, MULTI and EXEC: changes run no script, but opening, making and reading do. A booking
  /// takes two round trips, a move by id three, one more where overdue holds are returned; no two
  /// callers share one. Two changes of one slot or of one user disturb each other, and one of them
  /// begins again: slower, the more callers there are for one slot, up to `contention`. A change is
  /// decided at its look's time; one that reaches the server more than some 10 seconds later is
  /// refused, as is one whose hold has ended or whose slot has begun meanwhile. While the server
  /// has no memory left nothing is changed; by scripts one can still cancel.
  watch,
};

/// Options of redis_store.
struct RedisOptions {
  /// `redis://[[user]:password@]host[:port][/database]` or
  /// `unix:///path[?db=N&user=...&password=...]`; port 6379 and database 0 unless given; user,
  /// password and path percent-encoded, IPv6 in brackets. A host name is looked up once, when the
  /// store is opened, for as long as the system's resolver takes: `open_timeout` does not end that.
  std::string url = "redis://127.0.0.1:6379";
  /// Names the inventory: every key begins with it, in braces. 1 to 64 letters, digits and `_.:-`.
  /// Two inventories on one server need two prefixes.
  std::string prefix = "booking";
  /// Whether the inventory may be made. In production make it once with `create` and let every
  /// process use `open`: with `create_if_missing` a server that came back empty would get a new,
  /// empty inventory at the next start.
  StoreMode mode = StoreMode::open;
  CommitMode commit = CommitMode::script;
  /// How many bookings one user may have, over all slots, and how long final bookings are kept;
  /// kept on the server. A new inventory: 1, unless you say otherwise (`{.user_limit =
  /// UserLimit::none()}`). An existing one: not set takes what it has, set must be the same (else
  /// invalid_argument): processes that only open it leave it unset.
  std::optional<Policy> policy{};
  /// Whether every commit also names what it wrote, in a list on the server. It is for whoever
  /// carries the changes on to a database and then trims the list; with nobody to do so it grows
  /// for ever, by 30 to 55 bytes for each booking made or moved. Settled when the inventory is
  /// made, and kept with it: who only opens it need not say so.
  bool change_set = false;
  /// Limit for opening. More than 0, at most 1 hour.
  std::chrono::milliseconds open_timeout{2000};
  std::string client_name = "booking";  ///< as CLIENT LIST shows it; no blanks; empty: none
  /// The most connections for changes, 1 to 64; opened when needed and kept. Each carries one batch
  /// of callers at a time, others wait and make up the next. 2 is enough on a fast network.
  std::int32_t write_connections = 2;
  std::int32_t read_connections = 2;  ///< the same for reads
  /// Refuse, on each new connection, a server that may drop bookings by itself: one that evicts
  /// keys or keeps no append-only file, as far as it lets us see its configuration.
  bool refuse_unsafe = false;
  /// Store time for tests, which cannot move the server's clock: sent with each command in its
  /// place. Every store on the inventory must then use the same one. nullptr: the server's.
  std::shared_ptr<Clock> clock{};
};

/// Opens or makes an inventory on a Redis server, 6.2 or newer, that is a master. Store time is the
/// server's clock.
///
/// What an acknowledged commit survives is the server's to say: set `maxmemory-policy noeviction`,
/// `appendonly yes`, `appendfsync always` to survive the server's death and the loss of power. With
/// `everysec` the last second may be gone, without a log everything. A store that is open notices:
/// it knows which inventory it opened and how many commits it has seen, answers broken_store from
/// then on and sells nothing. A store that is opened after the loss cannot notice that commits are
/// missing, and sells their seats again. A failover to a replica may lose what the replica had not
/// got yet, with the same consequences; `min-replicas-to-write` narrows that, nothing closes it. A
/// server that started with a log whose end was torn (it says "short read") is to rewrite it at
/// once (BGREWRITEAOF): Redis 7.0 leaves half a transaction in it, and carries that half out when
/// it starts the next time. Neither Sentinel nor a cluster's redirections are followed, and TLS is
/// not spoken: give the address of the master, and put a tunnel before it.
///
/// A connection that broke is made anew by the next call that needs one, at the address found when
/// the store was opened, with pauses that grow up to a second; each time the server is checked as
/// at opening. A server that is down, starting, a replica, out of memory or that refuses the user
/// is `unavailable`, and its words are in the error's detail. After broken_store: stop all sellers,
/// see what the server lost, restore it or accept the loss, `audit`, and open new stores.
///
/// Thread safety: as Store; starts no thread. In a forked child every call answers internal: open
/// it there anew.
///
/// Errors: invalid_argument (URL, prefix, policy, limits, a change set wanted of an inventory
///   without one) · already_exists (`create` and an
///   inventory is there) · unavailable, timeout (cannot be reached, or refuses) · outcome_unknown
///   (whether it was made) · broken_store (no inventory is there in mode `open`; or remains of one,
///   or one of a newer version, which are left as they are; or its change set is not whole; or the
///   server is refused as unsafe).
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
/// Errors: invalid_argument · unavailable, timeout, outcome_unknown (with any of these some of it
/// may
///   be gone: call it again).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<void> redis_erase(const RedisOptions& options);

}  // namespace booking::inline v0
