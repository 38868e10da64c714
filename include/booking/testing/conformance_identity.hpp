// Conformance cases: the booking id as the key that makes asking again safe.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

/// One slot of 4 seats and the request for 2 of them that the cases send again.
struct Repeated {
  SlotInventory inventory;
  BookRequest request;

  explicit Repeated(Conformance& t, Approval approval = Approval::automatic)
      : inventory{t.inventory()},
        request{.id = BookingId::generate(),
                .user = "ann",
                .slot = t.slot(inventory, 4, approval),
                .seats = 2} {
    t.need(inventory.book(request));
  }
  /// Sends it again: nothing may change, the booking is answered as it is now.
  void send_again(Conformance& t, Status now, Place place = Place::here()) {
    const Availability before = t.need(inventory.availability(request.slot), place);
    const Receipt receipt = t.need(inventory.book(request), place);
    t.equal(receipt.replayed, true, place);
    t.equal(receipt.changed, false, place);
    t.equal(receipt.booking.status, now, place);
    t.equal(t.need(inventory.find(request.id), place), {receipt.booking}, place);
    t.remaining(inventory, request.slot, before.remaining, place);
  }
};

}  // namespace detail

inline constexpr ConformanceCase identity_cases[] = {
    {"the same request sent again is answered again and books nothing",
     [](Conformance& t) {
       detail::Repeated r{t};
       r.send_again(t, Status::confirmed);
       r.send_again(t, Status::confirmed);
       t.remaining(r.inventory, r.request.slot, 2);
     }},
    {"a request sent again is answered with the booking as it is now",
     [](Conformance& t) {
       detail::Repeated r{t, Approval::required};
       r.send_again(t, Status::pending);
       t.need(r.inventory.approve({.id = r.request.id}));
       r.send_again(t, Status::confirmed);
       t.need(r.inventory.cancel({.id = r.request.id}));
       r.send_again(t, Status::cancelled);
       t.remaining(r.inventory, r.request.slot, 4);
     }},
    {"a request sent again after its rejection shows the reason",
     [](Conformance& t) {
       detail::Repeated r{t, Approval::required};
       t.need(r.inventory.reject({.id = r.request.id, .message = "no"}));
       r.send_again(t, Status::rejected);
       t.equal(t.need(r.inventory.book(r.request)).booking.message, "no");
     }},
    {"a known id with another user, slot or number of seats is id_mismatch",
     [](Conformance& t) {
       detail::Repeated r{t};
       const SlotKey eleven = t.slot(r.inventory, 4, Approval::automatic, "2026-06-01 11:00");
       BookRequest other = r.request;
       other.user = "bob";
       t.equal(t.refused(r.inventory.book(other), ErrorCode::id_mismatch).booking, other.id);
       other = r.request;
       other.slot = eleven;
       t.refused(r.inventory.book(other), ErrorCode::id_mismatch);
       other = r.request;
       other.seats = 1;
       t.refused(r.inventory.book(other), ErrorCode::id_mismatch);
       t.remaining(r.inventory, r.request.slot, 2);
       t.remaining(r.inventory, eleven, 4);
       t.equal(t.need(r.inventory.current_booking("bob")), {});
       r.send_again(t, Status::confirmed);
     }},
    {"an id stays taken after its booking was cancelled",
     [](Conformance& t) {
       detail::Repeated r{t};
       t.need(r.inventory.cancel({.id = r.request.id}));
       BookRequest other = r.request;
       other.user = "bob";
       t.refused(r.inventory.book(other), ErrorCode::id_mismatch);
       t.status(r.inventory, r.request.id, Status::cancelled);
     }},
    {"a refused request leaves its id free",
     [](Conformance& t) {
       detail::Repeated r{t};
       BookRequest other{.id = BookingId{5}, .user = "bob", .slot = r.request.slot, .seats = 3};
       t.refused(r.inventory.book(other), ErrorCode::sold_out);
       other.seats = 2;
       t.equal(t.need(r.inventory.book(other)).replayed, false);
     }},
    {"1.8 the integer id 31 keeps its value",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{31}, .user = 2, .slot = slot}));
       const Booking found = t.need(inventory.find(BookingId{"31"})).value_or(Booking{});
       t.equal(found.id.is_integer(), true);
       t.equal(to_string(found.id), "31");
       t.equal(found.user.integer(), 2);
     }},
    {"the greatest integer id and the greatest UUID are different bookings and kept unchanged",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const BookingId integer{std::numeric_limits<std::int64_t>::max()};
       const BookingId uuid{"ffffffff-ffff-7fff-bfff-ffffffffffff"};
       t.need(inventory.book({.id = integer, .user = 1, .slot = slot}));
       t.need(inventory.book({.id = uuid, .user = 2, .slot = slot}));
       t.equal(t.need(inventory.find(integer)).value_or(Booking{}).user, 1);
       t.equal(t.need(inventory.find(uuid)).value_or(Booking{}).user, 2);
       t.equal(t.need(inventory.current_booking(2)).value_or(Booking{}).id, uuid);
       t.equal(t.need(inventory.bookings({})).items.size(), 2);
     }},
    {"a text id that is a decimal is that integer, one with a leading zero is not",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = 17, .slot = slot}));
       t.refused(inventory.book({.user = "17", .slot = slot}), ErrorCode::already_booked);
       t.need(inventory.book({.id = BookingId{2}, .user = "017", .slot = slot}));
       t.equal(t.need(inventory.current_booking("17")).value_or(Booking{}).id, BookingId{1});
       t.equal(t.need(inventory.current_booking("017")).value_or(Booking{}).id, BookingId{2});
     }},
};

}  // namespace booking::inline v0::testing
