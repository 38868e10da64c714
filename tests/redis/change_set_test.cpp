// The change set: switched on when an inventory is made, one element a commit, checked at opening.
// That the elements name all that was written is shown by the model tests.
#include <doctest/doctest.h>

#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "redis/inventory.hpp"
#include "redis/keys.hpp"
#include "support/change_set_witness.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr const char* changes = "{booking}:changes";
constexpr const char* trimmed = "{booking}:trimmed";

struct WithChangeSet : RedisInventory {
  explicit WithChangeSet(CommitMode mode = CommitMode::script) {
    change_set = true;
    commit = mode;
  }
};

std::string name_of(BookingId id) {
  return "b:" + redis::short_id(id);
}

std::set<std::string> latest(const RedisInventory& redis) {
  std::istringstream words{redis.server.ask({"LINDEX", changes, "-1"})};
  return {std::istream_iterator<std::string>{words}, {}};
}

int length(const RedisInventory& redis) {
  return std::stoi(redis.server.ask({"LLEN", changes}));
}

}  // namespace

TEST_CASE("without a change set nothing of one is written") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    RedisInventory redis;
    redis.commit = commit;
    SlotInventory inventory = redis.fill();
    const BookingId ann = inventory.book(request("ann")).value().booking.id;
    CHECK(inventory.hold({.user = "bob", .slot = ten}));
    CHECK(inventory.cancel({.id = ann}));
    CHECK(inventory.change_policy({}));
    for (const std::string& key : redis.keys()) {
      CHECK(key != changes);
      CHECK(key != trimmed);
    }
    CHECK(redis.server.ask({"GET", "{booking}:gate"}).ends_with(" 1 0 0"));
  }
}

TEST_CASE("callers of one batch have one element, which names each slot once") {
  const WithChangeSet redis;
  SlotInventory inventory = redis.fill();
  const int before = length(redis);
  const std::vector<BookRequest> wishes = {request("ann"), request("bob"), request("cid", eleven)};
  std::set<std::string> expected = {"s:haircut:2026-06-01T10:00", "s:haircut:2026-06-01T11:00"};
  for (const BookRequest& wish : wishes) expected.insert(name_of(wish.id));
  for (const auto& booked : inventory.book_each(wishes)) CHECK(booked.has_value());
  CHECK(length(redis) == before + 1);
  CHECK(latest(redis) == expected);
  std::istringstream words{redis.server.ask({"LINDEX", changes, "-1"})};
  CHECK(std::distance(std::istream_iterator<std::string>{words}, {}) == 5);
}

TEST_CASE("the change set names the policy, and a slot that is repaired") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    const WithChangeSet redis{commit};
    redis.fill();
    const std::string slot = "{booking}:s:haircut:2026-06-01T10:00";
    redis.server.ask({"SET", slot, "10,0,0,,;0;1;3;0;"});
    SlotInventory inventory{
        std::make_shared<ChangeSetWitness>(redis.server, redis.try_open().value()),
        {.clock = redis.clock}};
    CHECK(inventory.change_policy({.user_limit = UserLimit{.max = 2}}));
    CHECK(latest(redis).contains("policy"));
    CHECK(inventory.repair(inventory.audit().value().findings.at(0)));
    CHECK(latest(redis).contains("s:haircut:2026-06-01T10:00"));
    CHECK(inventory.availability(ten)->used == 0);
  }
}

TEST_CASE("whoever opens an inventory keeps its change set without saying so") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    WithChangeSet redis{commit};
    redis.fill();
    redis.change_set = false;
    SlotInventory inventory = redis.open();
    const int before = length(redis);
    const BookingId ann = inventory.book(request("ann")).value().booking.id;
    CHECK(length(redis) == before + 1);
    CHECK(latest(redis).contains(name_of(ann)));
    CHECK(inventory.set_gate({.epoch = 1}, {.epoch = 2}));  // written anew, with what it says of it
    CHECK(inventory.cancel({.id = ann}));
    CHECK(length(redis) == before + 3);
  }
}

