// Keeps a forked child away from its parent's SQLite handles: whatever SQLite does in the child,
// closing included, would drop locks or write pages under the parent. Put around the store by open.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "booking/store.hpp"

namespace booking::inline v0::sqlite {

/// Passes every call on to a store in the process that made it. In any other it answers internal,
/// and never lets go of that store, so that nothing is closed.
/// Thread safety and blocking: as Store.
class ForkGuard final : public Store {
 public:
  explicit ForkGuard(std::shared_ptr<Store> store);
  ~ForkGuard() override;
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;

  Result<Outcome> execute(const Command& command, Deadline deadline) override;
  std::vector<Result<Outcome>> execute_each(std::span<const Command> commands,
                                            Deadline deadline) override;
  Result<Answer> read(const Query& query, Deadline deadline) override;

 private:
  bool at_home() const noexcept;

  // In the child a lock in there may belong to a thread that does not exist: it is not touched.
  std::shared_ptr<Store> store_;
  const pid_t home_;
};

}  // namespace booking::inline v0::sqlite
