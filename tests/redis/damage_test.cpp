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

const SlotKey twelve{"haircut", "2026-06-01 12:00"};

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
  explicit Scene(CommitMode mode) {
    commit = mode;
    policy.user_limit = UserLimit{.max = 100};
    SlotInventory inventory = fill();
    CHECK(inventory.define_slot({.slot = twelve, .capacity = 10}));
    booked = inventory.book(request("ann")).value().booking.id;
    kept = inventory.book(request("ann", eleven)).value().booking.id;
    held = inventory.hold({.user = "ann", .slot = ten, .second_in_slot = SecondInSlot::allow})
               .value()
               .booking.id;
    CHECK(inventory.cancel({.id = inventory.book(request("bob")).value().booking.id}));
    CHECK_FALSE(inventory.resolve(voided).value());
    CHECK(inventory.hold({.user = "eve", .slot = twelve, .ttl = std::chrono::milliseconds{1}}));
    clock->advance(std::chrono::milliseconds{2});
    CHECK(inventory.sweep(1).value() == 1);  // from here on a time is relied on
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
           return error_of(i.reschedule({.id = kept, .user = {}, .slot = twelve}));
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
        {"of bob",
         [](SlotInventory& i) {
           return error_of(i.bookings({.user = "bob", .slot = {}, .status = {}}));
         }},
        {"of eve",
         [](SlotInventory& i) {
           return error_of(i.bookings({.user = "eve", .slot = {}, .status = {}}));
         }},
        {"resolve again", [this](SlotInventory& i) { return error_of(i.resolve(voided)); }},
        {"all", [](SlotInventory& i) { return error_of(i.bookings({})); }},
        {"audit", [](SlotInventory& i) { return error_of(i.audit()); }},
        {"gate", [](SlotInventory& i) { return error_of(i.gate()); }},
    };
  }

  const BookingId voided = BookingId::generate();
  BookingId booked{};
  BookingId kept{};
  BookingId held{};
};

// Keeps a copy of every key, to do damage to the inventory again and again.
class Spare {
 public:
  explicit Spare(const Scene& scene) : scene_{scene} {
    for (const std::string& key : scene.keys()) {
      scene.server.ask({"COPY", key, "spare:" + key});
      keys_.push_back(key);
    }
  }
  const std::vector<std::string>& keys() const noexcept { return keys_; }
  // Its sequence goes on, or those who saw it would call it lost.
  void restore() const {
    scene_.server.ask(
        {"EVAL",
         "for _, key in ipairs(redis.call('KEYS', '{*')) do redis.call('DEL', key) end "
         "for _, key in ipairs(redis.call('KEYS', 'spare:*')) do "
         "redis.call('COPY', key, string.sub(key, 7)) end "
         "redis.call('SET', '{booking}:seq', 1000 + redis.call('INCR', 'times'))",
         "0"});
  }

 private:
  const Scene& scene_;
  std::vector<std::string> keys_{};
};

// Makes every call on the inventory harmed: those that fail say broken_store and have written
// nothing. How many failed.
int count_failures(const Scene& scene, const Spare& spare, const std::function<void()>& harm) {
  spare.restore();
  SlotInventory inventory = scene.open();
  int failed = 0;
  for (const Call& call : scene.calls()) {
    CAPTURE(call.name);
    spare.restore();
    harm();
    const auto before = scene.everything();
    const Error* error = call.make(inventory);
    if (error == nullptr) continue;
    ++failed;
    CHECK_MESSAGE(error->code == ErrorCode::broken_store, error->log_text());
    CHECK(scene.everything() == before);
  }
  return failed;
}

void check_wrong_types(CommitMode mode) {
  const Scene scene{mode};
  const Spare spare{scene};
  for (const std::string& key : spare.keys()) {
    CAPTURE(key);
    const int failed = count_failures(scene, spare, [&] {
      scene.server.ask({"DEL", key});
      scene.server.ask({"RPUSH", key, "not ours"});
    });
    CHECK(failed > 0);
    if (key == slot_key || key.ends_with(":gate") || key.ends_with(":seq")) CHECK(failed >= 8);
  }
}

