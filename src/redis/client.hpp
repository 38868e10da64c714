// A server as a few connections and nothing else: what locks, caches, counters and markets stand
// on. Used by them.
#pragma once

#include <memory>
#include <vector>

#include "booking/detail/wipe_on_fork.hpp"
#include "booking/redis_server.hpp"
#include "booking/result.hpp"
#include "redis/connections.hpp"
#include "redis/handshake.hpp"
#include "redis/script.hpp"

namespace booking::inline v0::redis {

/// Thread safety: any thread. Blocks until the deadlines given at the latest.
/// Errors: as Connection::exchange and Connections::lend · internal (in a forked child).
class Client {
 public:
  /// Checks the options and looks the server up; connects to nothing yet. Errors: invalid_argument,
  /// unavailable (the host name is not known).
  static Result<std::unique_ptr<Client>> reach(const RedisServerOptions& options,
                                               Role role = Role::master);

  explicit Client(Connections::Options options) : connections_{std::move(options)} {}

  /// A connection for several exchanges, as WATCH needs.
  Result<Connections::Loan> lend(const Deadline& deadline, Use use = Use::change);
  /// One pipeline: a reply for each command; error replies are values too.
  Result<std::vector<Reply>> exchange(const Request& request, const Deadline& deadline, Step step);
  /// One script; an error reply is an error (see outcome.hpp).
  Result<Reply> run(const Script& script, Script::Texts keys, Script::Texts arguments,
                    const Deadline& deadline, Step step);

 private:
  const v0::detail::ForkCheck fork_check_{};
  Connections connections_;
};

}  // namespace booking::inline v0::redis
