// Writing what remains, exactly as row 1.1 has it.
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

using booking::SlotInventory;
using booking::SlotKey;
using booking_test::sample;

constexpr std::string_view sample_slots =
    R"({"2023-06-13": {"07:00": 25, "09:00": 29}, "2023-06-14": {"08:00": 6, "10:00": 4}})";

}  // namespace

TEST_CASE("1.1 the sample's time slots come out byte for byte") {
  for (const auto& store : booking_test::stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory{store.make({})};
    REQUIRE(booking::import_services(inventory, sample));
    CHECK(booking::export_time_slots(inventory, 1).value() == sample_slots);
    const auto document = booking::parse_services(sample);
    REQUIRE(document);
    CHECK(booking::export_services(inventory, document->services).value() == sample);
  }
}

TEST_CASE("1.1 what comes out is what remains") {
  SlotInventory inventory{booking::memory_store()};
  REQUIRE(booking::import_services(inventory, sample));
  REQUIRE(inventory.book({.user = "ann", .slot = {1, "2023-06-13 09:00"}, .seats = 4}));
  REQUIRE(inventory.change_slot({.slot = {1, "2023-06-14 08:00"}, .overbook = 2}));
  REQUIRE(inventory.change_slot(
      {.slot = {1, "2023-06-14 10:00"}, .status = booking::SlotStatus::closed}));
  CHECK(booking::export_time_slots(inventory, 1).value() ==
        R"({"2023-06-13": {"07:00": 25, "09:00": 25}, "2023-06-14": {"08:00": 8, "10:00": 4}})");
}

TEST_CASE("1.1 exported and imported again, a document is the same document") {
  // Ids and texts of every kind, slots out of order, two services on the same times.
  const std::string text =
      "[{\"service_id\":\"\xC3\xA9t\xC3\xA9 \\\"x\\\"\",\"service_name\":\"a\\\\b\\/c\","
      "\"service_description\":\"line\\nline\\ttab \\u20ac\","
      "\"time_slots\":{\"2023-12-31\":{\"23:59\":2147483647,\"00:00\":0},"
      "\"0001-01-01\":{\"02:30b\":7,\"02:30\":6},\"9999-12-31\":{\"23:59z\":1}},"
      "\"approval\":\"required\"},"
      "{\"service_id\":-9223372036854775808,\"service_name\":\"\",\"service_description\":\"\","
      "\"time_slots\":{\"2023-12-31\":{\"00:00\":3},\"2023-12-30\":{}}},"
      "{\"service_id\":9223372036854775807,\"service_name\":\"n\",\"service_description\":\"d\","
      "\"time_slots\":{}}]";
  const auto document = booking::parse_services(text);
  REQUIRE(document);
  SlotInventory first{booking::memory_store()};
  REQUIRE(booking::import_services(first, *document));
  const std::string exported = booking::export_services(first, document->services).value();
  CHECK(exported.find("{\"0001-01-01\": {\"02:30\": 6, \"02:30b\": 7}, "
                      "\"2023-12-31\": {\"00:00\": 0, \"23:59\": 2147483647}, "
                      "\"9999-12-31\": {\"23:59z\": 1}}") != std::string::npos);

  const auto read_back = booking::parse_services(exported);
  REQUIRE(read_back);
  CHECK(read_back->services == document->services);
  SlotInventory second{booking::memory_store()};
  REQUIRE(booking::import_services(second, exported));
  CHECK(booking::export_services(second, read_back->services).value() == exported);
}

TEST_CASE("1.1 an export of several pages leaves nothing out") {
  SlotInventory inventory{booking::memory_store()};
  inventory.define_service({.id = 1}).value();
  std::vector<booking::SlotDefinition> slots;
  for (int i = 0; i < 2400; ++i) {
    const std::string minute = std::to_string(100 + i % 60).substr(1);
    const std::string hour = std::to_string(100 + i / 60 % 20).substr(1);
    const std::string label = (i < 1200 ? "2023-06-13 " : "2023-06-14 ") + hour + ":" + minute;
    slots.push_back({.slot = {1, label}, .capacity = i});
  }
  REQUIRE(booking::import_services(inventory, {.services = {}, .slots = slots}));
  const auto read = booking::parse_time_slots(1, booking::export_time_slots(inventory, 1).value());
  REQUIRE(read);
  REQUIRE(read->size() == slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    CHECK((*read)[i].slot == slots[i].slot);
    CHECK((*read)[i].capacity == slots[i].capacity);
  }
}

TEST_CASE("1.1 no services, no slots and an unknown service are empty documents") {
  const SlotInventory inventory{booking::memory_store()};
  CHECK(booking::export_time_slots(inventory, "nobody").value() == "{}");
  CHECK(booking::export_services(inventory, {}).value() == "[]");
  const booking::Service service{.id = 1, .name = "n", .description = "d"};
  CHECK(
      booking::export_services(inventory, {&service, 1}).value() ==
      R"([{"service_id": 1, "service_name": "n", "service_description": "d", "time_slots": {}}])");
}

TEST_CASE("1.1 a slot that the document has no place for is refused, not left out") {
  SlotInventory inventory{booking::memory_store()};
  inventory.define_service({.id = 1}).value();
  inventory.define_slot({.slot = {1, "2023-06-13"}, .capacity = 1}).value();
  const auto exported = booking::export_time_slots(inventory, 1);
  CHECK(exported.error().code == booking::ErrorCode::invalid_argument);
  CHECK(exported.error().detail ==
        "1 2023-06-13: time_slots has no place for a slot without a time of day");
}

TEST_CASE("an export that gets too long is refused") {
  SlotInventory inventory{booking::memory_store()};
  REQUIRE(booking::import_services(inventory, sample));
  const std::size_t size = sample_slots.size();
  CHECK(booking::export_time_slots(inventory, 1, {.max_bytes = size}));
  const auto longer = booking::export_time_slots(inventory, 1, {.max_bytes = size - 1});
  CHECK(longer.error().code == booking::ErrorCode::invalid_argument);
}

#endif
