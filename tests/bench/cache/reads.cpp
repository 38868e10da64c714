// Reads that go to the server, beside bare commands on one connection: users, one and 64 at a time,
// and current bookings.
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "bench/cache/cases.hpp"
#include "bench/cache/users.hpp"
#include "bench/redis/fixture.hpp"
#include "bench/redis/load.hpp"
#include "booking/booking.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

namespace {

/// One caller that takes `each` of the users at a time, in turn, for `read(users)`.
template <class Read>
Figures read_round(const RedisServer& server, std::size_t each, Read read) {
  static const std::vector<UserId> users = users_in_any_order();
  Load load{.callers = 1, .time = cache_round, .operations = each};
  load.call = [&](std::size_t, std::size_t i) {
    const std::size_t turns = users.size() / each;
    read(std::span{users}.subspan(i % turns * each, each));
  };
  Figures figures = carry_out(load, server).figures;
  figures.least = none;
  return figures;
}

template <class Read>
void add(Table& table, const RedisServer& server, const std::string& group, const std::string& name,
         std::size_t each, Read read) {
  table.add({group, name, [&server, each, read] { return read_round(server, each, read); }});
}

UserProfile parsed(const std::string& text) {
  auto profile = parse_user_profile(text);
  must(profile.has_value(), "a profile is parsed");
  return *std::move(profile);
}

void must_hit(const Result<Cached<UserProfile>>& found) {
  must(found && found->value && found->source == CacheSource::hit, "a hit");
}

constexpr std::int64_t booked_service = 0;

BookRequest booking_of(std::size_t user) {
  return {.user = user, .slot = slot(0)};
}

void book_all(SlotInventory& inventory) {
  for (std::size_t user = 0; user < many_users; ++user) {
    must(inventory.book(booking_of(user)).has_value(), "a booking");
  }
}

BookingCache::Format document() {
  return booking_document({{.id = booked_service, .name = "service"}});
}

/// An inventory in memory whose users' bookings are kept on the server, all of them.
BookingCache filled_booking_cache(const RedisServer& server) {
  auto store = redis_cache_store(cache_options(server));
  must(store.has_value(), "a cache on Redis");
  InventoryOptions options;
  options.booking_cache.store = *std::move(store);
  options.booking_cache.store_timeout = std::chrono::seconds{2};
  SlotInventory inventory{memory_store(), std::move(options)};
  must(inventory.define_service({.id = booked_service, .name = "service"}).has_value(), "service");
  define_slots(inventory, {{.slot = slot(0), .capacity = 1'000'000'000}});
  book_all(inventory);
  BookingCache cache{inventory, document()};
  for (std::size_t user = 0; user < many_users; ++user) must(cache.get(user).has_value(), "a fill");
  return cache;
}

}  // namespace

void add_reads(Table& table, const RedisServer& server) {
  const auto bare = std::make_shared<Bare>(server);
  add(table, server, read_group, bare_get, 1,
      [bare](std::span<const UserId> users) { use(bare->get(user_profile_key(users[0]))); });
  add(table, server, read_group, bare_get_parse, 1, [bare](std::span<const UserId> users) {
    use(parsed(bare->get(user_profile_key(users[0]))));
  });
  const auto far = std::make_shared<UserCache<>>(users_on(server));
  add(table, server, read_group, cache_get, 1,
      [far](std::span<const UserId> users) { must_hit(far->get(users[0])); });
  // Room for four, so that none of them is near when its turn has come again.
  const auto tiny = std::make_shared<UserCache<>>(
      users_on(server, {.feed = sure_feed(server), .max_entries = 1}));
  add(table, server, read_group, cache_near_miss, 1,
      [tiny](std::span<const UserId> users) { must_hit(tiny->get(users[0])); });
  add(table, server, read_group, bare_mget_parse, batch_of_users,
      [bare](std::span<const UserId> users) {
        std::vector<std::string> keys;
        for (const UserId& user : users) keys.push_back(user_profile_key(user));
        for (const auto& reply : bare->get_many(keys)) use(parsed(reply.text));
      });
  add(table, server, read_group, cache_get_many, batch_of_users,
      [far](std::span<const UserId> users) {
        const auto found = far->get_many(users);
        must(found && found->size() == users.size() && found->back().source == CacheSource::hit &&
                 found->back().value,
             "64 hits");
      });
}

void add_bookings(Table& table, const RedisServer& server) {
  const auto inventory = std::make_shared<SlotInventory>(fresh_inventory(server, {}));
  book_all(*inventory);
  const auto cached = std::make_shared<BookingCache>(filled_booking_cache(server));
  const auto read = std::make_shared<BookingCache>(*inventory, document());
  const auto bare = std::make_shared<Bare>(server);
  add(table, server, booking_group, bare_booking, 1, [bare](std::span<const UserId> users) {
    use(bare->get("user:" + to_string(users[0]) + ":booking"));
  });
  add(table, server, booking_group, booking_hit, 1, [cached](std::span<const UserId> users) {
    const auto found = cached->get(users[0]);
    must(found && found->value && found->source == CacheSource::hit, "a booking is kept");
  });
  add(table, server, booking_group, booking_read, 1, [inventory](std::span<const UserId> users) {
    const auto found = inventory->current_booking(users[0]);
    must(found && *found, "a booking is there");
  });
  add(table, server, booking_group, booking_document_read, 1,
      [read](std::span<const UserId> users) {
        const auto found = read->get(users[0]);
        must(found && found->value, "a booking is there");
      });
}

}  // namespace booking_bench
