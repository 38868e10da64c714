// Names that mean something to a server or a cluster; and how many bytes a booking takes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "redis/inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names = {
      "{",         "}",    "{}",        "{a}",           "}{",    "a:b", "a%3Ab",
      "%",         "*",    "[a-z]",     "a b",           "a;b,c", "\\",  "\"quote\"",
      "../../etc", "é{ü}", "\u202Etxt", "017",           "-0",    "1e3", "DROP;--",
      "$(x)",      "'",    "booking",   "{booking}:gate"};
  return names;
}

}  // namespace

TEST_CASE("K1 ids that mean something elsewhere are but names, and stay apart") {
  RedisInventory redis;
  redis.policy.user_limit = UserLimit{.max = 100};
  SlotInventory inventory = redis.fill();
  std::int64_t booked = 0;
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    const SlotKey slot{name, "2026-06-01 10:00"};
    REQUIRE(inventory.define_service({.id = name, .name = "a service"}));
    REQUIRE(inventory.define_slot({.slot = slot, .capacity = 100}));
    for (const std::string& user : hostile_names()) {
      const auto made = inventory.book({.user = user, .slot = slot});
      REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
      CHECK(inventory.find(made->booking.id).value() == made->booking);
      ++booked;
    }
  }
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    const SlotKey slot{name, "2026-06-01 10:00"};
    CHECK(inventory.availability(slot).value().used ==
          static_cast<std::int32_t>(hostile_names().size()));
    CHECK(inventory.bookings({.user = name, .slot = {}, .status = {}}).value().items.size() ==
          hostile_names().size());
    CHECK(inventory.bookings({.user = name, .slot = slot, .status = {}}).value().items.size() == 1);
  }
  const auto audit = inventory.audit();
  REQUIRE_MESSAGE(audit.has_value(), audit.error().log_text());
  CHECK(audit->clean());
  CHECK(audit->seats_used == booked);
  CHECK(audit->users == static_cast<std::int64_t>(hostile_names().size()));
}

TEST_CASE("K1 on a cluster all keys of an inventory are in one hash slot") {
  const RedisInventory redis{{"--cluster-enabled", "yes"}};
  redis.server.ask({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  while (redis.server.ask({"CLUSTER", "INFO"}).find("cluster_state:ok") == std::string::npos) {
  }
  SlotInventory inventory = redis.fill();  // a script that touched two hash slots would fail
  for (const std::string& name : hostile_names()) {
    CAPTURE(name);
    const auto made = inventory.hold({.user = name, .slot = ten});
    REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
    REQUIRE(inventory.cancel({.id = made->booking.id}));
    REQUIRE_FALSE(inventory.resolve(BookingId::generate()).value());
  }
  CHECK(inventory.audit()->clean());
  const std::string slot = redis.server.ask({"CLUSTER", "KEYSLOT", "booking"});
  for (const std::string& key : redis.keys()) {
    CAPTURE(key);
    CHECK(redis.server.ask({"CLUSTER", "KEYSLOT", key}) == slot);
  }
}

TEST_CASE("a booking takes at most 450 bytes of the server's memory, a slot at most 300") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const auto used = [&] {
    const std::string info = redis.server.ask({"INFO", "memory"});
    return std::stoll(info.substr(info.find("used_memory:") + 12));
  };
  std::vector<SlotDefinition> slots;
  for (int i = 0; i < 2000; ++i) {
    const std::string n = std::to_string(1000 + i);
    slots.push_back({.slot = {"haircut", n.substr(0, 4) + "-06-02 10:00"}, .capacity = 100});
  }
  const auto before_slots = used();
  for (auto at = slots.begin(); at != slots.end(); at += 500) {
    REQUIRE(inventory.import_slots({at, at + 500}, ImportMode::create_missing));
  }
  const auto before_bookings = used();
  constexpr int bookings = 20'000;  // each of another user, ten in a slot: the dearest case
  std::vector<BookRequest> batch;
  for (int i = 0; i < bookings; ++i) {
    batch.push_back({.id = BookingId::generate(),
                     .user = "user" + std::to_string(i),
                     .slot = slots[static_cast<std::size_t>(i) % slots.size()].slot});
    if (batch.size() < 250) continue;
    REQUIRE(inventory.book_all(std::exchange(batch, {})));
  }
  const auto per_slot = (before_bookings - before_slots) / 2000;
  const auto per_booking = (used() - before_bookings) / bookings;
  MESSAGE("bytes: " << per_slot << " a slot, " << per_booking << " a booking");
  CHECK(per_slot <= 300);
  CHECK(per_booking <= 450);
}
