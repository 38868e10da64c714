// RedisStore: brings callers together for the commands that have a twin on the server. Whatever is
// left goes the general way: reads what the command needs, lets the rules decide, and writes what
// they came to if nothing of it has changed meanwhile. Made by open.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "booking/detail/gather.hpp"
#include "booking/redis.hpp"
#include "booking/store.hpp"
#include "redis/access.hpp"

namespace booking::inline v0::redis {

/// Thread safety and blocking: as Store.
class RedisStore final : public Store {
 public:
  /// `policy` is the inventory's, as far as is known. `lanes`: how many batches may be on their way
  /// at once; 0: every command goes the general way.
  RedisStore(std::unique_ptr<Access> access, CommitMode mode, const Policy& policy,
             std::size_t lanes);

  Result<Outcome> execute(const Command& command, Deadline deadline) override;
  std::vector<Result<Outcome>> execute_each(std::span<const Command> commands,
                                            Deadline deadline) override;
  Result<Answer> read(const Query& query, Deadline deadline) override;

 private:
  struct Decision;
  struct Done;
  /// What was read so far for a command.
  struct Known {
    Facts facts;
    std::optional<Seen> seen{};  ///< with the latest look; all of `facts` at one moment
  };
  struct Send {
    RedisStore* store;
    void operator()(std::span<v0::detail::Job* const> jobs, const Deadline& deadline) const {
      store->send(jobs, deadline);
    }
  };
  using Lane = v0::detail::Gather<Send>;

  Lane& lane();
  void send(std::span<v0::detail::Job* const> jobs, const Deadline& deadline);
  Result<std::optional<Rows>> run(const TwinRun& twins, const Deadline& deadline);
  Known settle(v0::detail::Job& job, const Seen& seen, const Reply& policy, Reply reply);

  Result<Outcome> general(const Command& command, Known known, const Deadline& deadline);
  Result<Outcome> sweep(const Command& command, const Deadline& deadline);
  Result<Done> carry_out(const Command& command, Known known, const Deadline& deadline);
  Result<bool> attempt(Connection& connection, const Command& command, Known& known, bool again,
                       const Deadline& deadline, Done& done);
  Result<bool> attempt_watching(Connection& connection, const Command& command, Known& known,
                                const Deadline& deadline, Done& done);
  Result<Decision> decide(Connection& connection, const Command& command, Known& known, bool again,
                          const Deadline& deadline);
  Decision decide_once(Facts& facts, const Seen& seen, const Command& command);

  const std::unique_ptr<Access> access_;
  const CommitMode mode_;
  std::atomic<bool> counted_;  // whether the policy limits users: a guess at what to read ahead
  std::vector<std::unique_ptr<Lane>> lanes_{};
};

}  // namespace booking::inline v0::redis
