// Names of users, services, bookings and items. Used by every request.
#pragma once

#include <array>
#include <charconv>
#include <compare>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "booking/detail/text.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

namespace detail {

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

template <class T>
concept TextLike = std::convertible_to<const T&, std::string_view>;

/// The value of a hexadecimal digit of either case; -1: it is none.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// 32 hexadecimal digits.
inline std::string in_hex(std::uint64_t high, std::uint64_t low) {
  std::string text;
  text.reserve(36);  // a UUID adds four dashes
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[half >> shift & 0xFU];
  }
  return text;
}

}  // namespace detail

/// A host's own id: a signed 64-bit integer, or 1 to 47 bytes of UTF-8 without control characters.
///
/// Stored inline, trivially copyable, never on the heap. Text that is a canonical decimal in range
/// ("17", "-3", not "017") *is* that integer, so `UserId{17} == UserId{"17"}`. Anything longer,
/// empty or malformed makes an id that is not `valid()`; every call refuses it with
/// invalid_argument. Integers order before text, text orders by bytes.
/// Thread safety: a value.
template <class Tag>
class BasicId {
 public:
  static constexpr std::size_t max_text = 47;

  /// Makes an id that is not valid.
  constexpr BasicId() noexcept = default;

  template <detail::Number T>
  BasicId(T value) noexcept {  // NOLINT(google-explicit-constructor): 17 is an id
    if (std::in_range<std::int64_t>(value)) {
      set_integer(static_cast<std::int64_t>(value));
    } else {
      std::array<char, 24> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
      set_text({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }
  }

  template <detail::TextLike T>
  BasicId(const T& text) noexcept {  // NOLINT(google-explicit-constructor): "alice" is an id
    assign(text);
  }

  /// Takes back what `text()` of an id gave; it is not checked again.
  static BasicId from_stored(std::string_view text) noexcept {
    BasicId id;
    id.set_text(text);
    return id;
  }

  bool valid() const noexcept { return size_ != 0; }
  bool is_integer() const noexcept { return size_ == integer_mark; }

  /// The integer; 0 when this is not one.
  std::int64_t integer() const noexcept {
    std::int64_t value = 0;
    if (is_integer()) std::memcpy(&value, bytes_.data(), sizeof value);
    return value;
  }
  /// The text; empty when this is an integer. Lives as long as this object.
  std::string_view text() const noexcept {
    return is_integer() ? std::string_view{} : std::string_view{bytes_.data(), size_};
  }

  friend bool operator==(const BasicId& a, const BasicId& b) noexcept {
    if (a.size_ != b.size_) return false;
    return a.is_integer() ? a.integer() == b.integer() : a.bytes_ == b.bytes_;
  }
  friend std::strong_ordering operator<=>(const BasicId& a, const BasicId& b) noexcept {
    if (a.is_integer() != b.is_integer()) {
      return a.is_integer() ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    return a.is_integer() ? a.integer() <=> b.integer() : a.text() <=> b.text();
  }

 private:
  static constexpr std::uint8_t integer_mark = 0xFF;

  void set_integer(std::int64_t value) noexcept {
    std::memcpy(bytes_.data(), &value, sizeof value);
    size_ = integer_mark;
  }
  void set_text(std::string_view text) noexcept {
    std::memcpy(bytes_.data(), text.data(), text.size());
    size_ = static_cast<std::uint8_t>(text.size());
  }
  void assign(std::string_view text) noexcept {
    if (text.empty() || text.size() > max_text || !detail::is_clean_text(text)) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool leading_zero = text[0] == '0' ? text.size() > 1 : text.starts_with("-0");
    if (error == std::errc{} && end == text.data() + text.size() && !leading_zero) {
      set_integer(value);
    } else {
      set_text(text);
    }
  }

  std::array<char, max_text> bytes_{};  // unused bytes stay zero, so equality may compare all
  std::uint8_t size_ = 0;
};

using UserId = BasicId<struct UserIdTag>;
using ServiceId = BasicId<struct ServiceIdTag>;
using ItemId = BasicId<struct ItemIdTag>;

template <class Tag>
std::string to_string(const BasicId<Tag>& id) {
  if (!id.valid()) return "(invalid id)";
  return id.is_integer() ? std::to_string(id.integer()) : std::string{id.text()};
}

/// The name of one booking, and the key that makes asking again safe (idempotency key).
///
/// Either a UUIDv7 (128 bit, ordered by the time it was made), or an integer id of 1 to 2^63 - 1
/// taken over from another system, which keeps its value and prints as a decimal. Make it before
/// the first attempt and send the same one again when an outcome is unknown: one id never books
/// twice. Anything else (a UUIDv4, say) is not `valid()` and is refused with invalid_argument.
/// Thread safety: a value.
class BookingId {
 public:
  /// Makes an id that is `empty()`: in a request for a booking, "let the library make one".
  constexpr BookingId() noexcept = default;
  /// An imported integer id (row 1.8: 31).
  template <detail::Number T>
  explicit constexpr BookingId(T value) noexcept {
    const bool good = std::in_range<std::int64_t>(value) && value > T{0};
    low_ = good ? static_cast<std::uint64_t>(value) : malformed;
  }
  /// The 36-character form of a UUIDv7, either case, or a canonical decimal.
  explicit BookingId(std::string_view text) noexcept { parse(text); }

  /// Takes both halves as stored.
  static constexpr BookingId from_halves(std::uint64_t high, std::uint64_t low) noexcept {
    BookingId id;
    id.high_ = high;
    id.low_ = low;
    if (!id.well_formed()) id.spoil();
    return id;
  }
  /// A new UUIDv7 from the given clock and random source.
  static BookingId generate(const Clock& clock, Random& random) {
    const auto ms = static_cast<std::uint64_t>(clock.now().time_since_epoch().count());
    const std::uint64_t a = random.next();
    const std::uint64_t b = random.next();
    return from_halves((ms << 16) | 0x7000U | (a & 0x0FFFU), (b >> 2) | (std::uint64_t{1} << 63));
  }
  /// A new UUIDv7 from the system's clock and random source. Does not block.
  static BookingId generate() {
    Clock clock;
    Random random;
    return generate(clock, random);
  }

  constexpr bool valid() const noexcept { return high_ != 0 || is_integer(); }
  /// Nothing was given; an id made from bad text is neither valid nor empty.
  constexpr bool empty() const noexcept { return high_ == 0 && low_ == 0; }
  constexpr bool is_integer() const noexcept {
    return high_ == 0 && low_ != 0 && low_ != malformed;
  }
  /// When a UUIDv7 was made; no meaning for an integer id.
  constexpr Instant made_at() const noexcept {
    return Instant{std::chrono::milliseconds{static_cast<std::int64_t>(high_ >> 16)}};
  }
  constexpr std::uint64_t high() const noexcept { return high_; }
  constexpr std::uint64_t low() const noexcept { return low_; }

  friend constexpr auto operator<=>(const BookingId&, const BookingId&) noexcept = default;

 private:
  static constexpr std::uint64_t malformed = ~std::uint64_t{0};  // no integer id

  constexpr void spoil() noexcept {
    high_ = 0;
    low_ = malformed;
  }
  constexpr bool well_formed() const noexcept {
    const bool integer = high_ == 0 && low_ >> 63 == 0;
    const bool uuid7 = ((high_ >> 12) & 0xFU) == 7 && low_ >> 62 == 2;
    return integer || uuid7;
  }

  void parse(std::string_view text) noexcept {
    std::uint64_t halves[2] = {0, 0};
    spoil();
    if (text.size() != 36) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      const bool whole = error == std::errc{} && end == text.data() + text.size();
      if (whole && value > 0 && text[0] != '0') low_ = static_cast<std::uint64_t>(value);
      return;
    }
    std::size_t digits = 0;
    for (std::size_t i = 0; i < 36; ++i) {
      const char c = text[i];
      if (i == 8 || i == 13 || i == 18 || i == 23) {
        if (c != '-') return;
        continue;
      }
      const int digit = detail::hex_value(c);
      if (digit < 0) return;
      std::uint64_t& half = halves[digits++ / 16];
      half = (half << 4) | static_cast<std::uint64_t>(digit);
    }
    const BookingId id = from_halves(halves[0], halves[1]);
    if (id.high_ != 0) *this = id;  // an integer has no UUID spelling
  }

  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

inline std::string to_string(const BookingId& id) {
  if (!id.valid()) return "(invalid id)";
  if (id.is_integer()) return std::to_string(id.low());
  std::string text = detail::in_hex(id.high(), id.low());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

/// The name of one change (a confirm or cancel of a booking, a purchase of a market, …), so that
/// asking again after an unknown outcome answers as the first time. 128 random bits. To keep it
/// across a crash, keep its text. Thread safety: a value.
struct OpId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static OpId generate(Random& random) { return {random.next(), random.next() | 1U}; }
  static OpId generate() {
    Random random;
    return generate(random);
  }
  /// Takes back what `to_string` gave: 32 hexadecimal digits, either case. Of any other text it
  /// makes an op that is not `valid()`, which a request takes for none: look before you send it.
  static constexpr OpId parse(std::string_view text) noexcept {
    std::uint64_t halves[2] = {0, 0};
    if (text.size() != 32) return {};
    for (std::size_t i = 0; i < 32; ++i) {
      const int digit = detail::hex_value(text[i]);
      if (digit < 0) return {};
      halves[i / 16] = (halves[i / 16] << 4) | static_cast<std::uint64_t>(digit);
    }
    return {halves[0], halves[1]};
  }
  constexpr bool valid() const noexcept { return high != 0 || low != 0; }
  friend constexpr auto operator<=>(const OpId&, const OpId&) noexcept = default;
};

inline std::string to_string(const OpId& op) {
  return op.valid() ? detail::in_hex(op.high, op.low) : "(invalid id)";
}

namespace detail {

// Time-ordered ids differ in few bits; a table that does not mix them fully degrades badly.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 32;
  x *= 0xE9846AF9B1A615DULL;
  x ^= x >> 32;
  x *= 0xE9846AF9B1A615DULL;
  x ^= x >> 28;
  return x;
}

}  // namespace detail

}  // namespace booking::inline v0

template <class Tag>
struct std::hash<booking::BasicId<Tag>> {
  std::size_t operator()(const booking::BasicId<Tag>& id) const noexcept {
    if (id.is_integer()) {
      return booking::detail::mix(static_cast<std::uint64_t>(id.integer()) + 1);
    }
    return std::hash<std::string_view>{}(id.text());
  }
};

template <>
struct std::hash<booking::BookingId> {
  std::size_t operator()(const booking::BookingId& id) const noexcept {
    return booking::detail::mix(booking::detail::mix(id.high()) ^ id.low());
  }
};
