// Checks, lock, retries: what a call of Marketplace does before and around the store. Private:
// include booking/marketplace.hpp.
#pragma once

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/detail/inventory_core.hpp"
#include "booking/detail/retry_loop.hpp"
#include "booking/detail/wipe_on_fork.hpp"
#include "booking/market_rules.hpp"
#include "booking/marketplace.hpp"

namespace booking::inline v0 {

namespace detail {

inline Result<void> check_market_user(const UserId& user) {
  if (auto good = check_user(user); !good) return good;
  if (user.text().find('.') == std::string_view::npos) return Result<void>::success();
  return invalid(Subject::user, "a user of a market has no dot in the id");
}

inline Result<void> check_item(const ItemId& item) {
  if (item.valid()) return Result<void>::success();
  return invalid(Subject::item,
                 "an item id is an integer or 1 to 47 bytes of UTF-8 without control characters");
}

inline Result<void> check_amount(std::int64_t amount, std::int64_t least, const char* what) {
  if (amount >= least && amount <= most_funds) return Result<void>::success();
  return invalid(Subject::request, std::string{what} + " must be " + std::to_string(least) +
                                       " to 2^53, got " + std::to_string(amount));
}

inline Result<void> check(const MarketCommand& command) {
  using Verb = MarketCommand::Verb;
  if (command.again && !command.op.valid()) {
    return invalid(Subject::request, "`again` needs the op of the first request");
  }
  if (auto user = check_market_user(command.user); !user) return user;
  if (command.verb == Verb::put_account) {
    auto name = check_text(command.name, max_name_bytes, LineBreaks::refuse, "a user's name");
    return name ? check_amount(command.amount, 0, "funds") : name;
  }
  if (auto item = check_item(command.item); !item) return item;
  if (auto seller = check_market_user(command.seller); !seller) return seller;
  const bool purchase = command.verb == Verb::purchase_item;
  if (purchase && command.user == command.seller) {
    return invalid(Subject::user, "nobody buys what is their own");
  }
  const bool priced = purchase || command.verb == Verb::list_item;
  return priced ? check_amount(command.amount, 1, "a price") : Result<void>::success();
}

class MarketCore {
 public:
  MarketCore(std::shared_ptr<MarketStore> store, std::shared_ptr<Lock> lock, MarketOptions options)
      : store_{std::move(store)}, lock_{std::move(lock)}, options_{std::move(options)} {
    if (!store_) bad_construction("booking::Marketplace: the store is null");
    for (const auto timeout : {options_.timeout, options_.purchase_timeout}) {
      if (timeout.count() <= 0 || timeout > max_timeout) {
        bad_construction("booking::Marketplace: a timeout must be above 0 and at most 1 hour");
      }
    }
    if (!options_.clock) options_.clock = std::make_shared<Clock>();
    if (!options_.random) options_.random = std::make_shared<Random>();
  }

  Result<MarketReceipt> change(MarketCommand command, const CallOptions& options) {
    const bool purchase = command.verb == MarketCommand::Verb::purchase_item;
    auto deadline = begin(options, purchase ? options_.purchase_timeout : options_.timeout);
    if (!deadline) return std::move(deadline).error();
    if (auto good = check(command); !good) return good.error();
    const bool given = command.op.valid();
    if (!given) command.op = OpId::generate(*options_.random);
    auto outcome = repeat(command, *deadline);
    if (!outcome) {
      Error error = std::move(outcome).error();
      if (!given && error.code == ErrorCode::outcome_unknown) tell_op(error, command.op);
      return error;
    }
    if (outcome->verdict == MarketVerdict::done || outcome->verdict == MarketVerdict::same) {
      return MarketReceipt{.op = command.op,
                           .changed = outcome->verdict == MarketVerdict::done,
                           .replayed = outcome->replayed};
    }
    return market_rules::error_of(outcome->verdict);
  }

  /// `ask(store, deadline)`, when `good`.
  template <class Ask>
  auto read(const Result<void>& good, const CallOptions& options, Ask ask)
      -> std::invoke_result_t<Ask, MarketStore&, Deadline> {
    auto deadline = begin(options, options_.timeout);
    if (!deadline) return std::move(deadline).error();
    if (!good) return good.error();
    return ask(*store_, *deadline);
  }

 private:
  // Time is the only limit.
  static constexpr RetryPolicy policy{.attempts = std::numeric_limits<std::int32_t>::max()};

  Result<Deadline> begin(const CallOptions& options, std::chrono::milliseconds usual) const {
    if (!fork_check_.forked()) return deadline_of(*options_.clock, usual, options);
    Error error;
    error.detail = "forked: this process was forked after the market was made; make a new one";
    return error;
  }

