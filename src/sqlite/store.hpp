// SqliteStore: one writer for all who wait, a few readers, each on a connection of its own. Made by
// open.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "booking/detail/gather.hpp"
#include "booking/store.hpp"
#include "sqlite/file.hpp"
#include "sqlite/readers.hpp"

namespace booking::inline v0::sqlite {

/// Thread safety and blocking: as Store.
class SqliteStore final : public Store {
 public:
  /// `writer` is a connection to the inventory at `path`.
  SqliteStore(std::string path, SqliteSync sync, std::shared_ptr<Clock> clock, Opened writer);

  Result<Outcome> execute(const Command& command, Deadline deadline) override;
  std::vector<Result<Outcome>> execute_each(std::span<const Command> commands,
                                            Deadline deadline) override;
  Result<Answer> read(const Query& query, Deadline deadline) override;

 private:
  /// Enough to share a sync among all waiting callers, few enough to answer the first of them soon.
  /// Without a sync to share a caller is faster alone than woken by another.
  static constexpr std::size_t most_together(SqliteSync sync) {
    return sync == SqliteSync::full ? 256 : 1;
  }

  struct Commit {
    SqliteStore* store;
    void operator()(std::span<detail::Job* const> jobs, const Deadline& deadline) const {
      store->commit(jobs, deadline);
    }
  };

  void commit(std::span<detail::Job* const> jobs, const Deadline& deadline);
  bool commit_on(Connection& connection, std::span<detail::Job* const> jobs,
                 const Deadline& deadline);
  Result<std::unique_ptr<Connection>> connect(Connection::Access access,
                                              const Deadline& deadline) const;

  const std::string path_;
  const SqliteSync sync_;
  const std::shared_ptr<Clock> clock_;
  const std::string identity_;
  std::unique_ptr<Connection> writer_;  // the leader's; null after a failure, until the next use
  detail::Gather<Commit> writing_;
  Readers readers_;
};

}  // namespace booking::inline v0::sqlite
