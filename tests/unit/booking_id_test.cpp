// BookingId: UUIDv7 made, printed, parsed and ordered; imported integers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "booking/ids.hpp"
#include "booking/testing/manual_clock.hpp"
#include "unit/doubles.hpp"

using namespace booking;
using booking::testing::ManualClock;

TEST_CASE("a made id is a UUIDv7 of the clock's milliseconds and the random numbers") {
  const ManualClock clock{Instant{std::chrono::milliseconds{0x0123456789AB}}};
  booking_test::ScriptedRandom ones{~std::uint64_t{0}, ~std::uint64_t{0}};
  CHECK(to_string(BookingId::generate(clock, ones)) == "01234567-89ab-7fff-bfff-ffffffffffff");
  booking_test::ScriptedRandom zeros{};
  CHECK(to_string(BookingId::generate(clock, zeros)) == "01234567-89ab-7000-8000-000000000000");
}

TEST_CASE("ids made later order later") {
  ManualClock clock;
  booking_test::ScriptedRandom falling{~std::uint64_t{0}, ~std::uint64_t{0}};
  const BookingId first = BookingId::generate(clock, falling);
  clock.advance(std::chrono::milliseconds{1});
  const BookingId second = BookingId::generate(clock, falling);
  CHECK(first < second);
  CHECK(to_string(first) < to_string(second));
}

TEST_CASE("made ids differ") {
  std::unordered_set<BookingId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(BookingId::generate());
  CHECK(ids.size() == 1000);
}

TEST_CASE("an id is parsed from what it prints, in either case") {
  const BookingId id = BookingId::generate();
  std::string text = to_string(id);
  CHECK(text.size() == 36);
  CHECK(BookingId{text} == id);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(BookingId{text} == id);
  CHECK(BookingId::from_halves(id.high(), id.low()) == id);
}

TEST_CASE("1.8 an imported integer keeps its value and prints as a decimal") {
  const BookingId id{31};
  CHECK(id.valid());
  CHECK(id.is_integer());
  CHECK(to_string(id) == "31");
  CHECK(BookingId{"31"} == id);
  CHECK(BookingId::from_halves(0, 31) == id);
  const BookingId last{std::numeric_limits<std::int64_t>::max()};
  CHECK(BookingId{"9223372036854775807"} == last);
  CHECK(last < BookingId::generate());
}

TEST_CASE("integers from 1 to 2^63 - 1 are ids, others are not") {
  CHECK_FALSE(BookingId{0}.valid());
  CHECK_FALSE(BookingId{-1}.valid());
  CHECK_FALSE(BookingId{std::uint64_t{1} << 63}.valid());
  for (const auto text : {"0", "-1", "+31", "031", "31 ", " 31", "", "9223372036854775808", "x"}) {
    CAPTURE(text);
    CHECK_FALSE(BookingId{text}.valid());
  }
  CHECK_FALSE(BookingId::from_halves(0, std::uint64_t{1} << 63).valid());
  CHECK(to_string(BookingId{}) == "(invalid id)");
}

TEST_CASE("UUIDs of other versions and variants are not ids") {
  std::string text = "01234567-89ab-7cde-8123-456789abcdef";
  REQUIRE(BookingId{text}.valid());
  for (const char version : std::string{"012345689abcdef"}) {
    text[14] = version;
    CAPTURE(text);
    CHECK_FALSE(BookingId{text}.valid());
  }
  text[14] = '7';
  for (const char variant : std::string{"01234567cdef"}) {
    text[19] = variant;
    CAPTURE(text);
    CHECK_FALSE(BookingId{text}.valid());
  }
  CHECK_FALSE(BookingId{"00000000-0000-0000-0000-00000000001f"}.valid());
}

TEST_CASE("a UUID with a wrong character, dash or length is not an id") {
  const std::string good = "01234567-89ab-7cde-8123-456789abcdef";
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string text = good;
    text[i] = text[i] == '-' ? '0' : '-';
    CAPTURE(text);
    CHECK_FALSE(BookingId{text}.valid());
  }
  CHECK_FALSE(BookingId{good + "0"}.valid());
  CHECK_FALSE(BookingId{good.substr(0, 35)}.valid());
  CHECK_FALSE(BookingId{"{" + good + "}"}.valid());
  CHECK_FALSE(BookingId{"01234567-89ab-7cde-8123-456789abcdeg"}.valid());
}

TEST_CASE("a booking id is not made by accident") {
  static_assert(!std::is_convertible_v<int, BookingId>);
  static_assert(!std::is_convertible_v<const char*, BookingId>);
  static_assert(std::is_trivially_copyable_v<BookingId> && sizeof(BookingId) == 16);
  CHECK_FALSE(BookingId{}.valid());
}

TEST_CASE("hashes of ids made one after another spread") {
  ManualClock clock;
  booking_test::ScriptedRandom zeros{};
  std::unordered_set<std::size_t> low_bits;
  for (int i = 0; i < 1000; ++i) {
    low_bits.insert(std::hash<BookingId>{}(BookingId::generate(clock, zeros)) % 4096);
    clock.advance(std::chrono::milliseconds{1});
  }
  CHECK(low_bits.size() > 700);
}
