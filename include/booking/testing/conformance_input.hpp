// Conformance cases: input that is malformed, extreme, or only looks dangerous.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

using namespace std::string_view_literals;

inline constexpr std::string_view malformed_ids[] = {
    ""sv,
    "a\0b"sv,
    "\0"sv,
    "a\r\nb"sv,
    "a\n"sv,
    "\ta"sv,
    "\x01"sv,
    "\x1b[2J"sv,
    "\x7f"sv,
    "\xc2\x85"sv,                                          // a control character of the second set
    "\xff"sv,                                              // not UTF-8
    "a\xc3"sv,                                             // cut off
    "\xc0\xaf"sv,                                          // longer than need be
    "\xed\xa0\x80"sv,                                      // a surrogate
    "\xf4\x90\x80\x80"sv,                                  // past the last character
    "123456789012345678901234567890123456789012345678"sv,  // 48 bytes
};

inline constexpr std::string_view harmless_ids[] = {
    "O'Hara"sv,
    "\"quoted\""sv,
    "{slot}"sv,
    "}{"sv,
    "%s%n%25"sv,
    " leading and trailing "sv,
    "'; DROP TABLE bookings; --"sv,
    "1 OR 1=1"sv,
    "*"sv,
    "[a-z]?"sv,
    "a:b/c\\d"sv,
    "ANN"sv,  // not "ann"
    "Zo\xc3\xab"sv,
    "\xf0\x9f\x8e\xab"sv,
    "12345678901234567890123456789012345678901234567"sv,  // 47 bytes
    "NULL"sv,
    "-0"sv,
    "1.0"sv,
    "9223372036854775808"sv,  // one more than an integer holds
};

inline constexpr std::string_view malformed_labels[] = {
    ""sv,           "2023-02-30"sv,       "2026-06-01 25:00"sv,  "25:00"sv,
    "2023-02-29"sv, "2026-06-01 24:00"sv, "2026-06-01 10:60"sv,  "2026-6-1"sv,
    "0000-01-01"sv, "2026-06-01T10:00"sv, "2026-06-01 10:00B"sv, "2026-06-01 10:00bb"sv,
    "2026-13-01"sv, "2026-06-00"sv,       "2026-06-01 1\0:00"sv,
};

/// Booking 1 of ann in a slot of 3; `untouched` says that nothing was changed since.
struct Guarded {
  SlotInventory inventory;
  SlotKey slot;

  explicit Guarded(Conformance& t) : inventory{t.inventory()}, slot{t.slot(inventory, 3)} {
    t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
  }
  template <class T>
  void refuses(Conformance& t, const Result<T>& result, Place place = Place::here()) {
    t.refused(result, ErrorCode::invalid_argument, place);
  }
  void untouched(Conformance& t, Place place = Place::here()) {
    const AuditReport report = t.need(inventory.audit(), place);
    t.equal(report.slots, 1, place);
    t.equal(report.users, 1, place);
    t.equal(report.seats_used, 1, place);
    const Availability seen = t.need(inventory.availability(slot), place);
    t.equal(seen.capacity, 3, place);
    t.equal(seen.sellable, 3, place);
    t.equal(t.need(inventory.bookings({}), place).items.size(), 1, place);
    t.status(inventory, BookingId{1}, Status::confirmed, place);
  }
};

}  // namespace detail

