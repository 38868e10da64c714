// Conformance cases: what can be read: availability, bookings, a user's current booking, the audit.
#pragma once

#include <vector>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

/// The labels of a range, page by page.
inline std::vector<SlotLabel> labels(Conformance& t, const SlotInventory& inventory,
                                     SlotRange range, std::int32_t page_size) {
  std::vector<SlotLabel> all;
  for (int pages = 1; pages <= 100; ++pages) {
    const AvailabilityPage page = t.need(inventory.availability(range, page_size));
    for (const Availability& item : page.items) all.push_back(item.slot.label);
    t.check(page.items.size() <= static_cast<std::size_t>(page_size), "no page is too long");
    if (!page.next) return all;
    range.from = *page.next;
  }
  t.check(false, "the pages come to an end");
  return all;
}

inline std::vector<BookingId> ids(const BookingPage& page) {
  std::vector<BookingId> all;
  for (const Booking& booking : page.items) all.push_back(booking.id);
  return all;
}

/// Bookings 1 to 6: users ann and bob in turn, slots ten and eleven in threes; 5 is cancelled.
struct Listing {
  SlotInventory inventory;
  SlotKey ten;
  SlotKey eleven;

  explicit Listing(Conformance& t)
      : inventory{t.inventory(UserLimit::none())},
        ten{t.slot(inventory, 9)},
        eleven{t.slot(inventory, 9, Approval::automatic, "2026-06-01 11:00")} {
    for (const int id : {4, 2, 6, 1, 3, 5}) {
      t.need(inventory.book({.id = BookingId{id},
                             .user = id % 2 == 1 ? "ann" : "bob",
                             .slot = id <= 3 ? ten : eleven,
                             .second_in_slot = SecondInSlot::allow}));
    }
    t.need(inventory.cancel({.id = BookingId{5}}));
  }
  std::vector<BookingId> list(Conformance& t, const BookingQuery& query,
                              const BookingPageRequest& page = {},
                              Place place = Place::here()) const {
    return ids(t.need(inventory.bookings(query, page), place));
  }
};

inline std::vector<BookingId> numbered(std::initializer_list<int> numbers) {
  std::vector<BookingId> all;
  for (const int number : numbers) all.push_back(BookingId{number});
  return all;
}

}  // namespace detail

