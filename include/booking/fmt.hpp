// fmt formatters for the library's names and errors: `fmt::print("{}", booking_id)`.
// The only public header that includes fmt.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "booking/booking_record.hpp"
#include "booking/error.hpp"
#include "booking/ids.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0::detail {

inline std::string to_string(const Error& error) {
  return error.message();
}

/// Formats as text, with fmt's options for text ("{:>40}").
template <class T>
struct TextFormatter : ::fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const T& value, Context& context) const {
    return ::fmt::formatter<std::string_view>::format(std::string_view{to_string(value)}, context);
  }
};

}  // namespace booking::inline v0::detail

template <class Tag>
struct fmt::formatter<booking::BasicId<Tag>>
    : booking::detail::TextFormatter<booking::BasicId<Tag>> {};
template <>
struct fmt::formatter<booking::BookingId> : booking::detail::TextFormatter<booking::BookingId> {};
template <>
struct fmt::formatter<booking::SlotLabel> : booking::detail::TextFormatter<booking::SlotLabel> {};
template <>
struct fmt::formatter<booking::SlotKey> : booking::detail::TextFormatter<booking::SlotKey> {};
template <>
struct fmt::formatter<booking::Status> : booking::detail::TextFormatter<booking::Status> {};
template <>
struct fmt::formatter<booking::ErrorCode> : booking::detail::TextFormatter<booking::ErrorCode> {};
/// The sentence of Error::message().
template <>
struct fmt::formatter<booking::Error> : booking::detail::TextFormatter<booking::Error> {};
