// Taking a document into an inventory: both modes, again and again, on memory and on SQLite.
#ifdef BOOKING_TEST_JSON

#include <doctest/doctest.h>

#include <booking/booking.hpp>
#include <booking/json.hpp>
#include <booking/testing/faulty_store.hpp>
#include <memory>
#include <string>

#include "support/json.hpp"
#include "support/stores.hpp"

namespace {

using booking::Gate;
using booking::ImportMode;
using booking::SlotInventory;
using booking::SlotKey;
using booking_test::row;
using booking_test::sample;

const SlotKey seven{1, "2023-06-13 07:00"};

template <class Test>
void on_every_store(Test test) {
  for (const auto& store : booking_test::stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory{store.make(booking::UserLimit::none())};
    test(inventory);
  }
}

void shut(SlotInventory& inventory) {
  const Gate gate = inventory.gate().value();
  Gate next = gate;
  next.phase = Gate::Phase::shut;
  inventory.set_gate(gate, next).value();
}

void open(SlotInventory& inventory) {
  const Gate gate = inventory.gate().value();
  Gate next = gate;
  next.phase = Gate::Phase::open;
  ++next.epoch;
  inventory.set_gate(gate, next).value();
}

// `count` slots of service 1, each with `seats`.
std::string many_slots(int count, int seats) {
  std::string slots;
  for (int i = 0; i < count; ++i) {
    const std::string minute = std::to_string(100 + i % 60).substr(1);
    const std::string hour = std::to_string(100 + i / 60 % 24).substr(1);
    const std::string day = std::to_string(101 + i / 1440).substr(1);
    if (i % 1440 == 0) slots += (i == 0 ? "\"2023-06-" : "},\"2023-06-") + day + "\":{";
    slots += (i % 1440 == 0 ? "\"" : ",\"") + hour + ":" + minute + "\":" + std::to_string(seats);
  }
  return "{" + slots + "}}";
}

}  // namespace

TEST_CASE("1.1 an import adds the services and slots of the document") {
  on_every_store([](SlotInventory& inventory) {
    const auto report = booking::import_services(inventory, sample);
    REQUIRE(report);
    CHECK(report->services_created == 1);
    CHECK(report->services_differing.empty());
    CHECK(report->slots_created == 4);
    CHECK(report->slots_changed == 0);
    CHECK(report->slots_untouched.empty());
    CHECK(inventory.availability(seven)->remaining == 25);
    CHECK(inventory.availability(SlotKey{1, "2023-06-14 10:00"})->remaining == 4);
  });
}

TEST_CASE("1.1 importing twice into a live inventory leaves what was sold as it is") {
  on_every_store([](SlotInventory& inventory) {
    REQUIRE(booking::import_services(inventory, sample));
    for (int i = 0; i < 25; ++i) REQUIRE(inventory.book({.user = i, .slot = seven}));
    const auto again = booking::import_services(inventory, sample);
    REQUIRE(again);
    CHECK(again->services_created == 0);
    CHECK(again->slots_created == 0);
    REQUIRE(again->slots_untouched.size() == 4);
    CHECK(again->slots_untouched.front() == seven);
    CHECK(inventory.availability(seven)->capacity == 25);
    const auto more = inventory.book({.user = "late", .slot = seven});
    CHECK(more.error().code == booking::ErrorCode::sold_out);
    CHECK(inventory.audit()->clean());
  });
}

TEST_CASE("1.1 a service that is there with other values keeps them and is reported") {
  SlotInventory inventory{booking::memory_store()};
  const booking::Service ours{.id = 1, .name = "Ours"};
  inventory.define_service(ours).value();
  const auto report = booking::import_services(inventory, sample);
  REQUIRE(report);
  CHECK(report->services_created == 0);
  REQUIRE(report->services_differing.size() == 1);
  CHECK(report->services_differing[0] == booking::ServiceId{1});
  CHECK_FALSE(inventory.define_service(ours)->changed);
  CHECK(report->slots_created == 4);
}

TEST_CASE("1.1 the time slots of one service come in alone") {
  on_every_store([](SlotInventory& inventory) {
    inventory.define_service({.id = "haircut"}).value();
    const std::string text = R"({"2023-06-13": {"07:00": 25}, "2023-06-14": {"08:00": 0}})";
    const auto report = booking::import_time_slots(inventory, "haircut", text);
    REQUIRE(report);
    CHECK(report->slots_created == 2);
    CHECK(inventory.availability(SlotKey{"haircut", "2023-06-13 07:00"})->remaining == 25);
    const auto nobody = booking::import_time_slots(inventory, "nobody", text);
    CHECK(nobody.error().code == booking::ErrorCode::not_found);
    CHECK(nobody.error().index == 0);
  });
}

