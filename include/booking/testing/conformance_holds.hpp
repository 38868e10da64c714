// Conformance cases: holds, their deadlines, and what becomes of them.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

/// An inventory with one slot and one hold of 2 seats by "ann" under id 1.
struct HoldRig {
  SlotInventory inventory;
  SlotKey slot;
  Booking held;

  explicit HoldRig(Conformance& t, std::int32_t capacity = 5,
                   Approval approval = Approval::automatic)
      : inventory{t.inventory()},
        slot{t.slot(inventory, capacity, approval)},
        held{t.need(inventory.hold(request(t))).booking} {}

  HoldRequest request(const Conformance& t) const {
    return {.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 2, .ttl = t.span()};
  }
  Availability left(Conformance& t) const { return t.need(inventory.availability(slot)); }
};

}  // namespace detail

inline constexpr ConformanceCase hold_cases[] = {
    {"a hold takes seats and says until when",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.equal(r.held.status, Status::held);
       t.check(r.held.hold_until == r.held.created_at + t.span(), "the deadline is now + ttl");
       t.equal(r.left(t).remaining, 3);
       t.equal(r.left(t).held, 2);
       t.clean(r.inventory);
     }},
    {"a hold is refused as a booking is: sold_out, user_limit, already_booked, slot_closed",
     [](Conformance& t) {
       detail::HoldRig r{t, 3};
       const auto hold = [&](UserId user, std::int32_t seats) {
         return r.inventory.hold({.user = user, .slot = r.slot, .seats = seats, .ttl = t.span()});
       };
       t.refused(hold("bob", 2), ErrorCode::sold_out);
       t.refused(hold("ann", 1), ErrorCode::already_booked);
       const SlotKey other = t.slot(r.inventory, 5, Approval::automatic, "2026-06-02");
       t.refused(r.inventory.hold({.user = "ann", .slot = other, .ttl = t.span()}),
                 ErrorCode::user_limit);
       t.need(r.inventory.change_slot({.slot = r.slot, .status = SlotStatus::closed}));
       t.refused(hold("bob", 1), ErrorCode::slot_closed);
     }},
    {"a hold's time to live is above 0 and at most 24 hours",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       for (const std::chrono::milliseconds ttl :
            {std::chrono::milliseconds{0}, std::chrono::milliseconds{-1},
             std::chrono::milliseconds{std::chrono::hours{24}} + std::chrono::milliseconds{1}}) {
         t.refused(inventory.hold({.user = "ann", .slot = slot, .ttl = ttl}),
                   ErrorCode::invalid_argument);
       }
       t.remaining(inventory, slot, 5);
     }},
    {"the same hold again is replayed, a booking under its id is id_mismatch",
     [](Conformance& t) {
       detail::HoldRig r{t};
       const Receipt again = t.need(r.inventory.hold(r.request(t)));
       t.equal(again.replayed, true);
       t.equal(again.booking, r.held);
       t.refused(r.inventory.book({.id = BookingId{1}, .user = "ann", .slot = r.slot, .seats = 2}),
                 ErrorCode::id_mismatch);
     }},
    {"confirming a hold books it, as the service's approval says",
     [](Conformance& t) {
       for (const Approval approval : {Approval::automatic, Approval::required}) {
         detail::HoldRig r{t, 5, approval};
         const Receipt confirmed = t.need(r.inventory.confirm({.id = r.held.id}));
         t.equal(confirmed.changed, true);
         t.equal(confirmed.booking.status,
                 approval == Approval::required ? Status::pending : Status::confirmed);
         t.equal(confirmed.booking.version, 2U);
         t.equal(r.left(t).remaining, 3);
         t.equal(r.left(t).held, 0);
         t.pass(t.span() * 2);
         t.status(r.inventory, r.held.id, confirmed.booking.status);
         t.equal(t.need(r.inventory.confirm({.id = r.held.id})).changed, false);
         t.clean(r.inventory);
       }
     }},
    {"confirming fewer seats gives the rest back",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.refused(r.inventory.confirm({.id = r.held.id, .seats = 3}), ErrorCode::invalid_argument);
       t.refused(r.inventory.confirm({.id = r.held.id, .seats = 0}), ErrorCode::invalid_argument);
       const Receipt confirmed = t.need(r.inventory.confirm({.id = r.held.id, .seats = 1}));
       t.equal(confirmed.booking.seats, 1);
       t.equal(confirmed.booking.seats_asked, 2);
       t.equal(r.left(t).remaining, 4);
       t.clean(r.inventory);
     }},
    {"a hold given up gives its seats back once",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.equal(t.need(r.inventory.cancel({.id = r.held.id})).booking.status, Status::cancelled);
       t.equal(t.need(r.inventory.cancel({.id = r.held.id})).changed, false);
       t.equal(r.left(t).remaining, 5);
       t.equal(r.left(t).held, 0);
       t.pass(t.span() * 2);
       t.equal(t.need(r.inventory.sweep(10)), 0);
       t.equal(r.left(t).remaining, 5);
       t.clean(r.inventory);
     }},
    {"an expired hold reads as expired and its seats as back, before anything sweeps it",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.pass(t.span() * 2);
       t.status(r.inventory, r.held.id, Status::expired);
       t.equal(r.left(t).remaining, 5);
       t.equal(r.left(t).held, 0);
       t.check(!t.need(r.inventory.current_booking("ann")), "ann has no current booking");
       const auto in = [&](Status status) {
         return t.need(r.inventory.bookings({.status = StatusSet{status}})).items.size();
       };
       t.equal(in(Status::held), 0U);
       t.equal(in(Status::expired), 1U);
       t.clean(r.inventory);
     }},
    {"cancel, confirm and extend of an expired hold are hold_expired, swept or not",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.pass(t.span() * 2);
       for (int swept = 0; swept < 2; ++swept) {
         t.refused(r.inventory.confirm({.id = r.held.id}), ErrorCode::hold_expired);
         t.refused(r.inventory.cancel({.id = r.held.id}), ErrorCode::hold_expired);
         t.refused(r.inventory.extend({.id = r.held.id, .ttl = t.span()}), ErrorCode::hold_expired);
         t.need(r.inventory.sweep(10));
       }
       if (const auto expired = t.there(r.inventory, r.held.id)) t.equal(expired->version, 2U);
       t.equal(r.left(t).remaining, 5);
     }},
    {"an expired hold makes room for others and blocks its user nowhere",
     [](Conformance& t) {
       detail::HoldRig r{t, 2};
       const SlotKey other = t.slot(r.inventory, 5, Approval::automatic, "2026-06-02");
       t.refused(r.inventory.book({.user = "bob", .slot = r.slot}), ErrorCode::sold_out);
       t.pass(t.span() * 2);
       t.need(r.inventory.book({.user = "ann", .slot = other}));
       t.need(r.inventory.book({.user = "bob", .slot = r.slot, .seats = 2}));
       t.status(r.inventory, r.held.id, Status::expired);
       t.clean(r.inventory);
     }},
    {"sweeping returns expired holds, at most as many as asked for, each once",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 10);
       for (int user = 1; user <= 4; ++user) {
         t.need(inventory.hold({.user = user, .slot = slot, .ttl = t.span()}));
       }
       t.equal(t.need(inventory.sweep(10)), 0);
       t.pass(t.span() * 2);
       t.equal(t.need(inventory.sweep(3)), 3);
       t.equal(t.need(inventory.sweep(10)), 1);
       t.equal(t.need(inventory.sweep(10)), 0);
       t.equal(t.need(inventory.availability(slot)).remaining, 10);
       t.clean(inventory);
     }},
    {"extending moves the deadline, never back and never past 24 hours",
     [](Conformance& t) {
       detail::HoldRig r{t};
       const Receipt longer = t.need(r.inventory.extend({.id = r.held.id, .ttl = t.span() * 3}));
       t.equal(longer.changed, true);
       t.check(longer.booking.hold_until > r.held.hold_until, "the deadline is later");
       t.equal(t.need(r.inventory.extend({.id = r.held.id, .ttl = t.span()})).changed, false);
       t.pass(t.span() * 2);
       t.status(r.inventory, r.held.id, Status::held);
       const Receipt most =
           t.need(r.inventory.extend({.id = r.held.id, .ttl = std::chrono::hours{24}}));
       t.check(most.booking.hold_until == r.held.created_at + std::chrono::hours{24},
               "24 hours from when it was made");
       t.clean(r.inventory);
     }},
    {"extending what is not a hold is invalid_transition",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.need(r.inventory.confirm({.id = r.held.id}));
       t.refused(r.inventory.extend({.id = r.held.id, .ttl = t.span()}),
                 ErrorCode::invalid_transition);
     }},
    {"only the owner's name moves a hold, where a name is given",
     [](Conformance& t) {
       detail::HoldRig r{t};
       t.refused(r.inventory.confirm({.id = r.held.id, .user = "bob"}), ErrorCode::not_owner);
       t.refused(r.inventory.extend({.id = r.held.id, .user = "bob", .ttl = t.span()}),
                 ErrorCode::not_owner);
       t.need(r.inventory.confirm({.id = r.held.id, .user = "ann"}));
     }},
};

}  // namespace booking::inline v0::testing
