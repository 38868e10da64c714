// One change of each sort, in a fixed order, and what the books must say after each: so that a
// fault anywhere in it can be followed by "all of that step or nothing of it, and all before it".
// Used by the fault tests and their worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "booking/booking.hpp"

namespace booking_test {

class Story {
 public:
  explicit Story(std::uint64_t seed);

  // Service and slots, in which the story takes place.
  static void set_scene(booking::SlotInventory& inventory);
  static booking::Policy policy() { return {.user_limit = {.max = 3}}; }

  static constexpr std::size_t steps = 12;
  static const char* name(std::size_t step);

  // Carries out one step. Success is also the one refusal in the story, however it reads when it
  // is asked again. The same step again, after success or not, must come to the same.
  booking::Result<void> tell(std::size_t step, booking::SlotInventory& inventory, bool again) const;

  // The books after the first `told` steps, as `books` writes them.
  const std::string& after(std::size_t told) const { return after_[told]; }

 private:
  booking::BookingId id(std::uint64_t which) const;
  booking::UserId user(const char* name) const;

  std::uint64_t seed_;
  std::vector<std::string> after_{};
};

// Every slot and every booking, a line each, without times.
std::string books(const booking::SlotInventory& inventory);

}  // namespace booking_test
