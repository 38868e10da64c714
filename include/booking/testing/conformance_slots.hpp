// Conformance cases: defining and changing services and slots.
#pragma once

#include <limits>

#include "booking/testing/conformance_context.hpp"

namespace booking::inline v0::testing {

inline constexpr ConformanceCase service_and_slot_cases[] = {
    {"1.1 a service defined again with the same values is not changed",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const Service service{.id = 1, .name = "Utility Bill Assistance", .description = "Once."};
       t.equal(t.need(inventory.define_service(service)).changed, true);
       t.equal(t.need(inventory.define_service(service)).changed, false);
     }},
    {"1.1 a service defined again with other values is refused and keeps the first ones",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const Service first{.id = 1, .name = "Food", .description = "Bring a bag."};
       t.need(inventory.define_service(first));
       Service other = first;
       other.name = "Drink";
       t.equal(t.refused(inventory.define_service(other), ErrorCode::already_exists).subject,
               Subject::service);
       other = first;
       other.description = "Bring two bags.";
       t.refused(inventory.define_service(other), ErrorCode::already_exists);
       other = first;
       other.approval = Approval::required;
       t.refused(inventory.define_service(other), ErrorCode::already_exists);
       t.equal(t.need(inventory.define_service(first)).changed, false);
     }},
    {"1.1 an updated service has the new values, and the same update again changes nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       Service service{.id = "food", .name = "Food"};
       t.need(inventory.define_service(service));
       service.name = "Food Assistance";
       service.description = "First line\nsecond line";
       t.equal(t.need(inventory.update_service(service)).changed, true);
       t.equal(t.need(inventory.update_service(service)).changed, false);
       t.equal(t.need(inventory.define_service(service)).changed, false);
     }},
    {"an update of an unknown service is not_found and defines nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const Service service{.id = "food", .name = "Food"};
       t.equal(t.refused(inventory.update_service(service), ErrorCode::not_found).subject,
               Subject::service);
       t.equal(t.need(inventory.define_service(service)).changed, true);
     }},
    {"a service that comes to need approval makes new bookings pending and leaves the old ones",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot}));
       t.need(inventory.update_service({.id = slot.service, .approval = Approval::required}));
       t.equal(t.need(inventory.book({.user = "bob", .slot = slot})).booking.status,
               Status::pending);
       t.status(inventory, BookingId{1}, Status::confirmed);
     }},
    {"a slot of an unknown service is not_found",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot{"nowhere", "2026-06-01"};
       t.equal(t.refused(inventory.define_slot({.slot = slot, .capacity = 1}), ErrorCode::not_found)
                   .subject,
               Subject::service);
       t.refused(inventory.availability(slot), ErrorCode::not_found);
     }},
    {"4.1 a slot defined again with the same values is not changed, booked or not",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.need(inventory.define_service({.id = "haircut"}));
       const SlotDefinition definition{.slot = {"haircut", "2026-06-01 10:00"}, .capacity = 1};
       t.equal(t.need(inventory.define_slot(definition)).changed, true);
       t.need(inventory.book({.user = "ann", .slot = definition.slot}));
       t.equal(t.need(inventory.define_slot(definition)).changed, false);
       t.remaining(inventory, definition.slot, 0);
     }},
    {"a slot defined again with other values is refused and keeps the first ones",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.need(inventory.define_service({.id = "haircut"}));
       const SlotDefinition first{
           .slot = {"haircut", "2026-06-01 10:00"}, .capacity = 2, .overbook = 1};
       t.need(inventory.define_slot(first));
       SlotDefinition other = first;
       other.capacity = 3;
       t.equal(t.refused(inventory.define_slot(other), ErrorCode::already_exists).subject,
               Subject::slot);
       other = first;
       other.overbook = 0;
       t.refused(inventory.define_slot(other), ErrorCode::already_exists);
       other = first;
       other.status = SlotStatus::closed;
       t.refused(inventory.define_slot(other), ErrorCode::already_exists);
       t.equal(t.need(inventory.define_slot(first)).changed, false);
     }},
    {"a change of a slot changes only what it names, and the same again changes nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       t.equal(t.need(inventory.change_slot({.slot = slot, .overbook = 3})).changed, true);
       t.equal(t.need(inventory.change_slot({.slot = slot, .capacity = 4})).changed, true);
       t.equal(t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::closed})).changed,
               true);
       const Availability seen = t.need(inventory.availability(slot));
       t.equal(seen.capacity, 4);
       t.equal(seen.sellable, 7);
       t.equal(seen.status, SlotStatus::closed);
       t.equal(t.need(inventory.change_slot({.slot = slot, .capacity = 4, .overbook = 3})).changed,
               false);
       t.equal(t.need(inventory.change_slot({.slot = slot})).changed, false);
     }},
    {"a change of an unknown slot is not_found",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       SlotKey slot = t.slot(inventory, 2);
       slot.label = "2026-06-01 11:00";
       const Error error =
           t.refused(inventory.change_slot({.slot = slot, .capacity = 4}), ErrorCode::not_found);
       t.equal(error.subject, Subject::slot);
     }},
    {"a slot of the greatest size can be defined, and is raised no further",
     [](Conformance& t) {
       constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, most);
       t.remaining(inventory, slot, most);
       t.refused(inventory.change_slot({.slot = slot, .overbook = 1}), ErrorCode::invalid_argument);
       t.equal(t.need(inventory.availability(slot)).sellable, most);
     }},
    {"a closed slot sells nothing until it is opened again",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::closed}));
       const Error error =
           t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::slot_closed);
       t.equal(error.subject, Subject::slot);
       t.remaining(inventory, slot, 2);
       t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::open}));
       t.need(inventory.book({.user = "ann", .slot = slot}));
       t.remaining(inventory, slot, 1);
     }},
    {"a slot can be defined closed",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       t.need(inventory.define_service({.id = "haircut"}));
       const SlotKey slot{"haircut", "2026-06-01"};
       t.need(inventory.define_slot({.slot = slot, .capacity = 1, .status = SlotStatus::closed}));
       t.refused(inventory.book({.user = "ann", .slot = slot}), ErrorCode::slot_closed);
       t.equal(t.need(inventory.availability(slot)).status, SlotStatus::closed);
     }},
    {"in a closed slot bookings are still approved, rejected and cancelled",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3, Approval::required);
       for (const int id : {1, 2, 3}) {
         t.need(inventory.book({.id = BookingId{id}, .user = id, .slot = slot}));
       }
       t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::closed}));
       t.equal(t.need(inventory.approve({.id = BookingId{1}})).changed, true);
       t.equal(t.need(inventory.reject({.id = BookingId{2}})).changed, true);
       t.equal(t.need(inventory.cancel({.id = BookingId{3}})).changed, true);
       t.remaining(inventory, slot, 2);
     }},
};

