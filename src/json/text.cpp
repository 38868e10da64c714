#include "json/text.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cctype>

namespace booking::inline v0::detail {

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

std::string shortened(std::string_view text) {
  std::size_t size = 64;
  if (text.size() <= size) return std::string{text};
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return std::string{text.substr(0, size)} + "...";
}

std::string name_step(std::string_view name) {
  const auto is_plain = [](unsigned char c) { return c == '_' || std::isalnum(c) != 0; };
  const bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
                     std::all_of(name.begin(), name.end(), is_plain);
  const std::string text = shortened(name);
  return plain ? "." + text : "[" + quoted(text) + "]";
}

std::string index_step(std::size_t index) {
  return "[" + std::to_string(index) + "]";
}

}  // namespace booking::inline v0::detail
