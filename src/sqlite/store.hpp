// SqliteStore: one writer, a few readers, each on a connection of its own. Made by open.
#pragma once

#include <memory>
#include <string>

#include "booking/process_mutex.hpp"
#include "booking/store.hpp"
#include "sqlite/file.hpp"
#include "sqlite/readers.hpp"

namespace booking::inline v0::sqlite {

/// Thread safety and blocking: as Store.
class SqliteStore final : public Store {
 public:
  /// `writer` is a connection to the inventory at `path`.
  SqliteStore(std::string path, std::shared_ptr<Clock> clock, Opened writer);

  Result<Outcome> execute(const Command& command, Deadline deadline) override;
  Result<Answer> read(const Query& query, Deadline deadline) override;

 private:
  Result<void> commit(const Command& command, const Deadline& deadline, Outcome& outcome);
  Result<std::unique_ptr<Connection>> connect(Connection::Access access,
                                              const Deadline& deadline) const;

  const std::string path_;
  const std::shared_ptr<Clock> clock_;
  const std::string identity_;
  const std::shared_ptr<Lock> writing_ = process_mutex(1);  // in order of arrival
  std::unique_ptr<Connection> writer_;  // under writing_; null after a failure, until the next use
  Readers readers_;
};

}  // namespace booking::inline v0::sqlite