inline constexpr ConformanceCase availability_cases[] = {
    {"1.2 availability shows capacity, seats in use and what remains",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 25);
       t.need(inventory.change_slot({.slot = slot, .overbook = 2}));
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 4}));
       const Availability seen = t.need(inventory.availability(slot));
       t.equal(seen.slot, slot);
       t.equal(seen.capacity, 25);
       t.equal(seen.sellable, 27);
       t.equal(seen.used, 4);
       t.equal(seen.remaining, 23);
       t.equal(seen.deficit, 0);
       t.equal(seen.status, SlotStatus::open);
     }},
    {"availability of an unknown slot is not_found",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.slot(inventory, 1);
       t.equal(
           t.refused(inventory.availability(SlotKey{"haircut", "2026-06-02"}), ErrorCode::not_found)
               .subject,
           Subject::slot);
     }},
    {"1.2 a range includes both its ends, ascending, and no other service",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       for (const char* label : {"2026-06-03", "2026-06-01", "2026-06-04", "2026-06-02"}) {
         t.slot(inventory, 1, Approval::automatic, label);
         t.slot(inventory, 1, Approval::required, label);
       }
       const auto seen =
           detail::labels(t, inventory, {"haircut", "2026-06-02", "2026-06-03"}, 1000);
       t.equal(seen, {"2026-06-02", "2026-06-03"});
       const auto items =
           t.need(inventory.availability(SlotRange{"haircut", "2026-06-01", "2026-06-04"})).items;
       for (const Availability& item : items) t.equal(item.slot.service, "haircut");
     }},
    {"a range up to a time includes that time and nothing behind it",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       for (const char* label :
            {"2026-06-02", "2026-06-02 10:00", "2026-06-02 10:00b", "2026-06-02 10:01"}) {
         t.slot(inventory, 1, Approval::automatic, label);
       }
       t.equal(detail::labels(t, inventory, {"haircut", "2026-06-02", "2026-06-02 10:00"}, 1000),
               {"2026-06-02", "2026-06-02 10:00"});
     }},
    {"a range up to a day includes that day's times, but not the next day",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       for (const char* label : {"2026-06-01 23:59", "2026-06-02", "2026-06-02 00:00",
                                 "2026-06-02 23:59", "2026-06-03"}) {
         t.slot(inventory, 1, Approval::automatic, label);
       }
       t.equal(detail::labels(t, inventory, {"haircut", "2026-06-02", "2026-06-02"}, 1000),
               {"2026-06-02", "2026-06-02 00:00", "2026-06-02 23:59"});
     }},
    {"the hour that autumn repeats is a slot of its own behind the first",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       for (const char* label : {"2026-10-25 02:30b", "2026-10-25 02:30", "2026-10-25 02:31"}) {
         t.slot(inventory, 1, Approval::automatic, label);
       }
       t.need(inventory.book({.user = "ann", .slot = {"haircut", "2026-10-25 02:30b"}}));
       t.remaining(inventory, {"haircut", "2026-10-25 02:30"}, 1);
       t.remaining(inventory, {"haircut", "2026-10-25 02:30b"}, 0);
       t.equal(detail::labels(t, inventory, {"haircut", "2026-10-25", "2026-10-25"}, 1000),
               {"2026-10-25 02:30", "2026-10-25 02:30b", "2026-10-25 02:31"});
     }},
    {"the pages of a range hold every slot once, and the last names no next",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const std::vector<SlotLabel> all{"2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04"};
       for (const SlotLabel label : all) t.slot(inventory, 1, Approval::automatic, label);
       const SlotRange range{"haircut", "2026-06-01", "2026-06-30"};
       t.equal(detail::labels(t, inventory, range, 3), all);
       t.equal(detail::labels(t, inventory, range, 1), all);
       t.equal(t.need(inventory.availability(range, 3)).next, {"2026-06-04"});
       t.equal(t.need(inventory.availability(range, 4)).next, {});
     }},
    {"a range of an unknown service, or without slots, is an empty page",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.slot(inventory, 1);
       for (const SlotRange& range : {SlotRange{"nowhere", "2026-01-01", "2026-12-31"},
                                      SlotRange{"haircut", "2026-07-01", "2026-12-31"},
                                      SlotRange{"haircut", "2026-06-02", "2026-06-01"}}) {
         const AvailabilityPage page = t.need(inventory.availability(range));
         t.equal(page.items.size(), 0);
         t.equal(page.next, {});
       }
     }},
};

