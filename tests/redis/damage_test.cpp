// Keys to which somebody else has written: found out before anything is written.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "redis/inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

const std::string slot_key = "{booking}:s:haircut:2026-06-01T10:00";

struct Call {
  std::string name;
  std::function<const Error*(SlotInventory&)> make;  // nullptr: it succeeded
};

const Error* keep(Error error) {
  static Error kept;
  kept = std::move(error);
  return &kept;
}
template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : keep(result.error());
}

// A booking, a hold and a pending one of ann's, an old booking to forget, and calls that between
// them read and write every kind of key.
struct Scene : RedisInventory {
  Scene() {
    policy.user_limit = UserLimit{.max = 100};
    SlotInventory inventory = fill();
    booked = inventory.book(request("ann")).value().booking.id;
    kept = inventory.book(request("ann", eleven)).value().booking.id;
    held = inventory.hold({.user = "ann", .slot = ten, .second_in_slot = SecondInSlot::allow})
               .value()
               .booking.id;
    CHECK(inventory.cancel({.id = inventory.book(request("bob")).value().booking.id}));
    CHECK_FALSE(inventory.resolve(BookingId::generate()).value());
    CHECK(inventory.sweep(1));
  }

  std::vector<Call> calls() const {
    return {
        {"book", [](SlotInventory& i) { return error_of(i.book(request("cid"))); }},
        {"book ann",
         [](SlotInventory& i) {
           return error_of(
               i.book({.user = "ann", .slot = ten, .second_in_slot = SecondInSlot::allow}));
         }},
        {"hold", [](SlotInventory& i) { return error_of(i.hold({.user = "dan", .slot = ten})); }},
        {"cancel", [this](SlotInventory& i) { return error_of(i.cancel({.id = booked})); }},
        {"confirm",
         [this](SlotInventory& i) {
           return error_of(i.confirm({.id = held, .user = {}, .seats = {}}));
         }},
        {"reschedule",
         [this](SlotInventory& i) {
           return error_of(i.reschedule({.id = kept, .user = {}, .slot = ten}));
         }},
        {"resolve", [](SlotInventory& i) { return error_of(i.resolve(BookingId::generate())); }},
        {"define_slot",
         [](SlotInventory& i) {
           return error_of(i.define_slot({.slot = {"haircut", "2026-06-02"}, .capacity = 1}));
         }},
        {"define_service",
         [](SlotInventory& i) { return error_of(i.define_service({.id = "new"})); }},
        {"change_slot",
         [](SlotInventory& i) {
           return error_of(
               i.change_slot({.slot = ten, .ends_at = Instant{std::chrono::hours{24 * 365 * 60}}}));
         }},
        {"sweep", [](SlotInventory& i) { return error_of(i.sweep(10)); }},
        {"purge", [](SlotInventory& i) { return error_of(i.purge({.before = Instant{}})); }},
        {"availability", [](SlotInventory& i) { return error_of(i.availability(ten)); }},
        {"range",
         [](SlotInventory& i) {
           return error_of(i.availability(SlotRange{"haircut", "2026-06-01", "2026-06-01"}));
         }},
        {"find", [this](SlotInventory& i) { return error_of(i.find(booked)); }},
        {"of user",
         [](SlotInventory& i) {
           return error_of(i.bookings({.user = "ann", .slot = {}, .status = {}}));
         }},
        {"of slot",
         [](SlotInventory& i) {
           return error_of(i.bookings({.user = {}, .slot = ten, .status = {}}));
         }},
        {"all", [](SlotInventory& i) { return error_of(i.bookings({})); }},
        {"audit", [](SlotInventory& i) { return error_of(i.audit()); }},
        {"gate", [](SlotInventory& i) { return error_of(i.gate()); }},
    };
  }

  BookingId booked{};
  BookingId kept{};
  BookingId held{};
};

