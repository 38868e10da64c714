// What callers hand to a Marketplace and what they get back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "booking/ids.hpp"

namespace booking::inline v0 {

/// The most that a price and an account's funds may be: 2^53, the largest number up to which Redis
/// counts exactly. The funds of a whole market are best kept below it too.
inline constexpr std::int64_t most_funds = std::int64_t{1} << 53;

// Every request names a user without a dot in the id, and may carry an `op`, the name of this one
// change. Make it yourself (OpId::generate) and keep it, to be able to ask again after
// outcome_unknown or a crash: for 7 days the same request with the same op is carried out at most
// once and answers as the first time (`replayed`); another request with it is id_mismatch. Set
// `again` when asking again: a refusal is then final for this op, for the first request may still
// be on its way. The library too asks again where a reply was lost, so after any refusal take a new
// op for what you want instead. `again` without an op is invalid_argument.
//
// Left out, the library makes an op for the call. Should that end in outcome_unknown, the error's
// `detail` begins with "op " and the op's text: OpId::parse of those 32 digits is what to ask again
// with. A crash takes it along.

/// A user of the market (row 3.1).
struct AccountRequest {
  UserId user{};
  std::string name{};      ///< at most 200 bytes of UTF-8 without control characters
  std::int64_t funds = 0;  ///< 0 to most_funds
  OpId op{};
  bool again = false;
};

/// An item to put into a user's hands.
struct GrantRequest {
  UserId user{};
  ItemId item{};
  OpId op{};
  bool again = false;
};

/// An item to offer (row 3.3).
struct ListRequest {
  ItemId item{};
  UserId seller{};
  std::int64_t price = 0;  ///< 1 to most_funds
  OpId op{};
  bool again = false;
};

/// An item to buy (row 3.4).
struct PurchaseRequest {
  UserId buyer{};
  ItemId item{};
  UserId seller{};
  std::int64_t price = 0;  ///< what the buyer believes it costs, 1 to most_funds
  OpId op{};
  bool again = false;
};

/// An offer to take back.
struct CancelListingRequest {
  ItemId item{};
  UserId seller{};
  OpId op{};
  bool again = false;
};

/// The answer to a change that was made.
struct MarketReceipt {
  OpId op{};
  bool changed = false;  ///< false: all was so already
  /// The op was known, and `changed` is as the first time. Also when the first time was within this
  /// very call: its answer was lost, and the library asked again.
  bool replayed = false;
};

struct Account {
  std::string name{};
  std::int64_t funds = 0;
  friend bool operator==(const Account&, const Account&) = default;
};

struct Listing {
  ItemId item{};
  UserId seller{};
  std::int64_t price = 0;
  friend bool operator==(const Listing&, const Listing&) = default;
};

/// The items in a user's hands, those on the market left out.
struct ItemList {
  std::vector<ItemId> items{};  ///< ascending
  bool complete = true;         ///< false: there are more than 10,000, these are some of them
};

/// Where a list of offers begins.
struct BrowseRequest {
  std::int64_t from_price = 1;     ///< 1 to most_funds; counts for nothing where `after` is set
  std::optional<Listing> after{};  ///< behind this one: `next` of the page before
};

/// Offers by price; those of one price by the bytes of "<item>.<seller>" (row 3.2).
struct ListingPage {
  std::vector<Listing> items{};
  std::optional<Listing> next{};  ///< no value: there was nothing more
};

}  // namespace booking::inline v0
