// Input at its extremes, on every store: refused or kept unchanged, never half of it.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "support/sqlite_inventory.hpp"
#include "support/stores.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
SlotInventory with_slot(const StoreUnderTest& store, std::int32_t capacity) {
  SlotInventory inventory{store.make(UserLimit::none())};
  inventory.define_service({.id = "haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = capacity}).value();
  return inventory;
}

template <class T>
void check_invalid(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid_argument);
}

void check_used(const SlotInventory& inventory, std::int32_t used) {
  CHECK(inventory.availability(ten)->used == used);
  CHECK(inventory.audit()->clean());
}

}  // namespace

TEST_CASE("K3 seats and capacity at the ends of their range never overflow") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory = with_slot(store, most);
    for (const std::int32_t seats : {0, -1, std::numeric_limits<std::int32_t>::min()}) {
      check_invalid(inventory.book({.user = "ann", .slot = ten, .seats = seats}));
      check_invalid(inventory.hold({.user = "ann", .slot = ten, .seats = seats}));
    }
    REQUIRE(inventory.book({.user = "ann", .slot = ten, .seats = most - 1}).has_value());
    const auto too_many = inventory.book({.user = "bob", .slot = ten, .seats = most});
    REQUIRE_FALSE(too_many.has_value());
    CHECK(too_many.error().code == ErrorCode::sold_out);
    CHECK(too_many.error().count == 1);
    // Their sum would wrap around to little.
    const auto sum = inventory.book_all(
        {{.user = "cid", .slot = ten, .seats = most}, {.user = "dan", .slot = ten, .seats = most}});
    REQUIRE_FALSE(sum.has_value());
    CHECK(sum.error().code == ErrorCode::sold_out);
    check_used(inventory, most - 1);
    REQUIRE(inventory.book({.user = "eve", .slot = ten}).has_value());
    check_used(inventory, most);
    CHECK(inventory.availability(ten)->remaining == 0);
    check_invalid(inventory.change_slot({.slot = ten, .overbook = 1}));
  }
}

TEST_CASE("K5 dates and hours that do not exist are refused; those that do are kept and ordered") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory = with_slot(store, 1);
    for (const std::string_view label :
         {"2023-02-29",          "2100-02-29",        "2024-02-30",       "2024-04-31",
          "0000-01-01",          "10000-01-01",       "-001-01-01",       "2024-00-01",
          "2024-13-01",          "2024-01-00",        "2024-01-32",       "2024-01-01 24:00",
          "2024-01-01 23:60",    "2024-01-01 2:30",   "2024-01-01T02:30", "2024-01-01 02:30Z",
          "2024-01-01 02:30+01", "2024-01-01 02:30A", " 2024-01-01",      "2024-01-01 "}) {
      CAPTURE(label);
      const SlotKey slot{"haircut", label};
      check_invalid(inventory.define_slot({.slot = slot, .capacity = 1}));
      check_invalid(inventory.book({.user = "ann", .slot = slot}));
    }
    // A leap day, both ends, an hour that is skipped in spring, one that comes twice in autumn.
    const std::string_view good[] = {"0001-01-01",       "2000-02-29",       "2024-02-29",
                                     "2024-03-31 02:30", "2024-10-27 02:30", "2024-10-27 02:30b",
                                     "9999-12-31 23:59"};
    for (const std::string_view label : good) {
      CAPTURE(label);
      const SlotKey slot{"haircut", label};
      REQUIRE(inventory.define_slot({.slot = slot, .capacity = 1}).has_value());
      REQUIRE(inventory.book({.user = label, .slot = slot}).has_value());
    }
    const auto all = inventory.availability(
        SlotRange{.service = "haircut", .from = "0001-01-01", .to = "9999-12-31"});
    REQUIRE(all.has_value());
    CHECK(all->items.size() == 8);
    for (std::size_t i = 1; i < all->items.size(); ++i) {
      CHECK(to_string(all->items[i - 1].slot) < to_string(all->items[i].slot));
    }
    CHECK(inventory.audit()->clean());
  }
}

TEST_CASE("K6 SQL text in ids, names and messages is kept as text and touches nothing else") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory = with_slot(store, 3);
    REQUIRE(inventory.book({.id = BookingId{1}, .user = "ann", .slot = ten}).has_value());
    std::int64_t id = 100;
    for (const std::string_view text :
         {"'; DROP TABLE bookings; --", "\" OR \"\"=\"", "1); DELETE FROM slots; --", "' OR 1=1 --",
          "x' UNION SELECT * FROM voids", "?1", ":id", "@p", "$1", "NULL", "%' ESCAPE '", "[a]",
          "/* */", "X'00'", "\\'; --"}) {
      CAPTURE(text);
      const SlotKey slot{text, "2026-06-01"};
      REQUIRE(inventory
                  .define_service({.id = text,
                                   .name = std::string{text},
                                   .description = std::string{text},
                                   .approval = Approval::required})
                  .has_value());
      REQUIRE(inventory.define_slot({.slot = slot, .capacity = 1}).has_value());
      REQUIRE(inventory.book({.id = BookingId{++id}, .user = text, .slot = slot}).has_value());
      REQUIRE(inventory.reject({.id = BookingId{id}, .message = std::string{text}}).has_value());
      const auto found = inventory.find(BookingId{id});
      REQUIRE((found && *found));
      CHECK((*found)->user.text() == text);
      CHECK((*found)->slot == slot);
      CHECK((*found)->message == text);
      CHECK(inventory.bookings({.user = UserId{text}})->items.size() == 1);
    }
    check_used(inventory, 1);
    CHECK(inventory.bookings({})->items.size() == 16);
  }
}

TEST_CASE("K8 nothing that comes from outside reaches a log line as a control character") {
  const std::string_view hostile[] = {"a\nERROR: paid", "a\r\nb", "\x1b[2J",
                                      "a\tb",           "\x7f",   "\x01"};
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    SlotInventory inventory = with_slot(store, 1);
    const auto check_line = [](const Error& error) {
      for (const char c : error.log_text()) {
        CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 || c == 0x7F));
      }
    };
    for (const std::string_view text : hostile) {
      check_line(inventory.book({.user = text, .slot = ten}).error());
      check_line(inventory.book({.user = "ann", .slot = {text, "2026-06-01"}}).error());
      check_line(inventory.book({.user = "ann", .slot = {"haircut", text}}).error());
      check_line(inventory.define_service({.id = "new", .name = std::string{text}}).error());
      Error error;
      error.detail = text;
      check_line(error);
    }
  }
  Error store;
  store.code = ErrorCode::unavailable;
  store.detail = "server said:\r\n200 OK\n";
  CHECK(store.log_text().find("server said:??200 OK?") != std::string::npos);
}
