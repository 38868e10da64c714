// The look at the process id costs well below a microsecond; a read costs several.
#include "sqlite/fork_guard.hpp"

#include <unistd.h>

#include <new>
#include <utility>

namespace booking::inline v0::sqlite {

namespace {

Error forked() {
  Error error;
  error.code = ErrorCode::internal;
  error.subject = Subject::store;
  error.detail =
      "this process was forked while the file was open: it cannot use the file before exec()";
  return error;
}

}  // namespace

ForkGuard::ForkGuard(std::shared_ptr<Store> store) : store_{std::move(store)}, home_{::getpid()} {}

ForkGuard::~ForkGuard() {
  if (at_home()) return;
  // Left behind for good: this handle never goes, so neither does the last one.
  alignas(std::shared_ptr<Store>) std::byte left_behind[sizeof store_];
  new (left_behind) std::shared_ptr<Store>{std::move(store_)};
}

bool ForkGuard::at_home() const noexcept {
  return ::getpid() == home_;
}

Result<Outcome> ForkGuard::execute(const Command& command, Deadline deadline) {
  if (!at_home()) return forked();
  return store_->execute(command, deadline);
}

std::vector<Result<Outcome>> ForkGuard::execute_each(std::span<const Command> commands,
                                                     Deadline deadline) {
  if (!at_home()) return std::vector<Result<Outcome>>(commands.size(), forked());
  return store_->execute_each(commands, deadline);
}

Result<Answer> ForkGuard::read(const Query& query, Deadline deadline) {
  if (!at_home()) return forked();
  return store_->read(query, deadline);
}

}  // namespace booking::inline v0::sqlite