inline constexpr ConformanceCase input_cases[] = {
    {"4.5 a malformed user id is invalid_argument everywhere and changes nothing",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const std::string_view id : detail::malformed_ids) {
         g.refuses(t, g.inventory.book({.user = id, .slot = g.slot}));
         g.refuses(t, g.inventory.book_all({{.user = id, .slot = g.slot}}));
         g.refuses(t, g.inventory.book_each({{.user = id, .slot = g.slot}}).at(0));
         g.refuses(t, g.inventory.cancel({.id = BookingId{1}, .user = UserId{id}}));
         g.refuses(t, g.inventory.current_booking(id));
         g.refuses(t, g.inventory.bookings({.user = UserId{id}}));
       }
       g.untouched(t);
     }},
    {"4.5 a malformed service id is invalid_argument everywhere and changes nothing",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const std::string_view id : detail::malformed_ids) {
         const SlotKey slot{id, "2026-06-01"};
         g.refuses(t, g.inventory.define_service({.id = id}));
         g.refuses(t, g.inventory.update_service({.id = id}));
         g.refuses(t, g.inventory.define_slot({.slot = slot, .capacity = 1}));
         g.refuses(t, g.inventory.change_slot({.slot = slot, .capacity = 1}));
         g.refuses(t, g.inventory.book({.user = "bob", .slot = slot}));
         g.refuses(t, g.inventory.availability(slot));
         g.refuses(t, g.inventory.availability(SlotRange{id, "2026-06-01", "2026-06-02"}));
         g.refuses(t, g.inventory.bookings({.slot = slot}));
       }
       g.untouched(t);
     }},
    {"4.5 a malformed slot label is invalid_argument everywhere and changes nothing",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const std::string_view label : detail::malformed_labels) {
         const SlotKey slot{"haircut", label};
         g.refuses(t, g.inventory.define_slot({.slot = slot, .capacity = 1}));
         g.refuses(t, g.inventory.change_slot({.slot = slot, .capacity = 1}));
         g.refuses(t, g.inventory.book({.user = "bob", .slot = slot}));
         g.refuses(t, g.inventory.availability(slot));
         g.refuses(t, g.inventory.availability(SlotRange{"haircut", label, "2026-06-02"}));
         g.refuses(t, g.inventory.availability(SlotRange{"haircut", "2026-06-02", label}));
         g.refuses(t, g.inventory.bookings({.slot = slot}));
       }
       g.untouched(t);
     }},
    {"4.5 a booking id that is not one is invalid_argument to every move",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const BookingId id : {BookingId{}, BookingId{-1}, BookingId{"not an id"}}) {
         g.refuses(t, g.inventory.cancel({.id = id}));
         g.refuses(t, g.inventory.cancel_all({BookingId{1}, id}));
         g.refuses(t, g.inventory.approve({.id = id}));
         g.refuses(t, g.inventory.reject({.id = id}));
         g.refuses(t, g.inventory.find(id));
       }
       g.untouched(t);
     }},
    {"4.5 a booking id that is not one is never taken for one left out",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const BookingId id :
            {BookingId{0}, BookingId{-1}, BookingId{"not an id"}, BookingId{""}, BookingId{"031"},
             BookingId{"7c9e6679-7425-40de-944b-e07fc1f90ae7"},  // a UUIDv4
             BookingId::from_halves(1, 1)}) {
         g.refuses(t, g.inventory.book({.id = id, .user = "ann", .slot = g.slot}));
         g.refuses(t, g.inventory.hold({.id = id, .user = "ann", .slot = g.slot}));
         g.refuses(t, g.inventory.book_all({{.id = id, .user = "ann", .slot = g.slot}}));
         g.refuses(t, g.inventory.book_each({{.id = id, .user = "ann", .slot = g.slot}}).front());
         g.refuses(t, g.inventory.reschedule({.id = BookingId{1}, .new_id = id, .slot = g.slot}));
       }
       g.untouched(t);
     }},
    {"4.5 seats of 0 and less are invalid_argument",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const std::int32_t seats : {0, -1, std::numeric_limits<std::int32_t>::min()}) {
         const BookRequest request{.user = "bob", .slot = g.slot, .seats = seats};
         g.refuses(t, g.inventory.book(request));
         const auto batch = g.inventory.book_all({{.user = "cid", .slot = g.slot}, request});
         t.equal(t.refused(batch, ErrorCode::invalid_argument).index, 1);
       }
       g.untouched(t);
     }},
    {"4.5 capacity and overbook below 0, or beyond 2^31 - 1 together, are invalid_argument",
     [](Conformance& t) {
       constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
       detail::Guarded g{t};
       const SlotKey other{"haircut", "2026-06-02"};
       g.refuses(t, g.inventory.define_slot({.slot = other, .capacity = -1}));
       g.refuses(t, g.inventory.define_slot({.slot = other, .capacity = 1, .overbook = -1}));
       g.refuses(t, g.inventory.define_slot({.slot = other, .capacity = most, .overbook = 1}));
       g.refuses(t, g.inventory.define_slot({.slot = other, .capacity = most, .overbook = most}));
       g.refuses(t, g.inventory.change_slot({.slot = g.slot, .capacity = -1, .force = true}));
       g.refuses(t, g.inventory.change_slot({.slot = g.slot, .overbook = -1, .force = true}));
       g.refuses(t, g.inventory.change_slot({.slot = g.slot, .capacity = most, .overbook = 1}));
       g.refuses(t, g.inventory.change_slot({.slot = g.slot, .overbook = most}));
       g.untouched(t);
     }},
    {"4.5 texts that are too long or hold control characters are invalid_argument",
     [](Conformance& t) {
       detail::Guarded g{t};
       for (const std::string& name :
            {std::string(201, 'x'), std::string{"a\nb"}, std::string{"a\0b", 3}}) {
         g.refuses(t, g.inventory.define_service({.id = "new", .name = name}));
         g.refuses(t, g.inventory.update_service({.id = "haircut", .name = name}));
       }
       for (const std::string& text :
            {std::string(4001, 'x'), std::string{"a\0b", 3}, std::string{"\xff"}}) {
         g.refuses(t, g.inventory.define_service({.id = "new", .description = text}));
         g.refuses(t, g.inventory.reject({.id = BookingId{1}, .message = text}));
       }
       t.equal(t.need(g.inventory.define_service({.id = "haircut"})).changed, false);
       g.untouched(t);
     }},
    {"4.5 a page holds 1 to 1,000",
     [](Conformance& t) {
       detail::Guarded g{t};
       const SlotRange range{"haircut", "2026-06-01", "2026-06-02"};
       for (const std::int32_t size : {0, -1, 1001}) {
         g.refuses(t, g.inventory.availability(range, size));
         g.refuses(t, g.inventory.bookings({}, {.size = size}));
       }
     }},
    {"ids with quotes, braces, spaces and SQL text are kept unchanged",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey other = t.slot(inventory, 9);
       t.need(inventory.book({.user = "ann", .slot = other}));
       int id = 0;
       for (const std::string_view text : detail::harmless_ids) {
         const SlotKey slot{text, "2026-06-01"};
         t.need(inventory.define_service({.id = text, .name = std::string{text}}));
         t.need(inventory.define_slot({.slot = slot, .capacity = 1}));
         t.need(inventory.book({.id = BookingId{++id}, .user = text, .slot = slot}));
         const Booking found = t.need(inventory.current_booking(text)).value_or(Booking{});
         t.equal(found.id, BookingId{id});
         t.equal(found.user.text(), text);
         t.equal(found.slot.service.text(), text);
         t.equal(t.need(inventory.bookings({.user = UserId{text}})).items.size(), 1);
         t.equal(t.need(inventory.bookings({.slot = slot})).items.size(), 1);
         t.equal(t.need(inventory.availability(SlotRange{text, "2026-01-01", "2026-12-31"}))
                     .items.size(),
                 1);
       }
       t.remaining(inventory, other, 8);
       t.clean(inventory);
     }},
    {"texts of the greatest length are kept unchanged",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const Service service{.id = "haircut",
                             .name = std::string(200, '"'),
                             .description = std::string(3997, '\\') + "\r\n\t"};
       t.need(inventory.define_service(service));
       t.equal(t.need(inventory.define_service(service)).changed, false);
       const SlotKey slot = t.slot(inventory, 1, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       const std::string message(4000, '\'');
       t.need(inventory.reject({.id = BookingId{1}, .message = message}));
       t.equal(t.need(inventory.find(BookingId{1})).value_or(Booking{}).message, message);
     }},
    {"integer ids at both ends of their range are kept unchanged",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       for (const std::int64_t user :
            {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
             std::int64_t{9007199254740993}, std::numeric_limits<std::int64_t>::max()}) {
         t.need(inventory.book({.user = user, .slot = slot}));
         t.equal(t.need(inventory.current_booking(user)).value_or(Booking{}).user.integer(), user);
       }
       t.remaining(inventory, slot, 4);
     }},
};

}  // namespace booking::inline v0::testing
