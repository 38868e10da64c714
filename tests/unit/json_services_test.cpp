// Reading a services document: row 1.1 word for word, and every content it must refuse, with the
// path it names. Where in the text that is, and bad JSON: json_bad_documents_test.cpp.
#ifdef BOOKING_TEST_JSON

#include <doctest/doctest.h>

#include <booking/json.hpp>
#include <string>
#include <string_view>

#include "support/json.hpp"

namespace {

using booking::Approval;
using booking::JsonOptions;
using booking::parse_services;
using booking_test::row;
using booking_test::sample;

// Why the text is refused; empty when it is not.
std::string services_refusal(std::string_view text, const JsonOptions& options = {}) {
  return booking_test::reason(parse_services(text, options));
}

}  // namespace

TEST_CASE("1.1 the sample row is read word for word") {
  const auto document = parse_services(sample);
  REQUIRE(document);
  REQUIRE(document->services.size() == 1);
  const booking::Service& service = document->services[0];
  CHECK(service.id == booking::ServiceId{1});
  CHECK(service.name == "Utility Bill Assistance");
  CHECK(service.description ==
        "Maximum assistance is US $100 per client in a twelve month period. "
        "You must bring with you a current utility bill.");
  CHECK(service.approval == Approval::automatic);
  REQUIRE(document->slots.size() == 4);
  const std::string_view labels[] = {"2023-06-13 07:00", "2023-06-13 09:00", "2023-06-14 08:00",
                                     "2023-06-14 10:00"};
  const std::int32_t seats[] = {25, 29, 6, 4};
  for (std::size_t i = 0; i < 4; ++i) {
    const booking::SlotDefinition& slot = document->slots[i];
    CHECK(slot.slot == booking::SlotKey{1, labels[i]});
    CHECK(slot.capacity == seats[i]);
    CHECK(slot.overbook == 0);
    CHECK(slot.status == booking::SlotStatus::open);
  }
}

TEST_CASE("a row may ask for approval, or say that none is needed") {
  const auto required = parse_services(row("{}", R"(,"approval":"required")"));
  REQUIRE(required);
  CHECK(required->services[0].approval == Approval::required);
  const auto automatic = parse_services(row("{}", R"(,"approval":"automatic")"));
  REQUIRE(automatic);
  CHECK(automatic->services[0].approval == Approval::automatic);
  CHECK(services_refusal(row("{}", R"(,"approval":"yes")")) ==
        R"($[0].approval: must be "required" or "automatic")");
}

TEST_CASE("an id may be text, and escapes are resolved") {
  const auto document = parse_services(
      "[{\"service_id\":\"\\u00e9t\\u00e9\",\"service_name\":\"n\",\"service_description\":"
      "\"a\\nb\",\"time_slots\":{\"2023-06-13\":{\"02:30b\":1}}}]");
  REQUIRE(document);
  CHECK(document->services[0].id == booking::ServiceId{"\xC3\xA9t\xC3\xA9"});
  CHECK(document->services[0].description == "a\nb");
  CHECK(document->slots[0].slot.label == booking::SlotLabel{"2023-06-13 02:30b"});
}

TEST_CASE("an empty array and a service without slots are documents") {
  const auto empty = parse_services(" [ ] ");
  REQUIRE(empty);
  CHECK(empty->services.empty());
  const auto no_slots = parse_services(row("{}"));
  REQUIRE(no_slots);
  CHECK(no_slots->slots.empty());
}

TEST_CASE("1.1 seats are whole numbers from 0 to 2^31 - 1") {
  for (const char* good : {"0", "2147483647"}) {
    CHECK(services_refusal(row(R"({"2023-06-13":{"07:00":)" + std::string{good} + "}}")) == "");
  }
  for (const char* bad : {"-1", "2147483648", "99999999999999999999", "1.5", "25.0", "1e2",
                          "\"25\"", "true", "null", "[1]", "{}"}) {
    CAPTURE(bad);
    CHECK(services_refusal(row(R"({"2023-06-13":{"07:00":)" + std::string{bad} + "}}")) ==
          R"($[0].time_slots["2023-06-13"]["07:00"]: must be a whole number from 0 to 2147483647)");
  }
}

