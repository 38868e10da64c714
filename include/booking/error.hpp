// Every error of the library: code, kind and sentence, in one table. Errors travel in Result<T>.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "booking/ids.hpp"

namespace booking::inline v0 {

/// What went wrong. The kind of each, and its sentence, stand in `detail::error_table`.
enum class ErrorCode : std::uint8_t {
  invalid_argument,
  not_found,
  not_owner,
  sold_out,
  user_limit,
  already_booked,
  already_exists,
  invalid_transition,
  capacity_below_booked,
  id_void,
  price_changed,
  item_not_owned,
  insufficient_funds,
  slot_closed,
  slot_past,
  hold_expired,
  id_expired,
  id_mismatch,
  locked,
  contention,
  lock_lost,
  maintenance,
  unavailable,
  overloaded,
  timeout,
  outcome_unknown,
  broken_store,
  internal,
};

/// What to do about it.
enum class ErrorKind : std::uint8_t {
  refused,    ///< a valid "no": show it to the user
  transient,  ///< nothing happened: try again later
  unknown,    ///< it may have happened: send the same request again, with the same ids
  caller,     ///< the request is wrong: mend the program or the input
  broken,     ///< the store cannot be trusted: stop and call a person
};

/// Which thing of the request an error speaks of.
enum class Subject : std::uint8_t { none, request, service, slot, booking, user, store, item };

namespace detail {

struct ErrorRow {
  ErrorCode code;
  std::string_view name;
  ErrorKind kind;
  std::string_view sentence;  // {count} and {limit} stand for Error::count and Error::limit
};

inline constexpr std::array error_table = {
    ErrorRow{ErrorCode::invalid_argument, "invalid_argument", ErrorKind::caller,
             "the request is not valid"},
    ErrorRow{ErrorCode::not_found, "not_found", ErrorKind::refused, "not found"},
    ErrorRow{ErrorCode::not_owner, "not_owner", ErrorKind::refused,
             "this booking belongs to another user"},
    ErrorRow{ErrorCode::sold_out, "sold_out", ErrorKind::refused,
             "sold out: {count} of {limit} seats left"},
    ErrorRow{ErrorCode::user_limit, "user_limit", ErrorKind::refused,
             "this user already has {count} of {limit} allowed bookings"},
    ErrorRow{ErrorCode::already_booked, "already_booked", ErrorKind::refused,
             "this user already has a booking in this slot"},
    ErrorRow{ErrorCode::already_exists, "already_exists", ErrorKind::refused,
             "it already exists with other values"},
    ErrorRow{ErrorCode::invalid_transition, "invalid_transition", ErrorKind::refused,
             "its present status does not allow this"},
    ErrorRow{ErrorCode::capacity_below_booked, "capacity_below_booked", ErrorKind::refused,
             "{count} seats are in use, more than the {limit} that would be left to sell"},
    ErrorRow{ErrorCode::id_void, "id_void", ErrorKind::refused,
             "this booking id was given up and can never be booked"},
    ErrorRow{ErrorCode::price_changed, "price_changed", ErrorKind::refused,
             "the price has changed"},
    ErrorRow{ErrorCode::item_not_owned, "item_not_owned", ErrorKind::refused,
             "the seller does not own this item"},
    ErrorRow{ErrorCode::insufficient_funds, "insufficient_funds", ErrorKind::refused,
             "the buyer's funds are too low"},
    ErrorRow{ErrorCode::slot_closed, "slot_closed", ErrorKind::refused,
             "this slot is closed for new bookings"},
    ErrorRow{ErrorCode::slot_past, "slot_past", ErrorKind::refused, "this slot has begun"},
    ErrorRow{ErrorCode::hold_expired, "hold_expired", ErrorKind::refused, "the hold has expired"},
    ErrorRow{ErrorCode::id_expired, "id_expired", ErrorKind::refused,
             "this booking id is too old to be booked"},
    ErrorRow{ErrorCode::id_mismatch, "id_mismatch", ErrorKind::caller,
             "this id was used before with another request"},
    ErrorRow{ErrorCode::locked, "locked", ErrorKind::transient,
             "this is being booked by someone else"},
    ErrorRow{ErrorCode::contention, "contention", ErrorKind::transient,
             "too many others at the same time; nothing was changed"},
    ErrorRow{ErrorCode::lock_lost, "lock_lost", ErrorKind::transient,
             "the lock was lost before the change; nothing was changed"},
    ErrorRow{ErrorCode::maintenance, "maintenance", ErrorKind::transient,
             "closed for maintenance; nothing was changed"},
    ErrorRow{ErrorCode::unavailable, "unavailable", ErrorKind::transient,
             "the store cannot be reached or written; nothing was changed"},
    ErrorRow{ErrorCode::overloaded, "overloaded", ErrorKind::transient,
             "too many calls are waiting; nothing was changed"},
    ErrorRow{ErrorCode::timeout, "timeout", ErrorKind::transient,
             "the time was used up before anything was sent; nothing was changed"},
    ErrorRow{
        ErrorCode::outcome_unknown, "outcome_unknown", ErrorKind::unknown,
        "it is not known whether this was done; send the same request again, with the same id"},
    ErrorRow{ErrorCode::broken_store, "broken_store", ErrorKind::broken,
             "the store is not the one expected or is damaged; it cannot be trusted"},
    ErrorRow{ErrorCode::internal, "internal", ErrorKind::broken,
             "an error inside the library or its store"},
};

constexpr bool in_order() noexcept {
  for (std::size_t i = 0; i < error_table.size(); ++i) {
    if (static_cast<std::size_t>(error_table[i].code) != i) return false;
  }
  return error_table.size() == static_cast<std::size_t>(ErrorCode::internal) + 1;
}
static_assert(in_order(), "one row for each code, in the order of ErrorCode");

constexpr const ErrorRow& row(ErrorCode code) noexcept {
  return error_table[static_cast<std::size_t>(code)];
}

}  // namespace detail

constexpr ErrorKind kind_of(ErrorCode code) noexcept {
  return detail::row(code).kind;
}
constexpr std::string_view to_string(ErrorCode code) noexcept {
  return detail::row(code).name;
}
constexpr std::string_view to_string(ErrorKind kind) noexcept {
  constexpr std::array<std::string_view, 5> names = {"refused", "transient", "unknown", "caller",
                                                     "broken"};
  return names[static_cast<std::size_t>(kind)];
}
constexpr std::string_view to_string(Subject subject) noexcept {
  constexpr std::array<std::string_view, 8> names = {"none",    "request", "service", "slot",
                                                     "booking", "user",    "store",   "item"};
  return names[static_cast<std::size_t>(subject)];
}

/// Why a call did not do what was asked. Every error but outcome_unknown, broken_store and internal
/// means that the call (of book_each: this item) booked, moved, sold or counted nothing; a refusal
/// of a request sent with `again` may have made its id or op final.
///
/// Thread safety: a value. Only `detail` may hold heap memory; refusals leave it empty.
struct Error {
  ErrorCode code = ErrorCode::internal;
  Subject subject = Subject::none;
  /// The booking spoken of, where there is one; of `book`, `hold` and `reschedule` (the new one)
  /// also when the library made the id.
  BookingId booking{};
  std::int32_t index = -1;  ///< which request of a batch, from 0; -1: not a batch
  /// sold_out: seats left, of `limit` sellable. user_limit: bookings held, of `limit` allowed.
  /// capacity_below_booked: seats in use, more than `limit` left to sell. Otherwise 0.
  std::int64_t count = 0;
  std::int64_t limit = 0;
  std::chrono::milliseconds retry_after{0};  ///< when trying again may help; 0: no advice
  /// For logs and developers: what was wrong, perhaps a server's own text. Escape it in logs.
  std::string detail{};

  ErrorKind kind() const noexcept { return kind_of(code); }

  /// A sentence fit for a user, such as "sold out: 0 of 2 seats left". It holds `detail` only where
  /// that speaks of the request itself (kind caller).
  std::string message() const {
    std::string text{v0::detail::row(code).sentence};
    const auto fill = [&text](std::string_view mark, std::int64_t value) {
      if (const auto at = text.find(mark); at != std::string::npos) {
        text.replace(at, mark.size(), std::to_string(value));
      }
    };
    fill("{count}", count);
    fill("{limit}", limit);
    if (code == ErrorCode::not_found && subject != Subject::none) {
      text = std::string{to_string(subject)} + " " + text;
    }
    const bool tell = kind() == ErrorKind::caller && !detail.empty();
    return tell ? text + ": " + detail : text;
  }

  /// For logs: code, sentence and `detail`, control characters replaced by '?'.
  std::string log_text() const {
    std::string text = std::string{to_string(code)} + ": " + message();
    if (kind() != ErrorKind::caller && !detail.empty()) text += ": " + detail;
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return text;
  }
};

}  // namespace booking::inline v0
