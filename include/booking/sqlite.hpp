// An inventory in a SQLite file, shared by the threads of a process and by processes of one host.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "booking/booking_record.hpp"
#include "booking/result.hpp"
#include "booking/sqlite_export.hpp"
#include "booking/store.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// What a commit waits for before it is acknowledged. The file is never corrupt by either.
enum class SqliteSync : std::uint8_t {
  full,  ///< the disk: an acknowledged commit survives the loss of power
  /// The operating system: an acknowledged commit survives the death of the process, but the last
  /// ones before a loss of power may be gone, latest first and each one whole. Faster, and sells
  /// those seats again after it: for inventories that can be made anew.
  normal,
};

/// Options of sqlite_store.
struct SqliteOptions {
  /// The file; beside it SQLite keeps `-wal` and `-shm`. Empty, ":memory:" and "file:…" are
  /// refused.
  std::string path{};
  StoreMode mode = StoreMode::open;  ///< whether the file may be made
  /// How many bookings one user may have, over all slots, and how long final bookings are kept;
  /// kept in the file. A new inventory: 1, unless you say otherwise (`{.user_limit =
  /// UserLimit::none()}`). An existing one: not set takes what it has, set must be the same (else
  /// invalid_argument).
  std::optional<Policy> policy{};
  std::shared_ptr<Clock> clock{};  ///< store time; nullptr: the system's
  /// Of this object's commits; other objects and processes on the same file have their own.
  SqliteSync synchronous = SqliteSync::full;
};

/// Opens or makes an inventory in a file. Any number of processes of one host may open it (of
/// several that make it at once, one does); one store object serves a whole process. A commit that
/// was acknowledged survives the death of the process and the loss of power (WAL, synchronous FULL,
/// unless SqliteOptions::synchronous says less). Not for network file systems. Do not open, copy,
/// move or delete the file by other means while it is in use: closing any descriptor of it drops
/// SQLite's locks. In a forked child every call answers internal, and letting the store go does
/// nothing; the child must not open the file itself before exec().
///
/// Errors: invalid_argument (path, policy) · already_exists (`create` and a file is there)
///   · unavailable (cannot be opened: permissions, folder, disk) · contention (others kept it
///   locked) · broken_store (no file is there in mode `open`; or what is there is empty, not an
///   inventory, damaged, or of a newer version; it is left as it is).
/// Calls on the store answer broken_store when the file was deleted or replaced while in use.
/// Commits of one process are in order of arrival; callers that wait at the same time share one.
/// Reads go on beside them, at most 4 at a time. Closed with the last handle on it. Opening blocks
/// for at most 2 seconds. A call waits no longer than its deadline: not sent by then is timeout, on
/// its way with another caller's commit outcome_unknown; only its own commit is waited for.
[[nodiscard]] BOOKING_SQLITE_EXPORT Result<std::shared_ptr<Store>> sqlite_store(
    const SqliteOptions& options);

/// Copies a live inventory into a new file, as it is at one moment after the call began, while
/// others go on selling. It is written beside `to` under another name, synced and then put at `to`
/// (by a hard link, so that nothing there is ever replaced; a file system without hard links:
/// unavailable). The copy is the same inventory: sell from one of the two only. While it runs the
/// write-ahead log grows, because it is read. To go back to a copy: end every process that has
/// `path` open, delete it with its `-wal` and `-shm`, move the copy there.
///
/// Errors: invalid_argument (paths, timeout) · already_exists (something is at `to`) · timeout
///   · unavailable (cannot be opened or written, disk full) · contention · broken_store (as
///   sqlite_store in mode `open`). After an error there is no file at `to`.
/// Thread safety: any thread, any number at once. Blocks until `timeout` (above 0, at most 24
/// hours) and for the last sync.
[[nodiscard]] BOOKING_SQLITE_EXPORT Result<void> sqlite_backup(
    const std::string& path, const std::string& to,
    std::chrono::milliseconds timeout = std::chrono::seconds{30});

/// A sentence for the host's log when the linked SQLite has a known race that matters to files
/// which other programs write too; empty: it has none. The library itself stays clear of it.
[[nodiscard]] BOOKING_SQLITE_EXPORT std::string sqlite_version_warning();

}  // namespace booking::inline v0
