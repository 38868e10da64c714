// SlotLabel and SlotKey: which labels exist, how they print, order and end a range.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "booking/slot.hpp"

using namespace booking;
using namespace std::string_view_literals;

namespace {

// A valid label with few different parts, so that neighbours and equals turn up often.
std::string random_label(std::mt19937_64& random) {
  const auto pick = [&](int from, int to) {
    return std::uniform_int_distribution<int>{from, to}(random);
  };
  const int years[] = {1, 999, 2023, 2024, 9999};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", years[pick(0, 4)], pick(1, 12), pick(1, 28));
  std::string label = text;
  if (pick(0, 2) == 0) return label;
  std::snprintf(text, sizeof text, " %02d:%02d", pick(0, 23), pick(0, 59));
  label += text;
  if (pick(0, 2) == 0) label += static_cast<char>('a' + pick(0, 25));
  return label;
}

}  // namespace

TEST_CASE("a label prints as it was written") {
  for (const auto text : {"2026-06-01", "2026-06-01 10:00", "2026-10-25 02:30b", "0001-01-01",
                          "9999-12-31 23:59z", "2024-02-29", "2000-02-29 00:00a"}) {
    const SlotLabel label{text};
    CAPTURE(text);
    CHECK(label.valid());
    CHECK(to_string(label) == text);
    CHECK(std::string_view{label.text()} == text);
  }
}

TEST_CASE("text that is not a calendar date, or not spelt exactly so, is no label") {
  for (const auto text : {""sv,
                          "2023-02-30"sv,
                          "2023-02-29"sv,
                          "1900-02-29"sv,
                          "2026-04-31"sv,
                          "2026-00-01"sv,
                          "2026-13-01"sv,
                          "2026-01-00"sv,
                          "2026-01-32"sv,
                          "0000-01-01"sv,
                          "25:00"sv,
                          "2026-06-01 24:00"sv,
                          "2026-06-01 25:00"sv,
                          "2026-06-01 23:60"sv,
                          "2026-6-01"sv,
                          "2026-06-1"sv,
                          "26-06-01"sv,
                          "02026-06-01"sv,
                          "2026/06/01"sv,
                          "2026-06-01T10:00"sv,
                          "2026-06-01 1000"sv,
                          "2026-06-01 10.00"sv,
                          "2026-06-01 10:00:00"sv,
                          "2026-06-01 10:00A"sv,
                          "2026-06-01 10:001"sv,
                          "2026-06-01 10:00`"sv,
                          "2026-06-01 10:00{"sv,
                          "2026-06-01 10:00ab"sv,
                          "2026-06-01b"sv,
                          " 2026-06-01"sv,
                          "2026-06-01 "sv,
                          "-026-06-01"sv,
                          "2026-06-01 \0"
                          "0:00"sv,
                          "2026-06-01 10:00\0"sv,
                          "2026-06-01 1:000"sv,
                          "\xd9\xa2\xd9\xa0-06-01"sv}) {
    CAPTURE(text);
    CHECK_FALSE(SlotLabel{text}.valid());
  }
  CHECK(to_string(SlotLabel{}) == "(invalid label)");
}

TEST_CASE("labels order as their text does") {
  constexpr std::uint64_t seed = 20260601;
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = random_label(random);
    const std::string b = random_label(random);
    CAPTURE(a);
    CAPTURE(b);
    REQUIRE(to_string(SlotLabel{a}) == a);
    REQUIRE((SlotLabel{a} <=> SlotLabel{b}) == (a <=> b));
  }
}

TEST_CASE("a day orders before its times, and a repeated hour behind the first") {
  CHECK(SlotLabel{"2026-10-25"} < SlotLabel{"2026-10-25 00:00"});
  CHECK(SlotLabel{"2026-10-25 02:30"} < SlotLabel{"2026-10-25 02:30a"});
  CHECK(SlotLabel{"2026-10-25 02:30b"} < SlotLabel{"2026-10-25 02:31"});
  CHECK(SlotLabel{"2026-10-25 23:59z"} < SlotLabel{"2026-10-26"});
}

TEST_CASE("a range that ends with a day includes its times, one that ends with a time does not") {
  const SlotLabel last = SlotLabel{"2026-10-25"}.end_of_range();
  CHECK(SlotLabel{"2026-10-25"} <= last);
  CHECK(SlotLabel{"2026-10-25 23:59z"} <= last);
  CHECK(last < SlotLabel{"2026-10-26"});
  CHECK(SlotLabel{"2026-10-25 10:00"}.end_of_range() == SlotLabel{"2026-10-25 10:00"});
  CHECK(SlotLabel{"2026-10-25"}.is_day());
  CHECK_FALSE(SlotLabel{"2026-10-25 00:00"}.is_day());
  CHECK_FALSE(SlotLabel{}.is_day());
}

TEST_CASE("labels can be made and checked while compiling") {
  static_assert(SlotLabel{"2026-06-01 10:00"}.valid());
  static_assert(!SlotLabel{"2026-06-31"}.valid());
  static_assert(sizeof(SlotLabel) == 8);
  constexpr SlotLabel label{"2026-06-01 10:00"};
  CHECK(std::string_view{label.text()} == "2026-06-01 10:00");
}

TEST_CASE("slots order by service, then label, and need both to be valid") {
  const SlotKey key{"haircut", "2026-06-01"};
  CHECK(key < SlotKey{"haircut", "2026-06-02"});
  CHECK(key < SlotKey{"passport", "2026-05-01"});
  CHECK(SlotKey{7, "2026-12-01"} < key);
  CHECK(key.valid());
  CHECK_FALSE(SlotKey{"haircut", "2026-06-31"}.valid());
  CHECK_FALSE(SlotKey{"", "2026-06-01"}.valid());
  CHECK(to_string(key) == "haircut 2026-06-01");
}
