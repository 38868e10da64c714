// Slots: what is sold. A slot is named by service and label and has a number of seats.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "booking/ids.hpp"

namespace booking::inline v0 {

/// The date, or date and time, that names a slot on its service's own line:
/// `2026-06-01`, `2026-06-01 10:00`, or `2026-10-25 02:30b` for an hour that autumn repeats.
///
/// It is a name, checked as a calendar date (years 0001 to 9999, 00:00 to 23:59, letters a to z),
/// ordered as text, never compared with a clock. Malformed text makes a label that is not
/// `valid()`; every call refuses it with invalid_argument. Eight bytes. Thread safety: a value.
class SlotLabel {
 public:
  /// The label spelt out; converts to std::string_view while it lives.
  struct Text {
    std::array<char, 17> chars{};
    std::size_t size = 0;
    constexpr operator std::string_view() const noexcept {  // NOLINT: a text is a view of itself
      return {chars.data(), size};
    }
  };

  constexpr SlotLabel() noexcept = default;
  template <detail::TextLike T>
  constexpr SlotLabel(const T& text) noexcept  // NOLINT(google-explicit-constructor)
      : packed_{pack(text)} {}

  constexpr bool valid() const noexcept { return packed_ != 0; }
  /// True for a label without a time of day.
  constexpr bool is_day() const noexcept { return valid() && (packed_ & (1U << 16)) == 0; }
  /// The last label a range may hold that ends with this one: a day includes all its times.
  constexpr SlotLabel end_of_range() const noexcept {
    SlotLabel last = *this;
    if (is_day()) last.packed_ |= (1U << 17) - 1;
    return last;
  }
  constexpr Text text() const noexcept {
    Text out;
    if (!valid()) return out;
    const auto digits = [&](std::uint64_t value, int count) {
      for (int i = count - 1; i >= 0; --i) {
        out.chars[out.size + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
        value /= 10;
      }
      out.size += static_cast<std::size_t>(count);
    };
    const auto character = [&](char c) { out.chars[out.size++] = c; };
    digits(packed_ >> 26, 4);
    character('-');
    digits((packed_ >> 22) & 0xFU, 2);
    character('-');
    digits((packed_ >> 17) & 0x1FU, 2);
    if (is_day()) return out;
    character(' ');
    digits((packed_ >> 11) & 0x1FU, 2);
    character(':');
    digits((packed_ >> 5) & 0x3FU, 2);
    if (const std::uint64_t letter = packed_ & 0x1FU; letter != 0) {
      character(static_cast<char>('a' + letter - 1));
    }
    return out;
  }

  friend constexpr auto operator<=>(const SlotLabel&, const SlotLabel&) noexcept = default;
  friend struct std::hash<SlotLabel>;

 private:
  // year | month 4 | day 5 | has time 1 | hour 5 | minute 6 | letter 5: orders as the text does.
  static constexpr std::uint64_t pack(std::string_view text) noexcept {
    const std::size_t size = text.size();
    if (size != 10 && size != 16 && size != 17) return 0;
    bool good = true;
    const auto digits = [&](std::size_t at, std::size_t count) {
      unsigned value = 0;
      for (std::size_t i = at; i < at + count; ++i) {
        good = good && text[i] >= '0' && text[i] <= '9';
        value = value * 10 + static_cast<unsigned char>(text[i] - '0');
      }
      return value;
    };
    const unsigned year = digits(0, 4);
    const unsigned month = digits(5, 2);
    const unsigned day = digits(8, 2);
    good = good && year >= 1 && text[4] == '-' && text[7] == '-';
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                           std::chrono::month{month}, std::chrono::day{day}};
    std::uint64_t packed = (std::uint64_t{year} << 26) | (month << 22) | (day << 17);
    if (!good || !date.ok()) return 0;
    if (size == 10) return packed;
    const unsigned hour = digits(11, 2);
    const unsigned minute = digits(14, 2);
    const unsigned letter =
        size == 17 ? static_cast<unsigned char>(text[16]) - unsigned{'a'} + 1 : 0;
    good = good && text[10] == ' ' && text[13] == ':' && hour < 24 && minute < 60;
    if (!good || letter > 26 || (size == 17 && letter == 0)) return 0;
    return packed | (1U << 16) | (hour << 11) | (minute << 5) | letter;
  }

  std::uint64_t packed_ = 0;
};

inline std::string to_string(SlotLabel label) {
  return label.valid() ? std::string{std::string_view{label.text()}} : "(invalid label)";
}

/// The name of a slot. Orders by service, then label. Thread safety: a value.
struct SlotKey {
  ServiceId service{};
  SlotLabel label{};
  /// Where a store keeps the slot, as it said when it answered with this key; 0: not known. A hint
  /// that saves a look-up, checked before it is used: never wrong, not part of the name, and not
  /// for hosts to set.
  std::uint32_t place = 0;

