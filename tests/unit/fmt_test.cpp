// The fmt formatters.
#ifdef BOOKING_TEST_FMT

#include "booking/fmt.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "booking/error.hpp"

using namespace booking;

TEST_CASE("names, statuses and error codes are formatted as their text") {
  CHECK(fmt::format("{}", UserId{"ann"}) == "ann");
  CHECK(fmt::format("{}", ServiceId{7}) == "7");
  CHECK(fmt::format("{}", BookingId{31}) == "31");
  CHECK(fmt::format("{}", BookingId{"01234567-89ab-7cde-8123-456789abcdef"}) ==
        "01234567-89ab-7cde-8123-456789abcdef");
  CHECK(fmt::format("{}", SlotLabel{"2026-10-25 02:30b"}) == "2026-10-25 02:30b");
  CHECK(fmt::format("{}", SlotKey{"haircut", "2026-06-01"}) == "haircut 2026-06-01");
  CHECK(fmt::format("{}", Status::no_show) == "no_show");
  CHECK(fmt::format("{}", ErrorCode::sold_out) == "sold_out");
}

TEST_CASE("an error is formatted as its sentence") {
  Error error;
  error.code = ErrorCode::sold_out;
  error.limit = 2;
  CHECK(fmt::format("{}", error) == "sold out: 0 of 2 seats left");
}

TEST_CASE("widths and alignments apply as to any text") {
  CHECK(fmt::format("[{:>6}]", UserId{"ann"}) == "[   ann]");
  CHECK(fmt::format("[{:<6}]", BookingId{31}) == "[31    ]");
  CHECK(fmt::format("[{:.2}]", UserId{"ann"}) == "[an]");
}

#endif
