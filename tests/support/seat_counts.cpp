// Seats counted over time from what is certain, and from what is possible, about each booking.
#include "support/seat_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace booking_test {

namespace {

constexpr Nanoseconds never = Operation::never;

// When one booking can have begun and ended to take its seats, at the earliest and at the latest.
struct Life {
  std::int32_t slot = 0;
  std::int32_t seats = 0;
  Nanoseconds may_begin = never;
  Nanoseconds has_begun = never;
  Nanoseconds may_end = never;
  Nanoseconds has_ended = never;
  bool given_up = false;  // it never began and never will
};
using Lives = std::map<booking::BookingId, Life>;

void earlier(Nanoseconds& so_far, Nanoseconds at) {
  so_far = std::min(so_far, at);
}

bool live(Answer answer) {
  return answer.value != static_cast<std::int64_t>(booking::Status::cancelled);
}

void add_booking(const Operation& operation, Life& life) {
  const Word word = operation.answer.word;
  life.seats = operation.call.seats;
  if (word != Word::changed && word != Word::replayed && word != Word::unknown) return;
  earlier(life.may_begin, operation.invoked);
  earlier(life.has_begun, operation.end());
  if (word == Word::replayed && !live(operation.answer)) earlier(life.has_ended, operation.end());
}

void add_cancel(const Operation& operation, Life& life) {
  const Word word = operation.answer.word;
  if (word != Word::changed && word != Word::unchanged && word != Word::replayed &&
      word != Word::unknown) {
    return;
  }
  earlier(life.may_end, operation.invoked);
  earlier(life.has_begun, operation.end());
  earlier(life.has_ended, operation.end());
}

Lives lives_in(const History& history) {
  Lives lives;
  for (const Operation& operation : history) {
    const Verb verb = operation.call.verb;
    if (verb == Verb::read || verb == Verb::set_capacity) continue;
    Life& life = lives[operation.call.id];
    life.slot = operation.call.slot;
    if (verb == Verb::book || verb == Verb::hold) add_booking(operation, life);
    if (verb == Verb::cancel) add_cancel(operation, life);
    if (operation.answer.word == Word::id_void) life.given_up = true;
    if (operation.answer.word != Word::found) continue;
    earlier(life.has_begun, operation.end());
    if (!live(operation.answer)) earlier(life.has_ended, operation.end());
  }
  return lives;
}

// The lowest and highest capacity that each slot can have had.
struct Range {
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
};
std::map<std::int32_t, Range> ranges_in(const History& history, const Capacities& capacities) {
  std::map<std::int32_t, Range> ranges;
  for (const auto& [slot, capacity] : capacities) ranges[slot] = {capacity, capacity};
  for (const Operation& operation : history) {
    const Word word = operation.answer.word;
    if (operation.call.verb != Verb::set_capacity) continue;
    if (word == Word::capacity_in_use || word == Word::nothing) continue;
    Range& range = ranges[operation.call.slot];
    range.lowest = std::min<std::int64_t>(range.lowest, operation.call.seats);
    range.highest = std::max<std::int64_t>(range.highest, operation.call.seats);
  }
  return ranges;
}

// Seats in use over time: after each of these instants, until the next.
struct Level {
  Nanoseconds at = 0;
  std::int64_t seats = 0;
};
using Levels = std::map<std::int32_t, std::vector<Level>>;  // by slot

enum class AtOneInstant { take_first, give_back_first };

Levels levels_of(const Lives& lives, Nanoseconds Life::*from, Nanoseconds Life::*to,
                 AtOneInstant order) {
  Levels levels;  // first as changes
  for (const auto& [id, life] : lives) {
    if (life.*from == never || life.*to <= life.*from) continue;
    levels[life.slot].push_back({life.*from, life.seats});
    if (life.*to != never) levels[life.slot].push_back({life.*to, -life.seats});
  }
  for (auto& [slot, changes] : levels) {
    std::sort(changes.begin(), changes.end(), [order](const Level& a, const Level& b) {
      if (a.at != b.at) return a.at < b.at;
      return order == AtOneInstant::take_first ? a.seats > b.seats : a.seats < b.seats;
    });
    std::int64_t sum = 0;
    for (Level& change : changes) change.seats = sum += change.seats;
  }
  return levels;
}

// The highest level between two instants, both included.
std::int64_t highest(const std::vector<Level>& levels, Nanoseconds from, Nanoseconds to) {
  auto level = std::lower_bound(levels.begin(), levels.end(), from,
                                [](const Level& a, Nanoseconds at) { return a.at < at; });
  std::int64_t most = level == levels.begin() ? 0 : std::prev(level)->seats;
  for (; level != levels.end() && level->at <= to; ++level) most = std::max(most, level->seats);
  return most;
}

}  // namespace

std::vector<std::string> oversold(const History& history, const Capacities& capacities) {
  std::vector<std::string> problems;
  const auto ranges = ranges_in(history, capacities);
  for (const auto& [slot, levels] : levels_of(lives_in(history), &Life::has_begun, &Life::may_end,
                                              AtOneInstant::give_back_first)) {
    for (const Level& level : levels) {
      if (level.seats <= ranges.at(slot).highest) continue;
      problems.push_back("slot " + std::to_string(slot) + " at " + std::to_string(level.at) + ": " +
                         std::to_string(level.seats) + " seats sold of " +
                         std::to_string(ranges.at(slot).highest));
    }
  }
  return problems;
}

std::vector<std::string> refused_with_room(const History& history, const Capacities& capacities) {
  std::vector<std::string> problems;
  const auto ranges = ranges_in(history, capacities);
  Levels levels =
      levels_of(lives_in(history), &Life::may_begin, &Life::has_ended, AtOneInstant::take_first);
  for (const Operation& operation : history) {
    if (operation.answer.word != Word::sold_out) continue;
    const Call& call = operation.call;
    const std::int64_t most = highest(levels[call.slot], operation.invoked, operation.end());
    if (most + call.seats > ranges.at(call.slot).lowest) continue;
    problems.push_back("sold out with at most " + std::to_string(most) + " of " +
                       std::to_string(ranges.at(call.slot).lowest) +
                       " seats sold: " + to_string(operation));
  }
  return problems;
}

std::vector<std::string> not_conserved(const History& history, const Capacities& capacities,
                                       const Books& books) {
  std::vector<std::string> problems;
  std::map<std::int32_t, std::int64_t> sums;
  for (const auto& [id, there] : books.live) sums[there.slot] += there.seats;
  for (const auto& [slot, capacity] : capacities) {
    const std::int64_t sum = sums[slot];
    if (capacity - sum == books.remaining.at(slot)) continue;
    problems.push_back("slot " + std::to_string(slot) + ": " + std::to_string(sum) + " of " +
                       std::to_string(capacity) + " seats booked, " +
                       std::to_string(books.remaining.at(slot)) + " remaining");
  }
  Lives lives = lives_in(history);
  for (const auto& [id, there] : books.live) {
    const Life& life = lives[id];
    const bool may_be = life.may_begin != never && life.has_ended == never && !life.given_up;
    if (may_be && life.seats == there.seats && life.slot == there.slot) continue;
    problems.push_back(booking::to_string(id) + " is there and should not be, or not so");
  }
  for (const auto& [id, life] : lives) {
    const bool must_be = life.has_begun != never && life.may_end == never;
    if (must_be && books.live.count(id) == 0) {
      problems.push_back(booking::to_string(id) + " was booked and is lost");
    }
  }
  return problems;
}

}  // namespace booking_test
