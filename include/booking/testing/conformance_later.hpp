// Conformance cases: what happens to a booking later: reschedule, complete, no_show, slots that
// begin and end, purge.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

/// Store time, by making something that is dated.
inline Instant store_now(Conformance& t, SlotInventory& inventory, const SlotKey& slot) {
  const Receipt made = t.need(inventory.book({.user = "clock", .slot = slot}));
  t.need(inventory.cancel({.id = made.booking.id}));
  return made.booking.created_at;
}

}  // namespace detail

inline constexpr ConformanceCase later_cases[] = {
    {"rescheduling moves a booking to another slot in one step",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey from = t.slot(inventory, 2);
       const SlotKey to = t.slot(inventory, 2, Approval::automatic, "2026-06-02");
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = from, .seats = 2}));
       const Receipt moved =
           t.need(inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = to}));
       t.equal(moved.booking.id, BookingId{2});
       t.equal(moved.booking.seats, 2);
       t.equal(moved.booking.status, Status::confirmed);
       t.status(inventory, BookingId{1}, Status::cancelled);
       t.remaining(inventory, from, 2);
       t.remaining(inventory, to, 0);
       const Receipt again =
           t.need(inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = to}));
       t.equal(again.replayed, true);
       t.refused(inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = from}),
                 ErrorCode::id_mismatch);
       t.clean(inventory);
     }},
    {"a reschedule that is refused leaves everything as it was",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey from = t.slot(inventory, 2);
       const SlotKey full = t.slot(inventory, 0, Approval::automatic, "2026-06-02");
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = from}));
       const auto move = [&](const SlotKey& to) {
         return inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = to});
       };
       t.refused(move(full), ErrorCode::sold_out);
       t.refused(move({"haircut", "2030-01-01"}), ErrorCode::not_found);
       t.need(inventory.change_slot({.slot = full, .status = SlotStatus::closed}));
       t.refused(move(full), ErrorCode::slot_closed);
       t.status(inventory, BookingId{1}, Status::confirmed);
       t.remaining(inventory, from, 1);
       t.check(!t.need(inventory.find(BookingId{2})), "no second booking");
       t.clean(inventory);
     }},
    {"a booking may be rescheduled within its own full slot",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 2}));
       t.need(inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = slot}));
       t.remaining(inventory, slot, 0);
       t.clean(inventory);
     }},
    {"a hold that is rescheduled keeps its deadline",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey from = t.slot(inventory, 2);
       const SlotKey to = t.slot(inventory, 2, Approval::automatic, "2026-06-02");
       const Receipt held = t.need(inventory.hold(
           {.id = BookingId{1}, .user = "ann", .slot = from, .seats = 1, .ttl = t.span()}));
       const Receipt moved =
           t.need(inventory.reschedule({.id = BookingId{1}, .new_id = BookingId{2}, .slot = to}));
       t.equal(moved.booking.status, Status::held);
       t.check(moved.booking.hold_until == held.booking.hold_until, "the deadline stays");
       t.pass(t.span() * 2);
       t.remaining(inventory, to, 2);
       t.status(inventory, BookingId{2}, Status::expired);
       t.clean(inventory);
     }},
    {"completing and no_show keep the seats and free the user",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.book({.id = BookingId{2}, .user = "bob", .slot = slot}));
       t.equal(t.need(inventory.complete({.id = BookingId{1}})).booking.status, Status::completed);
       t.equal(t.need(inventory.no_show({.id = BookingId{2}})).booking.status, Status::no_show);
       t.equal(t.need(inventory.complete({.id = BookingId{1}})).changed, false);
       t.refused(inventory.no_show({.id = BookingId{1}}), ErrorCode::invalid_transition);
       t.refused(inventory.cancel({.id = BookingId{1}}), ErrorCode::invalid_transition);
       t.remaining(inventory, slot, 3);
       t.need(inventory.book({.user = "ann", .slot = slot}));
       t.clean(inventory);
     }},
    {"a slot that has begun sells nothing more, and cancelling goes on",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const Instant now = detail::store_now(t, inventory, slot);
       t.need(inventory.change_slot({.slot = slot, .begins_at = now + t.span()}));
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.pass(t.span() * 2);
       t.equal(t.need(inventory.availability(slot)).status, SlotStatus::past);
       t.refused(inventory.book({.user = "bob", .slot = slot}), ErrorCode::slot_past);
       t.refused(inventory.hold({.user = "bob", .slot = slot, .ttl = t.span()}),
                 ErrorCode::slot_past);
       t.need(inventory.cancel({.id = BookingId{1}}));
       t.clean(inventory);
     }},
    {"1.7 a booking in a slot that has ended does not count for the user limit",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const SlotKey other = t.slot(inventory, 5, Approval::automatic, "2026-06-02");
       const Instant now = detail::store_now(t, inventory, slot);
       t.need(inventory.change_slot({.slot = slot, .ends_at = now + t.span()}));
       t.need(inventory.book({.user = "ann", .slot = slot}));
       t.refused(inventory.book({.user = "ann", .slot = other}), ErrorCode::user_limit);
       t.pass(t.span() * 2);
       t.need(inventory.book({.user = "ann", .slot = other}));
       t.clean(inventory);
     }},
    {"a slot ends after it begins",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const Instant now = detail::store_now(t, inventory, slot);
       t.refused(inventory.define_slot({.slot = {"haircut", "2026-07-01"},
                                        .capacity = 1,
                                        .begins_at = now,
                                        .ends_at = now}),
                 ErrorCode::invalid_argument);
       t.need(inventory.change_slot({.slot = slot, .begins_at = now + t.span()}));
       t.refused(inventory.change_slot({.slot = slot, .ends_at = now}),
                 ErrorCode::invalid_argument);
     }},
};

}  // namespace booking::inline v0::testing
