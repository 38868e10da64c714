// Sees what a tree of JSON values no longer tells: keys that stand twice, and the way to the place
// where reading stopped. Private to document.cpp.
#pragma once

#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "json/text.hpp"

namespace booking::inline v0::detail {

/// A handler for boost::json::basic_parser. Boost.JSON's objects keep the last of two equal keys
/// and say nothing, and its numbers make 0 of -0; here both end the reading.
class KeyWatcher {
 public:
  /// What is wrong beyond the syntax; empty: nothing.
  const std::string& objection() const noexcept { return objection_; }
  /// How many tokens (names, values, opening brackets) begin before the one objected to.
  std::size_t token() const noexcept { return tokens_ - 1; }
  /// The way to where reading stands.
  std::string path() const {
    std::string text = "$";
    for (const Level& level : open_) {
      if (level.is_array) text += index_step(level.index);
      if (!level.is_array && level.named) text += name_step(level.key);
    }
    return text;
  }

  // What the parser needs and calls. `false` with an error ends the reading.
  using Failed = boost::json::error_code;
  using Text = boost::json::string_view;
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  bool on_document_begin(Failed&) { return true; }
  bool on_document_end(Failed&) { return true; }
  bool on_object_begin(Failed&) { return open(false); }
  bool on_object_end(std::size_t, Failed&) { return close(); }
  bool on_array_begin(Failed&) { return open(true); }
  bool on_array_end(std::size_t, Failed&) { return close(); }
  bool on_key_part(Text part, std::size_t, Failed&) {
    next_key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, Failed& failed) {
    next_key_.append(part.data(), part.size());
    ++tokens_;
    Level& object = open_.back();
    object.named = true;
    object.key.swap(next_key_);
    next_key_.clear();
    if (object.keys.insert(object.key).second) return true;
    return object_to("the key " + quoted(shortened(object.key)) + " stands twice", failed);
  }
  bool on_string_part(Text, std::size_t, Failed&) { return true; }
  bool on_string(Text, std::size_t, Failed&) { return value(); }
  bool on_number_part(Text, Failed&) { return true; }
  bool on_int64(std::int64_t number, Text digits, Failed& failed) {
    if (number != 0 || !digits.starts_with('-')) return value();
    ++tokens_;
    return object_to("-0 is not a number here", failed);
  }
  bool on_uint64(std::uint64_t, Text, Failed&) { return value(); }
  bool on_double(double, Text, Failed&) { return value(); }
  bool on_bool(bool, Failed&) { return value(); }
  bool on_null(Failed&) { return value(); }
  bool on_comment_part(Text, Failed&) { return true; }
  bool on_comment(Text, Failed&) { return true; }

 private:
  struct Level {
    bool is_array = false;
    std::size_t index = 0;  // of the item that stands next or is being read
    bool named = false;     // `key` was read
    std::string key{};
    std::unordered_set<std::string> keys{};
  };

  bool value() {
    ++tokens_;
    step();
    return true;
  }
  bool open(bool is_array) {
    ++tokens_;
    open_.emplace_back().is_array = is_array;
    return true;
  }
  bool close() {
    open_.pop_back();
    step();
    return true;
  }
  // A value is complete.
  void step() {
    if (open_.empty()) return;
    ++open_.back().index;
    open_.back().named = false;
  }
  bool object_to(std::string what, Failed& failed) {
    objection_ = std::move(what);
    failed = boost::json::error::syntax;
    return false;
  }

  std::vector<Level> open_{};
  std::string next_key_{};
  std::size_t tokens_ = 0;
  std::string objection_{};
};

}  // namespace booking::inline v0::detail
