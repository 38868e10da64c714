// The rules for one slot, written again and naively: nothing here is shared with the library.
#include "support/slot_model.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace booking_test {

using booking::Status;

SlotModel::SlotModel(std::vector<const Operation*> operations)
    : operations_{std::move(operations)} {
  std::map<booking::BookingId, std::size_t> numbers;
  std::map<std::int32_t, std::vector<std::size_t>> users;
  std::vector<std::int32_t> user_of;
  for (const Operation* operation : operations_) {
    const Call& call = operation->call;
    const auto [found, added] = numbers.try_emplace(call.id, parties_.size());
    ids_.push_back(found->second);
    if (added) parties_.emplace_back();
    Party& party = parties_[found->second];
    const bool makes = call.verb == Verb::book || call.verb == Verb::hold;
    if (!makes || !party.same_user.empty()) continue;
    party.seats = call.seats;
    party.same_user = {found->second};
    users[call.user].push_back(found->second);
  }
  for (const auto& [user, ids] : users) {
    for (const std::size_t id : ids) parties_[id].same_user = ids;
  }
}

SlotModel::State SlotModel::initial(std::int64_t capacity) const {
  return {.capacity = capacity, .used = 0, .bookings = std::string(parties_.size(), absent)};
}

bool SlotModel::step(std::size_t nth, State& state) const {
  const auto& [process, call, answer, invoked, returned] = *operations_[nth];
  const std::size_t id = ids_[nth];
  switch (call.verb) {
    case Verb::book:
    case Verb::hold:
      return book(call, answer, id, state);
    case Verb::confirm:
    case Verb::cancel:
      return move(call, answer, id, state);
    case Verb::resolve:
      return resolve(answer, state.bookings[id]);
    case Verb::find: {
      const char stage = state.bookings[id];
      const bool there = stage != absent && stage != given_up;
      if (!there) return answer.word == Word::not_found || answer.word == Word::unknown;
      return answer.word == Word::unknown ||
             (answer.word == Word::found && answer.value == status_code(stage));
    }
    case Verb::read:
      return answer.word == Word::unknown ||
             (answer.word == Word::remaining && answer.value == state.remaining());
    case Verb::set_capacity:
      return set_capacity(call.seats, answer, state);
  }
  return false;
}

std::int64_t SlotModel::status_code(char stage) {
  const Status status = stage == held     ? Status::held
                        : stage == booked ? Status::confirmed
                                          : Status::cancelled;
  return static_cast<std::int64_t>(status);
}

bool SlotModel::has_live_booking(std::size_t id, const State& state) const {
  const std::vector<std::size_t>& all = parties_[id].same_user;
  return std::any_of(all.begin(), all.end(), [&](std::size_t other) {
    return state.bookings[other] == held || state.bookings[other] == booked;
  });
}

// `replayed` of an id that is not there: the library itself had asked twice.
bool SlotModel::book(const Call& call, Answer answer, std::size_t id, State& state) const {
  char& stage = state.bookings[id];
  const bool any = answer.word == Word::unknown;
  if (stage == given_up) return any || answer.word == Word::id_void;
  if (stage != absent) {
    return any || (answer.word == Word::replayed && answer.value == status_code(stage));
  }
  const bool taken = has_live_booking(id, state);
  if (taken || call.seats > state.remaining()) {
    // The library may have asked again by itself, and its answer may have been lost.
    if (call.again || any) stage = given_up;
    if (any) return true;
    if (taken) return answer.word == Word::already_booked;
    return answer.word == Word::sold_out && answer.value == state.remaining();
  }
  stage = call.verb == Verb::hold ? held : booked;
  state.used += call.seats;
  return any || answer.word == Word::changed ||
         (answer.word == Word::replayed && answer.value == status_code(stage));
}

// Of a move, `replayed` stands for: done by this call or by an earlier one with the same op.
bool SlotModel::move(const Call& call, Answer answer, std::size_t id, State& state) const {
  char& stage = state.bookings[id];
  const bool any = answer.word == Word::unknown;
  const char there = call.verb == Verb::confirm ? booked : cancelled;
  if (stage == absent) return any || answer.word == Word::not_found;
  if (stage == given_up) return any || answer.word == Word::id_void;
  if (stage == there) {
    return any || answer.word == Word::unchanged || answer.word == Word::replayed;
  }
  if (stage == cancelled) return any || answer.word == Word::not_held;
  stage = there;
  if (there == cancelled) state.used -= parties_[id].seats;
  return any || answer.word == Word::changed || answer.word == Word::replayed;
}

bool SlotModel::resolve(Answer answer, char& stage) {
  const bool any = answer.word == Word::unknown;
  if (stage == absent || stage == given_up) {
    stage = given_up;
    return any || answer.word == Word::id_void;
  }
  return any || (answer.word == Word::found && answer.value == status_code(stage));
}

bool SlotModel::set_capacity(std::int64_t capacity, Answer answer, State& state) {
  const bool any = answer.word == Word::unknown;
  if (capacity == state.capacity) return any || answer.word == Word::unchanged;
  if (capacity < state.used) return any || answer.word == Word::capacity_in_use;
  state.capacity = capacity;
  return any || answer.word == Word::changed;
}

}  // namespace booking_test