TEST_CASE("1.1 set_remaining makes the document's number remain, whatever was sold") {
  on_every_store([](SlotInventory& inventory) {
    REQUIRE(booking::import_services(inventory, sample));
    REQUIRE(inventory.book({.user = "ann", .slot = seven, .seats = 5}));
    const std::string text =
        row(R"({"2023-06-13": {"07:00": 3, "09:00": 29, "11:00": 7}, "2023-06-14": {"08:00": 0}})");
    shut(inventory);
    const auto report =
        booking::import_services(inventory, text, {.mode = ImportMode::set_remaining});
    REQUIRE(report);
    CHECK(report->slots_created == 1);
    CHECK(report->slots_changed == 2);
    REQUIRE(report->slots_untouched.size() == 1);
    CHECK(report->slots_untouched[0] == SlotKey{1, "2023-06-13 09:00"});
    open(inventory);
    CHECK(inventory.availability(seven)->remaining == 3);
    CHECK(inventory.availability(seven)->used == 5);
    CHECK(inventory.availability(seven)->capacity == 8);
    CHECK(inventory.availability(SlotKey{1, "2023-06-14 08:00"})->remaining == 0);
    CHECK(inventory.availability(SlotKey{1, "2023-06-14 10:00"})->remaining == 4);  // not named
    CHECK(inventory.audit()->clean());
  });
}

TEST_CASE("1.1 set_remaining twice is the same as once") {
  on_every_store([](SlotInventory& inventory) {
    REQUIRE(booking::import_services(inventory, sample));
    REQUIRE(inventory.book({.user = "ann", .slot = seven}));
    shut(inventory);
    const auto once =
        booking::import_services(inventory, sample, {.mode = ImportMode::set_remaining});
    REQUIRE(once);
    CHECK(once->slots_changed == 1);
    const auto twice =
        booking::import_services(inventory, sample, {.mode = ImportMode::set_remaining});
    REQUIRE(twice);
    CHECK(twice->slots_changed == 0);
    CHECK(twice->slots_untouched.size() == 4);
    CHECK(inventory.availability(seven)->remaining == 25);
  });
}

TEST_CASE("1.1 set_remaining is refused while the gate is open, and changes nothing") {
  on_every_store([](SlotInventory& inventory) {
    REQUIRE(booking::import_services(inventory, sample));
    const std::string text = row(R"({"2023-06-13": {"07:00": 3, "11:00": 7}})");
    const auto report =
        booking::import_services(inventory, text, {.mode = ImportMode::set_remaining});
    CHECK(report.error().code == booking::ErrorCode::invalid_argument);
    CHECK(inventory.availability(seven)->remaining == 25);
    CHECK(inventory.audit()->slots == 4);
  });
}

TEST_CASE("1.1 set_remaining beyond 2^31 - 1 with the seats in use changes no slot") {
  on_every_store([](SlotInventory& inventory) {
    REQUIRE(booking::import_services(inventory, sample));
    REQUIRE(inventory.book({.user = "ann", .slot = seven}));
    shut(inventory);
    // The first commit alone would be fine; the last slot is not.
    std::string text = many_slots(501, 1);
    text.insert(text.size() - 1, R"(,"2023-06-13":{"07:00":2147483647})");
    const auto report =
        booking::import_time_slots(inventory, 1, text, {.mode = ImportMode::set_remaining});
    CHECK(report.error().code == booking::ErrorCode::invalid_argument);
    CHECK(report.error().index == 501);
    CHECK(inventory.audit()->slots == 4);
  });
}

TEST_CASE("1.1 an import of more slots than one commit takes is whole") {
  on_every_store([](SlotInventory& inventory) {
    inventory.define_service({.id = 1}).value();
    const auto report = booking::import_time_slots(inventory, 1, many_slots(1501, 2));
    REQUIRE(report);
    CHECK(report->slots_created == 1501);
    CHECK(inventory.audit()->slots == 1501);
  });
}

TEST_CASE("1.1 an import that failed half way is completed by doing it again") {
  for (const bool carried_out : {false, true}) {
    CAPTURE(carried_out);
    const auto store = std::make_shared<booking::testing::FaultyStore>(booking::memory_store());
    SlotInventory inventory{store, booking::no_lock(), {.retry = {.attempts = 1}}};
    inventory.define_service({.id = 1}).value();
    carried_out ? store->lose_reply_of(2) : store->lose_request_of(2);  // of three commits
    const auto first = booking::import_time_slots(inventory, 1, many_slots(1100, 2));
    CHECK(first.error().code == booking::ErrorCode::outcome_unknown);
    const auto again = booking::import_time_slots(inventory, 1, many_slots(1100, 2));
    REQUIRE(again);
    CHECK(again->slots_untouched.size() == (carried_out ? 1000 : 500));
    CHECK(again->slots_created == (carried_out ? 100 : 600));
    CHECK(inventory.audit()->slots == 1100);
  }
}

TEST_CASE("a document of the host's own making is checked whole as well") {
  SlotInventory inventory{booking::memory_store()};
  booking::ServicesDocument document;
  document.services.push_back({.id = 1, .name = "n"});
  document.slots.assign(600, {.slot = seven, .capacity = 1});
  document.slots.back().capacity = -1;
  const auto report = booking::import_services(inventory, document);
  CHECK(report.error().code == booking::ErrorCode::invalid_argument);
  CHECK(report.error().index == 599);
  CHECK(inventory.audit()->slots == 0);
}

#endif
