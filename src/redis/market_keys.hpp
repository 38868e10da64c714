// A market's keys, and what stands under them. Used by market and market_transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "booking/market_requests.hpp"
#include "booking/result.hpp"
#include "redis/reply.hpp"

namespace booking::inline v0::redis {

struct MarketKeys {
  std::string prefix{};

  std::string market() const { return prefix + "market:"; }
  std::string user(const UserId& user) const { return prefix + "users:" + to_string(user); }
  std::string items(const UserId& user) const { return prefix + "inventory:" + to_string(user); }
  std::string op(const OpId& op) const;
};

/// At most 64 letters, digits and `_.:-{}`.
bool good_market_prefix(std::string_view prefix) noexcept;

/// What replies say, once they are no errors. Errors: broken_store, for what no library wrote.
Result<std::optional<Account>> account_in(const Reply& name_and_funds);
Result<std::optional<std::int64_t>> price_in(const Reply& score);
Result<ItemId> item_in(std::string_view text);
Result<Listing> listing_in(std::string_view member, const Reply& score);

}  // namespace booking::inline v0::redis
