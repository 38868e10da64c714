// RedisStore: reads what a command needs, lets the rules decide, and writes what they came to if
// nothing of it has changed meanwhile. Made by open.
#pragma once

#include <atomic>
#include <memory>

#include "booking/redis.hpp"
#include "booking/store.hpp"
#include "redis/access.hpp"

namespace booking::inline v0::redis {

/// Thread safety and blocking: as Store.
class RedisStore final : public Store {
 public:
  /// `policy` is the inventory's, as far as is known.
  RedisStore(std::unique_ptr<Access> access, CommitMode mode, const Policy& policy);

  Result<Outcome> execute(const Command& command, Deadline deadline) override;
  Result<Answer> read(const Query& query, Deadline deadline) override;

 private:
  struct Decision;
  struct Done;

  Result<Outcome> sweep(const Command& command, const Deadline& deadline);
  Result<Done> carry_out(const Command& command, const Deadline& deadline);
  Result<bool> attempt(Connection& connection, const Command& command, Facts& facts, bool again,
                       const Deadline& deadline, Done& done);
  Result<bool> attempt_watching(Connection& connection, const Command& command, Facts& facts,
                                const Deadline& deadline, Done& done);
  Result<Decision> decide(Connection& connection, const Command& command, Facts& facts, bool again,
                          const Deadline& deadline);
  Decision decide_once(Facts& facts, const Seen& seen, const Command& command);

  const std::unique_ptr<Access> access_;
  const CommitMode mode_;
  std::atomic<bool> counted_;  // whether the policy limits users: a guess at what to read ahead
};

}  // namespace booking::inline v0::redis
