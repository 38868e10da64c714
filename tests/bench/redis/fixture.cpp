// Everything through the public API.
#include "bench/redis/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "bench/bench.hpp"

using namespace booking;

namespace booking_bench {

std::string url(const booking_test::RedisServer& server, Wire wire) {
  return wire == Wire::tcp ? server.url() : "unix://" + server.path();
}

const char* name_of(Wire wire) {
  return wire == Wire::tcp ? "tcp" : "unix";
}

SlotKey slot(std::size_t number) {
  char label[32];
  std::snprintf(label, sizeof label, "%04zu-06-01 10:00", 2000 + number / slots_of_a_service);
  return {static_cast<std::int64_t>(number % slots_of_a_service), std::string_view{label}};
}

SlotInventory fresh_inventory(const booking_test::RedisServer& server, const Setup& setup) {
  server.ask({"FLUSHALL"});
  RedisOptions options{.url = url(server, setup.wire), .prefix = prefix, .mode = StoreMode::create};
  if (setup.change) setup.change(options);
  auto store = redis_store(options);
  must(store.has_value(), "an inventory on Redis");
  SlotInventory inventory{*std::move(store), setup.lock, {.timeout = std::chrono::seconds{20}}};
  for (std::size_t i = 0; i < std::min(setup.slots, slots_of_a_service); ++i) {
    must(inventory.define_service({.id = i, .name = "service"}).has_value(), "service");
  }
  std::vector<SlotDefinition> slots;
  for (std::size_t i = 0; i < setup.slots; ++i) {
    slots.push_back({.slot = slot(i), .capacity = 1'000'000'000});
  }
  define_slots(inventory, std::move(slots));
  return inventory;
}

void define_slots(SlotInventory& inventory, std::vector<SlotDefinition> slots) {
  constexpr std::ptrdiff_t most = 500;
  for (auto at = slots.begin(); at != slots.end();) {
    const auto end = slots.end() - at > most ? at + most : slots.end();
    must(inventory.import_slots({at, end}, ImportMode::create_missing).has_value(), "slots");
    at = end;
  }
}

std::uint64_t seats_used(const SlotInventory& inventory, std::size_t slots) {
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < std::min(slots, slots_of_a_service); ++i) {
    const auto page =
        inventory.availability({.service = i, .from = "0001-01-01", .to = "9999-12-31"});
    must(page.has_value() && !page->next, "availability");
    for (const Availability& one : page->items) {
      used += static_cast<std::uint64_t>(one.capacity - one.remaining);
    }
  }
  return used;
}

}  // namespace booking_bench
