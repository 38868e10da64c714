// Operations of one slot, number 0, spelt short: for tests of what judges histories. Each is
// answered as it usually is, unless said otherwise; user n has booking n.
#pragma once

#include <cstdint>
#include <optional>

#include "support/history.hpp"

namespace booking_test {

using booking::Status;

struct Interval {
  Nanoseconds from = 0;
  Nanoseconds to = 0;
};
enum class Again : bool { no, yes };

inline std::int64_t code(Status status) {
  return static_cast<std::int64_t>(status);
}

inline Operation operation(Verb verb, int id, Interval at, Answer answer) {
  const booking::BookingId booking = id == 0 ? booking::BookingId{} : booking::BookingId{id};
  return {.process = "test",
          .call = {.verb = verb, .slot = 0, .id = booking, .user = id},
          .answer = answer,
          .invoked = at.from,
          .returned = at.to};
}

inline Operation book(int id, std::int32_t seats, Interval at, Answer answer = {Word::changed, 0},
                      Again again = Again::no) {
  Operation made = operation(Verb::book, id, at, answer);
  made.call.seats = seats;
  made.call.again = again == Again::yes;
  return made;
}
inline Operation book_unknown(int id, std::int32_t seats, Nanoseconds from) {
  return book(id, seats, {from, Operation::never}, {Word::unknown, 0});
}
inline Operation hold(int id, std::int32_t seats, Interval at, Answer answer = {Word::changed, 0}) {
  Operation made = book(id, seats, at, answer);
  made.call.verb = Verb::hold;
  return made;
}
inline Operation confirm(int id, Interval at, Word word = Word::changed) {
  return operation(Verb::confirm, id, at, {word, 0});
}
inline Operation cancel(int id, Interval at, Word word = Word::changed) {
  return operation(Verb::cancel, id, at, {word, 0});
}
inline Operation cancel_unknown(int id, Nanoseconds from) {
  return cancel(id, {from, Operation::never}, Word::unknown);
}
// What there is not to be found any more.
inline Operation resolve(int id, Interval at) {
  return operation(Verb::resolve, id, at, {Word::id_void, 0});
}
inline Operation find(int id, Interval at, std::optional<Status> status) {
  const Answer answer = status ? Answer{Word::found, code(*status)} : Answer{Word::not_found, 0};
  return operation(Verb::find, id, at, answer);
}
inline Operation read(Interval at, std::int64_t remaining) {
  return operation(Verb::read, 0, at, {Word::remaining, remaining});
}
inline Operation set_capacity(std::int32_t capacity, Interval at, Word word) {
  Operation made = operation(Verb::set_capacity, 0, at, {word, 0});
  made.call.seats = capacity;
  return made;
}

}  // namespace booking_test
