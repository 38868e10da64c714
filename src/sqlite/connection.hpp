// One connection to the file and its prepared statements: owns SQLite's handles, waits for other
// connections, remembers the first failure. Used by view, read, store and open.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "booking/error.hpp"
#include "booking/result.hpp"
#include "booking/sqlite.hpp"
#include "booking/time.hpp"
#include "sqlite/outcome.hpp"

namespace booking::inline v0::sqlite {

/// After the first failure every statement answers "no row" and does nothing, until the next Call.
/// Thread safety: one thread at a time.
class Connection {
 public:
  enum class Access { read, write, create };

  /// Opens the file. It is made, empty, only with Access::create. `clock` sleeps between tries.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access,
                                                  std::shared_ptr<Clock> clock);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sets what every connection to an inventory needs and reads back what safety depends on.
  /// Needs a Call.
  void configure(Access access, SqliteSync sync);

  /// Fails when the file, or the log beside it, is no longer what stands at the path: what went
  /// into it would be lost. (A program that closes a descriptor of its own on the file drops
  /// SQLite's locks; another process may then take the log away.) Needs an open transaction.
  void check_in_place();

  /// Runs a statement that takes nothing and answers nothing.
  void run(std::string_view sql);
  /// Runs a text of several such statements.
  void run_script(const char* sql);
  /// The single integer that a statement answers.
  std::int64_t integer(std::string_view sql);

  /// How many rows the latest statement changed.
  std::int64_t changes() const noexcept { return sqlite3_changes(db_.get()); }

  /// Ends the transaction. SQLite's own refusal to wait is repeated until the deadline.
  void commit();
  /// Ends the transaction without a trace, also after a failure.
  void roll_back() noexcept;
  bool in_transaction() const noexcept { return sqlite3_get_autocommit(db_.get()) == 0; }

  /// For SQLite's backup interface.
  sqlite3* handle() const noexcept { return db_.get(); }

  /// Moves the WAL into the file, unless others are in the way; `shorten`: and cuts it to nothing.
  /// Not within a transaction.
  enum class Wal { keep, shorten };
  void checkpoint(Wal wal);
  /// The same, once it has grown long.
  void checkpoint_if_due();

  /// False after a failure that was more than waiting in vain: then open another connection.
  bool reusable() const noexcept;
  bool failed() const noexcept { return failure_.has_value(); }
  const Error& failure() const noexcept { return *failure_; }
  void fail(int sqlite_code, Step step = Step::before_commit);
  /// The data is not what this library writes.
  void fail_broken(std::string detail);

 private:
  friend class Call;
  friend class Statement;
  struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  explicit Connection(std::shared_ptr<Clock> clock) : clock_{std::move(clock)} {}

  struct Place {
    std::uint64_t device;
    std::uint64_t file;
    friend bool operator==(const Place&, const Place&) = default;
  };

  sqlite3_stmt* prepare(std::string_view sql);
  std::optional<Place> log_in_place() const;
  bool wait(int tries) noexcept;

  std::shared_ptr<Clock> clock_;
  std::unique_ptr<sqlite3, Close> db_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
  std::optional<Deadline> deadline_;
  std::optional<Error> failure_;
  std::optional<Place> log_;  // where it was when first looked for
  int wal_pages_ = 0;
  int checkpoint_at_ = 0;
  bool checkpointing_ = false;
};

/// One call of the store on a connection: sets the deadline for all waits and starts without a
/// failure.
class Call {
 public:
  Call(Connection& connection, const Deadline& deadline) : connection_{connection} {
    connection_.deadline_ = deadline;
    connection_.failure_.reset();
  }
  ~Call() { connection_.deadline_.reset(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  Connection& connection_;
};

/// A write transaction; rolled back when it goes without a commit.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction() { connection_.roll_back(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  Connection& connection_;
};

/// One use of a prepared statement. Parameters are bound and columns read from left to right.
/// Reset when it goes, so that no snapshot stays open behind it.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind_integer(std::int64_t value);
  void bind_text(std::string_view value);
  void bind_bytes(std::string_view value);
  void bind_null();
  /// Binds a value that sorts before (or behind) every id and label.
  void bind_lowest();
  void bind_highest();

  /// True: there is a row to read. False: done, or failed.
  bool step();
  /// For a statement that must change exactly one row.
  void change_one();

  bool next_is_integer() const;
  bool next_is_null() const;
  std::int64_t next_integer();
  std::string_view next_text();  ///< lives until the next step
  std::string_view next_bytes();
  void skip() { ++column_; }
  Connection& connection() { return connection_; }

 private:
  void bound(int sqlite_code);
  bool next_is(int type);

  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  int parameter_ = 0;
  int column_ = 0;
};

}  // namespace booking::inline v0::sqlite
