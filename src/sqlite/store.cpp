// One transaction for each command, one SELECT for each query.
#include "sqlite/store.hpp"

#include <utility>

#include "booking/rules.hpp"
#include "sqlite/read.hpp"
#include "sqlite/view.hpp"

namespace booking::inline v0::sqlite {

SqliteStore::SqliteStore(std::string path, std::shared_ptr<Clock> clock, Opened writer)
    : path_{std::move(path)},
      clock_{std::move(clock)},
      identity_{std::move(writer.inventory.identity)},
      writer_{std::move(writer.connection)},
      readers_{[this](const Deadline& deadline) {
        return connect(Connection::Access::read, deadline);
      }} {}

Result<Outcome> SqliteStore::execute(const Command& command, Deadline deadline) {
  Outcome outcome = Outcome::for_command(command);
  const SlotKey one_for_all{};
  const Result<Lease> turn = writing_->enter({&one_for_all, 1}, deadline);
  if (!turn) return gave_up(deadline, "the writer");
  if (!writer_) {
    auto connected = connect(Connection::Access::write, deadline);
    if (!connected) return std::move(connected).error();
    writer_ = *std::move(connected);
  }
  Result<void> done = commit(command, deadline, outcome);
  if (!writer_->reusable()) {
    writer_.reset();
  } else if (done) {
    writer_->checkpoint_if_due();
  }
  if (!done) return done.error();
  return outcome;
}

Result<void> SqliteStore::commit(const Command& command, const Deadline& deadline,
                                 Outcome& outcome) {
  Connection& connection = *writer_;
  const Call call{connection, deadline};
  const Transaction transaction{connection};
  connection.check_in_place();
  SqliteView view{connection, *clock_};
  Result<void> decided = rules::decide(view, command, outcome);
  // A decision on a view that failed was taken on "nothing there": it never leaves.
  if (connection.failed()) return connection.failure();
  // A refusal may leave something behind: an expired hold returned, an id voided.
  if (view.dirty()) connection.commit();
  if (connection.failed()) return connection.failure();
  return decided;
}

Result<Answer> SqliteStore::read(const Query& query, Deadline deadline) {
  Readers::Loan reader{readers_};
  if (auto taken = reader.take(deadline); !taken) return taken.error();
  Connection& connection = reader.connection();
  const Call call{connection, deadline};
  connection.check_in_place();
  Answer found = answer(connection, query, *clock_);
  if (connection.failed()) return connection.failure();
  return found;
}

/// Another connection to the same inventory.
Result<std::unique_ptr<Connection>> SqliteStore::connect(Connection::Access access,
                                                         const Deadline& deadline) const {
  auto opened = open_existing(path_, access, clock_, deadline);
  if (!opened) return std::move(opened).error();
  if (opened->inventory.identity != identity_) {
    Error error;
    error.code = ErrorCode::broken_store;
    error.subject = Subject::store;
    error.detail = "the file was replaced by another inventory while it was in use";
    return error;
  }
  return std::move(opened->connection);
}

}  // namespace booking::inline v0::sqlite
