// A market on a Redis server, shared by any number of processes on any number of machines, under
// keys that other programs can read and write too (rows 3.1 to 3.4).
#pragma once

#include <memory>
#include <string>

#include "booking/market_store.hpp"
#include "booking/redis.hpp"
#include "booking/redis_export.hpp"
#include "booking/redis_server.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Options of redis_market_store.
struct RedisMarketOptions {
  RedisServerOptions server{};
  /// Stands before every key as it is (end it with a separator, as in `shop:`), so that several
  /// markets can share a server; with `{tag}` in it they
  /// all sit on one node of a cluster. At most 64 letters, digits and `_.:-{}`.
  std::string prefix{};
  /// script: one script decides and writes, in one round trip; changes disturb each other only
  /// where they speak of the same offer, item or account. watch: WATCH, MULTI and EXEC in two round
  /// trips; every change of the market disturbs all others under way. Both may be mixed.
  CommitMode commit = CommitMode::script;
};

/// Makes a store on these keys, whether or not anything is there yet:
///   `users:17`       hash    name, funds
///   `inventory:17`   set     the items in the user's hands
///   `market:`        zset    `<item>.<seller>` by price
///   `market:op:<32 hexadecimal digits>`  string, for 7 days: what became of an op id
/// The server is connected to when first needed. Browsing runs a script in either mode. What an
/// acknowledged change survives is the server's to say (see redis_store); unlike an inventory, a
/// market does not notice that its server came back empty.
///
/// Other programs may change the keys at any time by transactions that keep to the rules: funds 0
/// to 2^53, prices 1 to 2^53, each item in one place only, no dot in a user's id. Keys of another
/// type, funds or prices that are no whole numbers up to 2^53, an item in two places are
/// broken_store, and nothing is written then.
///
/// Thread safety: as MarketStore; starts no thread.
/// Errors: invalid_argument (URL, prefix, limits) · unavailable (the host name is not known).
[[nodiscard]] BOOKING_REDIS_EXPORT Result<std::shared_ptr<MarketStore>> redis_market_store(
    const RedisMarketOptions& options);

}  // namespace booking::inline v0