inline constexpr ConformanceCase deficit_cases[] = {
    {"capacity below the seats in use is refused and changes nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 3}));
       const Error error = t.refused(inventory.change_slot({.slot = slot, .capacity = 2}),
                                     ErrorCode::capacity_below_booked);
       t.equal(error.count, 3);
       t.equal(error.limit, 2);
       t.equal(t.need(inventory.availability(slot)).capacity, 5);
       t.remaining(inventory, slot, 2);
     }},
    {"capacity may fall to exactly the seats in use",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 3}));
       t.equal(t.need(inventory.change_slot({.slot = slot, .capacity = 3})).changed, true);
       t.remaining(inventory, slot, 0);
     }},
    {"a forced decrease reports its deficit and cancels nobody",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 5);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 3}));
       t.need(inventory.book({.id = BookingId{2}, .user = "bob", .slot = slot, .seats = 2}));
       t.equal(t.need(inventory.change_slot({.slot = slot, .capacity = 1, .force = true})).changed,
               true);
       const Availability seen = t.need(inventory.availability(slot));
       t.equal(seen.used, 5);
       t.equal(seen.deficit, 4);
       t.equal(seen.remaining, 0);
       t.status(inventory, BookingId{1}, Status::confirmed);
       t.status(inventory, BookingId{2}, Status::confirmed);
       t.clean(inventory);
     }},
    {"a slot in deficit sells nothing",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 2}));
       t.need(inventory.change_slot({.slot = slot, .capacity = 1, .force = true}));
       const Error error =
           t.refused(inventory.book({.user = "bob", .slot = slot}), ErrorCode::sold_out);
       t.equal(error.count, 0);
       t.equal(error.limit, 1);
       t.equal(t.need(inventory.availability(slot)).deficit, 1);
     }},
    {"1.4 seats given back first make up for the deficit, then are sold again",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 3);
       for (const int id : {1, 2, 3}) {
         t.need(inventory.book({.id = BookingId{id}, .user = id, .slot = slot}));
       }
       t.need(inventory.change_slot({.slot = slot, .capacity = 1, .force = true}));
       t.need(inventory.cancel({.id = BookingId{1}}));
       t.equal(t.need(inventory.availability(slot)).deficit, 1);
       t.need(inventory.cancel({.id = BookingId{2}}));
       t.equal(t.need(inventory.availability(slot)).deficit, 0);
       t.remaining(inventory, slot, 0);
       t.need(inventory.cancel({.id = BookingId{3}}));
       t.remaining(inventory, slot, 1);
     }},
    {"in a deficit a change that does not deepen it needs no force, one that does is refused",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 4);
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 4}));
       t.need(inventory.change_slot({.slot = slot, .capacity = 2, .force = true}));
       t.need(inventory.change_slot({.slot = slot, .status = SlotStatus::closed}));
       t.need(inventory.change_slot({.slot = slot, .capacity = 3}));
       t.refused(inventory.change_slot({.slot = slot, .capacity = 2}),
                 ErrorCode::capacity_below_booked);
       t.equal(t.need(inventory.availability(slot)).deficit, 1);
     }},
    {"in a deficit a pending booking is still approved",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 2, Approval::required);
       t.need(inventory.book({.id = BookingId{1}, .user = "ann", .slot = slot, .seats = 2}));
       t.need(inventory.change_slot({.slot = slot, .capacity = 0, .force = true}));
       t.equal(t.need(inventory.approve({.id = BookingId{1}})).booking.status, Status::confirmed);
       t.equal(t.need(inventory.availability(slot)).deficit, 2);
     }},
    {"overbook sells seats beyond capacity, and no more",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1);
       t.need(inventory.change_slot({.slot = slot, .overbook = 1}));
       t.need(inventory.book({.user = "ann", .slot = slot}));
       t.need(inventory.book({.user = "bob", .slot = slot}));
       t.equal(t.need(inventory.availability(slot)).deficit, 0);
       const Error error =
           t.refused(inventory.book({.user = "cid", .slot = slot}), ErrorCode::sold_out);
       t.equal(error.limit, 2);
     }},
    {"overbook may fall no lower than the seats in use, unless forced",
     [](Conformance& t) {
       SlotInventory inventory = t.inventory();
       const SlotKey slot = t.slot(inventory, 1);
       t.need(inventory.change_slot({.slot = slot, .overbook = 1}));
       t.need(inventory.book({.user = "ann", .slot = slot, .seats = 2}));
       t.refused(inventory.change_slot({.slot = slot, .overbook = 0}),
                 ErrorCode::capacity_below_booked);
       t.need(inventory.change_slot({.slot = slot, .overbook = 0, .force = true}));
       t.equal(t.need(inventory.availability(slot)).deficit, 1);
     }},
};

}  // namespace booking::inline v0::testing
