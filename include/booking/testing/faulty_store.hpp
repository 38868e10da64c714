// A store that fails on demand: for tests of what a host does when a reply is lost or a store does
// not answer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "booking/store.hpp"

namespace booking::inline v0::testing {

/// Passes every call on to another store, except where told to fail.
///
/// Commands are numbered as they arrive, from 1: `nth = 1` is the next one. A batch of execute_each
/// counts as its commands, one by one. One fault for one command; a later order replaces an earlier
/// one.
/// Thread safety: every member may be called from any thread. Blocks as the other store does.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}

  /// The nth command is carried out, but answered with outcome_unknown.
  void lose_reply_of(std::int64_t nth = 1) { order(nth, {.carry_out = true, .error = lost()}); }
  /// The nth command is not carried out and answered with outcome_unknown.
  void lose_request_of(std::int64_t nth = 1) { order(nth, {.carry_out = false, .error = lost()}); }
  /// The next `count` commands are not carried out and answered with `error`.
  void fail_next(const Error& error, std::int64_t count = 1) {
    for (std::int64_t nth = 1; nth <= count; ++nth) {
      order(nth, {.carry_out = false, .error = error});
    }
  }
  /// The next `count` reads are answered with `error`.
  void fail_next_reads(const Error& error, std::int64_t count = 1) {
    const std::lock_guard guard{mutex_};
    read_error_ = error;
    reads_to_fail_ = count;
  }
  /// How many commands have arrived so far.
  std::int64_t commands() const {
    const std::lock_guard guard{mutex_};
    return commands_;
  }

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    const std::optional<Fault> fault = next_fault();
    if (!fault) return store_->execute(command, deadline);
    if (fault->carry_out) store_->execute(command, deadline).ignore();
    return fault->error;
  }

  Result<Answer> read(const Query& query, Deadline deadline) override {
    {
      const std::lock_guard guard{mutex_};
      if (reads_to_fail_ > 0) {
        --reads_to_fail_;
        return read_error_;
      }
    }
    return store_->read(query, deadline);
  }

 private:
  struct Fault {
    bool carry_out = false;
    Error error{};
  };

  static Error lost() {
    Error error;
    error.code = ErrorCode::outcome_unknown;
    error.subject = Subject::store;
    return error;
  }
  void order(std::int64_t nth, Fault fault) {
    const std::lock_guard guard{mutex_};
    faults_.insert_or_assign(commands_ + nth, std::move(fault));
  }
  std::optional<Fault> next_fault() {
    const std::lock_guard guard{mutex_};
    const auto found = faults_.find(++commands_);
    if (found == faults_.end()) return std::nullopt;
    std::optional<Fault> fault{std::move(found->second)};
    faults_.erase(found);
    return fault;
  }

  const std::shared_ptr<Store> store_;
  mutable std::mutex mutex_;
  std::int64_t commands_ = 0;
  std::map<std::int64_t, Fault> faults_;  // by number of the command
  Error read_error_{};
  std::int64_t reads_to_fail_ = 0;
};

}  // namespace booking::inline v0::testing
