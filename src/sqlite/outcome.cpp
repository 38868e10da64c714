// The table from SQLite's result codes to ours.
#include "sqlite/outcome.hpp"

#include <sqlite3.h>

#include <string>

namespace booking::inline v0::sqlite {

ErrorCode outcome(int sqlite_code, Step step) noexcept {
  switch (sqlite_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // lost a race for the WAL's own locks too often
      return ErrorCode::contention;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    // The rules allowed it and the SQL is ours: so the tables are not what they should be.
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR:
      return ErrorCode::broken_store;
    case SQLITE_FULL:  // met before the last frame of a commit was written
      return ErrorCode::unavailable;
    default:
      break;
  }
  if (step == Step::commit) return ErrorCode::outcome_unknown;
  switch (sqlite_code & 0xFF) {
    case SQLITE_INTERRUPT:  // only we interrupt, when the deadline has passed
      return ErrorCode::timeout;
    case SQLITE_NOMEM:  // at a COMMIT: perhaps behind its last frame
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

Error gave_up(const Deadline& deadline, std::string_view waited_for) {
  Error error;
  error.code = deadline.stopped() ? ErrorCode::unavailable : ErrorCode::timeout;
  error.subject = Subject::store;
  error.detail = "waited for " + std::string{waited_for} + " of the file";
  return error;
}

}  // namespace booking::inline v0::sqlite
