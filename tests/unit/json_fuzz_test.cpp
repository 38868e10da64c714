// Thousands of damaged documents, the same ones in every run: whatever comes in, a refusal leaves
// the inventory as it was, and what is taken in comes out again.
#ifdef BOOKING_TEST_JSON

#include <doctest/doctest.h>

#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <random>
#include <string>
#include <string_view>

#include "support/json.hpp"

namespace {

using booking::SlotInventory;

constexpr int rounds = 8000;

class Mutator {
 public:
  // One to four changes: bytes replaced, put in or taken out, pieces repeated, the end cut off.
  std::string damaged(std::string text) {
    for (std::size_t times = 1 + below(4); times > 0; --times) damage(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void damage(std::string& text) {
    static constexpr std::string_view bytes = "{}[]\",:0123456789-+.eE\\ \n\0\xFF\xC3truefalsn";
    if (text.empty()) text = "[";
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = bytes[below(bytes.size())];
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.insert(at, 1, bytes[below(bytes.size())]);
        break;
      case 3:
        text.erase(at, 1 + below(8));
        break;
      case 4:
        text.insert(below(text.size()), text.substr(at, 1 + below(60)));
        break;
      default:
        if (below(10) == 0) text.resize(at);
        break;
    }
  }

  std::mt19937 random_{20230613};  // NOLINT(cert-msc51-cpp): the same documents in every run
};

}  // namespace

TEST_CASE("K4 damaged services documents never change the inventory unless they are sound") {
  Mutator mutator;
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutator.damaged(std::string{booking_test::sample});
    CAPTURE(text);
    SlotInventory inventory{booking::memory_store()};
    inventory.define_service({.id = 1, .name = "ours"}).value();
    inventory.define_slot({.slot = {1, "2023-06-13 07:00"}, .capacity = 2}).value();
    const std::string before = booking::export_time_slots(inventory, 1).value();

    const auto report = booking::import_services(inventory, text);
    if (!report) {
      CHECK(report.error().code == booking::ErrorCode::invalid_argument);
      CHECK(report.error().detail.starts_with("line "));
      CHECK(booking::export_time_slots(inventory, 1).value() == before);
      CHECK(inventory.audit()->slots == 1);
      continue;
    }
    ++taken;
    const auto document = booking::parse_services(text);
    REQUIRE(document);
    SlotInventory fresh{booking::memory_store()};
    REQUIRE(booking::import_services(fresh, *document));
    const std::string exported = booking::export_services(fresh, document->services).value();
    SlotInventory again{booking::memory_store()};
    REQUIRE(booking::import_services(again, exported));
    CHECK(booking::export_services(again, document->services).value() == exported);
  }
  CHECK(taken > rounds / 50);  // else the damage is too coarse to get past the parser
  CHECK(taken < rounds / 2);
}

TEST_CASE("K4 damaged booking rows are read or refused with their place") {
  constexpr std::string_view sample_rows =
      R"([{"booking_id": 31, "user_id": 2, "service_name": "Food Assistance", )"
      R"("date": "2023-06-12", "time": "08:00", "status": 0, "message": null}])";
  Mutator mutator;
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutator.damaged(std::string{sample_rows});
    CAPTURE(text);
    const auto rows = booking::parse_bookings(text);
    if (!rows) CHECK(rows.error().detail.starts_with("line "));
    if (rows) CHECK(rows->size() <= text.size() / sample_rows.size() + 2);
  }
}

#endif
