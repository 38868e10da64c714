// HTTP status codes for errors, for hosts that answer over HTTP. Used by servers only.
#pragma once

#include <array>
#include <cstdint>

#include "booking/error.hpp"

namespace booking::inline v0 {

/// Which mapping to use.
enum class HttpProfile : std::uint8_t {
  standard,  ///< each code its own status
  seed,  ///< as row 4.4 has it: 404 and 423 kept, other refused or caller errors 400, the rest 500
};

namespace detail {

inline constexpr std::array<int, error_table.size()> http_table = {
    400,  // invalid_argument
    404,  // not_found
    403,  // not_owner
    409,  // sold_out
    409,  // user_limit
    409,  // already_booked
    409,  // already_exists
    409,  // invalid_transition
    409,  // capacity_below_booked
    409,  // id_void
    409,  // price_changed
    409,  // item_not_owned
    402,  // insufficient_funds
    410,  // slot_closed
    410,  // slot_past
    410,  // hold_expired
    410,  // id_expired
    422,  // id_mismatch
    423,  // locked
    503,  // contention
    503,  // lock_lost
    503,  // maintenance
    503,  // unavailable
    503,  // overloaded
    503,  // timeout
    504,  // outcome_unknown
    500,  // broken_store
    500,  // internal
};

}  // namespace detail

/// The status to answer with (row 4.4).
constexpr int http_status(ErrorCode code, HttpProfile profile = HttpProfile::standard) noexcept {
  const int status = detail::http_table[static_cast<std::size_t>(code)];
  if (profile == HttpProfile::standard || status == 404 || status == 423) return status;
  const ErrorKind kind = kind_of(code);
  return kind == ErrorKind::refused || kind == ErrorKind::caller ? 400 : 500;
}

}  // namespace booking::inline v0
