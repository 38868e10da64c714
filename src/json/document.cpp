#include "json/document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "booking/detail/checks.hpp"
#include "json/key_watcher.hpp"
#include "json/text.hpp"

namespace booking::inline v0::detail {

namespace {

namespace json = boost::json;

// Where token number `wanted` begins, in text whose tokens up to there are sound. Tokens are names,
// values and opening brackets; what stands between them is skipped.
std::size_t find_token(std::string_view text, std::size_t wanted) {
  constexpr std::string_view between = " \t\r\n,:]}";
  for (std::size_t at = 0;;) {
    at = std::min(text.find_first_not_of(between, at), text.size());
    if (at == text.size() || wanted-- == 0) return at;
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
      ++at;
    } else if (text[at] == '[' || text[at] == '{') {
      ++at;
    } else {
      at = text.find_first_of(between, at);
    }
  }
}

// Adds the tokens that begin before `target` to `tokens`; whether it was found in `tree`.
bool count_tokens(const json::value& tree, const json::value* target, std::size_t& tokens) {
  if (&tree == target) return true;
  ++tokens;
  if (const json::array* items = tree.if_array()) {
    return std::any_of(items->begin(), items->end(),
                       [&](const json::value& item) { return count_tokens(item, target, tokens); });
  }
  const json::object* members = tree.if_object();
  if (members == nullptr) return false;
  return std::any_of(members->begin(), members->end(), [&](const auto& member) {
    ++tokens;  // its name
    return count_tokens(member.value(), target, tokens);
  });
}

Error error_at(std::string_view text, std::size_t offset, const std::string& path,
               std::string_view what) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view in_line = before.substr(before.rfind('\n') + 1);
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                      });
  return invalid(Subject::request, "line " + std::to_string(line) + ", column " +
                                       std::to_string(column) + ", at " + path + ": " +
                                       std::string{what});
}

}  // namespace

Result<Document> parse_document(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return invalid(Subject::request, "the document has " + std::to_string(text.size()) +
                                         " bytes, more than the " + std::to_string(max_bytes) +
                                         " allowed");
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return error_at(text, 0, "$", "there is a byte order mark before the document");
  }
  json::parse_options options;
  options.max_depth = 32;
  json::error_code failed;
  json::basic_parser<KeyWatcher> watch{options};
  const std::size_t read = watch.write_some(false, text.data(), text.size(), failed);
  const KeyWatcher& seen = watch.handler();
  if (!seen.objection().empty()) {
    return error_at(text, find_token(text, seen.token()), seen.path(), seen.objection());
  }
  if (failed) return error_at(text, read, seen.path(), failed.message());
  if (read != text.size()) {
    return error_at(text, read, "$", "there is more behind the document");
  }

  Document document{.text = text};
  document.root = json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed) return invalid(Subject::request, failed.message());
  return document;
}

std::size_t Place::token() const {
  std::size_t tokens = 0;
  count_tokens(document_->root, value_, tokens);
  return tokens;
}

std::string Place::path() const {
  if (parent_ == nullptr) return "$";
  return parent_->path() + (name_.data() == nullptr ? index_step(index_) : name_step(name_));
}

Error Place::error_at(std::size_t token, std::string_view what) const {
  return detail::error_at(document_->text, find_token(document_->text, token), path(), what);
}

}  // namespace booking::inline v0::detail