  Result<MarketOutcome> repeat(MarketCommand& command, const Deadline& deadline) {
    Error unknown;
    Error met;
    const auto attempt = [&]() -> Result<MarketOutcome> {
      const auto lease = enter(command, deadline);
      if (!lease) return lease.error();
      return store_->execute(command, deadline);
    };
    const auto before_pause = [&](const Error& error, std::int32_t, std::chrono::nanoseconds) {
      (error.code == ErrorCode::outcome_unknown ? unknown : met) = error;
      if (error.code == ErrorCode::outcome_unknown) command.again = true;
      return true;
    };
    std::int32_t attempts = 1;
    auto result = retry_loop(policy, deadline, *options_.clock, *options_.random, attempts, attempt,
                             before_pause);
    // "Nothing happened" of a later attempt says nothing about the one that was lost; and time that
    // was used up by meeting others is contention wherever it ended.
    if (result || result.error().kind() != ErrorKind::transient) return result;
    if (unknown.code == ErrorCode::outcome_unknown) return unknown;
    const bool used_up = met.code == ErrorCode::contention;
    return used_up && result.error().code == ErrorCode::timeout ? met : result;
  }

  /// Without it nobody could ask again.
  static void tell_op(Error& error, const OpId& op) {
    error.detail = "op " + to_string(op) + (error.detail.empty() ? "" : ": " + error.detail);
  }

  /// A lock's keys are slots: the item's stands for it.
  Result<Lease> enter(const MarketCommand& command, const Deadline& deadline) {
    if (!lock_ || !command.item.valid()) return Lease{};
    const ServiceId item = command.item.is_integer() ? ServiceId{command.item.integer()}
                                                     : ServiceId::from_stored(command.item.text());
    const std::array keys{SlotKey{item, "0001-01-01"}};
    return lock_->enter(keys, deadline);
  }

  const std::shared_ptr<MarketStore> store_;
  const std::shared_ptr<Lock> lock_;
  MarketOptions options_;
  const ForkCheck fork_check_;
};

}  // namespace detail

inline Marketplace::Marketplace(std::shared_ptr<MarketStore> store, std::shared_ptr<Lock> lock,
                                MarketOptions options)
    : core_{std::make_shared<detail::MarketCore>(std::move(store), std::move(lock),
                                                 std::move(options))} {}

inline Result<MarketReceipt> Marketplace::put_account(AccountRequest request, CallOptions options) {
  return core_->change({.verb = MarketCommand::Verb::put_account,
                        .user = request.user,
                        .seller = request.user,
                        .amount = request.funds,
                        .name = std::move(request.name),
                        .op = request.op,
                        .again = request.again},
                       options);
}

inline Result<MarketReceipt> Marketplace::grant_item(const GrantRequest& request,
                                                     CallOptions options) {
  return core_->change({.verb = MarketCommand::Verb::grant_item,
                        .user = request.user,
                        .seller = request.user,
                        .item = request.item,
                        .op = request.op,
                        .again = request.again},
                       options);
}

inline Result<MarketReceipt> Marketplace::list_item(const ListRequest& request,
                                                    CallOptions options) {
  return core_->change({.verb = MarketCommand::Verb::list_item,
                        .user = request.seller,
                        .seller = request.seller,
                        .item = request.item,
                        .amount = request.price,
                        .op = request.op,
                        .again = request.again},
                       options);
}

inline Result<MarketReceipt> Marketplace::purchase_item(const PurchaseRequest& request,
                                                        CallOptions options) {
  return core_->change({.verb = MarketCommand::Verb::purchase_item,
                        .user = request.buyer,
                        .seller = request.seller,
                        .item = request.item,
                        .amount = request.price,
                        .op = request.op,
                        .again = request.again},
                       options);
}

inline Result<MarketReceipt> Marketplace::cancel_listing(const CancelListingRequest& request,
                                                         CallOptions options) {
  return core_->change({.verb = MarketCommand::Verb::cancel_listing,
                        .user = request.seller,
                        .seller = request.seller,
                        .item = request.item,
                        .op = request.op,
                        .again = request.again},
                       options);
}

inline Result<std::optional<Account>> Marketplace::account(const UserId& user,
                                                           CallOptions options) const {
  return core_->read(
      detail::check_market_user(user), options,
      [&](MarketStore& store, Deadline deadline) { return store.account(user, deadline); });
}

inline Result<ItemList> Marketplace::items(const UserId& user, CallOptions options) const {
  return core_->read(
      detail::check_market_user(user), options,
      [&](MarketStore& store, Deadline deadline) { return store.items(user, deadline); });
}

inline Result<std::optional<Listing>> Marketplace::listing(const ItemId& item, const UserId& seller,
                                                           CallOptions options) const {
  auto good = detail::check_item(item);
  if (good) good = detail::check_market_user(seller);
  auto price = core_->read(good, options, [&](MarketStore& store, Deadline deadline) {
    return store.price(item, seller, deadline);
  });
  if (!price) return std::move(price).error();
  if (!*price) return std::optional<Listing>{};
  return std::optional{Listing{.item = item, .seller = seller, .price = **price}};
}

inline Result<ListingPage> Marketplace::browse(const BrowseRequest& request, std::int32_t page_size,
                                               CallOptions options) const {
  auto good = detail::check_page(page_size);
  if (good) good = detail::check_amount(request.from_price, 1, "a price");
  if (good && request.after) {
    good = detail::check_item(request.after->item);
    if (good) good = detail::check_market_user(request.after->seller);
    if (good) good = detail::check_amount(request.after->price, 1, "a price");
  }
  return core_->read(good, options, [&](MarketStore& store, Deadline deadline) {
    return store.browse(request, page_size, deadline);
  });
}

}  // namespace booking::inline v0
