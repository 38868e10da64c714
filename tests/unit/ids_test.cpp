// UserId and ServiceId: what is an id, which text is an integer, equality, order, hash. An op's
// text.
#include "booking/ids.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

using namespace booking;
using namespace std::string_view_literals;

TEST_CASE("an id is small, trivially copyable and of one kind only") {
  static_assert(std::is_trivially_copyable_v<UserId>);
  static_assert(sizeof(UserId) == 48);
  static_assert(!std::is_convertible_v<UserId, ServiceId>);
  static_assert(!std::is_constructible_v<UserId, bool>);
  static_assert(!std::is_constructible_v<UserId, char>);
  CHECK_FALSE(UserId{}.valid());
}

TEST_CASE("text that is a canonical decimal is that integer") {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{17}, std::int64_t{-3},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const UserId from_text{std::to_string(value)};
    CAPTURE(value);
    CHECK(from_text == UserId{value});
    CHECK(from_text.is_integer());
    CHECK(from_text.integer() == value);
    CHECK(from_text.text() == "");
    CHECK(to_string(from_text) == std::to_string(value));
  }
}

TEST_CASE("text that is not a canonical decimal stays text") {
  for (const auto text : {"017", "00", "-0", "-01", "+5", " 5", "5 ", "1e3", "0x10", "-", "1.0",
                          "9223372036854775808", "-9223372036854775809"}) {
    const UserId id{text};
    CAPTURE(text);
    CHECK(id.valid());
    CHECK_FALSE(id.is_integer());
    CHECK(id.text() == text);
    CHECK(id.integer() == 0);
    CHECK(to_string(id) == text);
  }
}

TEST_CASE("an unsigned integer beyond the signed range is the text of its decimal") {
  const UserId id{std::numeric_limits<std::uint64_t>::max()};
  CHECK_FALSE(id.is_integer());
  CHECK(id == UserId{"18446744073709551615"});
  CHECK(UserId{std::uint64_t{17}} == UserId{17});
}

TEST_CASE("an id holds 1 to 47 bytes of UTF-8 without control characters") {
  CHECK(UserId{std::string(47, 'x')}.valid());
  CHECK(UserId{"Zo\xc3\xab \xf0\x9f\x8e\xab"}.valid());
  CHECK_FALSE(UserId{std::string(48, 'x')}.valid());
  for (const auto text :
       {""sv, "a\0b"sv, "a\r\n"sv, "\t"sv, "\x1f"sv, "\x7f"sv, "\xc2\x80"sv, "\xc2\x9f"sv, "\x80"sv,
        "\xc3"sv, "\xe2\x82"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xbf\xbf"sv,
        "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv}) {
    CHECK_FALSE(UserId{text}.valid());
  }
  CHECK(UserId{"\xc2\xa0"}.valid());          // the first after the control characters
  CHECK(UserId{"\xed\x9f\xbf"}.valid());      // the last before the surrogates
  CHECK(UserId{"\xf4\x8f\xbf\xbf"}.valid());  // the last of all
}

TEST_CASE("an id that is not valid equals only its like and prints as such") {
  CHECK(UserId{""} == UserId{});
  CHECK(UserId{std::string(48, 'x')} == UserId{});
  CHECK(to_string(UserId{}) == "(invalid id)");
}

TEST_CASE("integers order before text, integers by value, text by bytes") {
  std::vector<UserId> ids{"b", 10, "a", "ab", -1, "B", 9, "\xc3\xab"};
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<UserId>{-1, 9, 10, "B", "a", "ab", "b", "\xc3\xab"});
}

TEST_CASE("equal ids have equal hashes, and neighbours differ in theirs") {
  const std::hash<UserId> hash;
  CHECK(hash(UserId{17}) == hash(UserId{"17"}));
  std::unordered_set<std::size_t> low_bits;
  for (int i = 0; i < 1000; ++i) low_bits.insert(hash(UserId{i}) % 4096);
  CHECK(low_bits.size() > 700);  // 1,000 balls in 4,096 boxes: about 888
}

TEST_CASE("an op's text is 32 hexadecimal digits, and comes back as the same op") {
  const OpId op{0x0123456789abcdef, 0xfedcba9876543210};
  CHECK(to_string(op) == "0123456789abcdeffedcba9876543210");
  CHECK(to_string(OpId{0, 1}) == "00000000000000000000000000000001");
  for (const OpId& one : {op, OpId{0, 1}, OpId{1, 0}, OpId::generate()}) {
    CHECK(OpId::parse(to_string(one)) == one);
  }
  CHECK(OpId::parse("0123456789ABCDEFFEDCBA9876543210") == op);
}

TEST_CASE("an op of malformed text is not valid and prints as such") {
  for (const auto text :
       {""sv, "0"sv, "0123456789abcdeffedcba987654321"sv, "0123456789abcdeffedcba98765432100"sv,
        "0123456789abcdeffedcba987654321g"sv, "01234567-89ab-cdef-fedc-ba9876543210"sv,
        " 123456789abcdeffedcba9876543210"sv, "00000000000000000000000000000000"sv}) {
    CAPTURE(text);
    CHECK_FALSE(OpId::parse(text).valid());
  }
  CHECK(to_string(OpId::parse("")) == "(invalid id)");
}
