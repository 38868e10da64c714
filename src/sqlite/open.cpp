// The public entry: checks the options and the path, then opens or makes the inventory.
#include <sqlite3.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/sqlite.hpp"
#include "sqlite/file.hpp"
#include "sqlite/fork_guard.hpp"
#include "sqlite/store.hpp"

namespace booking::inline v0 {

namespace {

constexpr std::chrono::seconds patience{2};

Error store_error(ErrorCode code, std::string detail) {
  Error error;
  error.code = code;
  error.subject = Subject::store;
  error.detail = std::move(detail);
  return error;
}

Result<void> check_path(const std::string& path) {
  const bool special = path.empty() || path == ":memory:" || path.starts_with("file:");
  if (special || path.find('\0') != std::string::npos) {
    return detail::invalid(Subject::store,
                           "the path must name a file; for an inventory in memory use "
                           "memory_store");
  }
  return Result<void>::success();
}

/// Whether something stands at `path`; only a regular file is accepted.
Result<bool> is_there(const std::string& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (problem) return store_error(ErrorCode::unavailable, path + ": " + problem.message());
  if (!std::filesystem::is_regular_file(status)) {
    return store_error(ErrorCode::broken_store, path + " is not a regular file");
  }
  return true;
}

/// SQLite takes a file of no bytes for a new database; here it is a lost inventory.
Result<void> check_not_empty(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) return store_error(ErrorCode::unavailable, path + ": " + problem.message());
  if (size == 0) return store_error(ErrorCode::broken_store, path + " is empty");
  return Result<void>::success();
}

/// Checks what stands at the path against the mode, before SQLite touches it.
Result<void> check_file(const std::string& path, StoreMode mode) {
  const auto there = is_there(path);
  if (!there) return there.error();
  if (mode == StoreMode::open && !*there) {
    return store_error(ErrorCode::broken_store,
                       "there is no file " + path + "; StoreMode::create makes a new inventory");
  }
  if (mode == StoreMode::create && *there) {
    return store_error(ErrorCode::already_exists, path + " is there already");
  }
  return mode == StoreMode::open ? check_not_empty(path) : Result<void>::success();
}

Result<sqlite::Opened> open_or_make(const SqliteOptions& options,
                                    const std::shared_ptr<Clock>& clock, const Deadline& deadline) {
  if (options.mode == StoreMode::open) {
    return sqlite::open_existing(options.path, sqlite::Connection::Access::write, clock, deadline);
  }
  const auto if_found =
      options.mode == StoreMode::create ? sqlite::IfFound::refuse : sqlite::IfFound::use;
  return sqlite::make_or_find(options.path, options.policy.value_or(Policy{}), if_found, clock,
                              deadline);
}

}  // namespace

Result<std::shared_ptr<Store>> sqlite_store(const SqliteOptions& options) {
  if (auto path = check_path(options.path); !path) return path.error();
  if (options.policy) {
    if (auto policy = detail::check(*options.policy); !policy) return policy.error();
  }
  if (sqlite3_threadsafe() == 0) {
    return store_error(ErrorCode::internal, "this SQLite was built without thread safety");
  }
  if (auto file = check_file(options.path, options.mode); !file) return file.error();
  const auto clock = options.clock ? options.clock : std::make_shared<Clock>();
  const Deadline deadline{*clock, patience};
  Result<sqlite::Opened> opened;
  do {
    // Two connections turning on the write-ahead log at once may refuse each other without a wait.
    opened = open_or_make(options, clock, deadline);
  } while (!opened && opened.error().code == ErrorCode::contention && !deadline.expired());
  if (!opened) return std::move(opened).error();

  if (options.policy && *options.policy != opened->inventory.policy) {
    return detail::invalid(Subject::store,
                           "the inventory has another policy; SlotInventory::change_policy "
                           "changes it");
  }
  auto store = std::make_shared<sqlite::SqliteStore>(options.path, clock, *std::move(opened));
  return std::static_pointer_cast<Store>(std::make_shared<sqlite::ForkGuard>(std::move(store)));
}

}  // namespace booking::inline v0
