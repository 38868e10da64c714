// The public entry: checks the options and the path, then opens or makes the inventory.
#include <sqlite3.h>

#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/sqlite.hpp"
#include "sqlite/file.hpp"
#include "sqlite/fork_guard.hpp"
#include "sqlite/path.hpp"
#include "sqlite/store.hpp"

namespace booking::inline v0 {

namespace {

constexpr std::chrono::seconds patience{2};

Result<sqlite::Opened> open_or_make(const SqliteOptions& options,
                                    const std::shared_ptr<Clock>& clock, const Deadline& deadline) {
  if (options.mode == StoreMode::open) {
    return sqlite::open_existing(options.path, sqlite::Connection::Access::write, clock, deadline,
                                 options.synchronous);
  }
  const auto if_found =
      options.mode == StoreMode::create ? sqlite::IfFound::refuse : sqlite::IfFound::use;
  return sqlite::make_or_find(options.path, options.policy.value_or(Policy{}), if_found, clock,
                              deadline, options.synchronous);
}

}  // namespace

Result<std::shared_ptr<Store>> sqlite_store(const SqliteOptions& options) {
  if (auto path = sqlite::check_path(options.path); !path) return path.error();
  if (options.policy) {
    if (auto policy = detail::check(*options.policy); !policy) return policy.error();
  }
  if (sqlite3_threadsafe() == 0) {
    return sqlite::store_error(ErrorCode::internal, "this SQLite was built without thread safety");
  }
  if (auto file = sqlite::check_file(options.path, options.mode); !file) return file.error();
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
  auto store = std::make_shared<sqlite::SqliteStore>(options.path, options.synchronous, clock,
                                                     *std::move(opened));
  return std::static_pointer_cast<Store>(std::make_shared<sqlite::ForkGuard>(std::move(store)));
}

}  // namespace booking::inline v0
