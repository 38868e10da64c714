// One attempt at a change of a market by WATCH, MULTI and EXEC. Used by market.
#pragma once

#include "booking/market_rules.hpp"
#include "redis/connection.hpp"
#include "redis/market_keys.hpp"

namespace booking::inline v0::redis {

/// Looks in one round trip and writes in another. All that is read is watched, so all that is
/// written was seen to have the type and the range it must have, and still has at EXEC: a
/// transaction that fails in the middle would leave half of itself.
/// Thread safety: one thread at a time. Blocks until the deadline at the latest.
class MarketTransaction {
 public:
  MarketTransaction(const MarketKeys& keys, const MarketCommand& command, Connection& connection,
                    const Deadline& deadline)
      : keys_{keys}, command_{command}, connection_{connection}, deadline_{deadline} {}
  /// Closes a connection that was left within WATCH or MULTI.
  ~MarketTransaction() {
    if (open_) connection_.close();
  }
  MarketTransaction(const MarketTransaction&) = delete;
  MarketTransaction& operator=(const MarketTransaction&) = delete;

  /// Errors: contention (something changed meanwhile), timeout, unavailable (nothing happened)
  ///   · outcome_unknown · broken_store.
  Result<MarketOutcome> run();

 private:
  Result<market_rules::Facts> look();
  Result<market_rules::Facts> facts_in(const std::vector<Reply>& replies) const;
  /// What leads from one to the other.
  void add_writes(const market_rules::Facts& before, const market_rules::Facts& after,
                  Request& request) const;
  Result<void> execute(const Request& request, Step step);

  const MarketKeys& keys_;
  const MarketCommand& command_;
  Connection& connection_;
  const Deadline& deadline_;
  bool open_ = false;
};

}  // namespace booking::inline v0::redis
