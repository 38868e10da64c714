// A fresh inventory for each round; afterwards its seats must be those that were booked.
#include "bench/redis/ours.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/redis/fixture.hpp"
#include "bench/redis/load.hpp"
#include "bench/redis/names.hpp"
#include "booking/redis_lock.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

namespace {

std::uint64_t next_user() {
  static std::atomic<std::uint64_t> user{1};
  return user.fetch_add(1);
}

BookRequest request_among(std::size_t slots) {
  const std::uint64_t user = next_user();
  return {.user = user, .slot = slot(detail::mix(user) % slots)};
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Of a lock or WATCH that gave up: the same call again, as a host would; how often.
template <class Call>
std::uint64_t until_done(Call call) {
  for (std::uint64_t again = 0; again < 100; ++again) {
    const auto done = call();
    if (done) return again;
    must(done.error().kind() == ErrorKind::transient, done.error().message().c_str());
  }
  must(false, "a call that never gets through");
  return 0;
}

/// `callers` that book; one booking of each comes before.
Figures book_round(const RedisServer& server, const Setup& setup, std::size_t callers,
                   Seconds time) {
  SlotInventory inventory = fresh_inventory(server, setup);
  std::atomic<std::uint64_t> again{0};
  const auto book = [&] {
    const BookRequest request = request_among(setup.slots);
    again += until_done([&] { return inventory.book(request); });
  };
  const Carried carried = carry_out({.callers = callers,
                                     .time = time,
                                     .before = [&](std::size_t) { book(); },
                                     .call = [&](std::size_t, std::size_t) { book(); }},
                                    server);
  must(seats_used(inventory, setup.slots) == carried.done + callers, "seats are those booked");
  Figures figures = carried.figures;
  figures.retries = share(inventory.stats().retries + again, carried.done);
  return figures;
}

void book_window(SlotInventory& inventory, std::size_t slots, std::size_t window) {
  std::vector<BookRequest> requests;
  requests.reserve(window);
  for (std::size_t i = 0; i < window; ++i) requests.push_back(request_among(slots));
  for (const auto& booked : inventory.book_each(std::move(requests))) {
    must(booked.has_value(), "book_each");
  }
}

Figures each_round(const RedisServer& server, const Setup& setup, std::size_t window,
                   Seconds time) {
  SlotInventory inventory = fresh_inventory(server, setup);
  const auto book = [&] { book_window(inventory, setup.slots, window); };
  const Carried carried = carry_out({.time = time,
                                     .operations = window,
                                     .before = [&](std::size_t) { book(); },
                                     .call = [&](std::size_t, std::size_t) { book(); }},
                                    server);
  must(seats_used(inventory, setup.slots) == carried.done + window, "seats are those booked");
  return carried.figures;
}

/// Each caller cancels bookings that it has made before.
Figures cancel_round(const RedisServer& server, Wire wire, std::size_t callers, Seconds time) {
  const double a_second = callers == 1 ? 15'000 : 1'500;  // of one caller, more than it will do
  const auto most = static_cast<std::size_t>(std::max(a_second * time.count(), 50.0));
  SlotInventory inventory = fresh_inventory(server, {.wire = wire, .slots = many_slots});
  std::vector<std::vector<BookingId>> ids(callers);
  const auto before = [&](std::size_t caller) {
    while (ids[caller].size() < most + 1) {
      std::vector<BookRequest> requests;
      for (int i = 0; i < 50; ++i) requests.push_back(request_among(many_slots));
      for (const auto& booked : inventory.book_each(std::move(requests))) {
        ids[caller].push_back(booked.value().booking.id);
      }
    }
    must(inventory.cancel({.id = ids[caller].back()}).has_value(), "cancel");
    ids[caller].pop_back();
  };
  const auto cancel = [&](std::size_t caller, std::size_t i) {
    must(inventory.cancel({.id = ids[caller][i]}).has_value(), "cancel");
  };
  const Carried carried = carry_out(
      {.callers = callers, .time = time, .most = most, .before = before, .call = cancel}, server);
  std::uint64_t booked = 0;
  for (const auto& of_caller : ids) booked += of_caller.size();
  must(seats_used(inventory, many_slots) == booked - carried.done, "seats came back");
  Figures figures = carried.figures;
  figures.retries = share(inventory.stats().retries, carried.done);
  return figures;
}

/// One page: all slots of a service for a month.
Figures month_round(const RedisServer& server, Wire wire, Seconds time) {
  constexpr std::size_t slots = 30 * 24;
  SlotInventory inventory = fresh_inventory(server, {.wire = wire, .slots = 1});
  std::vector<SlotDefinition> all;
  for (std::size_t i = 0; i < slots; ++i) {
    char label[32];
    std::snprintf(label, sizeof label, "2030-06-%02zu %02zu:00", i / 24 + 1, i % 24);
    all.push_back({.slot = {0, std::string_view{label}}, .capacity = 10});
  }
  define_slots(inventory, std::move(all));
  const auto look = [&] {
    const auto page =
        inventory.availability({.service = 0, .from = "2030-06-01", .to = "2030-06-30"});
    must(page && page->items.size() == slots, "availability of a month");
  };
  return carry_out({.time = time,
                    .before = [&](std::size_t) { look(); },
                    .call = [&](std::size_t, std::size_t) { look(); }},
                   server)
      .figures;
}

std::shared_ptr<Lock> lock_on(const RedisServer& server, Wire wire) {
  auto lock =
      redis_lock({.url = url(server, wire), .prefix = prefix, .wait = std::chrono::seconds{10}});
  must(lock.has_value(), "redis_lock");
  return *std::move(lock);
}

void add_bookings(Table& table, const RedisServer& server, Wire wire, Seconds time) {
  const auto book = [&](const std::string& group, std::size_t slots, std::size_t callers) {
    table.add({group, book_name(callers, wire), [&server, wire, slots, callers, time] {
                 return book_round(server, {.wire = wire, .slots = slots}, callers, time);
               }});
  };
  book(one_caller, 1, 1);
  book(one_slot, 1, crowd);
  book(spread, many_slots, crowd);
  for (const std::size_t slots : {std::size_t{1}, many_slots}) {
    for (const std::size_t window : {std::size_t{64}, std::size_t{256}}) {
      table.add({slots == 1 ? one_slot : spread, each_name(window, wire),
                 [&server, wire, slots, window, time] {
                   return each_round(server, {.wire = wire, .slots = slots}, window, time);
                 }});
    }
  }
}

void add_locked(Table& table, const RedisServer& server, Seconds time) {
  for (const std::size_t callers : {std::size_t{1}, crowd}) {
    table.add({callers == 1 ? one_caller : one_slot,
               book_name(callers, Wire::unix_socket) + ", redis_lock", [&server, callers, time] {
                 const Wire wire = Wire::unix_socket;
                 return book_round(server, {.wire = wire, .lock = lock_on(server, wire)}, callers,
                                   time);
               }});
  }
}

/// The store's other way to commit, which `choose` sets.
[[maybe_unused]] void add_mode(Table& table, const RedisServer& server, Seconds time,
                               const std::function<void(RedisOptions&)>& choose) {
  table.add({one_slot, watch_mode, [&server, choose, time] {
               return book_round(server, {.change = choose}, crowd, time);
             }});
}

void add_other_calls(Table& table, const RedisServer& server, Wire wire, Seconds time) {
  for (const std::size_t callers : {std::size_t{1}, crowd}) {
    table.add(
        {other_calls,
         "cancel, " + std::to_string(callers) + (callers == 1 ? " caller, " : " callers, ") +
             name_of(wire),
         [&server, wire, callers, time] { return cancel_round(server, wire, callers, time); }});
  }
  table.add({other_calls, month + name_of(wire),
             [&server, wire, time] { return month_round(server, wire, time); }});
}

double memory(const RedisServer& server) {
  return static_cast<double>(info_number(server, "memory", "used_memory"));
}

}  // namespace

void add_ours(Table& table, const RedisServer& server, Seconds time) {
  for (const Wire wire : {Wire::unix_socket, Wire::tcp}) {
    add_bookings(table, server, wire, time);
    add_other_calls(table, server, wire, time);
  }
  add_locked(table, server, time);
  add_mode(table, server, time, [](RedisOptions& o) { o.commit = CommitMode::watch; });
}

double bytes_a_booking(const RedisServer& server, std::size_t slots) {
  constexpr std::size_t bookings = 50'000;
  constexpr std::size_t window = 100;
  SlotInventory inventory = fresh_inventory(server, {.slots = slots});
  const double before = memory(server);
  for (std::size_t i = 0; i < bookings; i += window) book_window(inventory, slots, window);
  return (memory(server) - before) / bookings;
}

double bytes_a_slot(const RedisServer& server, std::size_t of_each_service) {
  constexpr std::size_t slots = 50'000;
  SlotInventory inventory = fresh_inventory(server, {.slots = 1});
  std::vector<SlotDefinition> all;
  for (std::size_t i = 0; i < slots; ++i) {
    SlotKey key = slot(slots_of_a_service * (i % of_each_service));
    key.service = 1'000 + i / of_each_service;
    all.push_back({.slot = key, .capacity = 100});
  }
  for (std::size_t i = 0; i < slots / of_each_service; ++i) {
    must(inventory.define_service({.id = 1'000 + i, .name = "service"}).has_value(), "service");
  }
  const double before = memory(server);
  define_slots(inventory, std::move(all));
  return (memory(server) - before) / slots;
}

}  // namespace booking_bench
