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
  static constexpr std::size_t whole = 12;

  // Its first `steps` steps; `seed` makes the ids.
  explicit Story(std::uint64_t seed, std::size_t steps = whole);

  // Service and slots, in which the story takes place.
  static void set_scene(booking::SlotInventory& inventory);
  static booking::Policy policy() { return {.user_limit = {.max = 3}}; }

  std::size_t steps() const { return after_.size() - 1; }
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

// What is told. The second one goes on with a write-ahead log so long that the library moves it
// into the file after the first step; the first one, with a short log, is faster.
enum class Plot { whole, checkpoint };
inline constexpr Plot both_plots[] = {Plot::whole, Plot::checkpoint};

inline Story story_of(Plot plot, std::uint64_t seed) {
  return Story{seed, plot == Plot::whole ? Story::whole : 2};
}

// Every slot and every booking, a line each, without times.
std::string books(const booking::SlotInventory& inventory);

}  // namespace booking_test
