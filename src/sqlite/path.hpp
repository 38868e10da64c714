// What a path must be and what may stand at it, before SQLite touches it. Used by open and backup.
#pragma once

#include <string>

#include "booking/result.hpp"
#include "booking/store.hpp"

namespace booking::inline v0::sqlite {

Error store_error(ErrorCode code, std::string detail);

/// Errors: invalid_argument (it names no file of its own).
Result<void> check_path(const std::string& path);

/// Checks what stands at the path against the mode. Errors: broken_store · already_exists
///   · unavailable.
Result<void> check_file(const std::string& path, StoreMode mode);

}  // namespace booking::inline v0::sqlite
