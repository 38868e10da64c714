// The market: users with funds and items, offers by price, purchases (rows 3.1 to 3.7). Stands on a
// MarketStore, in memory or on Redis (redis_market.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "booking/lock.hpp"
#include "booking/market_requests.hpp"
#include "booking/market_store.hpp"
#include "booking/options.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Options of a market.
struct MarketOptions {
  /// Limits for one call, waits and retries included, when the call has none of its own. More than
  /// 0, at most 1 hour.
  std::chrono::milliseconds timeout{5000};            ///< of all calls but purchases
  std::chrono::milliseconds purchase_timeout{10000};  ///< of purchases
  /// Measures timeouts; nullptr: the system's.
  std::shared_ptr<Clock> clock{};
  /// For ops and pauses; nullptr: the system's.
  std::shared_ptr<Random> random{};
};

namespace detail {
class MarketCore;
}

/// A handle on a market; copies share it.
///
/// Each change happens as a whole or not at all. Who meets others tries again at random intervals
/// until the time is used up: then it is `contention`, and nothing happened. With a lock that waits
/// (process_mutex; redis_lock with `wait`), callers that want the same item wait for each other
/// instead (row 3.7); with one that does not, the second is `locked` at once. Give redis_lock a
/// `ttl` above the call's timeout. A lock is never what keeps the market right. A change ends in
/// one of three ways: done; refused; or not decided in time (contention, timeout, unavailable:
/// nothing happened; outcome_unknown: ask again with the same op and `again`; one that the library
/// made stands in the error's detail, see market_requests.hpp).
///
/// Errors of every call: invalid_argument (an id that is not valid, or a user's with a dot in it;
///   a number out of range) · timeout, unavailable · broken_store · internal (in a forked child).
/// Errors of every change besides: invalid_argument (`again` without an op) · id_mismatch (the op
///   belongs to another request) · contention · outcome_unknown · those of the lock.
/// Thread safety: every member may be called from any thread. Blocks until the call's timeout at
/// the latest.
class Marketplace {
 public:
  /// Throws std::invalid_argument for a store that is null or a timeout out of range.
  explicit Marketplace(std::shared_ptr<MarketStore> store, std::shared_ptr<Lock> lock = no_lock(),
                       MarketOptions options = {});

  /// Makes an account, once. The same again, values and all, changes nothing. The market has no
  /// deposits; on Redis others may change `funds` (HINCRBY), as redis_market.hpp says.
  /// Errors: already_exists (refused: with other values, funds as they are now).
  Result<MarketReceipt> put_account(AccountRequest request, CallOptions options = {});
  /// Makes an item and puts it into a user's hands. One that the user holds or offers already stays
  /// as it is.
  ///
  /// Warning: grant each item once, to one user, under an id of its own. The market does not see
  /// that another user has it. Both may then offer and sell it; where one user would meet it twice
  /// (holds it and buys the other's, or holds it and offers it too), the answer is broken_store.
  /// Errors: not_found (refused: no such user).
  Result<MarketReceipt> grant_item(const GrantRequest& request, CallOptions options = {});
  /// Offers an item that the seller holds (row 3.3). An offer's price stays: for another one, take
  /// the offer back first (cancel_listing), then offer anew.
  /// Errors: item_not_owned (refused: not in the seller's hands, so also while it is on offer).
  Result<MarketReceipt> list_item(const ListRequest& request, CallOptions options = {});
  /// Buys an item at the price that the buyer has seen (row 3.4).
  /// Errors: not_found (no such offer; no such user), price_changed, insufficient_funds (refused,
  ///   in this order) · invalid_argument (one's own offer; or the seller's funds would pass
  ///   most_funds).
  Result<MarketReceipt> purchase_item(const PurchaseRequest& request, CallOptions options = {});
  /// Takes an offer back: the item is in the seller's hands again.
  /// Errors: not_found (refused: no such offer).
  Result<MarketReceipt> cancel_listing(const CancelListingRequest& request,
                                       CallOptions options = {});

  /// No value: there is no such user.
  Result<std::optional<Account>> account(const UserId& user, CallOptions options = {}) const;
  /// What a user holds. One who is unknown holds nothing.
  Result<ItemList> items(const UserId& user, CallOptions options = {}) const;
  /// One offer; no value: there is none.
  Result<std::optional<Listing>> listing(const ItemId& item, const UserId& seller,
                                         CallOptions options = {}) const;
  /// Offers by price, `page_size` (1 to 1,000) at a time. A page is of one moment; an offer that
  /// comes or goes between two pages may be missed.
  Result<ListingPage> browse(const BrowseRequest& request = {}, std::int32_t page_size = 100,
                             CallOptions options = {}) const;

 private:
  std::shared_ptr<detail::MarketCore> core_;
};

}  // namespace booking::inline v0

#include "booking/detail/marketplace_impl.hpp"