inline constexpr ConformanceCase read_cases[] = {
    {"1.8 a booking is found as it was made",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5, Approval::required);
       const Booking made =
           t.need(inventory.book({.id = BookingId{31}, .user = 2, .slot = slot, .seats = 2}))
               .booking;
       t.equal(t.need(inventory.find(BookingId{31})), {made});
     }},
    {"a booking that is not there is found as nothing, not as an error",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.equal(t.need(inventory.find(BookingId{31})), {});
     }},
    {"bookings are listed by user, by slot and by status, in the order of their ids",
     [](Conformance& t) {
       const detail::Listing l{t};
       t.equal(l.list(t, {}), detail::numbered({1, 2, 3, 4, 5, 6}));
       t.equal(l.list(t, {.user = "ann"}), detail::numbered({1, 3, 5}));
       t.equal(l.list(t, {.slot = l.eleven}), detail::numbered({4, 5, 6}));
       t.equal(l.list(t, {.status = StatusSet{Status::cancelled}}), detail::numbered({5}));
       t.equal(l.list(t, {.status = StatusSet{Status::cancelled, Status::confirmed}}).size(), 6);
     }},
    {"every condition of a query must hold",
     [](Conformance& t) {
       const detail::Listing l{t};
       t.equal(l.list(t, {.user = "ann", .slot = l.ten}), detail::numbered({1, 3}));
       t.equal(l.list(t, {.user = "ann", .status = live_statuses}), detail::numbered({1, 3}));
       t.equal(l.list(t, {.slot = l.eleven, .status = live_statuses}), detail::numbered({4, 6}));
       t.equal(l.list(t, {.user = "bob", .slot = l.eleven, .status = live_statuses}),
               detail::numbered({4, 6}));
       t.equal(l.list(t, {.status = StatusSet{}}), {});
     }},
    {"bookings of an unknown user or slot are an empty page",
     [](Conformance& t) {
       const detail::Listing l{t};
       t.equal(l.list(t, {.user = "nobody"}), {});
       t.equal(l.list(t, {.slot = SlotKey{"haircut", "2027-01-01"}}), {});
     }},
    {"the pages of a list hold every booking once, and the last names no next",
     [](Conformance& t) {
       const detail::Listing l{t};
       const BookingPage first = t.need(l.inventory.bookings({}, {.size = 4}));
       t.equal(detail::ids(first), detail::numbered({1, 2, 3, 4}));
       t.equal(first.next, {BookingId{4}});
       const BookingPage last = t.need(l.inventory.bookings({}, {.after = first.next, .size = 4}));
       t.equal(detail::ids(last), detail::numbered({5, 6}));
       t.equal(last.next, {});
       t.equal(t.need(l.inventory.bookings({}, {.size = 6})).next, {});
       t.equal(l.list(t, {.user = "bob"}, {.after = BookingId{3}}), detail::numbered({4, 6}));
       t.equal(l.list(t, {.slot = l.ten}, {.after = BookingId{1}, .size = 1}),
               detail::numbered({2}));
     }},
    {"integer ids are listed before the library's own",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 5);
       const BookingId made = t.need(inventory.book({.user = "ann", .slot = slot})).booking.id;
       t.need(inventory.book({.id = BookingId{31}, .user = "bob", .slot = slot}));
       t.equal(detail::ids(t.need(inventory.bookings({}))), {BookingId{31}, made});
     }},
    {"1.9 a user without a booking has none, which is a value",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.equal(t.need(inventory.current_booking("ann")), {});
     }},
    {"1.9 a user's current booking is the newest that lives",
     [](Conformance& t) {
       detail::Listing l{t};
       t.equal(t.need(l.inventory.current_booking("bob")).value_or(Booking{}).id, BookingId{6});
       t.equal(t.need(l.inventory.current_booking("ann")).value_or(Booking{}).id, BookingId{3});
       t.need(l.inventory.cancel({.id = BookingId{3}}));
       t.equal(t.need(l.inventory.current_booking("ann")).value_or(Booking{}).id, BookingId{1});
       t.need(l.inventory.cancel({.id = BookingId{1}}));
       t.equal(t.need(l.inventory.current_booking("ann")), {});
     }},
    {"1.9 a pending booking is current, a rejected one is not",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.equal(t.need(inventory.current_booking("ann")).value_or(Booking{}).id, BookingId{1});
       t.need(inventory.reject({.id = BookingId{1}}));
       t.equal(t.need(inventory.current_booking("ann")), {});
     }},
    {"the audit of an empty inventory finds nothing",
     [](Conformance& t) {
       const AuditReport report = t.need(t.inventory().audit());
       t.check(report.clean(), "nothing is found");
       t.equal(report.slots, 0);
       t.equal(report.users, 0);
     }},
    {"the audit counts slots, users with counting bookings, seats and deficits",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey ten = t.slot(inventory, 5);
       const SlotKey eleven = t.slot(inventory, 5, Approval::required, "2026-06-01 11:00");
       t.slot(inventory, 5, Approval::automatic, "2026-06-01 12:00");
       t.need(inventory.book({.user = "ann", .slot = ten, .seats = 3}));
       t.need(inventory.book({.user = "bob", .slot = eleven}));
       t.need(inventory.book({.id = BookingId{3}, .user = "cid", .slot = eleven}));
       t.need(inventory.cancel({.id = BookingId{3}}));
       t.need(inventory.change_slot({.slot = ten, .capacity = 1, .force = true}));
       const AuditReport report = t.need(inventory.audit());
       t.check(report.clean(), "a deficit is no finding");
       t.equal(report.slots, 3);
       t.equal(report.users, 2);
       t.equal(report.seats_used, 4);
       t.equal(report.slots_in_deficit, 1);
     }},
};

}  // namespace booking::inline v0::testing