  bool valid() const noexcept { return service.valid() && label.valid(); }
  friend bool operator==(const SlotKey& a, const SlotKey& b) noexcept {
    return a.label == b.label && a.service == b.service;
  }
  friend std::strong_ordering operator<=>(const SlotKey& a, const SlotKey& b) noexcept {
    const auto services = a.service <=> b.service;
    return services != 0 ? services : a.label <=> b.label;
  }
};

/// A slot that was looked up once, to be used many times: goes wherever a SlotKey goes, and saves
/// the store finding the slot anew. It stays right for as long as it is kept, with any inventory;
/// only with the one it came from is it faster. Made by SlotInventory::slot.
/// Thread safety: a value.
class SlotHandle {
 public:
  SlotHandle() noexcept = default;  ///< of no slot: every call refuses it with invalid_argument
  explicit SlotHandle(const SlotKey& key) noexcept : key_{key} {}

  const SlotKey& key() const noexcept { return key_; }
  operator const SlotKey&() const noexcept { return key_; }  // NOLINT: a handle is a key

 private:
  SlotKey key_{};
};

inline std::string to_string(const SlotKey& key) {
  return to_string(key.service) + " " + to_string(key.label);
}

/// Whether a new booking needs somebody's approval (status pending first) or is confirmed at once.
enum class Approval : std::uint8_t { automatic = 0, required = 1 };

/// A service, as row 1.1 has it: `service_id`, `service_name`, `service_description`.
struct Service {
  ServiceId id{};
  std::string name{};         ///< at most 200 bytes of UTF-8, no control characters
  std::string description{};  ///< at most 4,000 bytes of UTF-8; line breaks allowed
  Approval approval = Approval::automatic;

  friend bool operator==(const Service&, const Service&) = default;
};

/// Whether a slot takes new bookings. Cancelling goes on in a closed slot.
enum class SlotStatus : std::uint8_t {
  open = 0,
  closed = 1,
  past = 2,  ///< it has begun; only read, never set
};

/// What `define_slot` sets up.
struct SlotDefinition {
  SlotKey slot{};
  std::int32_t capacity = 0;  ///< seats, 0 or more
  std::int32_t overbook = 0;  ///< seats sold beyond capacity; capacity + overbook <= 2^31 - 1
  SlotStatus status = SlotStatus::open;
  /// When it begins and ends, in UTC, if it does: from `begins_at` on nothing new is sold, from
  /// `ends_at` on its bookings do not count for the user limit. Not set: never, for the label is
  /// not compared with a clock; so a slot of last year goes on selling, and its bookings count
  /// until they are completed or cancelled.
  std::optional<Instant> begins_at{};
  std::optional<Instant> ends_at{};  ///< after begins_at, where both are set
};

/// What `change_slot` changes; what is not set stays as it is.
struct SlotChange {
  SlotKey slot{};
  std::optional<std::int32_t> capacity{};
  std::optional<std::int32_t> overbook{};
  std::optional<SlotStatus> status{};
  std::optional<Instant> begins_at{};  ///< may be moved, not taken away; `ends_at` too
  std::optional<Instant> ends_at{};
  /// Lets capacity + overbook fall below the seats in use. Cancels nobody; the slot is in deficit
  /// and sells nothing until enough seats came back.
  bool force = false;
};

/// What is left in a slot. Only an open one sells what remains.
struct Availability {
  SlotKey slot{};
  std::int32_t capacity = 0;
  std::int32_t sellable = 0;   ///< capacity + overbook
  std::int32_t used = 0;       ///< seats of all bookings that take seats
  std::int32_t held = 0;       ///< the part of `used` that holds take, all before their deadline
  std::int32_t remaining = 0;  ///< max(0, sellable - used)
  std::int32_t deficit = 0;    ///< max(0, used - sellable); only a forced change causes it
  SlotStatus status = SlotStatus::open;
  std::optional<Instant> begins_at{};
  std::optional<Instant> ends_at{};
};

/// Slots of one service from one label to another, both included. A `to` without a time includes
/// every time of that day.
struct SlotRange {
  ServiceId service{};
  SlotLabel from{};
  SlotLabel to{};
};

}  // namespace booking::inline v0

template <>
struct std::hash<booking::SlotLabel> {
  std::size_t operator()(const booking::SlotLabel& label) const noexcept {
    return booking::detail::mix(label.packed_);
  }
};

template <>
struct std::hash<booking::SlotKey> {
  std::size_t operator()(const booking::SlotKey& key) const noexcept {
    return booking::detail::mix(std::hash<booking::ServiceId>{}(key.service) ^
                                std::hash<booking::SlotLabel>{}(key.label));
  }
};
