#include "storage.hpp"

#include <booking/sqlite.hpp>
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

}  // namespace

Storage::Storage(const Options& options, booking::UserLimit limit) {
  try {
    auto store = open(options, limit);
    // A crowd on a slow disk queues for longer than the default of 2 s; here that is no failure.
    booking::InventoryOptions patient;
    patient.timeout = std::chrono::seconds{60};
    inventory_ = std::make_unique<booking::SlotInventory>(std::move(store), booking::no_lock(),
                                                          std::move(patient));
  } catch (...) {
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
    throw;
  }
}

std::shared_ptr<booking::Store> Storage::open(const Options& options, booking::UserLimit limit) {
  if (options.memory) {
    description_ = "memory";
    return booking::memory_store({.policy = {.user_limit = limit}});
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

Storage::~Storage() {
  inventory_.reset();
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

}  // namespace rush
