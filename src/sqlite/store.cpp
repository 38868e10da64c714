// One transaction for all who wait, one SELECT for each query.
#include "sqlite/store.hpp"

#include <utility>

#include "booking/rules.hpp"
#include "sqlite/read.hpp"
#include "sqlite/view.hpp"

namespace booking::inline v0::sqlite {

SqliteStore::SqliteStore(std::string path, SqliteSync sync, std::shared_ptr<Clock> clock,
                         Opened writer)
    : path_{std::move(path)},
      sync_{sync},
      clock_{std::move(clock)},
      identity_{std::move(writer.inventory.identity)},
      writer_{std::move(writer.connection)},
      writing_{most_together(sync), Commit{this}},
      readers_{[this](const Deadline& deadline) {
        return connect(Connection::Access::read, deadline);
      }} {}

Result<Outcome> SqliteStore::execute(const Command& command, Deadline deadline) {
  return std::move(writing_.execute({&command, 1}, deadline).front());
}

std::vector<Result<Outcome>> SqliteStore::execute_each(std::span<const Command> commands,
                                                       Deadline deadline) {
  return writing_.execute(commands, deadline);
}

void SqliteStore::commit(std::span<detail::Job* const> jobs, const Deadline& deadline) {
  if (!writer_) {
    auto connected = connect(Connection::Access::write, deadline);
    if (!connected) {
      jobs.front()->answer = std::move(connected).error();
      return;
    }
    writer_ = *std::move(connected);
  }
  if (commit_on(*writer_, jobs, deadline)) writer_->checkpoint_if_due();
  if (writer_->reusable()) return;
  // A new connection beside old ones to a file that is gone would share their view of its log.
  if (writer_->failure().code == ErrorCode::broken_store) readers_.close_idle();
  writer_.reset();
}

/// One transaction for all `jobs`, in order. A failure on the way is its job's alone: nothing has
/// happened, the others go again. A failure of the commit is everybody's, refusals included, for
/// what they were refused for may not be there.
bool SqliteStore::commit_on(Connection& connection, std::span<detail::Job* const> jobs,
                            const Deadline& deadline) {
  const Call call{connection, deadline};
  const Transaction transaction{connection};
  connection.check_in_place();
  SqliteView view{connection, *clock_};
  std::vector<Result<Outcome>> decided;
  decided.reserve(jobs.size());
  for (detail::Job* const job : jobs) {
    Outcome outcome = Outcome::for_command(job->command);
    Result<void> done = rules::decide(view, job->command, outcome);
    view.forget_mark();
    if (connection.failed()) {
      // The time that was up is the leader's, whosever command was being decided.
      (deadline.expired() ? jobs.front() : job)->answer = connection.failure();
      return false;
    }
    decided.push_back(done ? Result<Outcome>{std::move(outcome)} : std::move(done).error());
  }
  // A refusal may leave something behind: an expired hold returned, an id voided.
  if (view.dirty()) connection.commit();
  const bool failed = connection.failed();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i]->answer = failed ? Result<Outcome>{connection.failure()} : std::move(decided[i]);
  }
  return !failed;
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
  auto opened = open_existing(path_, access, clock_, deadline, sync_);
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
