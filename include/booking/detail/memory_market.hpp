// The market in memory: plain maps behind one mutex. Private: include
// booking/memory_market_store.hpp.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "booking/market_rules.hpp"
#include "booking/memory_market_store.hpp"

namespace booking::inline v0::detail {

class MemoryMarket final : public MarketStore {
 public:
  explicit MemoryMarket(std::shared_ptr<Clock> clock)
      : clock_{clock ? std::move(clock) : std::make_shared<Clock>()} {}

  Result<MarketOutcome> execute(const MarketCommand& command, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    const Instant now = clock_->now();
    forget_ops(now);
    const market_rules::Facts before = facts_of(command);
    market_rules::Facts facts = before;
    const MarketOutcome outcome = market_rules::decide(command, facts);
    if (facts != before) write(command, facts, now);
    return outcome;
  }

  Result<std::optional<Account>> account(const UserId& user, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    return found(accounts_, user);
  }

  Result<ItemList> items(const UserId& user, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    ItemList list;
    const auto at = items_.find(user);
    if (at == items_.end()) return list;
    for (const ItemId& item : at->second) {
      list.complete = list.items.size() < market_rules::most_items;
      if (!list.complete) break;
      list.items.push_back(item);
    }
    return list;
  }

  Result<std::optional<std::int64_t>> price(const ItemId& item, const UserId& seller,
                                            Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    return found(prices_, market_rules::member_of(item, seller));
  }

  Result<ListingPage> browse(const BrowseRequest& request, std::int32_t page_size,
                             Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    auto at = request.after ? market_.upper_bound(place_of(*request.after))
                            : market_.lower_bound({request.from_price, std::string{}});
    ListingPage page;
    while (at != market_.end() && page.items.size() < static_cast<std::size_t>(page_size)) {
      page.items.push_back(at->second);
      ++at;
    }
    if (at != market_.end()) page.next = page.items.back();
    return page;
  }

 private:
  using Place = std::pair<std::int64_t, std::string>;

  template <class Map, class Key>
  static std::optional<typename Map::mapped_type> found(const Map& map, const Key& key) {
    const auto at = map.find(key);
    if (at == map.end()) return std::nullopt;
    return at->second;
  }

  static Place place_of(const Listing& listing) {
    return {listing.price, market_rules::member_of(listing.item, listing.seller)};
  }

  market_rules::Facts facts_of(const MarketCommand& command) {
    const market_rules::Needs needs = market_rules::needs_of(command.verb);
    market_rules::Facts facts;
    facts.op = found(ops_, command.op);
    if (needs.account) facts.account = found(accounts_, command.user);
    if (needs.seller) facts.seller = found(accounts_, command.seller);
    if (!needs.item) return facts;
    const auto items = items_.find(command.user);
    facts.owned = items != items_.end() && items->second.contains(command.item);
    facts.price = found(prices_, market_rules::member_of(command.item, command.seller));
    return facts;
  }

  void write(const MarketCommand& command, const market_rules::Facts& facts, Instant now) {
    ops_[command.op] = *facts.op;
    op_ends_.emplace_back(now + market_rules::op_life, command.op);
    if (facts.account) accounts_[command.user] = *facts.account;
    if (facts.seller) accounts_[command.seller] = *facts.seller;
    if (market_rules::needs_of(command.verb).item) move_item(command, facts);
  }

  void move_item(const MarketCommand& command, const market_rules::Facts& facts) {
    Listing listing{.item = command.item, .seller = command.seller, .price = 0};
    const std::string member = market_rules::member_of(command.item, command.seller);
    if (const auto before = found(prices_, member)) {
      listing.price = *before;
      market_.erase(place_of(listing));
      prices_.erase(member);
    }
    if (facts.price) {
      listing.price = *facts.price;
      market_.emplace(place_of(listing), listing);
      prices_.emplace(member, listing.price);
    }
    if (facts.owned) {
      items_[command.user].insert(command.item);
    } else {
      items_[command.user].erase(command.item);
    }
  }

  void forget_ops(Instant now) {
    while (!op_ends_.empty() && op_ends_.front().first <= now) {
      ops_.erase(op_ends_.front().second);
      op_ends_.pop_front();
    }
  }

  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  std::map<UserId, Account> accounts_;
  std::map<UserId, std::set<ItemId>> items_;
  std::map<Place, Listing> market_;             // in the order of browsing
  std::map<std::string, std::int64_t> prices_;  // by member
  std::map<OpId, std::string> ops_;
  std::deque<std::pair<Instant, OpId>> op_ends_;  // in the order in which they are forgotten
};

}  // namespace booking::inline v0::detail

namespace booking::inline v0 {

inline std::shared_ptr<MarketStore> memory_market_store(std::shared_ptr<Clock> clock) {
  return std::make_shared<detail::MemoryMarket>(std::move(clock));
}

}  // namespace booking::inline v0