// Every call, each on the inventory as it was before the one before: those that fail say
// broken_store and have written nothing. How many failed.
int fail_or_go_on(const Scene& scene, const std::function<void()>& restore) {
  SlotInventory inventory = scene.open();
  int failed = 0;
  for (const Call& call : scene.calls()) {
    CAPTURE(call.name);
    restore();
    const auto before = scene.everything();
    const Error* error = call.make(inventory);
    if (error == nullptr) continue;
    ++failed;
    CHECK_MESSAGE(error->code == ErrorCode::broken_store, error->log_text());
    CHECK(scene.everything() == before);
  }
  return failed;
}

// Puts a whole inventory back, then does the damage.
struct Damage {
  explicit Damage(const Scene& scene) : scene_{scene} {
    scene.server.ask({"SAVE"});
    for (const std::string& key : scene.keys()) {
      scene.server.ask({"COPY", key, "spare " + key});
    }
  }
  void restore() const {
    scene_.server.ask(
        {"EVAL",
         "for _, key in ipairs(redis.call('KEYS', '{*')) do redis.call('DEL', key) end "
         "for _, key in ipairs(redis.call('KEYS', 'spare *')) do "
         "redis.call('COPY', key, string.sub(key, 7)) end "
         "redis.call('SET', '{booking}:seq', 1000 + redis.call('INCR', 'spare'))",
         "0"});
  }

 private:
  const Scene& scene_;
};

}  // namespace

TEST_CASE(
    "R14 a key of the wrong type makes calls that need it broken_store, and nothing is written") {
  const Scene scene;
  const Damage damage{scene};
  for (const std::string& key : scene.keys()) {
    if (!key.starts_with("{")) continue;
    CAPTURE(key);
    const bool is_list = true;
    const int failed = fail_or_go_on(scene, [&] {
      damage.restore();
      scene.server.ask({"DEL", key});
      if (is_list) scene.server.ask({"RPUSH", key, "not ours"});
    });
    CHECK(failed > 0);
    if (key == slot_key || key.ends_with(":gate") || key.ends_with(":seq")) CHECK(failed >= 8);
  }
}

TEST_CASE(
    "R14 a text that is not ours makes calls that need it broken_store, and nothing is written") {
  const Scene scene;
  const Damage damage{scene};
  for (const char* text :
       {"", "x", "-1", "9223372036854775807", "99999999999999999999", "1e3", "0x10", " 1"}) {
    CAPTURE(text);
    for (const std::string& key : scene.keys()) {
      if (!key.starts_with("{") || scene.server.ask({"TYPE", key}) != "string") continue;
      const bool is_bucket = key.find("}:t:") != std::string::npos;
      // An instant or a sequence: these are numbers that the library may have written.
      const std::string_view value{text};
      const bool possible =
          (key.ends_with(":relied") && (value == "-1" || value.starts_with("92")));
      if (is_bucket || possible) continue;
      CAPTURE(key);
      const int failed = fail_or_go_on(scene, [&] {
        damage.restore();
        scene.server.ask({"SET", key, text});
      });
      CHECK(failed > 0);
    }
  }
}

TEST_CASE("R14 counters beyond their range are never sold from") {
  const Scene scene;
  const Damage damage{scene};
  for (const char* counters : {"0;1;2147483648;0;", "0;1;-1;0;", "0;1;9007199254740993;0;",
                               "0;99999999999999999999;0;0;", "0;1;0;nan;", "0;1;0x2;0;"}) {
    CAPTURE(counters);
    damage.restore();
    scene.server.ask({"SET", slot_key, "10,0,0,,;" + std::string{counters}});
    SlotInventory inventory = scene.open();
    const auto before = scene.everything();
    CHECK(inventory.book(request("cid")).error().code == ErrorCode::broken_store);
    CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
    CHECK(scene.everything() == before);
  }
}

TEST_CASE("R14 a slot whose version Lua cannot count is still sold from, digit by digit") {
  const Scene scene;
  scene.server.ask(
      {"SET", slot_key, "10,0,0,,;9007199254740993;9007199254740993;2;1;9999999999999"});
  SlotInventory inventory = scene.open();
  CHECK(inventory.book(request("cid")));
  CHECK(scene.server.ask({"GET", slot_key}) ==
        "10,0,0,,;9007199254740993;9007199254740994;3;1;9999999999999");
}
