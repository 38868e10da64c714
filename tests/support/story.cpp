// The steps, and the story told once in memory to know how it must go.
#include "support/story.hpp"

#include <stdexcept>
#include <utility>

namespace booking_test {

using namespace booking;

namespace {

const ServiceId service{"haircut"};
const SlotKey ten{service, "2026-06-01 10:00"};
const SlotKey eleven{service, "2026-06-01 11:00"};

template <class T>
Result<void> done(const Result<T>& result) {
  return result ? Result<void>::success() : Result<void>{result.error()};
}

}  // namespace

Story::Story(std::uint64_t seed, std::size_t steps) : seed_{seed} {
  SlotInventory inventory{memory_store({.policy = policy(), .clock = {}})};
  set_scene(inventory);
  after_.push_back(books(inventory));
  for (std::size_t step = 0; step < steps; ++step) {
    if (auto told = tell(step, inventory, false); !told) {
      throw std::logic_error{std::string{name(step)} + ": " + told.error().log_text()};
    }
    after_.push_back(books(inventory));
  }
}

void Story::set_scene(SlotInventory& inventory) {
  inventory.define_service({.id = service, .name = "Haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = 10}).value();
  inventory.define_slot({.slot = eleven, .capacity = 10}).value();
}

// UUIDs of a time that never passes the id horizon.
BookingId Story::id(std::uint64_t which) const {
  return BookingId::from_halves(0xF000000000007000U | which << 16, 0x8000000000000000U | seed_);
}

UserId Story::user(const char* name) const {
  return UserId{name + std::to_string(seed_)};
}

const char* Story::name(std::size_t step) {
  constexpr const char* names[whole] = {"book",       "book_all",    "hold",        "confirm",
                                        "cancel",     "reschedule",  "change_slot", "sold_out",
                                        "cancel_all", "hold_longer", "extend",      "define_slot"};
  return names[step];
}

Result<void> Story::tell(std::size_t step, SlotInventory& inventory, bool again) const {
  const auto op = [&](std::uint64_t n) { return OpId{seed_ + 1, n}; };
  switch (step) {
    case 0:
      return done(inventory.book(
          {.id = id(1), .user = user("ann"), .slot = ten, .seats = 2, .again = again}));
    case 1:
      return done(inventory.book_all(
          {{.id = id(2), .user = user("bob"), .slot = ten, .again = again},
           {.id = id(3), .user = user("cid"), .slot = eleven, .seats = 2, .again = again}}));
    case 2:
      return done(inventory.hold(
          {.id = id(4), .user = user("dan"), .slot = ten, .seats = 3, .again = again}));
    case 3:
      return done(inventory.confirm({.id = id(4), .seats = 2, .op = op(1)}));
    case 4:
      return done(inventory.cancel({.id = id(1), .op = op(2)}));
    case 5:
      return done(
          inventory.reschedule({.id = id(2), .new_id = id(5), .slot = eleven, .again = again}));
    case 6:
      return done(inventory.change_slot({.slot = ten, .capacity = 12}));
    case 7: {  // refused for good: leaves nothing but a voided id
      const auto refused = inventory.book(
          {.id = id(6), .user = user("eve"), .slot = ten, .seats = 11, .again = true});
      if (refused) throw std::logic_error{"oversold"};
      const ErrorCode code = refused.error().code;
      const bool expected = code == ErrorCode::sold_out || code == ErrorCode::id_void;
      return expected ? Result<void>::success() : Result<void>{refused.error()};
    }
    case 8:
      return done(inventory.cancel_all({id(3), id(5)}));
    case 9:
      return done(inventory.hold({.id = id(7),
                                  .user = user("fay"),
                                  .slot = eleven,
                                  .ttl = std::chrono::hours{1},
                                  .again = again}));
    case 10:
      return done(inventory.extend({.id = id(7), .ttl = std::chrono::hours{2}, .op = op(3)}));
    default:
      return done(inventory.define_slot({.slot = {service, "2026-06-02"}, .capacity = 5}));
  }
}

std::string books(const SlotInventory& inventory) {
  std::string text;
  const auto slots = inventory.availability(
      SlotRange{.service = service, .from = "0001-01-01", .to = "9999-12-31"});
  if (!slots) return slots.error().log_text();
  for (const Availability& slot : slots->items) {
    text += to_string(slot.slot) + ": " + std::to_string(slot.used) + " of " +
            std::to_string(slot.capacity) + ", held " + std::to_string(slot.held) + '\n';
  }
  const auto page = inventory.bookings({});
  if (!page) return page.error().log_text();
  for (const Booking& booking : page->items) {
    text += to_string(booking.id) + ' ' + to_string(booking.user) + ' ' + to_string(booking.slot) +
            ' ' + std::to_string(booking.seats) + ' ' + std::string{to_string(booking.status)} +
            " v" + std::to_string(booking.version) + '\n';
  }
  return text;
}

}  // namespace booking_test
