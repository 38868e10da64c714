#include "storage.hpp"

#include <booking/sqlite.hpp>
#ifdef RUSH_REDIS
#include <booking/redis.hpp>
#include <booking/redis_lock.hpp>
#endif
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace rush {

namespace {

std::filesystem::path make_temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "rush-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw UsageError{"cannot make a folder like " + in_quotes(name) +
                     " for the temporary file; set TMPDIR to a place that can be written, or use "
                     "--db or --memory"};
  }
  return name;
}

std::shared_ptr<booking::Store> open_redis(const Options& options, const std::string& prefix,
                                           booking::UserLimit limit) {
#ifdef RUSH_REDIS
  const bool watch = options.commit == "watch";
  auto store = booking::redis_store(
      {.url = options.redis,
       .prefix = prefix,
       .mode = booking::StoreMode::create,
       .commit = watch ? booking::CommitMode::watch : booking::CommitMode::script,
       .policy = booking::Policy{.user_limit = limit}});
  if (store) return *std::move(store);
  throw UsageError{"cannot make an inventory on the Redis server: " + store.error().log_text()};
#else
  static_cast<void>(options), static_cast<void>(prefix), static_cast<void>(limit);
  throw UsageError{"this rush was built without booking::redis (needs libhiredis-dev)"};
#endif
}

std::shared_ptr<booking::Lock> open_lock(const Options& options, const std::string& prefix) {
  if (options.lock == "mutex") return booking::process_mutex();
#ifdef RUSH_REDIS
  if (options.lock == "redis") {
    auto lock = booking::redis_lock(
        {.url = options.redis, .prefix = prefix, .wait = std::chrono::seconds{60}});
    if (lock) return *std::move(lock);
    throw UsageError{"cannot use the Redis server for locks: " + lock.error().log_text()};
  }
#endif
  static_cast<void>(prefix);
  return booking::no_lock();
}

}  // namespace

Storage::Storage(const Options& options, booking::UserLimit limit) {
  try {
    auto store = open(options, limit);
    // A crowd on a slow disk queues for longer than the default of 2 s; here that is no failure.
    booking::InventoryOptions patient;
    patient.timeout = std::chrono::seconds{60};
    inventory_ = std::make_unique<booking::SlotInventory>(
        std::move(store), open_lock(options, prefix_), std::move(patient));
  } catch (...) {
    remove_temporary();
    throw;
  }
}

std::shared_ptr<booking::Store> Storage::open(const Options& options, booking::UserLimit limit) {
  if (options.memory) {
    description_ = "memory";
    return booking::memory_store({.policy = {.user_limit = limit}});
  }
  if (!options.redis.empty()) {
    description_ = options.commit == "watch" ? "Redis, by WATCH" : "Redis";
    prefix_ = "rush-" + to_string(booking::BookingId::generate());
    url_ = options.redis;
    return open_redis(options, prefix_, limit);
  }
  std::string path = options.db;
  if (path.empty()) {
    temporary_ = make_temporary_folder();
    path = (temporary_ / "rush.db").string();
    description_ = "SQLite, a temporary file";
  } else {
    description_ = "SQLite, " + path;
    // Asked first, so that a link to nowhere counts as being there; `create` guards the rest.
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
      throw UsageError{in_quotes(path) + " exists already and is left as it is; name a new file"};
    }
  }
  auto store = booking::sqlite_store({.path = path,
                                      .mode = booking::StoreMode::create,
                                      .policy = booking::Policy{.user_limit = limit}});
  if (!store) {
    throw UsageError{"cannot make the inventory " + in_quotes(path) + ": " +
                     store.error().log_text()};
  }
  return *std::move(store);
}

void Storage::remove_temporary() noexcept {
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
#ifdef RUSH_REDIS
  if (!url_.empty()) {
    booking::redis_erase({.url = url_, .prefix = prefix_, .open_timeout = std::chrono::minutes{1}})
        .ignore();
  }
#endif
}

Storage::~Storage() {
  inventory_.reset();
  remove_temporary();
}

}  // namespace rush
