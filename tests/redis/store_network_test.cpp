// What bookings come to when the line to the server breaks, or the server dies, in the middle of
// them: what was acknowledged is there, "nothing happened" is true, and asking again settles the
// rest.
#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "redis/inventory.hpp"
#include "support/crew.hpp"
#include "support/proxy.hpp"
#include "support/rounds.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

// The same inventory twice: over a line that breaks on demand, and as it is.
struct NetworkShop {
  RedisInventory redis;
  SlotInventory direct = redis.fill();
  Proxy proxy{redis.server.path()};
  SlotInventory far;

  explicit NetworkShop(std::chrono::milliseconds timeout = 20s,
                       CommitMode commit = CommitMode::script)
      : far{reach(commit), patient(timeout)} {}

  std::shared_ptr<Store> reach(CommitMode commit) const {
    RedisOptions options = redis.options();
    options.url = proxy.url();
    options.commit = commit;
    auto store = redis_store(options);
    REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
    return *store;
  }
  // By the real clock, so that deadlines pass.
  static InventoryOptions patient(std::chrono::milliseconds timeout) {
    return {.timeout = timeout, .retry = {.attempts = 1}};
  }
  std::int32_t used() const { return direct.availability(ten).value().used; }
};

// Every class of answer that a cut may have, by how often it came.
struct Answers {
  int done = 0;
  int nothing = 0;
  int unknown = 0;
};

using Act = std::function<Result<Receipt>(SlotInventory&, BookingId, bool again)>;

// Cuts `act` behind each byte in turn, or each `step`th, until one call is whole. `took_effect`
// looks at the store.
Answers cut_everywhere(NetworkShop& shop, bool requests, const Act& act,
                       const std::function<void(BookingId)>& prepare,
                       const std::function<bool(BookingId)>& took_effect, std::int64_t step = 1) {
  Answers answers;
  for (std::int64_t at = 0; answers.done == 0; at += step) {
    CAPTURE(at);
    REQUIRE(at < 20'000);
    const BookingId id = BookingId::generate();
    prepare(id);
    requests ? shop.proxy.set({.cut_request_after = at}) : shop.proxy.set({.cut_reply_after = at});
    const auto first = act(shop.far, id, false);
    shop.proxy.heal();
    if (first) {
      ++answers.done;
      CHECK(took_effect(id));
    } else if (first.error().kind() == ErrorKind::unknown) {
      ++answers.unknown;
      CHECK(first.error().booking == id);
    } else {
      ++answers.nothing;
      INFO(first.error().log_text());
      CHECK(first.error().kind() == ErrorKind::transient);
      CHECK_FALSE(took_effect(id));
    }
    const auto again = act(shop.far, id, true);
    REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
    CHECK(took_effect(id));
  }
  MESSAGE(answers.nothing << " cuts did nothing, " << answers.unknown << " left it unknown");
  return answers;
}

// N1 in one mode.
void cut_a_booking(CommitMode commit) {
  for (const bool requests : {true, false}) {
    NetworkShop shop{20s, commit};
    const auto book = [](SlotInventory& inventory, BookingId id, bool again) {
      return inventory.book({.id = id, .user = "ann", .slot = ten, .again = again});
    };
    std::optional<BookingId> last;
    const auto make_room = [&](BookingId id) {
      if (last) REQUIRE(shop.direct.cancel({.id = *last}));
      REQUIRE(shop.used() == 0);
      last = id;
    };
    const auto booked = [&](BookingId id) {
      const bool there = shop.direct.find(id).value().has_value();
      CHECK(shop.used() == (there ? 1 : 0));
      return there;
    };
    const Answers answers = cut_everywhere(shop, requests, book, make_room, booked);
    CHECK(answers.nothing > 0);
    CHECK(answers.unknown > 0);
    CHECK(shop.direct.audit().value().clean());
  }
}

void cut_a_cancel(CommitMode commit) {
  for (const bool requests : {true, false}) {
    NetworkShop shop{20s, commit};
    const OpId op = OpId::generate();
    const auto cancel = [&](SlotInventory& inventory, BookingId id, bool) {
      return inventory.cancel({.id = id, .op = op});
    };
    const auto book = [&](BookingId id) {
      REQUIRE(shop.direct.book({.id = id, .user = "ann", .slot = ten}));
    };
    const auto cancelled = [&](BookingId id) {
      const bool gone = shop.direct.find(id).value().value().status == Status::cancelled;
      CHECK(shop.used() == (gone ? 0 : 1));
      return gone;
    };
    const Answers answers = cut_everywhere(shop, requests, cancel, book, cancelled);
    CHECK(answers.nothing > 0);
    CHECK(answers.unknown > 0);
    CHECK(shop.direct.audit().value().clean());
  }
}

// A move to another slot: it has no twin on the server, and goes by a look and a commit.
void cut_a_move(CommitMode commit) {
  for (const bool requests : {true, false}) {
    NetworkShop shop{20s, commit};
    BookingId old;
    BookingId last;
    const auto move = [&](SlotInventory& inventory, BookingId id, bool again) {
      return inventory.reschedule({.id = old, .new_id = id, .slot = eleven, .again = again});
    };
    const auto book = [&](BookingId id) {
      if (last.valid()) REQUIRE(shop.direct.cancel({.id = last}));
      old = shop.direct.book(request("ann")).value().booking.id;
      last = id;
    };
    const auto moved = [&](BookingId id) {
      const bool there = shop.direct.find(id).value().has_value();
      CHECK(shop.used() == (there ? 0 : 1));
      CHECK(shop.direct.availability(eleven).value().used == (there ? 1 : 0));
      return there;
    };
    const std::int64_t step = rounds(1) > 1 ? 1 : 7;
    const Answers answers = cut_everywhere(shop, requests, move, book, moved, step);
    CHECK(answers.nothing > 0);
    CHECK(answers.unknown > 0);
    CHECK(shop.direct.audit().value().clean());
  }
}

}  // namespace

