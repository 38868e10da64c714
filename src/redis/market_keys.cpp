// Spelling a market's keys, reading its values.
#include "redis/market_keys.hpp"

#include <algorithm>

#include "redis/outcome.hpp"
#include "redis/records.hpp"

namespace booking::inline v0::redis {

namespace {

Error damaged(std::string_view what, std::string_view found) {
  return broken(std::string{what} + " is not valid: " + shown(found));
}

/// As the library and HINCRBY write it: no sign, no zeros before it.
std::optional<std::int64_t> amount_in(const Reply& reply, std::int64_t least) {
  if (!reply.is(Reply::Kind::text)) return std::nullopt;
  const auto amount = decode_integer(reply.text);
  if (!amount || *amount < least || *amount > most_funds) return std::nullopt;
  if (std::to_string(*amount) != reply.text) return std::nullopt;
  return amount;
}

}  // namespace

std::string MarketKeys::op(const OpId& op) const {
  return prefix + "market:op:" + to_string(op);
}

bool good_market_prefix(std::string_view prefix) noexcept {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_.:-{}"}.find(c) != std::string_view::npos;
  };
  return prefix.size() <= 64 && std::all_of(prefix.begin(), prefix.end(), fits);
}

Result<std::optional<Account>> account_in(const Reply& name_and_funds) {
  if (name_and_funds.items.size() != 2) return unexpected("to HMGET", Step::read);
  const Reply& name = name_and_funds.items[0];
  const Reply& funds = name_and_funds.items[1];
  if (name.is(Reply::Kind::nil) && funds.is(Reply::Kind::nil)) return std::optional<Account>{};
  const auto amount = amount_in(funds, 0);
  if (!amount || !name.is(Reply::Kind::text)) return damaged("an account", funds.text);
  return std::optional{Account{.name = name.text, .funds = *amount}};
}

Result<std::optional<std::int64_t>> price_in(const Reply& score) {
  if (score.is(Reply::Kind::nil)) return std::optional<std::int64_t>{};
  const auto amount = amount_in(score, 1);
  if (!amount) return damaged("a price", score.text);
  return amount;
}

Result<ItemId> item_in(std::string_view text) {
  const ItemId item{text};
  if (!item.valid()) return damaged("an item", text);
  return item;
}

Result<Listing> listing_in(std::string_view member, const Reply& score) {
  const std::size_t dot = member.rfind('.');
  if (dot == member.npos) return damaged("an offer", member);
  const ItemId item{member.substr(0, dot)};
  const UserId seller{member.substr(dot + 1)};
  if (!item.valid() || !seller.valid()) return damaged("an offer", member);
  const auto price = price_in(score);
  if (!price) return price.error();
  if (!*price) return damaged("a price", "");
  return Listing{.item = item, .seller = seller, .price = **price};
}

}  // namespace booking::inline v0::redis
