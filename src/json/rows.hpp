// An array of rows, each on a line of its own: what both kinds of exports write.
#pragma once

#include <cstddef>
#include <string>

#include "booking/detail/checks.hpp"
#include "booking/result.hpp"

namespace booking::inline v0::detail {

/// Opens the next row of the array, which `out` holds alone.
inline void begin_row(std::string& out) {
  out += out.empty() ? "[{" : ",\n {";
}

/// Closes the array, also one without rows.
inline void end_rows(std::string& out) {
  out += out.empty() ? "[]" : "]";
}

/// Asked after each page, so that memory stays bounded.
inline Result<void> check_length(const std::string& out, std::size_t max_bytes) {
  if (out.size() <= max_bytes) return Result<void>::success();
  return invalid(Subject::request, "the document would have more than the " +
                                       std::to_string(max_bytes) + " bytes allowed");
}

}  // namespace booking::inline v0::detail
