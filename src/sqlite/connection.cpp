// SQLite's handles, the waiting for other connections, and checkpoints.
#include "sqlite/connection.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "sqlite/statements.hpp"

namespace booking::inline v0::sqlite {

namespace {

constexpr int checkpoint_pages = 1000;  // 4 MB of WAL
constexpr int longest_wal = 8 * checkpoint_pages;
constexpr std::chrono::milliseconds checkpoint_patience{20};
// Short, because the gap between two transactions of a busy process is: with pauses of 20 ms other
// processes missed it for seconds.
constexpr std::chrono::microseconds first_pause{250};
constexpr std::chrono::microseconds longest_pause{2000};
constexpr int steps_between_looks = 10'000;  // of SQLite's virtual machine: well below 1 ms

Error error_of(sqlite3* db, int sqlite_code, Step step) {
  Error error;
  error.code = outcome(sqlite_code, step);
  error.subject = Subject::store;
  error.detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(sqlite_code);
  error.detail += " (SQLite code " + std::to_string(sqlite_code) + ")";
  return error;
}

}  // namespace

// ---- connection ---------------------------------------------------------------------------------

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access,
                                                     std::shared_ptr<Clock> clock) {
  std::unique_ptr<Connection> made{new Connection{std::move(clock)}};
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  made->db_.reset(db);
  if (code != SQLITE_OK) return error_of(db, code, Step::before_commit);

  // Else the index over holds alone makes SQLite plan every statement with a status anew, each
  // time.
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  sqlite3_busy_handler(
      db, [](void* self, int tries) { return static_cast<Connection*>(self)->wait(tries) ? 1 : 0; },
      made.get());
  sqlite3_progress_handler(
      db, steps_between_looks,
      [](void* self) {
        const auto& deadline = static_cast<Connection*>(self)->deadline_;
        return deadline && deadline->expired() ? 1 : 0;
      },
      made.get());
  return made;
}