TEST_CASE("K5 dates and times that do not exist are refused with their path") {
  for (const std::string bad : {"2023-02-30", "2023-13-01", "2023-6-13", "", "2023-06-13 07:00"}) {
    CAPTURE(bad);
    CHECK(services_refusal(row("{\"" + bad + "\":{}}")) ==
          "$[0].time_slots[\"" + bad + "\"]: must be named by a calendar date YYYY-MM-DD");
  }
  for (const std::string bad : {"25:00", "24:00", "07:60", "7:00", "", "07:00 ", "07:00B"}) {
    CAPTURE(bad);
    CHECK(services_refusal(row("{\"2023-06-13\":{\"" + bad + "\":1}}")) ==
          "$[0].time_slots[\"2023-06-13\"][\"" + bad + "\"]: must be named by a time of day HH:MM");
  }
}

TEST_CASE("fields that are missing, unknown or of the wrong type are refused with their path") {
  CHECK(services_refusal("{}") == "$: must be an array of services");
  CHECK(services_refusal("[7]") == "$[0]: must be an object");
  CHECK(services_refusal(R"([{"service_id":1,"service_name":"n","service_description":"d"}])") ==
        "$[0]: lacks the field \"time_slots\"");
  CHECK(services_refusal(row("{}", R"(,"aproval":"required")")) == "$[0].aproval: unknown field");
  CHECK(services_refusal(row("[]")) ==
        "$[0].time_slots: must be an object {date: {time: remaining}}");
  CHECK(services_refusal(row(R"({"2023-06-13":5})")) ==
        R"($[0].time_slots["2023-06-13"]: must be an object {time: remaining})");
  const std::string rest = R"("service_description":"d","time_slots":{}}])";
  CHECK(services_refusal(R"([{"service_id":1,"service_name":2,)" + rest) ==
        "$[0].service_name: must be text");
  for (const char* bad : {"1.5", "null", "\"\"", "\"a\\u0000b\"", "18446744073709551615"}) {
    CAPTURE(bad);
    CHECK(
        services_refusal("[{\"service_id\":" + std::string{bad} + ",\"service_name\":\"n\"," + rest)
            .starts_with("$[0].service_id: must be "));
  }
  CHECK(services_refusal(R"([{"service_id":1,"service_name":"a\nb",)" + rest)
            .starts_with("$[0]: a service's name must be "));
}

TEST_CASE("1.1 nothing may stand twice: no service, no date, no time, no field") {
  CHECK(services_refusal(row(R"({"2023-06-13":{"07:00":1,"07:00":2}})")) ==
        R"($[0].time_slots["2023-06-13"]["07:00"]: the key "07:00" stands twice)");
  CHECK(services_refusal(row(R"({"2023-06-13":{},"2023-06-1\u0033":{}})")) ==
        R"($[0].time_slots["2023-06-13"]: the key "2023-06-13" stands twice)");
  CHECK(services_refusal(row("{}", R"(,"service_id":1)")) ==
        R"($[0].service_id: the key "service_id" stands twice)");
  const std::string one = row("{}");
  const std::string text = R"({"service_id":"1","service_name":"m","service_description":"d",)"
                           R"("time_slots":{}}])";
  CHECK(services_refusal(one.substr(0, one.size() - 1) + "," + text) ==
        "$[1].service_id: 1 stands twice");
}

TEST_CASE("a document that is too long is refused unread") {
  CHECK(parse_services("[ ]", {.max_bytes = 3}));
  const auto longer = parse_services("[  ]", {.max_bytes = 3});
  REQUIRE_FALSE(longer);
  CHECK(longer.error().detail == "the document has 4 bytes, more than the 3 allowed");
}

#endif
