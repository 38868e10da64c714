// The market's storage seam. A host's own store derives from MarketStore, reads the facts that a
// command rests on and calls market_rules::decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "booking/market_requests.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// A change of a market. Made and checked by Marketplace.
struct MarketCommand {
  enum class Verb : std::uint8_t {
    put_account,
    grant_item,
    list_item,
    purchase_item,
    cancel_listing
  };
  Verb verb = Verb::put_account;
  UserId user{};            ///< who acts: the buyer of a purchase, otherwise the owner
  UserId seller{};          ///< whose offer it is; of a purchase another one than `user`
  ItemId item{};            ///< not of put_account
  std::int64_t amount = 0;  ///< the price; of put_account the funds
  std::string name{};       ///< of put_account
  OpId op{};
  bool again = false;
};

/// What became of a command; sentences and error codes are in market_rules.hpp.
enum class MarketVerdict : std::uint8_t {
  done,
  same,  ///< nothing to do
  item_not_found,
  user_not_found,
  item_not_owned,
  price_changed,
  insufficient_funds,
  already_exists,
  too_rich,       ///< the seller's funds would pass most_funds
  other_request,  ///< the op belongs to another request
  damaged,        ///< what is stored cannot be
};

struct MarketOutcome {
  MarketVerdict verdict = MarketVerdict::damaged;
  bool replayed = false;
  friend bool operator==(const MarketOutcome&, const MarketOutcome&) = default;
};

/// Keeps one market. `execute` is one atomic step that does what market_rules::decide says, or
/// nothing; commits of one market are strictly serializable, reads see all that was acknowledged.
///
/// Errors: contention, timeout, unavailable (nothing happened) · outcome_unknown (of `execute`)
///   · broken_store (what is stored is not of the library's making) · internal (a forked child).
/// Thread safety: every member may be called from any thread. Each call blocks until `deadline` at
/// the latest.
class MarketStore {
 public:
  virtual ~MarketStore() = default;
  virtual Result<MarketOutcome> execute(const MarketCommand& command, Deadline deadline) = 0;
  virtual Result<std::optional<Account>> account(const UserId& user, Deadline deadline) = 0;
  virtual Result<ItemList> items(const UserId& user, Deadline deadline) = 0;
  /// The price of an offer; no value: there is none.
  virtual Result<std::optional<std::int64_t>> price(const ItemId& item, const UserId& seller,
                                                    Deadline deadline) = 0;
  virtual Result<ListingPage> browse(const BrowseRequest& request, std::int32_t page_size,
                                     Deadline deadline) = 0;
};

}  // namespace booking::inline v0
