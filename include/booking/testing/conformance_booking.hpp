// Conformance cases: booking and cancelling one at a time.
#pragma once

#include <limits>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

inline constexpr ConformanceCase booking_cases[] = {
    {"1.3 a booking takes seats while they last",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 2}));
       t.remaining(inventory, slot, 1);
       t.need(inventory.book({.user = "bob", .slot = slot}));
       t.remaining(inventory, slot, 0);
       const Error error =
           t.refused(inventory.book({.user = "cid", .slot = slot}), ErrorCode::sold_out);
       t.equal(error.count, 0);
       t.equal(error.limit, 3);
       t.equal(error.subject, Subject::slot);
       t.check(error.booking.valid(), "the error carries the id made for the request");
     }},
    {"1.3 a handle on a slot is that slot in every call",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey key = t.slot(inventory, 2);
       const SlotHandle handle = t.need(inventory.slot(key));
       t.check(handle.key() == key, "the handle names the slot");
       t.need(inventory.book({.id = BookingId{7}, .user = "ann", .slot = handle}));
       t.equal(t.need(inventory.book({.id = BookingId{7}, .user = "ann", .slot = key})).replayed,
               true);
       t.remaining(inventory, handle, 1);
       t.need(inventory.hold({.user = "bob", .slot = handle}));
       t.refused(inventory.book({.user = "cid", .slot = handle}), ErrorCode::sold_out);
       t.refused(inventory.slot({key.service, "2027-01-01"}), ErrorCode::not_found);
     }},
    {"1.3 more seats than remain are refused whole",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 2}));
       const Error error =
           t.refused(inventory.book({.id = BookingId{7}, .user = "bob", .slot = slot, .seats = 2}),
                     ErrorCode::sold_out);
       t.equal(error.count, 1);
       t.equal(error.booking, BookingId{7});
       t.remaining(inventory, slot, 1);
       t.equal(t.need(inventory.find(BookingId{7})), {});
     }},
    {"1.3 a receipt shows the booking as it was made",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       const Receipt receipt =
           t.need(inventory.book({.id = BookingId{31}, .user = "ann", .slot = slot, .seats = 2}));
       t.equal(receipt.changed, true);
       t.equal(receipt.replayed, false);
       const Booking& booking = receipt.booking;
       t.equal(booking.id, BookingId{31});
       t.equal(booking.user, "ann");
       t.equal(booking.slot, slot);
       t.equal(booking.seats, 2);
       t.equal(booking.seats_asked, 2);
       t.equal(booking.version, 1);
       t.equal(booking.message, "");
       t.check(booking.created_at == booking.updated_at, "a new booking was not updated since");
     }},
    {"a booking of a service without approval is confirmed at once",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1, Approval::automatic);
       t.equal(t.need(inventory.book({.user = "ann", .slot = slot})).booking.status,
               Status::confirmed);
     }},
    {"1.8 a booking of a service with approval is pending first, and takes its seats",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1, Approval::required);
       t.equal(t.need(inventory.book({.user = "ann", .slot = slot})).booking.status,
               Status::pending);
       t.refused(inventory.book({.user = "bob", .slot = slot}), ErrorCode::sold_out);
     }},
    {"a request without an id gets one of its own",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       const BookingId ann = t.need(inventory.book({.user = "ann", .slot = slot})).booking.id;
       const BookingId bob = t.need(inventory.book({.user = "bob", .slot = slot})).booking.id;
       t.check(ann.valid() && !ann.is_integer(), "the id is a UUID");
       t.check(ann != bob, "the ids differ");
       t.equal(t.need(inventory.find(bob)).value_or(Booking{}).user, "bob");
     }},
    {"a booking touches its own slot only",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey ten = t.slot(inventory, 2);
       const SlotKey eleven = t.slot(inventory, 2, Approval::automatic, "2026-06-01 11:00");
       const SlotKey day = t.slot(inventory, 2, Approval::automatic, "2026-06-01");
       const SlotKey passport = t.slot(inventory, 2, Approval::required);
       t.need(inventory.book({.user = "ann", .slot = ten}));
       t.remaining(inventory, ten, 1);
       for (const SlotKey& other : {eleven, day, passport}) t.remaining(inventory, other, 2);
     }},
    {"a booking in an unknown slot or service is not_found",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.slot(inventory, 2);
       for (const SlotKey& slot :
            {SlotKey{"haircut", "2026-06-02"}, SlotKey{"nowhere", "2026-06-01 10:00"}}) {
         const Error error =
             t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::not_found);
         t.equal(error.subject, Subject::slot);
       }
       t.equal(t.need(inventory.current_booking("ann")), {});
     }},
    {"a slot without seats is sold out from the start",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 0);
       const Error error =
           t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::sold_out);
       t.equal(error.limit, 0);
     }},
    {"the greatest number of seats is sold out in a small slot and fits the greatest one exactly",
     [](Conformance& t) {
       constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
       SlotInventory inventory = t.inventory();
       const SlotKey small = t.slot(inventory, 1);
       const SlotKey great = t.slot(inventory, most, Approval::automatic, "2026-06-02");
       t.refused(inventory.book({.user = "ann", .slot = small, .seats = most}),
                 ErrorCode::sold_out);
       t.need(inventory.book({.user = "ann", .slot = great, .seats = most}));
       t.remaining(inventory, great, 0);
       t.refused(inventory.book({.user = "bob", .slot = great, .seats = most}),
                 ErrorCode::sold_out);
       t.equal(t.need(inventory.availability(great)).used, most);
       t.clean(inventory);
     }},
    {"1.4 a cancelled booking gives its seats back exactly once",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 2}));
       t.need(inventory.book({.id = BookingId{2}, .user = "bob", .slot = slot, .seats = 3}));
       t.equal(t.need(inventory.cancel({.id = BookingId{1}})).changed, true);
       t.remaining(inventory, slot, 2);
       const Receipt again = t.need(inventory.cancel({.id = BookingId{1}}));
       t.equal(again.changed, false);
       t.equal(again.booking.status, Status::cancelled);
       t.remaining(inventory, slot, 2);
     }},
    {"1.4 the seats given back can be booked again",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.cancel({.id = BookingId{1}}));
       t.need(inventory.book({.user = "bob", .slot = slot}));
       t.remaining(inventory, slot, 0);
     }},
    {"a booking of another user is not cancelled",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       const Error error =
           t.refused(inventory.cancel({.id = BookingId{1}, .user = "bob"}), ErrorCode::not_owner);
       t.equal(error.booking, BookingId{1});
       t.remaining(inventory, slot, 0);
       t.equal(t.need(inventory.cancel({.id = BookingId{1}, .user = "ann"})).changed, true);
     }},
    {"an unknown booking is not_found to cancel, approve and reject",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.equal(t.refused(inventory.cancel({.id = BookingId{1}}), ErrorCode::not_found).subject,
               Subject::booking);
       t.equal(t.refused(inventory.approve({.id = BookingId{2}}), ErrorCode::not_found).booking,
               BookingId{2});
       t.refused(inventory.reject({.id = BookingId{3}}), ErrorCode::not_found);
     }},
};

}  // namespace booking::inline v0::testing
