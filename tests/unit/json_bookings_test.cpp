// Bookings as the rows of row 1.8, in and out.
#ifdef BOOKING_TEST_JSON

#include <doctest/doctest.h>

#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/json.hpp"
#include "support/stores.hpp"

namespace {

using booking::Booking;
using booking::BookingId;
using booking::BookingRow;
using booking::parse_bookings;
using booking::Service;
using booking::SlotInventory;
using booking::Status;

// The sample of row 1.8: 31, 2, "Food Assistance", "2023-06-12", "08:00", 0, NULL.
constexpr std::string_view sample_row =
    R"([{"booking_id": 31, "user_id": 2, "service_name": "Food Assistance", )"
    R"("date": "2023-06-12", "time": "08:00", "status": 0, "message": null}])";

const std::vector<Service> services = {
    {.id = 7, .name = "Food Assistance", .approval = booking::Approval::required},
    {.id = "caf\xC3\xA9", .name = "Caf\xC3\xA9 \"Zoo\""}};

std::string bookings_refusal(std::string_view text) {
  return booking_test::reason(parse_bookings(text));
}

// The sample with one value replaced.
std::string with(const std::string& field, const std::string& value) {
  std::string text{sample_row};
  const std::size_t begin = text.find(':', text.find('"' + field + '"')) + 2;
  return text.replace(begin, text.find_first_of(",}", begin) - begin, value);
}

}  // namespace

TEST_CASE("1.8 the sample booking comes out byte for byte") {
  for (const auto& store : booking_test::stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory{store.make({})};
    const booking::SlotKey slot{7, "2023-06-12 08:00"};
    REQUIRE(inventory.define_service(services[0]));
    REQUIRE(inventory.define_slot({.slot = slot, .capacity = 40}));
    REQUIRE(inventory.book({.id = BookingId{31}, .user = 2, .slot = slot}));
    CHECK(booking::export_bookings(inventory, services).value() == sample_row);
    const auto mine = inventory.current_booking(2).value();
    REQUIRE(mine);
    CHECK(booking::write_bookings({&*mine, 1}, services).value() == sample_row);
  }
}

TEST_CASE("1.8 the sample booking is read word for word") {
  const auto rows = parse_bookings(sample_row);
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  const BookingRow& row = rows->front();
  CHECK(row.booking_id == BookingId{31});
  CHECK(row.user_id == booking::UserId{2});
  CHECK(row.service_name == "Food Assistance");
  CHECK(row.slot == booking::SlotLabel{"2023-06-12 08:00"});
  CHECK(row.status == Status::pending);
  CHECK(row.message.empty());
}

TEST_CASE("1.8 ids that are no integers, a whole day, every status and a message are written") {
  const BookingId uuid{"01890a5d-ac96-774b-bcce-b302099a8057"};
  std::vector<Booking> bookings = {
      {.id = uuid,
       .user = "zo\xC3\xAB",
       .slot = {"caf\xC3\xA9", "2024-02-29"},
       .seats = 3,
       .status = Status::rejected,
       .message = "say \"no\"\nplease"},
      {.id = BookingId{9'223'372'036'854'775'807}, .user = -5, .slot = {7, "2023-10-29 02:30b"}}};
  CHECK(booking::write_bookings(bookings, services).value() ==
        "[{\"booking_id\": \"01890a5d-ac96-774b-bcce-b302099a8057\", \"user_id\": \"zo\xC3\xAB\", "
        "\"service_name\": \"Caf\xC3\xA9 \\\"Zoo\\\"\", \"date\": \"2024-02-29\", \"time\": null, "
        "\"status\": 2, \"message\": \"say \\\"no\\\"\\nplease\"},\n"
        " {\"booking_id\": 9223372036854775807, \"user_id\": -5, "
        "\"service_name\": \"Food Assistance\", \"date\": \"2023-10-29\", \"time\": \"02:30b\", "
        "\"status\": 0, \"message\": null}]");
  for (int code = 0; code <= 7; ++code) {
    bookings.back().status = static_cast<Status>(code);
    const auto text = booking::write_bookings({&bookings.back(), 1}, services);
    CHECK(text.value().find("\"status\": " + std::to_string(code) + ",") != std::string::npos);
    CHECK(parse_bookings(*text)->front().status == static_cast<Status>(code));
  }
}

