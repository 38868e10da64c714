// Where a list, a sweep or a purge is longer than what is read or written at a time.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "redis/inventory.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

SlotLabel minute_of_june(int number) {
  const auto two = [](int n) { return std::string{n < 10 ? "0" : ""} + std::to_string(n); };
  return "2026-06-" + two(1 + number / 1440) + " " + two(number / 60 % 24) + ":" + two(number % 60);
}

void define_minutes(SlotInventory& inventory, int count, std::int32_t capacity) {
  std::vector<SlotDefinition> slots;
  for (int i = 0; i < count; ++i) {
    slots.push_back({.slot = {"haircut", minute_of_june(i)}, .capacity = capacity});
    if (slots.size() == 500 || i + 1 == count) {
      REQUIRE(inventory.import_slots(slots, ImportMode::create_missing));
      slots.clear();
    }
  }
}

// All pages of a list.
std::vector<Booking> all(const SlotInventory& inventory, const BookingQuery& query) {
  std::vector<Booking> found;
  BookingPageRequest request;
  for (;;) {
    const auto page = inventory.bookings(query, request).value();
    found.insert(found.end(), page.items.begin(), page.items.end());
    if (!page.next) return found;
    request.after = page.next;
  }
}

bool ascending(const std::vector<Booking>& bookings) {
  return std::is_sorted(bookings.begin(), bookings.end(),
                        [](const Booking& a, const Booking& b) { return a.id < b.id; });
}

}  // namespace

TEST_CASE("one step returns 256 holds of a slot, the next ones the rest") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  REQUIRE(inventory.change_slot({.slot = ten, .capacity = 700}));
  for (int i = 0; i < 700; ++i) REQUIRE(inventory.hold({.user = i, .slot = ten, .ttl = 1min}));
  CHECK(inventory.book(request("ann")).error().code == ErrorCode::sold_out);
  redis.clock->advance(2min);
  CHECK(inventory.availability(ten).value().held == 0);
  CHECK(inventory.sweep(1).value() == 256);
  CHECK(inventory.availability(ten).value().held == 0);
  // Twice the same slot in one batch: more than one step returns, in one commit.
  const auto both = inventory.book_all({request("ann"), request("bob")});
  REQUIRE_MESSAGE(both.has_value(), both.error().log_text());
  CHECK(inventory.sweep(1000).value() == 0);
  CHECK(inventory.availability(ten).value().used == 2);
  CHECK(inventory.audit()->clean());
}

