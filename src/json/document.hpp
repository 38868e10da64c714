// From text to a tree of JSON values, strictly; and how an error names a place in that tree. Used
// by everything in this folder that reads JSON.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "booking/result.hpp"

namespace booking::inline v0::detail {

/// Reads one JSON document: UTF-8, nothing behind it, no key twice in one object, at most 32 deep.
/// Errors: invalid_argument with "line L, column C: what" in `detail`; columns count characters.
Result<boost::json::value> parse_document(std::string_view text);

/// A place in a document, as in `$[0].time_slots["2023-06-13"]`. A link in a chain from the root;
/// the links and keys it was made from must outlive it. Spelt out only when there is an error.
class Path {
 public:
  Path() noexcept = default;
  Path member(std::string_view key) const noexcept { return Path{this, key, 0}; }
  Path item(std::size_t index) const noexcept { return Path{this, {}, index}; }

  std::string text() const;
  /// invalid_argument: "<path>: <what>".
  Error error(std::string_view what) const;

 private:
  Path(const Path* parent, std::string_view key, std::size_t index) noexcept
      : parent_{parent}, key_{key}, index_{index} {}

  const Path* parent_ = nullptr;
  std::string_view key_{};  // without data: an array's item
  std::size_t index_ = 0;
};

}  // namespace booking::inline v0::detail
