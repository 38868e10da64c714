// Looks at files by their names alone: SQLite would make what is missing.
#include "sqlite/path.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "booking/detail/checks.hpp"

namespace booking::inline v0::sqlite {

namespace {

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

}  // namespace

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

}  // namespace booking::inline v0::sqlite
