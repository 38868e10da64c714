// Conformance cases for each pair of a store and a lock: many callers at once, and locks that are
// given back whatever the answer was.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

namespace detail {

inline constexpr int callers = 8;

/// Runs `call(0)` … `call(callers - 1)` at once; their results in order.
template <class Call>
auto results_of(Call call) {
  std::vector<decltype(call(0))> results(callers);
  Conformance::together(callers, [&](int i) { results[static_cast<std::size_t>(i)] = call(i); });
  return results;
}

/// How many succeeded; each of the others must have been refused with `code`.
template <class T>
int winners(Conformance& t, const std::vector<Result<T>>& results, ErrorCode code,
            Place place = Place::here()) {
  int won = 0;
  for (const Result<T>& result : results) {
    if (result) {
      ++won;
    } else {
      t.refused(result, code, place);
    }
  }
  return won;
}

/// How many say that they changed something; each must have succeeded.
inline int changes(Conformance& t, const std::vector<Result<Receipt>>& results,
                   Place place = Place::here()) {
  int changed = 0;
  for (const Result<Receipt>& result : results) changed += t.need(result, place).changed ? 1 : 0;
  return changed;
}

/// Slots of one hour each, from 10:00 on.
inline std::vector<SlotKey> hours(Conformance& t, SlotInventory& inventory, int count,
                                  std::int32_t capacity) {
  std::vector<SlotKey> slots;
  slots.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    slots.push_back(t.slot(inventory, capacity, Approval::automatic,
                           "2026-06-01 " + std::to_string(10 + i) + ":00"));
  }
  return slots;
}

}  // namespace detail

