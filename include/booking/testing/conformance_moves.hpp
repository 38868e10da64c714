// Conformance cases: every legal and every illegal move of a booking.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

enum class Move { approve, reject, cancel };

inline Result<Receipt> make_move(SlotInventory& inventory, Move move, BookingId id) {
  if (move == Move::approve) return inventory.approve({.id = id});
  if (move == Move::reject) return inventory.reject({.id = id, .message = "no room"});
  return inventory.cancel({.id = id});
}

/// Books 2 seats under `id` and brings the booking to `status`.
inline Booking booking_in(Conformance& t, SlotInventory& inventory, const SlotKey& slot,
                          BookingId id, Status status) {
  Receipt receipt = t.need(inventory.book({.id = id, .user = "ann", .slot = slot, .seats = 2}));
  if (status == Status::confirmed) receipt = t.need(make_move(inventory, Move::approve, id));
  if (status == Status::rejected) receipt = t.need(make_move(inventory, Move::reject, id));
  if (status == Status::cancelled) receipt = t.need(make_move(inventory, Move::cancel, id));
  t.equal(receipt.booking.status, status);
  return receipt.booking;
}

constexpr std::int32_t seats_of(const Booking& booking) {
  return seat_statuses.contains(booking.status) ? booking.seats : 0;
}

/// A legal move: status, version, seats; and once more, which changes nothing.
template <Status from, Move move, Status to>
void legal(Conformance& t) {
  SlotInventory inventory = t.inventory();
  const SlotKey slot = t.slot(inventory, 5, Approval::required);
  const Booking before = booking_in(t, inventory, slot, BookingId{1}, from);
  const Receipt moved = t.need(make_move(inventory, move, before.id));
  t.equal(moved.changed, true);
  t.equal(moved.replayed, false);
  t.equal(moved.booking.status, to);
  t.equal(moved.booking.version, before.version + 1);
  t.equal(moved.booking.seats, before.seats);
  t.check(moved.booking.created_at == before.created_at, "created_at stays");
  t.check(moved.booking.updated_at >= before.updated_at, "updated_at never goes back");
  t.remaining(inventory, slot, 5 - seats_of(moved.booking));

  const Receipt again = t.need(make_move(inventory, move, before.id));
  t.equal(again.changed, false);
  t.equal(again.booking, moved.booking);
  t.remaining(inventory, slot, 5 - seats_of(moved.booking));
  t.equal(t.need(inventory.find(before.id)), {moved.booking});
  t.clean(inventory);
}

/// A move that may not happen: refused, and nothing has changed.
template <Status from, Move move>
void illegal(Conformance& t) {
  SlotInventory inventory = t.inventory();
  const SlotKey slot = t.slot(inventory, 5, Approval::required);
  const Booking before = booking_in(t, inventory, slot, BookingId{1}, from);
  const Error error =
      t.refused(make_move(inventory, move, before.id), ErrorCode::invalid_transition);
  t.equal(error.booking, before.id);
  t.equal(t.need(inventory.find(before.id)), {before});
  t.remaining(inventory, slot, 5 - seats_of(before));
  t.clean(inventory);
}

}  // namespace detail

inline constexpr ConformanceCase move_cases[] = {
    {"a pending booking is approved",
     detail::legal<Status::pending, detail::Move::approve, Status::confirmed>},
    {"a pending booking is rejected and gives its seats back once",
     detail::legal<Status::pending, detail::Move::reject, Status::rejected>},
    {"1.4 a pending booking is cancelled and gives its seats back once",
     detail::legal<Status::pending, detail::Move::cancel, Status::cancelled>},
    {"1.4 a confirmed booking is cancelled and gives its seats back once",
     detail::legal<Status::confirmed, detail::Move::cancel, Status::cancelled>},
    {"a confirmed booking is not rejected",
     detail::illegal<Status::confirmed, detail::Move::reject>},
    {"a rejected booking is not approved",
     detail::illegal<Status::rejected, detail::Move::approve>},
    {"a rejected booking is not cancelled",
     detail::illegal<Status::rejected, detail::Move::cancel>},
    {"a cancelled booking is not approved",
     detail::illegal<Status::cancelled, detail::Move::approve>},
    {"a cancelled booking is not rejected",
     detail::illegal<Status::cancelled, detail::Move::reject>},
    {"a booking that was confirmed at once is there already when it is approved",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const Booking booked =
           t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot})).booking;
       const Receipt approved = t.need(inventory.approve({.id = BookingId{1}}));
       t.equal(approved.changed, false);
       t.equal(approved.booking, booked);
     }},
    {"1.8 the reason of a rejection is kept with the booking",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       const std::string why = "Bill's too old:\n\"2022\" {see §3}";
       t.equal(t.need(inventory.reject({.id = BookingId{1}, .message = why})).booking.message, why);
       t.need(inventory.reject({.id = BookingId{1}, .message = "another reason"}));
       t.equal(t.need(inventory.find(BookingId{1})).value_or(Booking{}).message, why);
     }},
    {"1.4 a second user's seats stay when the first one's come back",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5, Approval::required);
       t.need(inventory.book({.id = BookingId{9}, .user = "bob", .slot = slot, .seats = 3}));
       detail::booking_in(t, inventory, slot, BookingId{1}, Status::rejected);
       detail::booking_in(t, inventory, slot, BookingId{2}, Status::cancelled);
       detail::booking_in(t, inventory, slot, BookingId{3}, Status::confirmed);
       t.remaining(inventory, slot, 0);
       t.status(inventory, BookingId{9}, Status::pending);
     }},
};

}  // namespace booking::inline v0::testing
