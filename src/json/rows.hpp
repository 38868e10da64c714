// Pieces of what exports and caches write: an array of rows, each on a line of its own, and what
// every document says of a booking.
#pragma once

#include <cstddef>
#include <string>

#include "booking/booking_record.hpp"
#include "booking/detail/checks.hpp"
#include "booking/result.hpp"
#include "json/text.hpp"

namespace booking::inline v0::detail {

/// Opens the next row of the array, which `out` holds alone.
inline void begin_row(std::string& out) {
  out += out.empty() ? "[{" : ",\n {";
}

/// Closes the array, also one without rows.
inline void end_rows(std::string& out) {
  out += out.empty() ? "[]" : "]";
}

/// The fields that every document has of a booking, in the order of row 1.8, from `date` on.
inline std::string date_to_message(const Booking& booking) {
  const std::string label = to_string(booking.slot.label);
  const std::string time = booking.slot.label.is_day() ? "null" : '"' + label.substr(11) + '"';
  const std::string message = booking.message.empty() ? "null" : quoted(booking.message);
  return "\"date\": \"" + label.substr(0, 10) + "\", \"time\": " + time +
         ", \"status\": " + std::to_string(static_cast<int>(booking.status)) +
         ", \"message\": " + message;
}

inline Error unknown_service(const Booking& booking) {
  return invalid(Subject::service,
                 "booking " + to_string(booking.id) + ": its service " +
                     to_string(booking.slot.service) + " is not among those given",
                 booking.id);
}

/// Asked after each page, so that memory stays bounded.
inline Result<void> check_length(const std::string& out, std::size_t max_bytes) {
  if (out.size() <= max_bytes) return Result<void>::success();
  return invalid(Subject::request, "the document would have more than the " +
                                       std::to_string(max_bytes) + " bytes allowed");
}

}  // namespace booking::inline v0::detail