TEST_CASE("a sweep goes through more slots than one commit takes") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  define_minutes(inventory, 150, 1);
  for (int i = 0; i < 150; ++i) {
    REQUIRE(inventory.hold({.user = i, .slot = {"haircut", minute_of_june(i)}, .ttl = 1min}));
  }
  redis.clock->advance(2min);
  CHECK(inventory.sweep(100).value() == 100);
  CHECK(inventory.sweep(10'000).value() == 50);
  CHECK(inventory.sweep(10'000).value() == 0);
  CHECK(redis.server.ask({"EXISTS", "{booking}:due"}) == "0");
}

TEST_CASE("lists by user, slot and status are whole over many pages, ordered by id") {
  RedisInventory redis;
  SlotInventory inventory = redis.fill();
  REQUIRE(inventory.change_slot({.slot = ten, .capacity = 10'000}));
  constexpr int count = 2500;
  std::vector<BookRequest> requests;
  for (int i = 0; i < count; ++i) {
    requests.push_back({.id = BookingId::generate(*redis.clock, *std::make_shared<Random>()),
                        .user = "ann",
                        .slot = ten,
                        .second_in_slot = SecondInSlot::allow});
    if (i % 100 == 0) redis.clock->advance(7s);  // over many buckets
  }
  requests.push_back(
      {.id = BookingId{7}, .user = "ann", .slot = ten, .second_in_slot = SecondInSlot::allow});
  requests.push_back(
      {.id = BookingId{70'000}, .user = "ann", .slot = ten, .second_in_slot = SecondInSlot::allow});
  for (std::size_t at = 0; at < requests.size(); at += 250) {
    const auto end = std::min(requests.size(), at + 250);
    const auto made = inventory.book_all({requests.begin() + static_cast<std::ptrdiff_t>(at),
                                          requests.begin() + static_cast<std::ptrdiff_t>(end)});
    REQUIRE_MESSAGE(made.has_value(), made.error().log_text());
  }
  for (std::size_t i = 0; i < requests.size(); i += 10) {
    REQUIRE(inventory.cancel({.id = requests[i].id}));
  }
  const auto total = static_cast<std::size_t>(count) + 2;
  for (const BookingQuery& query :
       {BookingQuery{.user = "ann", .slot = {}, .status = {}},
        BookingQuery{.user = {}, .slot = ten, .status = {}}, BookingQuery{},
        BookingQuery{.user = "ann", .slot = ten, .status = {}}}) {
    const std::vector<Booking> found = all(inventory, query);
    CHECK(found.size() == total);
    CHECK(ascending(found));
    CHECK(found.front().id == BookingId{7});
    BookingQuery cancelled = query;
    cancelled.status = StatusSet{Status::cancelled};
    CHECK(all(inventory, cancelled).size() == 251);
    cancelled.status = live_statuses;
    CHECK(all(inventory, cancelled).size() == total - 251);
  }
  const BookingQuery live{.user = "ann", .slot = {}, .status = live_statuses};
  CHECK(inventory.current_booking("ann").value() == all(inventory, live).back());
}

TEST_CASE("a purge goes through the buckets and leaves nothing of what it forgot") {
  RedisInventory redis;
  redis.policy.id_horizon = 60s;
  SlotInventory inventory = redis.fill();
  REQUIRE(inventory.change_slot({.slot = ten, .capacity = 1000}));
  const auto new_id = [&] {
    return BookingId::generate(*redis.clock, *std::make_shared<Random>());
  };
  const std::size_t keys_before = redis.keys().size();
  for (int i = 0; i < 300; ++i) {
    const BookingId id = new_id();
    REQUIRE(inventory.book({.id = id, .user = i, .slot = ten}));
    REQUIRE(inventory.cancel({.id = id}));
    REQUIRE_FALSE(inventory.resolve(new_id()).value());
    redis.clock->advance(100ms);
  }
  const BookingId kept = new_id();
  REQUIRE(inventory.book({.id = kept, .user = "ann", .slot = ten}));
  redis.clock->advance(2min);
  std::int64_t removed = 0;
  PurgeRequest next{.before = redis.clock->now(), .after = {}, .max = 100};
  for (;;) {
    const auto report = inventory.purge(next);
    REQUIRE_MESSAGE(report.has_value(), report.error().log_text());
    removed += report->removed;
    if (!report->next) break;
    next.after = report->next;
  }
  removed += inventory.purge({.before = redis.clock->now(), .after = {}, .max = 1000})->removed;
  CHECK(removed == 600);
  CHECK(inventory.find(kept).value().has_value());
  REQUIRE(inventory.cancel({.id = kept}));
  redis.clock->advance(2min);
  CHECK(inventory.purge({.before = redis.clock->now(), .after = {}, .max = 1000})->removed == 1);
  CHECK(redis.keys().size() == keys_before + 1);  // the instant it relied on
}

TEST_CASE("an audit sees every slot and user over many pages, whatever their names") {
  RedisInventory redis;
  redis.policy.user_limit = UserLimit{.max = 2};
  SlotInventory inventory = redis.fill();
  define_minutes(inventory, 1500, 1);
  REQUIRE(inventory.define_service({.id = 17}));
  REQUIRE(inventory.define_slot({.slot = {17, "2026-06-01"}, .capacity = 3000}));
  std::vector<BookRequest> requests;
  for (int i = 0; i < 2200; ++i) {
    const UserId user = i % 2 == 0 ? UserId{i} : UserId{"user:" + std::to_string(i)};
    requests.push_back({.id = BookingId::generate(), .user = user, .slot = {17, "2026-06-01"}});
  }
  for (std::size_t at = 0; at < requests.size(); at += 220) {
    REQUIRE(inventory.book_all({requests.begin() + static_cast<std::ptrdiff_t>(at),
                                requests.begin() + static_cast<std::ptrdiff_t>(at + 220)}));
  }
  auto audit = inventory.audit();
  REQUIRE_MESSAGE(audit.has_value(), audit.error().log_text());
  CHECK(audit->clean());
  // ten and eleven are among the minutes of June
  CHECK(audit->slots == 1501);
  CHECK(audit->users == 2200);
  CHECK(audit->seats_used == 2200);
  redis.server.ask({"SET", "{booking}:s:17:2026-06-01", "3000,0,0,,;0;9;5;0;"});
  audit = inventory.audit();
  REQUIRE(audit->findings.size() == 1);
  CHECK(audit->findings[0].counted == 2200);
  CHECK(inventory.repair(audit->findings[0]).value().changed);
  CHECK(inventory.audit()->clean());
}

TEST_CASE("claims end with their slot, also when its end is moved after they were made") {
  RedisInventory redis;
  redis.policy.user_limit = UserLimit{.max = 1};
  SlotInventory inventory = redis.fill();
  REQUIRE(inventory.book(request("ann")));
  REQUIRE(inventory.book(request("bob")));
  CHECK(inventory.book(request("ann", eleven)).error().code == ErrorCode::user_limit);
  REQUIRE(inventory.change_slot({.slot = ten, .ends_at = redis.clock->now() + 1min}));
  CHECK(inventory.book(request("ann", eleven)).error().code == ErrorCode::user_limit);
  redis.clock->advance(2min);
  CHECK(inventory.book(request("ann", eleven)));
  CHECK(inventory.audit()->clean());
}
