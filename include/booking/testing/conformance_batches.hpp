// Conformance cases: several bookings in one call.
#pragma once

#include <limits>
#include <vector>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

inline constexpr ConformanceCase batch_cases[] = {
    {"book_all books all, with receipts in order",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey ten = t.slot(inventory, 3);
       const SlotKey eleven = t.slot(inventory, 3, Approval::required, "2026-06-01 11:00");
       const auto receipts =
           t.need(inventory.book_all({{.id = BookingId{2}, .user = "ann", .slot = eleven},
                                      {.id = BookingId{1}, .user = "ann", .slot = ten}}));
       t.equal(receipts.size(), 2);
       if (receipts.size() != 2) return;
       t.equal(receipts[0].booking.id, BookingId{2});
       t.equal(receipts[0].booking.status, Status::pending);
       t.equal(receipts[1].booking.id, BookingId{1});
       t.equal(receipts[1].booking.status, Status::confirmed);
       t.equal(receipts[1].changed, true);
       t.remaining(inventory, ten, 2);
       t.remaining(inventory, eleven, 2);
     }},
    {"book_all of 2 and 2 in a slot with 3 seats is refused whole",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       const Error error = t.refused(
           inventory.book_all({{.id = BookingId{1}, .user = 1, .slot = slot, .seats = 2},
                               {.id = BookingId{2}, .user = 2, .slot = slot, .seats = 2}}),
           ErrorCode::sold_out);
       t.equal(error.index, 1);
       t.equal(error.count, 1);
       t.equal(error.booking, BookingId{2});
       t.remaining(inventory, slot, 3);
       t.equal(t.need(inventory.find(BookingId{1})), {});
       t.equal(t.need(inventory.current_booking(1)), {});
       t.clean(inventory);
     }},
    {"book_all undoes every slot when the last request is refused",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey ten = t.slot(inventory, 3);
       const SlotKey eleven = t.slot(inventory, 3, Approval::automatic, "2026-06-01 11:00");
       const SlotKey nowhere{"haircut", "2026-06-02"};
       const Error error = t.refused(inventory.book_all({{.user = 1, .slot = ten},
                                                         {.user = 2, .slot = ten},
                                                         {.user = 3, .slot = eleven},
                                                         {.user = 4, .slot = nowhere}}),
                                     ErrorCode::not_found);
       t.equal(error.index, 3);
       t.remaining(inventory, ten, 3);
       t.remaining(inventory, eleven, 3);
       t.equal(t.need(inventory.bookings({})).items.size(), 0);
       t.need(inventory.book({.user = 1, .slot = eleven}));
     }},
    {"1.7 book_all counts each user's bookings over the whole batch",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory({.max = 2});
       const SlotKey ten = t.slot(inventory, 9);
       const SlotKey eleven = t.slot(inventory, 9, Approval::automatic, "2026-06-01 11:00");
       const SlotKey twelve = t.slot(inventory, 9, Approval::automatic, "2026-06-01 12:00");
       const Error error = t.refused(inventory.book_all({{.user = "ann", .slot = ten},
                                                         {.user = "bob", .slot = ten},
                                                         {.user = "ann", .slot = eleven},
                                                         {.user = "ann", .slot = twelve}}),
                                     ErrorCode::user_limit);
       t.equal(error.index, 3);
       t.equal(error.count, 2);
       t.equal(t.need(inventory.current_booking("bob")), {});
     }},
    {"book_all sees a second booking of one user in one slot",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory(UserLimit::none());
       const SlotKey slot = t.slot(inventory, 9);
       const Error error = t.refused(
           inventory.book_all({{.user = "ann", .slot = slot}, {.user = "ann", .slot = slot}}),
           ErrorCode::already_booked);
       t.equal(error.index, 1);
       t.remaining(inventory, slot, 9);
     }},
    {"book_all whose sum passes 2^31 is sold out, without overflow",
     [](Conformance& t) {
       constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, most);
       const Error error = t.refused(inventory.book_all({{.user = 1, .slot = slot, .seats = most},
                                                         {.user = 2, .slot = slot, .seats = most},
                                                         {.user = 3, .slot = slot, .seats = 2}}),
                                     ErrorCode::sold_out);
       t.equal(error.index, 1);
       t.equal(error.count, 0);
       t.remaining(inventory, slot, most);
     }},
    {"a whole batch sent again is answered again and books nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       const std::vector<BookRequest> batch{{.id = BookingId{1}, .user = 1, .slot = slot},
                                            {.id = BookingId{2}, .user = 2, .slot = slot}};
       t.need(inventory.book_all(batch));
       t.need(inventory.cancel({.id = BookingId{2}}));
       const auto again = t.need(inventory.book_all(batch));
       t.equal(again.size(), 2);
       for (const Receipt& receipt : again) {
         t.equal(receipt.replayed, true);
         t.equal(receipt.changed, false);
       }
       if (again.size() == 2) t.equal(again[1].booking.status, Status::cancelled);
       t.remaining(inventory, slot, 1);
     }},
    {"a batch of which only some ids are known is id_mismatch",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       const BookRequest known{.id = BookingId{1}, .user = 1, .slot = slot};
       const BookRequest unknown{.id = BookingId{2}, .user = 2, .slot = slot};
       t.need(inventory.book(known));
       t.equal(t.refused(inventory.book_all({known, unknown}), ErrorCode::id_mismatch).index, 1);
       t.equal(t.refused(inventory.book_all({unknown, known}), ErrorCode::id_mismatch).index, 0);
       t.equal(t.need(inventory.find(BookingId{2})), {});
       t.remaining(inventory, slot, 8);
     }},
    {"a batch sent again with one request changed is id_mismatch",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       std::vector<BookRequest> batch{{.id = BookingId{1}, .user = 1, .slot = slot},
                                      {.id = BookingId{2}, .user = 2, .slot = slot}};
       t.need(inventory.book_all(batch));
       batch[1].seats = 2;
       t.equal(t.refused(inventory.book_all(batch), ErrorCode::id_mismatch).index, 1);
       t.remaining(inventory, slot, 7);
     }},
    {"a batch holds 1 to 256 requests with different ids",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 300);
       t.refused(inventory.book_all({}), ErrorCode::invalid_argument);
       t.refused(inventory.cancel_all({}), ErrorCode::invalid_argument);
       std::vector<BookRequest> batch;
       for (int i = 1; i <= 257; ++i) {
         batch.push_back({.id = BookingId{i}, .user = i, .slot = slot});
       }
       t.refused(inventory.book_all(batch), ErrorCode::invalid_argument);
       batch.pop_back();
       t.equal(t.need(inventory.book_all(batch)).size(), 256);
       t.remaining(inventory, slot, 44);
       t.refused(inventory.cancel_all({BookingId{1}, BookingId{2}, BookingId{1}}),
                 ErrorCode::invalid_argument);
       t.refused(inventory.book_all({batch[0], batch[0]}), ErrorCode::invalid_argument);
     }},
    {"book_each answers each request by itself",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       const auto results = inventory.book_each({{.user = 1, .slot = slot, .seats = 2},
                                                 {.id = BookingId{5}, .user = 2, .slot = slot},
                                                 {.user = 3, .slot = slot, .seats = 0},
                                                 {.user = 4, .slot = {"haircut", "2026-06-02"}}});
       t.equal(results.size(), 4);
       if (results.size() != 4) return;
       t.equal(t.need(results[0]).changed, true);
       const Error sold_out = t.refused(results[1], ErrorCode::sold_out);
       t.equal(sold_out.index, 1);
       t.equal(sold_out.booking, BookingId{5});
       t.equal(t.refused(results[2], ErrorCode::invalid_argument).index, 2);
       t.equal(t.refused(results[3], ErrorCode::not_found).index, 3);
       t.remaining(inventory, slot, 0);
     }},
    {"book_each goes on after a refusal",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1);
       const auto results =
           inventory.book_each({{.user = 1, .slot = slot, .seats = 2}, {.user = 2, .slot = slot}});
       t.equal(results.size(), 2);
       if (results.size() != 2) return;
       t.refused(results[0], ErrorCode::sold_out);
       t.equal(t.need(results[1]).changed, true);
     }},
    {"a request that stands twice in book_each books once",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       const BookRequest request{.id = BookingId{1}, .user = 1, .slot = slot};
       BookRequest other = request;
       other.seats = 2;
       const auto results = inventory.book_each({request, request, other});
       t.equal(results.size(), 3);
       if (results.size() != 3) return;
       t.equal(t.need(results[0]).changed, true);
       t.equal(t.need(results[1]).replayed, true);
       t.refused(results[2], ErrorCode::id_mismatch);
       t.remaining(inventory, slot, 8);
     }},
    {"book_each takes no more than 1,000 requests",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 9);
       t.equal(inventory.book_each({}).size(), 0);
       const auto results =
           inventory.book_each(std::vector<BookRequest>(1001, {.user = 1, .slot = slot}));
       t.equal(results.size(), 1001);
       for (const auto& result : results) t.refused(result, ErrorCode::invalid_argument);
       t.remaining(inventory, slot, 9);
     }},
    {"1.4 cancel_all cancels all and skips those already cancelled",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey ten = t.slot(inventory, 3);
       const SlotKey eleven = t.slot(inventory, 3, Approval::required, "2026-06-01 11:00");
       t.need(inventory.book({.id = BookingId{1}, .user = 1, .slot = ten, .seats = 2}));
       t.need(inventory.book({.id = BookingId{2}, .user = 2, .slot = eleven}));
       t.need(inventory.book({.id = BookingId{3}, .user = 3, .slot = ten}));
       t.need(inventory.cancel({.id = BookingId{3}}));
       const auto receipts =
           t.need(inventory.cancel_all({BookingId{3}, BookingId{2}, BookingId{1}}));
       t.equal(receipts.size(), 3);
       if (receipts.size() != 3) return;
       t.equal(receipts[0].changed, false);
       t.equal(receipts[1].changed, true);
       t.equal(receipts[2].booking.id, BookingId{1});
       t.remaining(inventory, ten, 3);
       t.remaining(inventory, eleven, 3);
     }},
    {"cancel_all with an unknown id cancels nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       t.need(inventory.book({.id = BookingId{1}, .user = 1, .slot = slot}));
       const Error error =
           t.refused(inventory.cancel_all({BookingId{1}, BookingId{2}}), ErrorCode::not_found);
       t.equal(error.index, 1);
       t.equal(error.booking, BookingId{2});
       t.status(inventory, BookingId{1}, Status::confirmed);
       t.remaining(inventory, slot, 2);
       t.clean(inventory);
     }},
    {"cancel_all with a rejected booking cancels nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = 1, .slot = slot}));
       t.need(inventory.book({.id = BookingId{2}, .user = 2, .slot = slot}));
       t.need(inventory.reject({.id = BookingId{2}}));
       t.equal(t.refused(inventory.cancel_all({BookingId{1}, BookingId{2}}),
                         ErrorCode::invalid_transition)
                   .index,
               1);
       t.status(inventory, BookingId{1}, Status::pending);
       t.remaining(inventory, slot, 2);
     }},
};

}  // namespace booking::inline v0::testing