void Connection::configure(Access access, SqliteSync sync) {
  const bool full = sync == SqliteSync::full;
  run(sql::use_foreign_keys);
  run(full ? sql::use_full_sync : sql::use_normal_sync);
  run(sql::use_no_mmap);
  run(sql::use_no_autocheckpoint);
  if (access == Access::read) run(sql::read_only);
  {
    Statement wal{*this, sql::use_wal};
    if (wal.step() && wal.next_text() != "wal") {
      fail_broken("the file cannot be used with a write-ahead log here");
    }
  }
  // What a build of SQLite ignores silently must not go unnoticed.
  if (integer(sql::synchronous) != (full ? 2 : 1) && !failed()) {
    fail_broken("synchronous was not taken");
  }
  if (integer(sql::foreign_keys) != 1 && !failed()) fail_broken("foreign_keys were not taken");
  // After use_no_autocheckpoint, which sets the same hook.
  sqlite3_wal_hook(
      db_.get(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

void Connection::check_in_place() {
  int moved = 0;
  const int code = sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code == SQLITE_OK && moved != 0) {
    fail_broken("the file was moved, deleted or replaced while it was in use");
  }
  const std::optional<Place> log = log_in_place();
  if (!log_) log_ = log;
  if (log != log_) {
    fail_broken("the file's write-ahead log was deleted or replaced while it was in use");
  }
}

std::optional<Connection::Place> Connection::log_in_place() const {
  struct stat found {};
  const char* const path = sqlite3_filename_wal(sqlite3_db_filename(db_.get(), "main"));
  if (path == nullptr || ::stat(path, &found) != 0) return std::nullopt;
  return Place{static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
}

sqlite3_stmt* Connection::prepare(std::string_view sql) {
  if (failed()) return nullptr;
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  std::unique_ptr<sqlite3_stmt, Finalize> owner{statement};
  if (code != SQLITE_OK) {
    fail(code);
    return nullptr;
  }
  statements_.emplace(sql, std::move(owner));
  return statement;
}

void Connection::run(std::string_view sql) {
  Statement statement{*this, sql};
  while (statement.step()) {
  }
}

void Connection::run_script(const char* sql) {
  if (failed()) return;
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Connection::integer(std::string_view sql) {
  Statement statement{*this, sql};
  return statement.step() ? statement.next_integer() : 0;
}

void Connection::commit() {
  sqlite3_stmt* const statement = prepare(sql::commit);
  if (statement == nullptr) return;
  for (int tries = 0;; ++tries) {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && ((code & 0xFF) != SQLITE_BUSY || !wait(tries))) {
      fail(code, Step::commit);
    }
    sqlite3_reset(statement);
    if (code == SQLITE_DONE || failed()) return;
  }
}

void Connection::roll_back() noexcept {
  if (in_transaction()) sqlite3_exec(db_.get(), sql::roll_back, nullptr, nullptr, nullptr);
}

bool Connection::reusable() const noexcept {
  if (in_transaction()) return false;
  return !failed() || failure_->code == ErrorCode::contention ||
         failure_->code == ErrorCode::timeout;
}

void Connection::fail(int sqlite_code, Step step) {
  if (failed()) return;
  failure_ = error_of(db_.get(), sqlite_code, step);
  const bool gave_up =
      failure_->code == ErrorCode::contention || failure_->code == ErrorCode::timeout;
  if (gave_up && deadline_ && deadline_->stopped()) failure_->code = ErrorCode::unavailable;
}

void Connection::fail_broken(std::string detail) {
  if (failed()) return;
  failure_.emplace();
  failure_->code = ErrorCode::broken_store;
  failure_->subject = Subject::store;
  failure_->detail = std::move(detail);
}

// SQLite asks this while another connection is in the way: true to try again.
bool Connection::wait(int tries) noexcept {
  if (!deadline_ || deadline_->expired()) {
    // A checkpoint that gets no write lock would go on without it, and then a commit of another
    // process could reset the WAL under it (SQLite up to 3.51.2 loses pages by that): stop it.
    if (checkpointing_) sqlite3_interrupt(db_.get());
    return false;
  }
  const auto pause = std::min(first_pause * (1 + tries), longest_pause);
  clock_->sleep_for(deadline_->next_wait(pause));
  return true;
}

void Connection::checkpoint_if_due() {
  if (wal_pages_ < checkpoint_pages) checkpoint_at_ = checkpoint_pages;
  if (wal_pages_ < checkpoint_at_) return;
  // In vain, when a reader or another process is in the way: then not at every commit.
  checkpoint_at_ = wal_pages_ + checkpoint_pages;
  // The next commits write over the WAL from its start: a sync then costs half of what it does in a
  // file that grows.
  checkpoint(wal_pages_ < longest_wal ? Wal::keep : Wal::shorten);
}

void Connection::checkpoint(Wal wal) {
  const std::optional<Deadline> of_the_call = deadline_;
  deadline_.emplace(*clock_, checkpoint_patience);
  checkpointing_ = true;
  // Both hold the write lock, so that no commit comes between.
  const int mode = wal == Wal::keep ? SQLITE_CHECKPOINT_FULL : SQLITE_CHECKPOINT_TRUNCATE;
  sqlite3_wal_checkpoint_v2(db_.get(), "main", mode, nullptr, nullptr);
  checkpointing_ = false;
  deadline_ = of_the_call;
}

// ---- transaction --------------------------------------------------------------------------------

Transaction::Transaction(Connection& connection) : connection_{connection} {
  connection_.run(sql::begin);
}

// ---- statement ----------------------------------------------------------------------------------

Statement::Statement(Connection& connection, std::string_view sql)
    : connection_{connection}, statement_{connection.prepare(sql)} {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::bound(int sqlite_code) {
  if (sqlite_code != SQLITE_OK) connection_.fail(sqlite_code);
}

void Statement::bind_integer(std::int64_t value) {
  if (statement_ != nullptr) bound(sqlite3_bind_int64(statement_, ++parameter_, value));
}

void Statement::bind_text(std::string_view value) {
  // An empty view may hold a null pointer, which SQLite would bind as NULL.
  const char* const text = value.empty() ? "" : value.data();
  if (statement_ != nullptr) {
    bound(sqlite3_bind_text64(statement_, ++parameter_, text, value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
  }
}

void Statement::bind_bytes(std::string_view value) {
  if (statement_ != nullptr) {
    bound(sqlite3_bind_blob64(statement_, ++parameter_, value.data(), value.size(),
                              SQLITE_TRANSIENT));
  }
}

void Statement::bind_null() {
  if (statement_ != nullptr) bound(sqlite3_bind_null(statement_, ++parameter_));
}

void Statement::bind_lowest() {
  constexpr double below_every_integer = -std::numeric_limits<double>::infinity();
  if (statement_ != nullptr) {
    bound(sqlite3_bind_double(statement_, ++parameter_, below_every_integer));
  }
}

void Statement::bind_highest() {
  bind_bytes(std::string(17, '\xFF'));
}  // ids have 16 bytes

bool Statement::step() {
  if (statement_ == nullptr || connection_.failed()) return false;
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_.fail(code);
  return false;
}

void Statement::change_one() {
  step();
  if (!connection_.failed() && sqlite3_changes(connection_.db_.get()) != 1) {
    connection_.fail_broken("a row that was there is gone");
  }
}

bool Statement::next_is_integer() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_INTEGER;
}

bool Statement::next_is_null() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

bool Statement::next_is(int type) {
  if (sqlite3_column_type(statement_, column_) == type) return true;
  connection_.fail_broken("a column holds a value of the wrong type");
  return false;
}

std::int64_t Statement::next_integer() {
  const bool good = next_is(SQLITE_INTEGER);
  return good ? sqlite3_column_int64(statement_, column_++) : 0;
}

std::string_view Statement::next_text() {
  if (!next_is(SQLITE_TEXT)) return {};
  const auto* const text = sqlite3_column_text(statement_, column_);
  if (text == nullptr) {
    connection_.fail(SQLITE_NOMEM);
    return {};
  }
  const int size = sqlite3_column_bytes(statement_, column_++);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::string_view Statement::next_bytes() {
  if (!next_is(SQLITE_BLOB)) return {};
  const void* const bytes = sqlite3_column_blob(statement_, column_);
  const int size = sqlite3_column_bytes(statement_, column_++);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace booking::inline v0::sqlite
