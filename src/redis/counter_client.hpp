// The servers of counters and following: a master for everything, and perhaps a replica to read
// from when it cannot be asked. Used by counters and following.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "booking/counter_store.hpp"
#include "booking/redis_counters.hpp"
#include "redis/client.hpp"
#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

/// Thread safety: any thread. Blocks until the deadlines given at the latest.
class CounterClient {
 public:
  /// Errors: see redis_counter_store.
  static Result<CounterClient> reach(const RedisCounterOptions& options);

  std::string key(std::string_view name) const { return prefix_ + std::string{name}; }

  /// What the master answers to what `send(connection, deadline)` sends, as `take(reply)` reads it.
  /// Both give a Result; an error reply does not get to `take`.
  template <class Send, class Take>
  auto change(const Deadline& deadline, Send send, Take take) const {
    return ask(*master_, Use::change, Step::commit, deadline, send, take);
  }

  /// The same for what changes nothing; what `take` gives has a member `from_replica`.
  template <class Send, class Take>
  auto read(const Deadline& deadline, Send send, Take take) const {
    if (!replica_) return ask(*master_, Use::read, Step::read, deadline, send, take);
    auto told = ask(*master_, Use::read, Step::read, deadline.at_most(patience_), send, take);
    if (told || !cannot_be_asked(told.error())) return told;
    auto second = ask(*replica_, Use::read, Step::read, deadline, send, take);
    if (!second) return told;
    second->from_replica = true;
    return second;
  }

 private:
  CounterClient() = default;

  static bool cannot_be_asked(const Error& error) noexcept {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
  }

  template <class Send, class Take>
  static auto ask(Client& client, Use use, Step step, const Deadline& deadline, Send send,
                  Take take) -> decltype(take(std::declval<const Reply&>())) {
    const auto connection = client.lend(deadline, use);
    if (!connection) return connection.error();
    const Result<Reply> reply = send(**connection, deadline);
    if (!reply) return reply.error();
    if (reply->is(Reply::Kind::error)) return outcome(reply->text, step);
    auto made = take(*reply);
    // What stands in the store may be wrong; anything else is no answer to what was sent.
    if (!made && made.error().code != ErrorCode::broken_store) {
      (*connection)->close();
      return unexpected("to a question about counters", step);
    }
    return made;
  }

  std::string prefix_;
  std::chrono::milliseconds patience_{0};
  std::unique_ptr<Client> master_;
  std::unique_ptr<Client> replica_;
};

/// For CounterClient: sends one command.
class OneCommand {
 public:
  explicit OneCommand(Step step) : step_{step} {}
  Request& request() noexcept { return request_; }
  Result<Reply> operator()(Connection& connection, const Deadline& deadline) const;

 private:
  Request request_;
  Step step_;
};

/// At most `most` members of a sorted set behind `after`, as CounterStore::page has it.
Result<ScoredPage> read_page(const CounterClient& client, std::string_view key,
                             const std::optional<Scored>& after, std::int32_t most,
                             const Deadline& deadline);

/// As the server takes it, and gives back the same.
std::string score_text(double score);
/// A finite number; else broken_store.
Result<double> read_score(const Reply& reply);

/// What `take` gives for a reply that is no answer; becomes an error that fits the step.
inline Error no_answer() {
  return store_error(ErrorCode::unavailable, "no answer");
}

}  // namespace booking::inline v0::redis
