// Conformance cases: the user limit in all its forms, and the second booking in one slot.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

inline constexpr StatusSet held_and_confirmed{Status::held, Status::confirmed};

/// Two slots of one service.
struct TwoSlots {
  SlotInventory inventory;
  SlotKey ten;
  SlotKey eleven;

  TwoSlots(Conformance& t, const UserLimit& limit, Approval approval)
      : inventory{t.inventory(limit)},
        ten{t.slot(inventory, 9, approval)},
        eleven{t.slot(inventory, 9, approval, "2026-06-01 11:00")} {}

  Result<Receipt> book(int id, const SlotKey& slot) {
    return inventory.book({.id = BookingId{id}, .user = "ann", .slot = slot});
  }
};

}  // namespace detail

inline constexpr ConformanceCase user_cases[] = {
    {"1.7 a user has one booking at a time, over all slots",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::automatic};
       t.need(s.book(1, s.ten));
       const Error error = t.refused(s.book(2, s.eleven), ErrorCode::user_limit);
       t.equal(error.subject, Subject::user);
       t.equal(error.count, 1);
       t.equal(error.limit, 1);
       t.remaining(s.inventory, s.eleven, 9);
       t.need(s.inventory.book({.user = "bob", .slot = s.eleven}));
     }},
    {"1.7 a pending booking counts for the user limit",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::required};
       t.need(s.book(1, s.ten));
       t.refused(s.book(2, s.eleven), ErrorCode::user_limit);
       t.need(s.inventory.approve({.id = BookingId{1}}));
       t.refused(s.book(2, s.eleven), ErrorCode::user_limit);
     }},
    {"1.7 a cancelled booking no longer counts",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::automatic};
       t.need(s.book(1, s.ten));
       t.need(s.inventory.cancel({.id = BookingId{1}}));
       t.need(s.book(2, s.eleven));
     }},
    {"1.7 a rejected booking no longer counts",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::required};
       t.need(s.book(1, s.ten));
       t.need(s.inventory.reject({.id = BookingId{1}}));
       t.need(s.book(2, s.eleven));
     }},
    {"a refused booking does not count",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::automatic};
       const SlotKey full = t.slot(s.inventory, 0, Approval::automatic, "2026-06-01 12:00");
       t.refused(s.book(1, full), ErrorCode::sold_out);
       t.need(s.book(2, s.eleven));
     }},
    {"a limit of 2 allows two bookings and no third",
     [](Conformance& t) {
       detail::TwoSlots s{t, {.max = 2}, Approval::automatic};
       const SlotKey twelve = t.slot(s.inventory, 9, Approval::automatic, "2026-06-01 12:00");
       t.need(s.book(1, s.ten));
       t.need(s.book(2, s.eleven));
       const Error error = t.refused(s.book(3, twelve), ErrorCode::user_limit);
       t.equal(error.count, 2);
       t.equal(error.limit, 2);
       t.need(s.inventory.cancel({.id = BookingId{1}}));
       t.need(s.book(3, twelve));
       t.equal(t.need(s.inventory.audit()).users, 1);
     }},
    {"1.7 under pending_only an approval frees the user",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::pending_only(), Approval::required};
       t.need(s.book(1, s.ten));
       t.refused(s.book(2, s.eleven), ErrorCode::user_limit);
       t.need(s.inventory.approve({.id = BookingId{1}}));
       t.need(s.book(2, s.eleven));
       t.clean(s.inventory);
     }},
    {"under pending_only confirmed bookings do not count",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::pending_only(), Approval::automatic};
       t.need(s.book(1, s.ten));
       t.need(s.book(2, s.eleven));
       t.equal(t.need(s.inventory.audit()).users, 0);
     }},
    {"without a limit a user books any number of slots",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::none(), Approval::automatic};
       t.need(s.book(1, s.ten));
       t.need(s.book(2, s.eleven));
       const AuditReport report = t.need(s.inventory.audit());
       t.check(report.clean(), "nothing is found");
       t.equal(report.users, 0);
     }},
    {"a policy that counts confirmed and not pending refuses the approval that would pass it",
     [](Conformance& t) {
       detail::TwoSlots s{t, {.counting = detail::held_and_confirmed}, Approval::required};
       t.need(s.book(1, s.ten));
       t.need(s.book(2, s.eleven));
       t.need(s.inventory.approve({.id = BookingId{1}}));
       const Error error =
           t.refused(s.inventory.approve({.id = BookingId{2}}), ErrorCode::user_limit);
       t.equal(error.count, 1);
       t.equal(error.booking, BookingId{2});
       t.status(s.inventory, BookingId{2}, Status::pending);
       t.equal(t.need(s.inventory.approve({.id = BookingId{1}})).changed, false);
       t.need(s.inventory.cancel({.id = BookingId{1}}));
       t.equal(t.need(s.inventory.approve({.id = BookingId{2}})).changed, true);
     }},
    {"a policy that counts held alone limits nothing that is booked",
     [](Conformance& t) {
       detail::TwoSlots s{t, {.counting = {Status::held}}, Approval::automatic};
       t.need(s.book(1, s.ten));
       t.need(s.book(2, s.eleven));
     }},
    {"a second live booking of one user in one slot is already_booked",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::none(), Approval::automatic};
       t.need(s.book(1, s.ten));
       const Error error = t.refused(s.book(2, s.ten), ErrorCode::already_booked);
       t.equal(error.subject, Subject::user);
       t.remaining(s.inventory, s.ten, 8);
       t.need(s.inventory.book({.user = "bob", .slot = s.ten}));
     }},
    {"a pending booking blocks a second one in its slot, a rejected or cancelled one does not",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::none(), Approval::required};
       t.need(s.book(1, s.ten));
       t.refused(s.book(2, s.ten), ErrorCode::already_booked);
       t.need(s.inventory.reject({.id = BookingId{1}}));
       t.need(s.book(2, s.ten));
       t.need(s.inventory.cancel({.id = BookingId{2}}));
       t.need(s.book(3, s.ten));
     }},
    {"a second booking in one slot can be allowed",
     [](Conformance& t) {
       detail::TwoSlots s{t, UserLimit::none(), Approval::automatic};
       t.need(s.book(1, s.ten));
       const BookRequest second{
           .id = BookingId{2}, .user = "ann", .slot = s.ten, .second_in_slot = SecondInSlot::allow};
       t.need(s.inventory.book(second));
       t.need(s.inventory.cancel({.id = BookingId{1}}));
       t.refused(s.book(3, s.ten), ErrorCode::already_booked);
       t.remaining(s.inventory, s.ten, 8);
     }},
    {"1.7 allowing a second booking in one slot does not lift the user limit",
     [](Conformance& t) {
       detail::TwoSlots s{t, {}, Approval::automatic};
       t.need(s.book(1, s.ten));
       t.refused(
           s.inventory.book({.user = "ann", .slot = s.ten, .second_in_slot = SecondInSlot::allow}),
           ErrorCode::user_limit);
     }},
};

}  // namespace booking::inline v0::testing