TEST_CASE("1.8 bookings written and read again are the same rows") {
  const std::vector<Booking> bookings = {
      {.id = BookingId{"01890a5d-ac96-774b-bcce-b302099a8057"},
       .user = "zo\xC3\xAB",
       .slot = {"caf\xC3\xA9", "2024-02-29"},
       .status = Status::rejected,
       .message = "a\\b"},
      {.id = BookingId{1}, .user = 17, .slot = {7, "2023-06-12 08:00"}, .status = Status::held}};
  const auto rows = parse_bookings(booking::write_bookings(bookings, services).value());
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const Booking& booking = bookings[i];
    CHECK((*rows)[i] == BookingRow{.booking_id = booking.id,
                                   .user_id = booking.user,
                                   .service_name = services[1 - i].name,
                                   .slot = booking.slot.label,
                                   .status = booking.status,
                                   .message = booking.message});
  }
}

TEST_CASE("1.8 an export takes every page of the bookings asked for, ordered by id") {
  SlotInventory inventory{
      booking::memory_store({.policy = {.user_limit = booking::UserLimit::none()}})};
  REQUIRE(inventory.define_service(services[0]));
  const booking::SlotKey slot{7, "2023-06-12 08:00"};
  REQUIRE(inventory.define_slot({.slot = slot, .capacity = 3000}));
  for (int id = 2100; id >= 1; --id) {
    REQUIRE(inventory.book({.id = BookingId{id}, .user = id % 2100, .slot = slot}));
  }
  const auto rows = parse_bookings(booking::export_bookings(inventory, services).value());
  REQUIRE(rows);
  REQUIRE(rows->size() == 2100);
  for (int i = 0; i < 2100; ++i) {
    CHECK((*rows)[static_cast<std::size_t>(i)].booking_id == BookingId{i + 1});
  }
  CHECK(
      parse_bookings(booking::export_bookings(inventory, services, {.user = 5}).value())->size() ==
      1);
  CHECK(booking::export_bookings(inventory, services, {.user = "none"}).value() == "[]");
  const auto longer = booking::export_bookings(inventory, services, {}, {.max_bytes = 1000});
  CHECK(longer.error().code == booking::ErrorCode::invalid_argument);
}

TEST_CASE("1.8 a booking whose service has no name is refused") {
  const Booking booking{.id = BookingId{31}, .user = 2, .slot = {8, "2023-06-12 08:00"}};
  const auto written = booking::write_bookings({&booking, 1}, services);
  CHECK(written.error().code == booking::ErrorCode::invalid_argument);
  CHECK(written.error().booking == BookingId{31});
  CHECK(written.error().detail == "booking 31: its service 8 is not among those given");
}

TEST_CASE("1.8 a bad row is refused with its path") {
  struct Case {
    std::string field;
    std::string value;
  };
  for (const Case& bad :
       std::vector<Case>{{"booking_id", "0"},      {"booking_id", "-31"},
                         {"booking_id", "31.0"},   {"booking_id", "\"x\""},
                         {"booking_id", "null"},   {"booking_id", "9223372036854775808"},
                         {"user_id", "1.5"},       {"user_id", "\"\""},
                         {"user_id", "null"},      {"service_name", "7"},
                         {"service_name", "null"}, {"date", "\"2023-02-30\""},
                         {"date", "null"},         {"date", "\"2023-06-12 08:00\""},
                         {"time", "\"24:00\""},    {"time", "8"},
                         {"time", "\"\""},         {"status", "-1"},
                         {"status", "8"},          {"status", "\"0\""},
                         {"status", "null"},       {"status", "0.0"},
                         {"message", "7"},         {"message", "\"\\u0000\""}}) {
    CAPTURE(bad.field);
    CAPTURE(bad.value);
    CHECK(bookings_refusal(with(bad.field, bad.value)).starts_with("$[0]." + bad.field + ": "));
  }
  CHECK(bookings_refusal(with("status", "8")) == "$[0].status: must be a whole number from 0 to 7");
  CHECK(bookings_refusal("{}") == "$: must be an array of bookings");
  CHECK(bookings_refusal("[[]]") == "$[0]: must be an object");
  CHECK(bookings_refusal("[{}]") == "$[0]: lacks the field \"booking_id\"");
  CHECK(bookings_refusal(with("message", "null, \"seats\": 2")) == "$[0].seats: unknown field");
  const std::string one{sample_row.substr(0, sample_row.size() - 1)};
  CHECK(bookings_refusal(one + "," + with("booking_id", "\"31\"").substr(1)) ==
        "$[1].booking_id: 31 stands twice");
}

TEST_CASE("1.8 a message of null and an empty one are the same") {
  CHECK(parse_bookings(with("message", "\"\""))->front().message.empty());
  CHECK(parse_bookings(with("message", "\"no\""))->front().message == "no");
  CHECK(parse_bookings(" [] ")->empty());
}

#endif