void check_wrong_texts(CommitMode mode) {
  const Scene scene{mode};
  const Spare spare{scene};
  for (const std::string text : {"", "x", "9223372036854775808", "0x10"}) {
    CAPTURE(text);
    for (const std::string& key : spare.keys()) {
      const bool bucket = key.find("}:t:") != std::string::npos;
      if (bucket || scene.server.ask({"TYPE", "spare:" + key}) != "string") continue;
      CAPTURE(key);
      CHECK(count_failures(scene, spare, [&] { scene.server.ask({"SET", key, text}); }) > 0);
    }
  }
}

void check_counters(CommitMode mode) {
  const Scene scene{mode};
  const Spare spare{scene};
  for (const char* counters : {"0;1;2147483648;0;", "0;1;-1;0;", "0;1;9007199254740993;0;",
                               "0;99999999999999999999;0;0;", "0;1;0;nan;", "0;1;0x2;0;"}) {
    CAPTURE(counters);
    spare.restore();
    scene.server.ask({"SET", slot_key, "10,0,0,,;" + std::string{counters}});
    SlotInventory inventory = scene.open();
    const auto before = scene.everything();
    CHECK(inventory.book(request("cid")).error().code == ErrorCode::broken_store);
    CHECK(inventory.availability(ten).error().code == ErrorCode::broken_store);
    CHECK(scene.everything() == before);
  }
}

}  // namespace

TEST_CASE("R14 a key of the wrong type breaks the calls that need it, and nothing is written") {
  check_wrong_types(CommitMode::script);
}
TEST_CASE("R14 a key of the wrong type breaks the calls under WATCH that need it, too") {
  check_wrong_types(CommitMode::watch);
}
TEST_CASE("R14 a text that is not ours breaks the calls that need it, and nothing is written") {
  check_wrong_texts(CommitMode::script);
}
TEST_CASE("R14 a text that is not ours breaks the calls under WATCH that need it, too") {
  check_wrong_texts(CommitMode::watch);
}
TEST_CASE("R14 counters beyond their range are never sold from") {
  check_counters(CommitMode::script);
}
TEST_CASE("R14 counters beyond their range are never sold from under WATCH") {
  check_counters(CommitMode::watch);
}

TEST_CASE("R14 a slot whose version Lua cannot count is still sold from, digit by digit") {
  const Scene scene{CommitMode::script};
  scene.server.ask(
      {"SET", slot_key, "10,0,0,,;9007199254740993;9007199254740993;2;1;9999999999999"});
  SlotInventory inventory = scene.open();
  CHECK(inventory.book(request("cid")));
  CHECK(scene.server.ask({"GET", slot_key}) ==
        "10,0,0,,;9007199254740993;9007199254740994;3;1;9999999999999");
}

TEST_CASE("R14 a list of holds that names somebody else, or nobody, gives no seats back") {
  const std::string list = "{booking}:h:haircut:2026-06-01T10:00";
  for (const CommitMode mode : {CommitMode::script, CommitMode::watch}) {
    for (const char* user : {"bob", "%", ""}) {
      CAPTURE(user);
      RedisInventory redis;
      redis.commit = mode;
      SlotInventory inventory = redis.fill();
      CHECK(inventory.hold({.user = "ann", .slot = ten, .ttl = std::chrono::minutes{1}}));
      const std::string member = redis.server.ask({"ZRANGE", list, "0", "-1"});
      const std::string deadline = redis.server.ask({"ZSCORE", list, member});
      CHECK(member.substr(22) == "ann");
      redis.server.ask({"DEL", list});
      redis.server.ask({"ZADD", list, deadline, member.substr(0, 22) + user});
      redis.clock->advance(std::chrono::minutes{2});
      const auto before = redis.everything();
      CHECK(inventory.book(request("cid")).error().code == ErrorCode::broken_store);
      CHECK(inventory.sweep(10).error().code == ErrorCode::broken_store);
      CHECK(redis.everything() == before);
    }
  }
}
