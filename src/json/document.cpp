#include "json/document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"

namespace booking::inline v0::detail {

namespace {

namespace json = boost::json;

// Boost.JSON's objects keep the last of two equal keys and say nothing, so keys are watched while
// the text is read.
struct KeyWatcher {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  std::vector<std::unordered_set<std::string>> open_objects{};
  std::string key{};
  bool stands_twice = false;

  bool on_object_begin(json::error_code&) { return open_objects.emplace_back(), true; }
  bool on_object_end(std::size_t, json::error_code&) { return open_objects.pop_back(), true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    return key.append(part.data(), part.size()), true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key.append(part.data(), part.size());
    stands_twice = !open_objects.back().insert(key).second;
    if (stands_twice) error = json::error::syntax;
    if (!stands_twice) key.clear();
    return !stands_twice;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

std::string quoted(std::string_view text) {
  return json::serialize(json::string_view{text.data(), text.size()});
}

Error error_at(std::string_view text, std::size_t offset, const std::string& what) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view in_line = before.substr(before.rfind('\n') + 1);
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                      });
  return invalid(Subject::request, "line " + std::to_string(line) + ", column " +
                                       std::to_string(column) + ": " + what);
}

}  // namespace

Result<json::value> parse_document(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code failed;
  json::basic_parser<KeyWatcher> watch{options};
  const std::size_t read = watch.write_some(false, text.data(), text.size(), failed);
  if (watch.handler().stands_twice) {
    return error_at(text, read, "the key " + quoted(watch.handler().key) + " stands twice");
  }
  if (failed) return error_at(text, read, failed.message());
  if (read != text.size()) return error_at(text, read, "there is more behind the document");

  json::value root = json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed) return invalid(Subject::request, failed.message());
  return root;
}

std::string Path::text() const {
  if (parent_ == nullptr) return "$";
  if (key_.data() == nullptr) return parent_->text() + "[" + std::to_string(index_) + "]";
  const bool plain = std::all_of(key_.begin(), key_.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
  if (plain && !key_.empty()) return parent_->text() + "." + std::string{key_};
  return parent_->text() + "[" + quoted(key_) + "]";
}

Error Path::error(std::string_view what) const {
  return invalid(Subject::request, text() + ": " + std::string{what});
}

}  // namespace booking::inline v0::detail
