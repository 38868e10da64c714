// Store time: what a commit treated as passed stays passed, when the clock is set back afterwards.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include "booking/booking.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/stores.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

const SlotKey a{"haircut", "2026-06-01 10:00"};
const SlotKey b{"haircut", "2026-06-01 11:00"};
const SlotKey c{"haircut", "2026-06-01 12:00"};

// Slots a, b and c of one seat each; a user may have one booking. Slot a ends when asked to.
struct Shop {
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  SlotInventory inventory;

  explicit Shop(const StoreUnderTest& store, std::optional<std::chrono::seconds> a_ends_in = {})
      : inventory{store.make_at({}, clock), no_lock(), {.clock = clock}} {
    std::optional<Instant> ends;
    if (a_ends_in) ends = clock->now() + *a_ends_in;
    REQUIRE(inventory.define_service({.id = "haircut"}));
    REQUIRE(inventory.define_slot({.slot = a, .capacity = 1, .ends_at = ends}));
    REQUIRE(inventory.define_slot({.slot = b, .capacity = 1}));
    REQUIRE(inventory.define_slot({.slot = c, .capacity = 1}));
  }
  BookingId hold(const UserId& user, const SlotKey& slot, std::chrono::seconds ttl) {
    const auto held = inventory.hold({.user = user, .slot = slot, .ttl = ttl});
    REQUIRE_MESSAGE(held.has_value(), held.error().message());
    return held->booking.id;
  }
  BookingId book(const UserId& user, const SlotKey& slot) {
    const auto booked = inventory.book({.user = user, .slot = slot});
    REQUIRE_MESSAGE(booked.has_value(), booked.error().message());
    return booked->booking.id;
  }
  void step_back(std::chrono::seconds by) const { clock->set(clock->now() - by); }

  std::int32_t used(const SlotKey& slot) const { return inventory.availability(slot)->used; }
  Status status(BookingId id) const { return inventory.find(id).value().value().status; }
  void check_expired(BookingId id) {
    CHECK(status(id) == Status::expired);
    const auto confirmed = inventory.confirm({.id = id});
    CHECK((!confirmed && confirmed.error().code == ErrorCode::hold_expired));
    const auto extended = inventory.extend({.id = id});
    CHECK((!extended && extended.error().code == ErrorCode::hold_expired));
    CHECK(status(id) == Status::expired);
    CHECK(inventory.audit().value().clean());
  }
};

}  // namespace

TEST_CASE("a clock that steps back 5 s revives no hold that was swept") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store};
    const BookingId hold = shop.hold("alice", a, 10s);
    const BookingId other = shop.hold("bob", b, 9s);
    shop.clock->advance(11s);
    CHECK(shop.inventory.sweep(1).value() ==
          1);  // one of the two; the other must not revive either
    shop.step_back(5s);
    CHECK(shop.used(a) == 0);
    CHECK(shop.used(b) == 0);
    shop.check_expired(hold);
    shop.check_expired(other);
  }
}

TEST_CASE("a clock that steps back 5 s revives no hold whose seat was sold") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store};
    const BookingId hold = shop.hold("alice", a, 10s);
    const BookingId other = shop.hold("carol", b, 10s);
    shop.clock->advance(11s);
    const BookingId sold = shop.book("bob", a);
    shop.step_back(5s);
    shop.check_expired(hold);
    shop.check_expired(other);  // as of the same moment, though nobody has been in its slot
    CHECK(shop.used(a) == 1);
    CHECK(shop.status(sold) == Status::confirmed);
  }
}

TEST_CASE("a clock that steps back 5 s revives no claim of another slot") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store};
    const BookingId hold = shop.hold("alice", a, 10s);
    shop.clock->advance(11s);
    shop.book("alice", b);  // only because the hold in the other slot, which is not read, is over
    shop.step_back(5s);
    CHECK(shop.used(a) == 0);
    shop.check_expired(hold);
  }
}

TEST_CASE("a clock that steps back 5 s revives no claim of a slot that has ended") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store, 10s};
    shop.book("alice", a);
    shop.clock->advance(11s);
    shop.book("alice", b);
    shop.step_back(5s);
    CHECK(shop.inventory.audit().value().clean());
    const auto third = shop.inventory.book({.user = "alice", .slot = c});
    CHECK((!third && third.error().code == ErrorCode::user_limit));
  }
}

TEST_CASE("with the clock stepped back nothing purged is booked again") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store};
    const BookingId id = shop.book("alice", a);
    REQUIRE(shop.inventory.cancel({.id = id}));
    shop.clock->advance(Policy{}.id_horizon + 2s);
    CHECK(shop.inventory.purge({.before = shop.clock->now()}).value().removed == 1);
    shop.step_back(5s);
    const auto again = shop.inventory.book({.id = id, .user = "alice", .slot = a});
    CHECK((!again && again.error().code == ErrorCode::id_expired));
    CHECK(shop.used(a) == 0);
  }
}

TEST_CASE("a purge that stopped among voided ids says where to go on") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    Shop shop{store};
    Random random;
    for (int i = 0; i < 5; ++i) {
      REQUIRE(shop.inventory.resolve(BookingId::generate(*shop.clock, random)));
    }
    shop.clock->advance(Policy{}.id_horizon + 2s);
    std::int64_t removed = 0;
    PurgeRequest request{.before = shop.clock->now(), .max = 2};
    do {
      const PurgeReport report = shop.inventory.purge(request).value();
      removed += report.removed;
      request.after = report.next;
    } while (request.after);
    CHECK(removed == 5);
  }
}
