// Fields of a row, read strictly: what both kinds of rows, services and bookings, have in common.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "booking/ids.hpp"
#include "booking/result.hpp"
#include "json/document.hpp"

namespace booking::inline v0::detail {

inline std::string_view view(boost::json::string_view text) {
  return {text.data(), text.size()};
}

/// The value must be an object with all fields of `required`, perhaps some of `optional`, and no
/// others.
inline Result<void> check_row(const Place& place, std::initializer_list<std::string_view> required,
                              std::initializer_list<std::string_view> optional = {}) {
  const boost::json::object* row = place.value().if_object();
  if (row == nullptr) return place.error("must be an object");
  for (const std::string_view field : required) {
    if (!row->contains({field.data(), field.size()})) {
      return place.error("lacks the field \"" + std::string{field} + "\"");
    }
  }
  for (const auto& field : *row) {
    const auto known = [&](const std::initializer_list<std::string_view>& names) {
      return std::find(names.begin(), names.end(), view(field.key())) != names.end();
    };
    if (!known(required) && !known(optional)) {
      return place.member(field).name_error("unknown field");
    }
  }
  return Result<void>::success();
}

template <class Id>
Result<Id> read_id(const Place& place) {
  Id id;
  if (const std::int64_t* number = place.value().if_int64()) id = Id{*number};
  if (const boost::json::string* text = place.value().if_string()) id = Id{view(*text)};
  if (id.valid()) return id;
  return place.error(
      "must be a whole number of 64 bits or 1 to 47 bytes of text without control characters");
}

inline Result<std::string> read_text(const Place& place) {
  if (const boost::json::string* text = place.value().if_string()) return std::string{view(*text)};
  return place.error("must be text");
}

/// A whole number from 0 to `most`, written as one: not 1.0, not 1e2.
inline Result<std::int32_t> read_whole(const Place& place, std::int32_t most) {
  const std::int64_t* number = place.value().if_int64();
  if (number != nullptr && *number >= 0 && *number <= most) {
    return static_cast<std::int32_t>(*number);
  }
  return place.error("must be a whole number from 0 to " + std::to_string(most));
}

}  // namespace booking::inline v0::detail
