// Conformance cases: asking again after an unknown outcome, voided ids, op ids, the gate, lock
// numbers, late copies.
#pragma once

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

inline Result<Outcome> send(Store& store, const Command& command) {
  const Clock clock;
  return store.execute(command, Deadline{clock, std::chrono::minutes{1}});
}

}  // namespace detail

inline constexpr ConformanceCase unknown_cases[] = {
    {"a refusal of a request that asks again is final for its id",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 0);
       const BookRequest first{.id = BookingId{1}, .user = "ann", .slot = slot};
       BookRequest again = first;
       again.again = true;
       t.refused(inventory.book(first), ErrorCode::sold_out);
       t.refused(inventory.book(first), ErrorCode::sold_out);
       t.refused(inventory.book(again), ErrorCode::sold_out);
       t.need(inventory.change_slot({.slot = slot, .capacity = 5}));
       t.refused(inventory.book(first), ErrorCode::id_void);
       t.remaining(inventory, slot, 5);
     }},
    {"asking again for a booking that was made answers with it",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const BookRequest first{.id = BookingId{1}, .user = "ann", .slot = slot};
       BookRequest again = first;
       again.again = true;
       t.need(inventory.book(first));
       t.equal(t.need(inventory.book(again)).replayed, true);
       t.remaining(inventory, slot, 4);
     }},
    {"a batch that asks again and is refused voids all its ids",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 1);
       const std::vector<BookRequest> both{
           {.id = BookingId{1}, .user = 1, .slot = slot, .again = true},
           {.id = BookingId{2}, .user = 2, .slot = slot, .again = true}};
       t.refused(inventory.book_all(both), ErrorCode::sold_out);
       for (const int id : {1, 2}) {
         t.refused(inventory.book({.id = BookingId{id}, .user = id, .slot = slot}),
                   ErrorCode::id_void);
       }
       t.remaining(inventory, slot, 1);
     }},
    {"resolve answers with the booking, or voids the id",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.check(t.need(inventory.resolve(BookingId{1})).has_value(), "it was booked");
       for (int twice = 0; twice < 2; ++twice) {
         t.check(!t.need(inventory.resolve(BookingId{2})), "it was not booked");
       }
       t.refused(inventory.book({.id = BookingId{2}, .user = "bob", .slot = slot}),
                 ErrorCode::id_void);
       t.refused(inventory.cancel({.id = BookingId{2}}), ErrorCode::id_void);
     }},
    {"an unknown id older than the horizon is id_expired, an integer id never",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const BookingId old = BookingId::from_halves(0x7000, std::uint64_t{1} << 63);  // of 1970
       t.refused(inventory.book({.id = old, .user = "ann", .slot = slot}), ErrorCode::id_expired);
       t.need(inventory.book({.id = BookingId{31}, .user = "ann", .slot = slot}));
     }},
    {"the same op of a move answers as the first time, another one changes nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       const OpId op{.high = 1, .low = 2};
       t.equal(t.need(inventory.cancel({.id = BookingId{1}, .op = op})).changed, true);
       const Receipt same = t.need(inventory.cancel({.id = BookingId{1}, .op = op}));
       t.equal(same.changed, true);
       t.equal(same.booking.version, 2U);
       t.equal(t.need(inventory.cancel({.id = BookingId{1}})).changed, false);
       t.remaining(inventory, slot, 5);
     }},
    {"an op id names one move: another move, or another user, with it is id_mismatch",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const BookingId id{1};
       t.need(inventory.hold({.id = id, .user = "ann", .slot = slot}));
       const OpId op{.high = 1, .low = 2};
       t.need(inventory.confirm({.id = id, .op = op}));
       t.refused(inventory.cancel({.id = id, .op = op}), ErrorCode::id_mismatch);
       t.refused(inventory.extend({.id = id, .op = op}), ErrorCode::id_mismatch);
       t.refused(inventory.confirm({.id = id, .user = UserId{"bob"}, .op = op}),
                 ErrorCode::id_mismatch);
       t.equal(t.need(inventory.confirm({.id = id, .user = UserId{"ann"}, .op = op})).changed,
               true);
       t.status(inventory, id, Status::confirmed);
       t.remaining(inventory, slot, 4);
     }},
    {"asking again without the id of the first time is invalid_argument",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.refused(inventory.book({.user = "ann", .slot = slot, .again = true}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.hold({.user = "ann", .slot = slot, .again = true}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.book_all({{.user = "ann", .slot = slot, .again = true}}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.book_each({{.user = "ann", .slot = slot, .again = true}}).front(),
                 ErrorCode::invalid_argument);
       const Receipt made = t.need(inventory.book({.user = "ann", .slot = slot}));
       t.refused(inventory.reschedule({.id = made.booking.id, .slot = slot, .again = true}),
                 ErrorCode::invalid_argument);
       t.remaining(inventory, slot, 4);
     }},
    {"while the gate is shut nothing changes, and known ids are answered",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const BookRequest known{.id = BookingId{1}, .user = "ann", .slot = slot};
       t.need(inventory.book(known));
       const Gate open = t.need(inventory.gate());
       Gate shut = open;
       shut.phase = Gate::Phase::shut;
       t.equal(t.need(inventory.set_gate(open, shut)).changed, true);
       t.refused(inventory.book({.user = "bob", .slot = slot}), ErrorCode::maintenance);
       t.refused(inventory.cancel({.id = BookingId{1}}), ErrorCode::maintenance);
       t.refused(inventory.change_slot({.slot = slot, .capacity = 6}), ErrorCode::maintenance);
       t.refused(inventory.define_service({.id = "new"}), ErrorCode::maintenance);
       t.equal(t.need(inventory.book(known)).replayed, true);
       t.remaining(inventory, slot, 4);
       Gate next = open;
       next.epoch += 1;
       t.need(inventory.set_gate(shut, next));
       t.need(inventory.book({.user = "bob", .slot = slot}));
     }},
    {"the gate is changed by compare-and-set and never goes back",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const Gate open = t.need(inventory.gate());
       t.check(open == Gate{}, "a new gate is open at epoch 1");
       Gate next = open;
       next.epoch = 5;
       next.fence = 7;
       t.need(inventory.set_gate(open, next));
       t.refused(inventory.set_gate(open, next), ErrorCode::invalid_transition);
       Gate back = next;
       back.epoch = 4;
       t.refused(inventory.set_gate(next, back), ErrorCode::invalid_argument);
       t.check(t.need(inventory.gate()) == next, "the gate is as set");
     }},
    {"a commit from a stale epoch is refused by the store, and repeated by the inventory",
     [](Conformance& t) {
       const std::shared_ptr<Store> store = t.store();
       SlotInventory inventory = Conformance::share(store, no_lock());
       SlotInventory other = Conformance::share(store, no_lock());
       const SlotKey slot = t.slot(inventory, 5);
       const Gate open = t.need(inventory.gate());
       Gate next = open;
       next.epoch += 1;
       t.need(other.set_gate(open, next));
       Command stale{.body = command::Book{{.id = BookingId{1}, .user = 1, .slot = slot}}};
       stale.guard.epoch = open.epoch;
       t.refused(detail::send(*store, stale), ErrorCode::maintenance);
       t.need(inventory.book({.user = "ann", .slot = slot}));
     }},
    {"a commit under an older lock number than the slot has seen is lock_lost",
     [](Conformance& t) {
       const std::shared_ptr<Store> store = t.store(UserLimit::none());
       SlotInventory inventory = Conformance::share(store, no_lock());
       const SlotKey slot = t.slot(inventory, 5);
       const auto book = [&](int id, std::uint64_t lease) {
         Command command{.body = command::Book{{.id = BookingId{id}, .user = id, .slot = slot}}};
         command.guard.lease = lease;
         return detail::send(*store, command);
       };
       t.need(book(1, 7));
       t.refused(book(2, 6), ErrorCode::lock_lost);
       t.need(book(3, 7));
       t.need(book(4, 0));  // no lock, no number: the store is right without
       t.remaining(inventory, slot, 2);
     }},
    {"a copy that arrives after not_after changes nothing",
     [](Conformance& t) {
       const std::shared_ptr<Store> store = t.store();
       SlotInventory inventory = Conformance::share(store, no_lock());
       const SlotKey slot = t.slot(inventory, 5);
       Command late{.body = command::Book{{.id = BookingId{1}, .user = 1, .slot = slot}}};
       late.guard.not_after = Instant{std::chrono::milliseconds{1}};
       t.refused(detail::send(*store, late), ErrorCode::timeout);
       t.remaining(inventory, slot, 5);
     }},
    {"change_policy changes the limit for what comes after",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const SlotKey other = t.slot(inventory, 5, Approval::automatic, "2026-06-02");
       t.need(inventory.book({.user = "ann", .slot = slot}));
       t.refused(inventory.book({.user = "ann", .slot = other}), ErrorCode::user_limit);
       const Policy two{.user_limit = {.max = 2}, .id_horizon = std::chrono::days{90}};
       t.check(t.need(inventory.policy()) == Policy{}, "the policy it was made with");
       t.equal(t.need(inventory.change_policy(two)).changed, true);
       t.equal(t.need(inventory.change_policy(two)).changed, false);
       t.check(t.need(inventory.policy()) == two, "the policy as changed");
       t.need(inventory.book({.user = "ann", .slot = other}));
       t.refused(inventory.change_policy({.user_limit = {.max = 0}}), ErrorCode::invalid_argument);
     }},
    {"importing creates what is missing and leaves the rest",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const SlotKey other{"haircut", "2026-06-02"};
       const auto changes = t.need(
           inventory.import_slots({{.slot = slot, .capacity = 9}, {.slot = other, .capacity = 3}},
                                  ImportMode::create_missing));
       t.equal(changes.size(), 2U);
       if (changes.size() == 2) t.check(!changes[0].changed && changes[1].changed, "only the new");
       t.remaining(inventory, slot, 5);
       t.remaining(inventory, other, 3);
     }},
    {"set_remaining needs the gate shut, and keeps the bookings",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 2}));
       const auto import = [&] {
         return inventory.import_slots({{.slot = slot, .capacity = 9}}, ImportMode::set_remaining);
       };
       t.refused(import(), ErrorCode::invalid_argument);
       const Gate open = t.need(inventory.gate());
       Gate shut = open;
       shut.phase = Gate::Phase::shut;
       t.need(inventory.set_gate(open, shut));
       t.need(import());
       t.equal(t.need(inventory.availability(slot)).capacity, 11);
       t.remaining(inventory, slot, 9);
       t.clean(inventory);
     }},
};

}  // namespace booking::inline v0::testing
