// What may come in as JSON and must not get in: where an error says it is, and that nothing in the
// inventory has moved.
#ifdef BOOKING_TEST_JSON

#include <doctest/doctest.h>

#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/json.hpp"

namespace {

using booking::parse_services;
using booking::parse_time_slots;
using booking_test::row;

std::string whole_refusal(std::string_view text) {
  return booking_test::place_and_reason(parse_services(text));
}

std::string slots_refusal(std::string_view text) {
  return booking_test::place_and_reason(parse_time_slots(1, text));
}

}  // namespace

TEST_CASE("K4 bad JSON is refused with line, column and path") {
  CHECK(whole_refusal("") == "line 1, column 1, at $: incomplete JSON");
  CHECK(whole_refusal("[\n  {\"\xC3\xA9\" 1}]") ==
        "line 2, column 8, at $[0][\"\xC3\xA9\"]: syntax error");
  CHECK(whole_refusal("[1,]") == "line 1, column 4, at $[1]: syntax error");
  CHECK(whole_refusal("[{\"a\": tru}]") == "line 1, column 8, at $[0].a: syntax error");
  CHECK(whole_refusal("[/* no */]") == "line 1, column 2, at $[0]: syntax error");
  CHECK(whole_refusal("[] []") == "line 1, column 4, at $: there is more behind the document");
  CHECK(whole_refusal("[{\"a\": 1, \"b\"") == "line 1, column 14, at $[0].b: incomplete JSON");
  for (const char* bad : {"[NaN]", "[-Infinity]", "[+1]", "[01]", "[1.]", "[.5]", "[0x10]", "['a']",
                          "[\"\t\"]", "[\"\\x\"]", "[\"\\ud800\"]"}) {
    CAPTURE(bad);
    CHECK(whole_refusal(bad).starts_with("line 1, column "));
  }
}

TEST_CASE("K4 an error in the content is found in the text, however it is spelt") {
  const std::string lines = "{\n  \"2015-05-01\": {\n    \"10:00\" :  \"twenty\"\n  }\n}";
  CHECK(slots_refusal(lines) ==
        "line 3, column 16, at $[\"2015-05-01\"][\"10:00\"]: "
        "must be a whole number from 0 to 2147483647");
  // Texts with quotes, brackets and commas in them stand before the error.
  CHECK(whole_refusal(
            "[{\"service_id\": \"a\\\"]},{\", \"service_name\": \"\xC3\xA9,\", "
            "\"service_description\": \"\\\\\",\n \"time_slots\": {\"2023-06-13\": {\"07:00\": 1},"
            " \"2023-06-31\": {}}}]") ==
        "line 2, column 45, at $[0].time_slots[\"2023-06-31\"]: "
        "must be named by a calendar date YYYY-MM-DD");
  CHECK(whole_refusal("[\n\n {},{}]") ==
        "line 3, column 2, at $[0]: lacks the field \"service_id\"");
  CHECK(whole_refusal(" 7") == "line 1, column 2, at $: must be an array of services");
}

TEST_CASE("K4 a key that stands twice is found where it stands the second time") {
  CHECK(slots_refusal("{\"2023-06-13\": {\"07:00\": 1,\n  \"07:00\": 2}}") ==
        "line 2, column 3, at $[\"2023-06-13\"][\"07:00\"]: the key \"07:00\" stands twice");
  CHECK(slots_refusal("{\"2023-06-13\": {}, \"2023-06-13\": {}}") ==
        "line 1, column 20, at $[\"2023-06-13\"]: the key \"2023-06-13\" stands twice");
  // The same time on two dates is no such thing.
  CHECK(slots_refusal(R"({"2023-06-13": {"07:00": 1}, "2023-06-14": {"07:00": 1}})") == "");
}

