// Every rule of a market: who may list, buy and take back, the order of refusals, the values
// afterwards. Used by the market's stores; market.lua says the same once more.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "booking/market_store.hpp"

namespace booking::inline v0::market_rules {

/// For how long an op id is known.
inline constexpr std::chrono::milliseconds op_life = std::chrono::days{7};

/// The most that one ItemList holds.
inline constexpr std::size_t most_items = 10'000;

/// What a command rests on, and what it changes. A store fills in what `needs_of` names, and writes
/// back what `decide` made of it.
struct Facts {
  std::optional<std::string> op{};  ///< the record of the op id, which lasts for op_life
  std::optional<Account> account{};
  std::optional<Account> seller{};
  bool owned = false;                   ///< the item is in the hands of `command.user`
  std::optional<std::int64_t> price{};  ///< of the item as offered by `command.seller`
  friend bool operator==(const Facts&, const Facts&) = default;
};

/// The op is always needed.
struct Needs {
  bool account = false;  ///< that of `command.user`
  bool seller = false;   ///< that of `command.seller`
  bool item = false;     ///< `owned` and `price`
};

constexpr Needs needs_of(MarketCommand::Verb verb) noexcept {
  switch (verb) {
    case MarketCommand::Verb::put_account:
      return {.account = true, .seller = false, .item = false};
    case MarketCommand::Verb::grant_item:
      return {.account = true, .seller = false, .item = true};
    case MarketCommand::Verb::purchase_item:
      return {.account = true, .seller = true, .item = true};
    case MarketCommand::Verb::list_item:
    case MarketCommand::Verb::cancel_listing:
      break;
  }
  return {.account = false, .seller = false, .item = true};
}

struct Row {
  MarketVerdict verdict;
  std::string_view name;  // as an op's record has it
  ErrorCode code;         // of a refusal
  Subject subject;
  std::string_view detail;
};

inline constexpr std::array table = {
    Row{MarketVerdict::done, "done", ErrorCode::internal, Subject::none, ""},
    Row{MarketVerdict::same, "same", ErrorCode::internal, Subject::none, ""},
    Row{MarketVerdict::item_not_found, "item_not_found", ErrorCode::not_found, Subject::item, ""},
    Row{MarketVerdict::user_not_found, "user_not_found", ErrorCode::not_found, Subject::user, ""},
    Row{MarketVerdict::item_not_owned, "item_not_owned", ErrorCode::item_not_owned, Subject::item,
        ""},
    Row{MarketVerdict::price_changed, "price_changed", ErrorCode::price_changed, Subject::item, ""},
    Row{MarketVerdict::insufficient_funds, "insufficient_funds", ErrorCode::insufficient_funds,
        Subject::user, ""},
    Row{MarketVerdict::already_exists, "already_exists", ErrorCode::already_exists, Subject::user,
        ""},
    Row{MarketVerdict::too_rich, "too_rich", ErrorCode::invalid_argument, Subject::user,
        "the seller's funds would pass 2^53"},
    Row{MarketVerdict::other_request, "other_request", ErrorCode::id_mismatch, Subject::request,
        "an op id names one request"},
    Row{MarketVerdict::damaged, "damaged", ErrorCode::broken_store, Subject::store,
        "an item is in two places, or the record of an op id is none"},
};

constexpr bool in_order() noexcept {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].verdict) != i) return false;
  }
  return true;
}
static_assert(in_order(), "one row for each verdict, in the order of MarketVerdict");

constexpr const Row& row(MarketVerdict verdict) noexcept {
  return table[static_cast<std::size_t>(verdict)];
}

constexpr std::optional<MarketVerdict> verdict_named(std::string_view name) noexcept {
  for (const Row& one : table) {
    if (one.name == name) return one.verdict;
  }
  return std::nullopt;
}

inline constexpr std::array<std::string_view, 5> verb_names = {
    "put_account", "grant_item", "list_item", "purchase_item", "cancel_listing"};

constexpr std::string_view name_of(MarketCommand::Verb verb) noexcept {
  return verb_names[static_cast<std::size_t>(verb)];
}

