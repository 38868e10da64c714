// From text to a tree of JSON values, strictly; and places in that tree, which errors name by line,
// column and path. Used by everything in this folder that reads JSON.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "booking/result.hpp"

namespace booking::inline v0::detail {

/// A document that was read. The text must outlive it.
struct Document {
  std::string_view text{};
  boost::json::value root{};
};

/// Reads one JSON document: UTF-8 without a byte order mark, nothing behind it, no key twice in one
/// object, no -0, at most 32 deep and `max_bytes` long.
/// Errors: invalid_argument with "line L, column C, at $path: what" in `detail`; columns count
///   characters.
Result<Document> parse_document(std::string_view text, std::size_t max_bytes);

/// A value of a document and the way to it, as in `$[0].time_slots["2023-06-13"]`. A link in a
/// chain from the root; the links and the document it was made from must outlive it. Looked for in
/// the text and spelt out only when there is an error.
class Place {
 public:
  explicit Place(const Document& document) noexcept
      : document_{&document}, value_{&document.root} {}
  Place member(const boost::json::key_value_pair& member) const noexcept {
    return Place{this, member.value(), {member.key().data(), member.key().size()}, 0};
  }
  /// The member of that name, which must be there.
  Place member(std::string_view name) const noexcept {
    return member(*value_->get_object().find({name.data(), name.size()}));
  }
  Place item(std::size_t index) const noexcept {
    return Place{this, value_->get_array()[index], {}, index};
  }

  const boost::json::value& value() const noexcept { return *value_; }
  /// The key of an object's member.
  std::string_view name() const noexcept { return name_; }

  /// invalid_argument: "line L, column C, at <path>: <what>", of the value or of its name.
  Error error(std::string_view what) const { return error_at(token(), what); }
  Error name_error(std::string_view what) const { return error_at(token() - 1, what); }

 private:
  Place(const Place* parent, const boost::json::value& value, std::string_view name,
        std::size_t index) noexcept
      : document_{parent->document_}, parent_{parent}, value_{&value}, name_{name}, index_{index} {}

  std::size_t token() const;
  std::string path() const;
  Error error_at(std::size_t token, std::string_view what) const;

  const Document* document_;
  const Place* parent_ = nullptr;
  const boost::json::value* value_;
  std::string_view name_{};  // without data: an array's item
  std::size_t index_ = 0;
};

}  // namespace booking::inline v0::detail