inline constexpr ConformanceCase pairing_case_list[] = {
    {"1.3 of many callers for one seat exactly one wins",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       for (int round = 0; round < 5; ++round) {
         const SlotKey slot =
             t.slot(inventory, 1, Approval::automatic, "2026-06-0" + std::to_string(round + 1));
         const auto results = detail::results_of([&](int i) {
           return inventory.book({.user = round * detail::callers + i, .slot = slot});
         });
         t.equal(detail::winners(t, results, ErrorCode::sold_out), 1);
         t.remaining(inventory, slot, 0);
       }
       t.clean(inventory);
     }},
    {"1.7 one user who calls for many slots at once gets one booking",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const auto slots = detail::hours(t, inventory, detail::callers, 5);
       const auto results = detail::results_of([&](int i) {
         return inventory.book({.user = "ann", .slot = slots[static_cast<std::size_t>(i)]});
       });
       t.equal(detail::winners(t, results, ErrorCode::user_limit), 1);
       t.equal(t.need(inventory.audit()).seats_used, 1);
       t.clean(inventory);
     }},
    {"1.4 of many cancels of one booking exactly one gives the seat back",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.book({.id = BookingId{2}, .user = "bob", .slot = slot}));
       const auto results =
           detail::results_of([&](int) { return inventory.cancel({.id = BookingId{1}}); });
       t.equal(detail::changes(t, results), 1);
       t.remaining(inventory, slot, 2);
     }},
    {"the same request sent by many callers at once books once",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       const auto results = detail::results_of(
           [&](int) { return inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}); });
       t.equal(detail::changes(t, results), 1);
       for (const auto& result : results) {
         if (result) t.equal(result->replayed, !result->changed);
       }
       t.remaining(inventory, slot, 8);
     }},
    {"an approval and a rejection of one booking at once: one wins, the other is refused",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 5, Approval::required);
       for (int id = 1; id <= 3; ++id) {
         t.need(inventory.book({.id = BookingId{id}, .user = id, .slot = slot}));
         const auto results = detail::results_of([&](int i) {
           return i % 2 == 0 ? inventory.approve({.id = BookingId{id}})
                             : inventory.reject({.id = BookingId{id}});
         });
         t.equal(detail::winners(t, results, ErrorCode::invalid_transition), detail::callers / 2);
         t.equal(t.need(inventory.find(BookingId{id})).value_or(Booking{}).version, 2);
       }
       t.clean(inventory);
     }},
    {"1.5 batches over the same slots in opposite orders all come to an end",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const auto slots = detail::hours(t, inventory, 4, 100);
       const auto results = detail::results_of([&](int i) {
         std::vector<BookRequest> batch;
         batch.reserve(slots.size());
         for (const SlotKey& slot : slots) batch.push_back({.user = i, .slot = slot});
         if (i % 2 == 1) std::reverse(batch.begin(), batch.end());
         return inventory.book_all(batch);
       });
       t.equal(detail::winners(t, results, ErrorCode::internal), detail::callers);
       for (const SlotKey& slot : slots) t.remaining(inventory, slot, 100 - detail::callers);
     }},
    {"batches that cannot all have their seats book whole or not at all",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const auto slots = detail::hours(t, inventory, 2, 3);
       const auto results = detail::results_of([&](int i) {
         return inventory.book_all({{.user = i, .slot = slots[0]}, {.user = i, .slot = slots[1]}});
       });
       t.equal(detail::winners(t, results, ErrorCode::sold_out), 3);
       for (const SlotKey& slot : slots) t.remaining(inventory, slot, 0);
       t.clean(inventory);
     }},
    {"bookings and cancellations at once leave every seat accounted for",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       std::atomic<int> kept{0};
       Conformance::together(detail::callers, [&](int i) {
         for (int round = 0; round < 4; ++round) {
           const auto booked = inventory.book({.user = i, .slot = slot});
           if (!booked) continue;
           const bool last = round == 3;
           if (last || !inventory.cancel({.id = booked->booking.id})) ++kept;
         }
       });
       t.equal(t.need(inventory.availability(slot)).used, kept.load());
       t.clean(inventory);
     }},
    {"1.2 readers beside many writers never see less than 0 or more than all seats",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       std::atomic<int> wrong{0};
       Conformance::together(detail::callers, [&](int i) {
         for (int round = 0; round < 4; ++round) {
           if (i % 2 == 0) {
             const auto seen = inventory.availability(slot);
             const bool good = seen && seen->remaining >= 0 && seen->remaining <= seen->sellable &&
                               seen->used + seen->remaining == seen->sellable;
             if (!good) ++wrong;
           } else if (const auto booked = inventory.book({.user = i, .slot = slot})) {
             if (!inventory.cancel({.id = booked->booking.id})) ++wrong;
           }
         }
       });
       t.equal(wrong.load(), 0);
     }},
    {"once a slot was closed no caller books in it any more",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1000);
       std::atomic<bool> closed{false};
       std::atomic<int> late{0};
       Conformance::together(detail::callers, [&](int i) {
         if (i == 0) {
           const auto changed = inventory.change_slot({.slot = slot, .status = SlotStatus::closed});
           closed = changed.has_value();
           return;
         }
         for (int round = 0; round < 4; ++round) {
           const bool was_closed = closed;
           const auto booked = inventory.book({.user = round * detail::callers + i, .slot = slot});
           if (booked && was_closed) ++late;
         }
       });
       t.equal(closed.load(), true);
       t.equal(late.load(), 0);
       t.refused(inventory.book({.user = "late", .slot = slot}), ErrorCode::slot_closed);
     }},
    {"a forced decrease among bookings is a deficit only of what was sold before it",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       const auto results = detail::results_of([&](int i) -> Result<Receipt> {
         if (i != 0) return inventory.book({.user = i, .slot = slot});
         const auto changed = inventory.change_slot({.slot = slot, .capacity = 2, .force = true});
         if (!changed) return changed.error();
         return Receipt{};
       });
       const int booked = detail::winners(t, results, ErrorCode::sold_out) - 1;
       const Availability seen = t.need(inventory.availability(slot));
       t.equal(seen.used, booked);
       t.check(booked >= 2 && booked <= 5, "at least the seats left, at most those before");
       t.equal(seen.deficit, booked - 2);
       t.clean(inventory);
     }},
    {"two inventories that share a store and a lock sell each seat once",
     [](Conformance& t) {
       const auto store = t.store();
       const auto lock = t.lock();
       SlotInventory one = Conformance::share(store, lock);
       SlotInventory two = Conformance::share(store, lock);
       const SlotKey slot = t.slot(one, 3);
       const auto results = detail::results_of(
           [&](int i) { return (i % 2 == 0 ? one : two).book({.user = i, .slot = slot}); });
       t.equal(detail::winners(t, results, ErrorCode::sold_out), 3);
       t.remaining(two, slot, 0);
     }},
    {"two inventories with locks of their own sell each seat once",
     [](Conformance& t) {
       const auto store = t.store();
       SlotInventory one = Conformance::share(store, t.lock());
       SlotInventory two = Conformance::share(store, t.lock());
       const SlotKey slot = t.slot(one, 3);
       const auto results = detail::results_of(
           [&](int i) { return (i % 2 == 0 ? one : two).book({.user = i, .slot = slot}); });
       t.equal(detail::winners(t, results, ErrorCode::sold_out), 3);
       t.clean(one);
     }},
    {"1.5 the lock is given back after every kind of answer",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.refused(inventory.book({.user = "bob", .slot = slot}), ErrorCode::sold_out);
       t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::already_booked);
       t.refused(inventory.book({.user = "bob", .slot = slot, .seats = 0}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.cancel({.id = BookingId{2}}), ErrorCode::not_found);
       t.refused(inventory.cancel({.id = BookingId{1}, .user = "bob"}), ErrorCode::not_owner);
       t.refused(inventory.change_slot({.slot = slot, .capacity = 0}),
                 ErrorCode::capacity_below_booked);
       t.need(inventory.reject({.id = BookingId{1}}));
       t.refused(inventory.approve({.id = BookingId{1}}), ErrorCode::invalid_transition);
       t.need(inventory.book({.user = "bob", .slot = slot}));
     }},
    {"1.5 a batch that names one slot several times does not wait for itself",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 3);
       const std::vector<BookRequest> batch{
           {.id = BookingId{1}, .user = 1, .slot = slot, .seats = 2},
           {.id = BookingId{2}, .user = 2, .slot = slot, .seats = 2}};
       t.refused(inventory.book_all(batch), ErrorCode::sold_out);
       t.equal(inventory.book_each(batch).size(), 2);
       t.need(inventory.book({.id = BookingId{3}, .user = 3, .slot = slot}));
       t.need(inventory.cancel_all({BookingId{1}, BookingId{3}}));
       t.remaining(inventory, slot, 3);
     }},
};

}  // namespace booking::inline v0::testing