TEST_CASE("a change set is refused of an inventory that was made without") {
  RedisInventory redis;
  redis.fill();
  redis.change_set = true;
  for (const StoreMode mode : {StoreMode::open, StoreMode::create_if_missing}) {
    const auto opened = redis.try_open(mode);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("R4 an inventory whose change set is not whole is not opened") {
  const auto harms = std::vector<std::function<void(const RedisServer&)>>{
      [](const RedisServer& server) {
        server.ask({"RPOP", changes});
      },
      [](const RedisServer& server) {
        server.ask({"RPUSH", changes, "s:a:2026-06-01"});
      },
      [](const RedisServer& server) {
        server.ask({"LTRIM", changes, "2", "-1"});
      },
      [](const RedisServer& server) {
        server.ask({"DEL", changes});
      },
      [](const RedisServer& server) {
        server.ask({"DEL", trimmed});
      },
      [](const RedisServer& server) {
        server.ask({"SET", trimmed, "1"});
      },
      [](const RedisServer& server) {
        server.ask({"SET", trimmed, "none"});
      },
      [](const RedisServer& server) {
        server.ask({"INCR", "{booking}:seq"});
      }};
  for (std::size_t i = 0; i < harms.size(); ++i) {
    CAPTURE(i);
    const WithChangeSet redis;
    redis.fill();
    CHECK(redis.try_open());
    harms[i](redis.server);
    const auto opened = redis.try_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::broken_store);
    CHECK(opened.error().detail.find("change set") != std::string::npos);
  }
}

TEST_CASE("an inventory whose change set was trimmed as it is to be is opened") {
  const WithChangeSet redis;
  SlotInventory inventory = redis.fill();
  const std::string all = std::to_string(length(redis));
  redis.server.ask({"LTRIM", changes, all, "-1"});
  redis.server.ask({"INCRBY", trimmed, all});
  CHECK(redis.try_open());
  CHECK(inventory.book(request("ann")));
  CHECK(length(redis) == 1);
  CHECK(redis.try_open());
}

TEST_CASE("R14 what stands in the place of a change set stops every commit") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    const WithChangeSet redis{commit};
    SlotInventory inventory = redis.fill();
    const BookingId ann = inventory.book(request("ann")).value().booking.id;
    redis.server.ask({"SET", changes, "mine"});
    const auto before = redis.everything();
    CHECK(inventory.book(request("bob")).error().code == ErrorCode::broken_store);
    CHECK(inventory.cancel({.id = ann}).error().code == ErrorCode::broken_store);
    CHECK(inventory.define_slot({.slot = {"haircut", "2026-06-02"}, .capacity = 1}).error().code ==
          ErrorCode::broken_store);
    CHECK(redis.everything() == before);
    CHECK(redis.try_open().error().code == ErrorCode::broken_store);
  }
}

TEST_CASE("remains of a change set are remains of an inventory") {
  for (const char* key : {changes, trimmed}) {
    const RedisInventory redis;
    redis.server.ask({"SET", key, "0"});
    CHECK(redis.try_open(StoreMode::create).error().code == ErrorCode::broken_store);
  }
}

TEST_CASE("E2 with a change set too one can cancel while the server has no memory left") {
  const WithChangeSet redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  redis.server.ask({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(inventory.book(request("bob")).error().code == ErrorCode::unavailable);
  CHECK(inventory.cancel({.id = ann}));
  redis.server.ask({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(latest(redis).contains(name_of(ann)));
  CHECK(redis.try_open());
}

TEST_CASE("with a change set a booking takes as few round trips as without") {
  for (const CommitMode commit : {CommitMode::script, CommitMode::watch}) {
    const WithChangeSet redis{commit};
    redis.fill();
    Proxy proxy{redis.server.path()};
    RedisOptions options = redis.options();
    options.url = proxy.url();
    SlotInventory far{redis_store(options).value(), {.clock = redis.clock}};
    CHECK(far.book(request("ann")));
    proxy.heal();
    CHECK(far.book(request("bob")));
    CHECK(proxy.round_trips() == (commit == CommitMode::watch ? 2 : 1));
  }
}

TEST_CASE("erasing an inventory takes its change set along") {
  const WithChangeSet redis;
  redis.fill();
  CHECK(redis_erase(redis.options()));
  CHECK(redis.keys().empty());
}
