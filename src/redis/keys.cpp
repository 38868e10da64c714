// Names as bytes, reversibly.
#include "redis/keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace booking::inline v0::redis {

namespace {

// In the order of the bytes.
constexpr std::string_view alphabet =
    "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view hex = "0123456789ABCDEF";

constexpr std::array<int, 256> positions() {
  std::array<int, 256> table{};
  for (auto& position : table) position = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  return table;
}

bool stays(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '~' || c == '-';
}

std::string in_hex(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = hex[(number >> (60 - 4 * i)) & 0xFU];
  return text;
}

constexpr std::uint64_t sign = std::uint64_t{1} << 63;

}  // namespace

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (stays(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 0xFU];
    }
  }
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (stays(text[i])) {
      out += text[i];
      continue;
    }
    if (text[i] != '%' || text.size() - i < 3) return std::nullopt;
    const std::size_t high = hex.find(text[i + 1]);
    const std::size_t low = hex.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool good_key_prefix(std::string_view prefix) {
  constexpr std::size_t longest = 64;
  return prefix.size() <= longest &&
         std::all_of(prefix.begin(), prefix.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool good_prefix(std::string_view prefix) {
  const auto fits = [](char c) { return (stays(c) && c != '~') || c == ':'; };
  return !prefix.empty() && prefix.size() <= 64 && std::all_of(prefix.begin(), prefix.end(), fits);
}

std::string short_bits(std::uint64_t high, std::uint64_t low) {
  std::string text(short_id_size, alphabet[0]);
  for (std::size_t i = short_id_size; i-- > 0;) {
    text[i] = alphabet[low & 0x3FU];
    low = (low >> 6) | (high << 58);
    high >>= 6;
  }
  return text;
}

bool long_bits(std::string_view text, std::uint64_t& high, std::uint64_t& low) {
  static constexpr auto position = positions();
  if (text.size() != short_id_size || position[static_cast<unsigned char>(text[0])] > 3) {
    return false;
  }
  high = low = 0;
  for (const char c : text) {
    const int digit = position[static_cast<unsigned char>(c)];
    if (digit < 0) return false;
    high = (high << 6) | (low >> 58);
    low = (low << 6) | static_cast<unsigned>(digit);
  }
  return true;
}

std::string short_id(BookingId id) {
  return short_bits(id.high(), id.low());
}

BookingId long_id(std::string_view text) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  return long_bits(text, high, low) ? BookingId::from_halves(high, low) : BookingId{};
}

std::string label_text(SlotLabel label) {
  std::string text{std::string_view{label.text()}};
  if (text.size() > 10) text[10] = 'T';
  return text;
}

SlotLabel read_label(std::string_view text) {
  std::string label{text};
  if (label.size() > 10) {
    if (label[10] != 'T') return {};
    label[10] = ' ';
  }
  return SlotLabel{label};
}

std::string slot_text(const SlotKey& slot) {
  return encoded(slot.service) + ":" + label_text(slot.label);
}

SlotKey read_slot_text(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const std::optional<std::string> service = decoded(text.substr(0, colon));
  if (!service) return {};
  return {ServiceId{*service}, read_label(text.substr(colon + 1))};
}

std::string hold_text(BookingId id, const UserId& user) {
  return short_id(id) + encoded(user);
}

HoldMember read_hold(std::string_view text) {
  const std::string_view id = text.substr(0, short_id_size);
  const std::optional<std::string> user = decoded(text.substr(id.size()));
  return {long_id(id), user ? UserId{*user} : UserId{}};
}

std::string ordered(const ServiceId& id) {
  if (!id.is_integer()) return "t" + std::string{id.text()};
  return "i" + in_hex(static_cast<std::uint64_t>(id.integer()) ^ sign);
}

ServiceId read_ordered(std::string_view text) {
  if (text.starts_with('t')) return ServiceId{text.substr(1)};
  if (text.size() != 17 || text[0] != 'i') return {};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return ServiceId{static_cast<std::int64_t>(number ^ sign)};
}

std::string bucket_of(BookingId id) {
  const std::uint64_t number = id.is_integer() ? id.low() >> 12 : id.high() >> (16 + 14);
  return (id.is_integer() ? "i" : "u") + in_hex(number).substr(id.is_integer() ? 3 : 7);
}

}  // namespace booking::inline v0::redis
