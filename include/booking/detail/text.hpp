// What text the library accepts: well-formed UTF-8, bounded, free of control characters.
// Used by ids and by the checks on requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace booking::inline v0::detail {

enum class LineBreaks { refuse, allow };

/// Decodes the UTF-8 sequence at `text[at]` and moves `at` past it; -1 when it is malformed
/// (overlong forms, surrogates and values past U+10FFFF included).
constexpr std::int32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(at++);
  if (lead < 0x80) return static_cast<std::int32_t>(lead);
  if (lead < 0xC2 || lead > 0xF4) return -1;
  const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  std::uint32_t value = lead & (0x3FU >> more);
  for (int i = 0; i < more; ++i) {
    if (at == text.size() || (byte(at) & 0xC0U) != 0x80U) return -1;
    value = (value << 6) | (byte(at++) & 0x3FU);
  }
  constexpr std::uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[more] || value > 0x10FFFF || surrogate) return -1;
  return static_cast<std::int32_t>(value);
}

/// True when `text` is UTF-8 without control characters (C0, DEL, C1); tabs and line breaks only
/// when allowed.
constexpr bool is_clean_text(std::string_view text,
                             LineBreaks breaks = LineBreaks::refuse) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::int32_t c = next_code_point(text, at);
    if (c < 0) return false;
    const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    const bool is_break = c == '\n' || c == '\r' || c == '\t';
    if (control && !(is_break && breaks == LineBreaks::allow)) return false;
  }
  return true;
}

}  // namespace booking::inline v0::detail