TEST_CASE("K4 numbers that are not written as whole ones are refused") {
  CHECK(slots_refusal("{\"2023-06-13\": {\"07:00\": -0}}") ==
        "line 1, column 26, at $[\"2023-06-13\"][\"07:00\"]: -0 is not a number here");
  for (const std::string bad : {"-1", "-0.0", "0.0", "1E2", "1e400", "1e-400", "0e0", "2147483648",
                                "4294967296", "9223372036854775808", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK(slots_refusal("{\"2023-06-13\": {\"07:00\": " + bad + "}}") != "");
  }
  CHECK(slots_refusal("{\"2023-06-13\": {\"07:00\": " + std::string(100'000, '9') + "}}") != "");
}

TEST_CASE("K4 text that is not UTF-8 and a byte order mark are refused") {
  for (const std::string bad : {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    CAPTURE(bad);
    CHECK(whole_refusal("[\"" + bad + "\"]").ends_with(", at $[0]: syntax error"));
  }
  CHECK(whole_refusal("\xEF\xBB\xBF[]") ==
        "line 1, column 1, at $: there is a byte order mark before the document");
}

TEST_CASE("K4 nesting beyond 32 is refused") {
  CHECK(whole_refusal(std::string(32, '[') + std::string(32, ']')) ==
        "line 1, column 2, at $[0]: must be an object");
  const auto path = [](int depth) {
    std::string text = "$";
    for (int i = 0; i < depth; ++i) text += "[0]";
    return text;
  };
  const std::string too_deep = "line 1, column 33, at " + path(32) + ": too deep";
  CHECK(whole_refusal(std::string(33, '[') + std::string(33, ']')) == too_deep);
  CHECK(whole_refusal(std::string(10'000, '[') + std::string(10'000, ']')) == too_deep);
  CHECK(whole_refusal(std::string(1'000'000, '[')) == too_deep);
}

TEST_CASE("K4 a document may have 16 MiB and no byte more") {
  std::string text = "[]";
  text.resize(std::size_t{16} * 1024 * 1024, ' ');
  CHECK(parse_services(text));
  text += ' ';
  CHECK(whole_refusal(text) == "the document has 16777217 bytes, more than the 16777216 allowed");
}

TEST_CASE("K4 an error stays short whatever the document holds") {
  const std::string name(1'000'000, 'x');
  const std::string said = slots_refusal("{\"" + name + "\": {}}");
  CHECK(said == "line 1, column 2, at $." + std::string(64, 'x') +
                    "...: must be named by a calendar date YYYY-MM-DD");
  std::string accents = "a";  // no character is cut in two
  for (int i = 0; i < 100; ++i) accents += "\xC3\xA9";
  CHECK(slots_refusal("{\"" + accents + "\": {}}").find("\xC3...") == std::string::npos);
}

TEST_CASE("K5 a date or time that does not exist is refused where it stands") {
  CHECK(slots_refusal("{\"2023-02-29\": {}}") ==
        "line 1, column 2, at $[\"2023-02-29\"]: must be named by a calendar date YYYY-MM-DD");
  CHECK(slots_refusal("{\"2024-02-29\": {}}") == "");
  for (const std::string bad :
       {"2023-02-30", "1900-02-29", "2023-04-31", "0000-01-01", "10000-01-01", "2023-00-10",
        "2023-10-00", "2023-1-01", "23-01-01", "2023/01/01", "-023-01-01", "2023-01-01T",
        " 2023-01-01", "2023-01-01b"}) {
    CAPTURE(bad);
    CHECK(slots_refusal("{\"" + bad + "\": {\"07:00\": 1}}") != "");
  }
  for (const std::string bad : {"24:00", "23:60", "7:00", "07:0", "0700", "07:00:00", "07:00Z",
                                "-7:00", "07:00bb", "07-00"}) {
    CAPTURE(bad);
    CHECK(slots_refusal("{\"2023-06-13\": {\"" + bad + "\": 1}}") ==
          "line 1, column 17, at $[\"2023-06-13\"][\"" + bad +
              "\"]: must be named by a time of day HH:MM");
  }
}

TEST_CASE("K4 a document that is wrong in its last slot changes nothing") {
  booking::SlotInventory inventory{booking::memory_store()};
  std::string slots;
  for (int day = 1; day <= 28; ++day) {
    for (int minute = 0; minute < 60; ++minute) {
      const std::string at = (minute < 10 ? "0" : "") + std::to_string(minute);
      const std::string of = (day < 10 ? "0" : "") + std::to_string(day);
      slots +=
          minute == 0 ? (day == 1 ? "\"2023-02-01\": {" : "}, \"2023-02-" + of + "\": {") : ", ";
      slots += "\"10:" + at + "\": 5";
    }
  }
  const std::string document = row("{" + slots + ", \"24:00\": 5}}");
  const auto imported = booking::import_services(inventory, document);
  REQUIRE_FALSE(imported);
  CHECK(imported.error().kind() == booking::ErrorKind::caller);
  CHECK(inventory.audit()->slots == 0);
  // The service is not there either: its first definition is a change.
  CHECK(inventory.define_service({.id = 1, .name = "other"})->changed);
}

#endif