/// All that makes two commands the same request. No part can hold a tab.
inline std::string request_text(const MarketCommand& command) {
  std::string text{name_of(command.verb)};
  for (const std::string& part : {to_string(command.user), to_string(command.seller),
                                  command.item.valid() ? to_string(command.item) : std::string{},
                                  std::to_string(command.amount), command.name}) {
    text += '\t';
    text += part;
  }
  return text;
}

/// An offer's name in a market: `<item>.<seller>`; the last dot parts them.
inline std::string member_of(const ItemId& item, const UserId& seller) {
  return to_string(item) + "." + to_string(seller);
}

namespace detail {

inline MarketVerdict put_account(const MarketCommand& command, Facts& facts) {
  Account wanted{.name = command.name, .funds = command.amount};
  if (facts.account == wanted) return MarketVerdict::same;
  if (facts.account) return MarketVerdict::already_exists;
  facts.account = std::move(wanted);
  return MarketVerdict::done;
}

inline MarketVerdict grant_item(Facts& facts) {
  if (!facts.account) return MarketVerdict::user_not_found;
  if (facts.owned || facts.price) return MarketVerdict::same;
  facts.owned = true;
  return MarketVerdict::done;
}

inline MarketVerdict list_item(const MarketCommand& command, Facts& facts) {
  if (!facts.owned) return MarketVerdict::item_not_owned;
  facts.owned = false;
  facts.price = command.amount;
  return MarketVerdict::done;
}

inline MarketVerdict purchase_item(const MarketCommand& command, Facts& facts) {
  if (!facts.price) return MarketVerdict::item_not_found;
  if (!facts.account || !facts.seller) return MarketVerdict::user_not_found;
  if (*facts.price != command.amount) return MarketVerdict::price_changed;
  if (facts.account->funds < command.amount) return MarketVerdict::insufficient_funds;
  if (facts.seller->funds > most_funds - command.amount) return MarketVerdict::too_rich;
  facts.account->funds -= command.amount;
  facts.seller->funds += command.amount;
  facts.price.reset();
  facts.owned = true;
  return MarketVerdict::done;
}

inline MarketVerdict cancel_listing(Facts& facts) {
  if (!facts.price) return MarketVerdict::item_not_found;
  facts.price.reset();
  facts.owned = true;
  return MarketVerdict::done;
}

/// As if the op were new.
inline MarketVerdict judge(const MarketCommand& command, Facts& facts) {
  using Verb = MarketCommand::Verb;
  if (facts.owned && facts.price) return MarketVerdict::damaged;
  switch (command.verb) {
    case Verb::put_account:
      return put_account(command, facts);
    case Verb::grant_item:
      return grant_item(facts);
    case Verb::list_item:
      return list_item(command, facts);
    case Verb::purchase_item:
      return purchase_item(command, facts);
    case Verb::cancel_listing:
      break;
  }
  return cancel_listing(facts);
}

inline MarketOutcome replay(std::string_view record, std::string_view request) {
  const std::size_t end = record.find('\t');
  const auto verdict = verdict_named(record.substr(0, end));
  if (!verdict || end == record.npos) return {.verdict = MarketVerdict::damaged};
  if (record.substr(end + 1) != request) return {.verdict = MarketVerdict::other_request};
  return {.verdict = *verdict, .replayed = true};
}

}  // namespace detail

/// Decides, and makes of `facts` what they are to be from now on. A first refusal changes nothing;
/// of a command asked `again` it is kept under the op, so that the first copy comes too late.
inline MarketOutcome decide(const MarketCommand& command, Facts& facts) {
  const std::string request = request_text(command);
  if (facts.op) return detail::replay(*facts.op, request);
  const MarketVerdict verdict = detail::judge(command, facts);
  const bool carried_out = verdict == MarketVerdict::done || verdict == MarketVerdict::same;
  if (carried_out || (command.again && verdict != MarketVerdict::damaged)) {
    facts.op = std::string{row(verdict).name} + "\t" + request;
  }
  return {.verdict = verdict};
}

/// The error of a verdict that is a refusal.
inline Error error_of(MarketVerdict verdict) {
  Error error;
  error.code = row(verdict).code;
  error.subject = row(verdict).subject;
  error.detail = row(verdict).detail;
  return error;
}

}  // namespace booking::inline v0::market_rules
