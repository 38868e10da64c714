// Conformance cases: which refusal answers when several would be right. The order:
// invalid_argument, known id, not_found, not_owner, slot_closed, invalid_transition,
// already_booked, user_limit, sold_out. Each case sets up one pair of neighbours or more.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

/// Ann holds booking 1 in a slot that has no more seats.
struct FullSlot {
  SlotInventory inventory;
  SlotKey slot;

  explicit FullSlot(Conformance& t, const UserLimit& limit = {})
      : inventory{t.inventory(limit)}, slot{t.slot(inventory, 1)} {
    t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
  }
  void close(Conformance& t) {
    t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::closed}));
  }
};

}  // namespace detail

inline constexpr ConformanceCase order_cases[] = {
    {"order: invalid_argument before id_mismatch",
     [](Conformance& t) {
       detail::FullSlot f{t};
       t.refused(f.inventory.book({.id = BookingId{1}, .user = "bob", .slot = f.slot, .seats = 0}),
                 ErrorCode::invalid_argument);
     }},
    {"order: invalid_argument before not_found",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot{"nowhere", "2026-06-01"};
       t.refused(inventory.book({.user = "ann", .slot = slot, .seats = -1}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::not_found);
       t.refused(inventory.change_slot({.slot = slot, .capacity = -1}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.change_slot({.slot = slot, .capacity = 1}), ErrorCode::not_found);
     }},
    {"order: id_mismatch before not_found",
     [](Conformance& t) {
       detail::FullSlot f{t};
       t.refused(
           f.inventory.book({.id = BookingId{1}, .user = "ann", .slot = {"nowhere", "2026-06-01"}}),
           ErrorCode::id_mismatch);
     }},
    {"order: id_mismatch before slot_closed, already_booked, user_limit and sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       f.close(t);
       t.refused(f.inventory.book({.id = BookingId{1}, .user = "ann", .slot = f.slot, .seats = 2}),
                 ErrorCode::id_mismatch);
     }},
    {"order: a known request is answered before slot_closed, already_booked, user_limit, sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       f.close(t);
       const Receipt again =
           t.need(f.inventory.book({.id = BookingId{1}, .user = "ann", .slot = f.slot}));
       t.equal(again.replayed, true);
     }},
    {"order: not_found before user_limit",
     [](Conformance& t) {
       detail::FullSlot f{t};
       t.refused(f.inventory.book({.user = "ann", .slot = {"haircut", "2027-01-01"}}),
                 ErrorCode::not_found);
     }},
    {"order: not_owner before invalid_transition",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.reject({.id = BookingId{1}}));
       t.refused(inventory.cancel({.id = BookingId{1}, .user = "bob"}), ErrorCode::not_owner);
       t.refused(inventory.cancel({.id = BookingId{1}, .user = "ann"}),
                 ErrorCode::invalid_transition);
     }},
    {"order: not_owner before the answer that a booking is cancelled already",
     [](Conformance& t) {
       detail::FullSlot f{t};
       t.need(f.inventory.cancel({.id = BookingId{1}}));
       t.refused(f.inventory.cancel({.id = BookingId{1}, .user = "bob"}), ErrorCode::not_owner);
     }},
    {"order: slot_closed before already_booked, user_limit and sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       f.close(t);
       t.refused(f.inventory.book({.user = "ann", .slot = f.slot}), ErrorCode::slot_closed);
     }},
    {"order: slot_closed before sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       f.close(t);
       t.refused(f.inventory.book({.user = "bob", .slot = f.slot}), ErrorCode::slot_closed);
     }},
    {"order: invalid_transition before user_limit",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory({.counting = {Status::held, Status::confirmed}});
       const SlotKey slot = t.slot(inventory, 9, Approval::required);
       const SlotKey eleven = t.slot(inventory, 9, Approval::required, "2026-06-01 11:00");
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.book({.id = BookingId{2}, .user = "ann", .slot = eleven}));
       t.need(inventory.approve({.id = BookingId{1}}));
       t.need(inventory.cancel({.id = BookingId{2}}));
       t.refused(inventory.approve({.id = BookingId{2}}), ErrorCode::invalid_transition);
     }},
    {"order: already_booked before user_limit and sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       t.refused(f.inventory.book({.user = "ann", .slot = f.slot}), ErrorCode::already_booked);
     }},
    {"order: already_booked before sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t, UserLimit::none()};
       t.refused(f.inventory.book({.user = "ann", .slot = f.slot}), ErrorCode::already_booked);
     }},
    {"order: user_limit before sold_out",
     [](Conformance& t) {
       detail::FullSlot f{t};
       const SlotKey none = t.slot(f.inventory, 0, Approval::automatic, "2026-06-01 11:00");
       t.refused(f.inventory.book({.user = "ann", .slot = none}), ErrorCode::user_limit);
     }},
    {"order: a batch names its first request that fails, not the first kind of refusal",
     [](Conformance& t) {
       detail::FullSlot f{t};
       const Error error =
           t.refused(f.inventory.book_all({{.user = "bob", .slot = f.slot},
                                           {.user = "cid", .slot = {"nowhere", "2026-06-01"}}}),
                     ErrorCode::sold_out);
       t.equal(error.index, 0);
     }},
};

}  // namespace booking::inline v0::testing
