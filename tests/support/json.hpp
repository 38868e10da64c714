// Services documents for the tests of booking::json, and what an error says of one.
#pragma once

#include <doctest/doctest.h>

#include <cctype>
#include <string>
#include <string_view>

#include "booking/result.hpp"

namespace booking_test {

// Row 1.1 as an array of one row, in the spelling that export_services has.
inline constexpr std::string_view sample =
    R"([{"service_id": 1, "service_name": "Utility Bill Assistance", )"
    R"("service_description": "Maximum assistance is US $100 per client in a twelve month period. )"
    R"(You must bring with you a current utility bill.", )"
    R"("time_slots": {"2023-06-13": {"07:00": 25, "09:00": 29}, )"
    R"("2023-06-14": {"08:00": 6, "10:00": 4}}}])";

// A document of one good row, with `time_slots` and perhaps more fields put in.
inline std::string row(const std::string& time_slots, const std::string& more = "") {
  return R"([{"service_id":1,"service_name":"n","service_description":"d","time_slots":)" +
         time_slots + more + "}]";
}

// The whole refusal, line and column in front; empty when there is none. Every refusal of a
// document is the caller's.
template <class T>
std::string place_and_reason(const booking::Result<T>& read) {
  if (read) return "";
  CHECK(read.error().code == booking::ErrorCode::invalid_argument);
  return read.error().detail;
}

// The refusal from its path on. That a line and a column stand before it is checked here.
template <class T>
std::string reason(const booking::Result<T>& read) {
  const std::string whole = place_and_reason(read);
  if (whole.empty()) return "";
  std::size_t at = 0;
  for (const std::string_view word : {"line ", ", column ", ", at "}) {
    REQUIRE_MESSAGE(whole.substr(at).starts_with(word), whole);
    at += word.size();
    while (std::isdigit(static_cast<unsigned char>(whole[at])) != 0) ++at;
  }
  return whole.substr(at);
}

}  // namespace booking_test
