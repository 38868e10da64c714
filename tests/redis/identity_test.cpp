// A server that lost what it had: nothing is sold from it, and it is not called sold out.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "redis/inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// Every kind of call finds the store broken.
void check_broken(SlotInventory& inventory, BookingId known) {
  CHECK(inventory.book(request("bob")).error().code == ErrorCode::broken_store);
  CHECK(inventory.hold({.user = "bob", .slot = ten}).error().code == ErrorCode::broken_store);
  CHECK(inventory.cancel({.id = known}).error().code == ErrorCode::broken_store);
  CHECK(inventory.resolve(BookingId::generate()).error().code == ErrorCode::broken_store);
  CHECK(inventory.define_service({.id = "haircut"}).error().code == ErrorCode::broken_store);
  CHECK(inventory.define_slot({.slot = ten, .capacity = 9}).error().code ==
        ErrorCode::broken_store);
  CHECK(inventory.sweep(10).error().code == ErrorCode::broken_store);
  CHECK(inventory.purge({.before = Instant{}}).error().code == ErrorCode::broken_store);
  CHECK(inventory.gate().error().code == ErrorCode::broken_store);
  CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
  CHECK(inventory.availability(SlotRange{"haircut", "2026-06-01", "2026-06-01"}).error().code ==
        ErrorCode::broken_store);
  CHECK(inventory.find(known).error().code == ErrorCode::broken_store);
  CHECK(inventory.bookings({.user = "ann", .slot = {}, .status = {}}).error().code ==
        ErrorCode::broken_store);
  CHECK(inventory.audit().error().code == ErrorCode::broken_store);
}

}  // namespace

TEST_CASE("R4 after FLUSHALL every call answers broken_store and writes nothing") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  redis.server.ask({"FLUSHALL"});
  check_broken(inventory, ann);
  CHECK(redis.keys().empty());
}

TEST_CASE("R3 after a restart with empty data every call answers broken_store") {
  RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  redis.server.kill();
  redis.server.start();
  check_broken(inventory, ann);
  CHECK(redis.keys().empty());
}

TEST_CASE("R3 an inventory made anew in the place of the one in use is not sold from") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  redis.server.ask({"FLUSHALL"});
  SlotInventory other = redis.fill();
  for (int i = 0; i < 5; ++i)
    CHECK(other.book(request(i)));  // further on than the one that is lost
  const auto before = redis.everything();
  check_broken(inventory, ann);
  CHECK(redis.everything() == before);
  CHECK(other.book(request("ann")));
}

TEST_CASE("R4 a server that went back behind what was seen is not sold from") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const auto before = redis.everything();
  std::vector<std::array<std::string, 2>> texts;
  for (const char* key : {"{booking}:seq", "{booking}:s:haircut:2026-06-01T10:00"}) {
    texts.push_back({key, redis.server.ask({"GET", key})});
  }
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  for (const auto& [key, text] : texts) redis.server.ask({"SET", key, text});  // as a failover may
  check_broken(inventory, ann);
  SlotInventory newcomer = redis.open();  // it cannot know
  CHECK(newcomer.book(request("bob")));
}

TEST_CASE("R4 a slot that an outsider deleted is not sold, and not made anew") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  CHECK(inventory.book(request("ann")));
  redis.server.ask({"DEL", "{booking}:s:haircut:2026-06-01T10:00"});
  CHECK(inventory.book(request("bob")).error().code == ErrorCode::broken_store);
  CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
  CHECK(inventory.define_slot({.slot = ten, .capacity = 10}).error().code ==
        ErrorCode::broken_store);
  CHECK(inventory.import_slots({{.slot = ten, .capacity = 10}}, ImportMode::create_missing)
            .error()
            .code == ErrorCode::broken_store);
  CHECK(inventory.book(request("bob", eleven)));  // the others go on
}

TEST_CASE(
    "R4 a booking that an outsider deleted is missed by the audit, and its seats stay taken") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  for (const std::string& key : redis.keys()) {
    if (key.find("}:b:") != std::string::npos) redis.server.ask({"DEL", key});
  }
  CHECK_FALSE(inventory.find(ann).value().has_value());
  CHECK(inventory.availability(ten).value().used == 1);
  CHECK(inventory.audit().value().findings.size() == 1);
}

TEST_CASE("R4 holds whose list an outsider deleted never come back in silence") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  CHECK(inventory.hold({.user = "ann", .slot = ten}));
  redis.server.ask({"DEL", "{booking}:h:haircut:2026-06-01T10:00"});
  redis.clock->advance(std::chrono::hours{1});
  CHECK(inventory.book(request("bob")).error().code == ErrorCode::broken_store);
}
