// The memory store beside a plain inventory behind one mutex, and beside the limit.
//
//   memory_bench [--rounds N] [--only TEXT] [--json FILE]
//
// The group "growth" needs some 5 GB; leave it out with --only.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "bench/allocations.hpp"
#include "bench/bench.hpp"
#include "bench/peers.hpp"
#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"

using namespace booking;
using namespace booking_bench;

namespace {

constexpr std::size_t many_slots = 10'000;
constexpr std::size_t bookings_a_round = 200'000;

std::uint64_t scatter(std::uint64_t i) {
  return booking::detail::mix(i + 0x9E3779B97F4A7C15ULL);
}

// Slots by number: a hundred to a service for the first million, then more.
std::vector<SlotKey> keys(std::size_t count) {
  std::vector<SlotKey> all;
  all.reserve(count);
  const std::size_t services = std::min<std::size_t>(std::max<std::size_t>(count / 100, 1), 10'000);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t n = i / services;
    char label[32];
    std::snprintf(label, sizeof label, "%04zu-%02zu-%02zu %02zu:%02zu",
                  2026 + n / 60 / 24 / 28 / 12, n / 60 / 24 / 28 % 12 + 1, n / 60 / 24 % 28 + 1,
                  n / 60 % 24, n % 60);
    all.push_back({static_cast<std::int64_t>(i % services), std::string_view{label}});
  }
  return all;
}

SlotInventory inventory_of(const std::vector<SlotKey>& slots) {
  SlotInventory inventory{memory_store()};
  std::int64_t services = 0;
  for (const SlotKey& slot : slots) services = std::max(services, slot.service.integer() + 1);
  for (std::int64_t i = 0; i < services; ++i)
    must(inventory.define_service({.id = i}).has_value(), "service");
  for (const SlotKey& slot : slots) {
    must(inventory.define_slot({.slot = slot, .capacity = 1'000'000'000}).has_value(), "slot");
  }
  return inventory;
}
std::vector<SlotKey> handles(const SlotInventory& inventory, std::vector<SlotKey> slots) {
  for (SlotKey& slot : slots) slot = inventory.slot(slot).value();
  return slots;
}

struct Names {
  std::vector<std::string> of;
  explicit Names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      of.push_back("customer-" + std::to_string(scatter(i) % 100'000'000));
  }
};

// ---- one thread, two threads ----

Round book_round(std::size_t slots, bool by_handle, std::size_t threads) {
  return [=] {
    const std::vector<SlotKey> named = keys(slots);
    SlotInventory inventory = inventory_of(named);
    const std::vector<SlotKey> places = by_handle ? handles(inventory, named) : named;
    return time_on_threads(threads, bookings_a_round / threads, [&](std::size_t t, std::size_t i) {
      const std::uint64_t n = t * bookings_a_round + i;
      must(inventory.book({.user = n, .slot = places[scatter(n) % slots]}).has_value(), "book");
    });
  };
}

Round text_round(std::size_t slots, bool by_handle) {
  return [=] {
    static const Names names{bookings_a_round};
    const std::vector<SlotKey> named = keys(slots);
    SlotInventory inventory{memory_store({.policy = {.user_limit = UserLimit::none()}})};
    for (std::size_t i = 0; i < std::max<std::size_t>(slots / 100, 1); ++i) {
      must(inventory.define_service({.id = "service-" + std::to_string(i)}).has_value(), "service");
    }
    std::vector<SlotKey> places;
    for (const SlotKey& slot : named) {
      places.push_back({"service-" + to_string(slot.service), slot.label});
      must(inventory.define_slot({.slot = places.back(), .capacity = 1'000'000}).has_value(),
           "slot");
    }
    if (by_handle) places = handles(inventory, std::move(places));
    return time_on_threads(1, bookings_a_round, [&](std::size_t, std::size_t i) {
      must(inventory
               .book({.user = names.of[i],
                      .slot = places[scatter(i) % slots],
                      .second_in_slot = SecondInSlot::allow})
               .has_value(),
           "book");
    });
  };
}

Round peer_round(std::size_t slots, std::size_t threads) {
  return [=] {
    const std::vector<SlotKey> named = keys(slots);
    GlobalMutexInventory inventory;
    for (const SlotKey& slot : named) inventory.define(slot, 1'000'000'000);
    return time_on_threads(threads, bookings_a_round / threads, [&](std::size_t t, std::size_t i) {
      const std::uint64_t n = t * bookings_a_round + i;
      must(inventory.book({.user = n, .slot = named[scatter(n) % slots]}).changed, "book");
    });
  };
}

Round limit_round(std::size_t slots, std::size_t threads) {
  return [=] {
    BareCounters counters{slots, bookings_a_round};
    return time_on_threads(threads, bookings_a_round / threads, [&](std::size_t t, std::size_t i) {
      const std::uint64_t n = t * bookings_a_round + i;
      must(counters.book(scatter(n) % slots, n), "book");
    });
  };
}

Group booking_group(std::size_t slots, const std::string& where) {
  return {.name = "book, " + where,
          .unit = "ns a booking over all threads",
          .contenders = {{"handle, 1 thread", book_round(slots, true, 1)},
                         {"key, 1 thread", book_round(slots, false, 1)},
                         {"text ids, handle, 1 thread", text_round(slots, true)},
                         {"text ids, key, 1 thread", text_round(slots, false)},
                         {"global mutex, 1 thread", peer_round(slots, 1)},
                         {"limit, 1 thread", limit_round(slots, 1)},
                         {"handle, 2 threads", book_round(slots, true, 2)},
                         {"key, 2 threads", book_round(slots, false, 2)},
                         {"global mutex, 2 threads", peer_round(slots, 2)},
                         {"limit, 2 threads", limit_round(slots, 2)},
                         {"handle, 64 threads", book_round(slots, true, 64)},
                         {"global mutex, 64 threads", peer_round(slots, 64)}}};
}

// ---- reading, moving ----

Group reading_group() {
  static const std::vector<SlotKey> slots = [] {
    std::vector<SlotKey> month;
    for (int day = 1; day <= 30; ++day) {
      for (int hour = 0; hour < 24; ++hour) {
        char label[32];
        std::snprintf(label, sizeof label, "2026-06-%02d %02d:00", day, hour);
        month.push_back({1, std::string_view{label}});
      }
    }
    return month;
  }();
  static const SlotInventory inventory = [] {
    SlotInventory made{memory_store()};
    made.define_service({.id = 1}).ignore();
    for (const SlotKey& slot : slots) {
      must(made.define_slot({.slot = slot, .capacity = 10}).has_value(), "slot");
    }
    return made;
  }();
  static const std::vector<SlotKey> places = handles(inventory, slots);
  const auto one = [](const std::vector<SlotKey>& of) {
    return [&of] {
      return time_each(
          500'000, [&](std::size_t i) { use(inventory.availability(of[scatter(i) % of.size()])); });
    };
  };
  const auto month = [] {
    return time_each(1'000, [&](std::size_t) {
      const auto page =
          inventory.availability({.service = 1, .from = "2026-06-01", .to = "2026-06-30"});
      must(page && page->items.size() == slots.size(), "range");
    });
  };
  return {.name = "availability",
          .unit = "ns a call",
          .contenders = {{"one slot, handle", one(places)},
                         {"one slot, key", one(slots)},
                         {"30 days of 24 slots", month}}};
}

Group moving_group() {
  const auto churn = [] {
    const std::vector<SlotKey> named = keys(many_slots);
    SlotInventory inventory = inventory_of(named);
    const std::vector<SlotKey> places = handles(inventory, named);
    return time_each(bookings_a_round, [&](std::size_t i) {
      const auto booked =
          inventory.book({.user = i % 1000, .slot = places[scatter(i) % many_slots]});
      must(booked && inventory.cancel({.id = booked->booking.id}), "cancel");
    });
  };
  return {.name = "moves", .unit = "ns", .contenders = {{"book and cancel, 1000 users", churn}}};
}

// ---- what a booking costs beside time ----

double resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  double pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

Group cost_group() {
  constexpr std::size_t count = 2'000'000;
  const auto bytes = [](bool text) {
    return [text] {
      const std::vector<SlotKey> named = keys(many_slots);
      SlotInventory inventory = inventory_of(named);
      const std::vector<SlotKey> places = handles(inventory, named);
      const double before = resident_bytes();
      for (std::size_t i = 0; i < count; ++i) {
        const UserId user = text ? UserId{"customer-" + std::to_string(i)} : UserId{i};
        must(inventory.book({.user = user, .slot = places[scatter(i) % many_slots]}).has_value(),
             "book");
      }
      return (resident_bytes() - before) / count;
    };
  };
  const auto heap = [] {
    const std::vector<SlotKey> named = keys(many_slots);
    SlotInventory inventory = inventory_of(named);
    const std::vector<SlotKey> places = handles(inventory, named);
    const std::uint64_t before = allocations;
    for (std::size_t i = 0; i < count; ++i) {
      must(inventory.book({.user = i, .slot = places[scatter(i) % many_slots]}).has_value(),
           "book");
    }
    return static_cast<double>(allocations - before) * 1000 / count;
  };
  return {.name = "cost",
          .unit = "bytes a booking, allocations for a thousand",
          .contenders = {{"bytes, integer users", bytes(false)},
                         {"bytes, text users of 10 to 16", bytes(true)},
                         {"allocations for 1000 bookings, growing", heap}}};
}

// ---- growth ----

// Bookings already there and slots; the time of 100,000 more.
Round grown(std::size_t slots, std::size_t bookings) {
  return [=] {
    const std::vector<SlotKey> named = keys(slots);
    SlotInventory inventory = inventory_of(named);
    const std::vector<SlotKey> places = handles(inventory, named);
    std::size_t n = 0;
    const auto book = [&](std::size_t) {
      must(inventory.book({.user = n, .slot = places[scatter(n) % slots]}).has_value(), "book");
      ++n;
    };
    for (std::size_t i = 0; i < bookings; ++i) book(i);
    return time_each(100'000, book);
  };
}

Round slowest(std::size_t bookings, double share) {
  return [=] {
    const std::vector<SlotKey> named = keys(many_slots);
    SlotInventory inventory = inventory_of(named);
    const std::vector<SlotKey> places = handles(inventory, named);
    std::vector<float> times(bookings);
    auto before = Steady::now();
    for (std::size_t i = 0; i < bookings; ++i) {
      must(inventory.book({.user = i, .slot = places[scatter(i) % many_slots]}).has_value(),
           "book");
      const auto after = Steady::now();
      times[i] = static_cast<float>(Seconds{after - before}.count() * 1e9);
      before = after;
    }
    const auto at =
        times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(bookings - 1));
    std::nth_element(times.begin(), at, times.end());
    return static_cast<double>(*at);
  };
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = Options::parse(count, arguments);
  std::vector<Group> groups{booking_group(many_slots, "10,000 slots"),
                            booking_group(1, "one slot"),
                            reading_group(),
                            moving_group(),
                            cost_group(),
                            {.name = "pauses, 0 to 2,000,000 bookings",
                             .unit = "ns",
                             .contenders = {{"p50", slowest(2'000'000, 0.5)},
                                            {"p99", slowest(2'000'000, 0.99)},
                                            {"p99.9", slowest(2'000'000, 0.999)},
                                            {"slowest", slowest(2'000'000, 1.0)}}},
                            {.name = "growth of slots, 100,000 bookings",
                             .unit = "ns a booking",
                             .contenders = {{"10^4 slots", grown(10'000, 100'000)},
                                            {"10^5 slots", grown(100'000, 100'000)},
                                            {"10^6 slots", grown(1'000'000, 100'000)},
                                            {"10^7 slots", grown(10'000'000, 100'000)}}},
                            {.name = "growth of bookings, 10,000 slots",
                             .unit = "ns a booking",
                             .contenders = {{"10^5 bookings", grown(10'000, 100'000)},
                                            {"10^6 bookings", grown(10'000, 1'000'000)},
                                            {"10^7 bookings", grown(10'000, 10'000'000)}}}};
  return run_all(std::move(groups), options);
}