TEST_CASE("N1 a booking cut at any byte is there or not as it was answered, and once in the end") {
  cut_a_booking(CommitMode::script);
}
TEST_CASE("N1 a booking under WATCH cut at any byte is there or not as it was answered") {
  cut_a_booking(CommitMode::watch);
}
TEST_CASE("N1 a cancel cut at any byte gives its seat back once") {
  cut_a_cancel(CommitMode::script);
}
TEST_CASE("N1 a cancel under WATCH cut at any byte gives its seat back once") {
  cut_a_cancel(CommitMode::watch);
}
TEST_CASE("N1 a move cut on its way leaves one booking, here or there") {
  cut_a_move(CommitMode::script);
}
TEST_CASE("N1 a move under WATCH cut on its way leaves one booking, here or there") {
  cut_a_move(CommitMode::watch);
}

TEST_CASE("N2 a line that swallows everything ends each call at its deadline, and heals") {
  NetworkShop shop{300ms};
  shop.proxy.set({.swallow = true});
  for (int i = 0; i < 3; ++i) {
    const auto before = std::chrono::steady_clock::now();
    const auto result = shop.far.book(request("ann"));
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    REQUIRE_FALSE(result.has_value());
    INFO(result.error().log_text());
    CHECK(result.error().kind() == ErrorKind::transient);  // it never came to a commit
  }
  CHECK(shop.used() == 0);
  shop.proxy.heal();
  const auto until = std::chrono::steady_clock::now() + 5s;
  auto healed = shop.far.book(request("ann"));
  while (!healed && std::chrono::steady_clock::now() < until)
    healed = shop.far.book(request("ann"));
  CHECK(healed.has_value());
}

TEST_CASE("E11 a node that names another one is unavailable, and the other is named") {
  for (const char* answer : {"-MOVED 2121 10.0.0.7:6380\r\n", "-ASK 2121 10.0.0.7:6380\r\n"}) {
    NetworkShop shop;
    REQUIRE(shop.far.book(request("bob")));  // its connections are there
    shop.proxy.set({.answer = answer});
    const auto result = shop.far.book(request("ann"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::unavailable);
    CHECK(result.error().detail.find("10.0.0.7:6380") != std::string::npos);
    shop.proxy.heal();
    CHECK(shop.used() == 1);
  }
}

TEST_CASE("R1 a server that syncs each commit and is killed loses nothing that was acknowledged") {
  RedisInventory redis{{"--appendonly", "yes", "--appendfsync", "always"}};
  SlotInventory first = redis.fill();
  REQUIRE(first.change_slot({.slot = ten, .capacity = 1'000'000}));
  Crew crew{4};
  std::atomic<int> users{0};
  std::set<BookingId> acknowledged;
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> dead{false};
    std::atomic<int> booked{0};
    std::thread killer{[&] {
      while (booked < 20) std::this_thread::yield();
      redis.server.kill();
      dead = true;
    }};
    SlotInventory inventory{redis.try_open().value(), {.retry = {.attempts = 1}}};
    const auto found = crew.collect([&](int) {
      std::vector<BookingId> mine;
      while (!dead) {
        const auto result = inventory.book(request(++users), {.timeout = 2s});
        if (result) mine.push_back(result->booking.id);
        if (result) ++booked;
      }
      return mine;
    });
    killer.join();
    for (const auto& mine : found) acknowledged.insert(mine.begin(), mine.end());
    redis.server.start();
  }
  SlotInventory after = redis.open();
  for (const BookingId id : acknowledged) CHECK(after.find(id).value().has_value());
  CHECK(acknowledged.size() >= 100);
  CHECK(after.audit().value().clean());
  CHECK(after.availability(ten).value().used >= static_cast<std::int32_t>(acknowledged.size()));
}

TEST_CASE("R9 what a server does that was stopped meanwhile happens once, whoever has given up") {
  NetworkShop shop{400ms};
  for (int i = 0; i < 4; ++i) {
    const BookRequest wish = request(i);
    shop.redis.server.pause();
    const auto late = shop.far.book(wish);
    shop.redis.server.resume();
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().kind() != ErrorKind::refused);
    BookRequest again = wish;
    again.again = true;
    auto settled = shop.far.book(again);
    for (int tries = 0; !settled && tries < 50; ++tries) settled = shop.far.book(again);
    REQUIRE_MESSAGE(settled.has_value(), settled.error().log_text());
    CHECK(shop.used() == i + 1);
  }
  CHECK(shop.direct.audit().value().clean());
}
