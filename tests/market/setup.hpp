// Markets of every kind with Frank and Bill on them, for the tests of Marketplace.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "booking/booking.hpp"
#include "booking/redis_market.hpp"
#include "redis/setup.hpp"

namespace booking_test {

using booking::CommitMode;
using booking::ItemId;
using booking::Listing;
using booking::Marketplace;
using booking::MarketStore;
using booking::OpId;
using booking::UserId;

inline std::shared_ptr<MarketStore> redis_market(const std::string& url, CommitMode commit,
                                                 const std::string& prefix = "",
                                                 std::int32_t connections = 8) {
  auto store = booking::redis_market_store(
      {.server = {.url = url, .connections = connections}, .prefix = prefix, .commit = commit});
  REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
  return *std::move(store);
}

// Runs `test` on an empty market of each kind.
inline void on_every_market(const std::function<void(Marketplace&)>& test) {
  const RedisServer server;
  const std::shared_ptr<MarketStore> stores[] = {
      booking::memory_market_store(), redis_market(server.url(), CommitMode::script, "script:"),
      redis_market(server.url(), CommitMode::watch, "watch:")};
  const char* const names[] = {"memory", "script", "watch"};
  for (int i = 0; i < 3; ++i) {
    CAPTURE(names[i]);
    Marketplace market{stores[i]};
    test(market);
  }
}

// As it stands in the requirements: Frank is 17, Bill is 27.
inline void open_for_frank_and_bill(Marketplace& market) {
  REQUIRE(market.put_account({.user = 17, .name = "Frank", .funds = 43}));
  REQUIRE(market.put_account({.user = 27, .name = "Bill", .funds = 125}));
  for (const char* item : {"ItemL", "ItemM", "ItemN"}) {
    REQUIRE(market.grant_item({.user = 17, .item = item}));
  }
  for (const char* item : {"ItemO", "ItemP", "ItemQ"}) {
    REQUIRE(market.grant_item({.user = 27, .item = item}));
  }
}

inline std::int64_t funds(const Marketplace& market, const UserId& user) {
  return market.account(user).value().value().funds;
}

inline std::string held(const Marketplace& market, const UserId& user) {
  std::string text;
  const auto list = market.items(user).value();
  for (const ItemId& item : list.items) text += to_string(item) + " ";
  return text;
}

inline std::string offers(const Marketplace& market) {
  std::string text;
  const auto page = market.browse().value();
  for (const Listing& one : page.items) {
    text +=
        to_string(one.item) + "." + to_string(one.seller) + " " + std::to_string(one.price) + " ";
  }
  return text;
}

// All that can be seen of Frank and Bill's market, to show that nothing has changed.
inline std::string everything(const Marketplace& market) {
  return std::to_string(funds(market, 17)) + " " + std::to_string(funds(market, 27)) + " " +
         held(market, 17) + "| " + held(market, 27) + "| " + offers(market);
}

// The error of a result that is one.
template <class T>
std::string refusal(const booking::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return std::string{to_string(result.error().code)} + " " +
         std::string{to_string(result.error().subject)};
}

}  // namespace booking_test
