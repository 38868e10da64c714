// What a result code of SQLite, or waiting in vain, means to the caller. Used by connection,
// readers and store.
#pragma once

#include <string_view>

#include "booking/error.hpp"
#include "booking/time.hpp"

namespace booking::inline v0::sqlite {

/// Whether the failing call was the COMMIT itself, after which the disk may hold the change.
enum class Step { before_commit, commit };

/// The error for a result code, plain or extended, that is neither OK, ROW nor DONE. Assumes that
/// the transaction is rolled back afterwards where it is still open.
ErrorCode outcome(int sqlite_code, Step step) noexcept;

/// For a wait within this process that ended at `deadline`: timeout, or unavailable when shut down.
Error gave_up(const Deadline& deadline, std::string_view waited_for);

}  // namespace booking::inline v0::sqlite
