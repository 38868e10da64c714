// What callers asked of an inventory, what they were answered, and between which instants: the
// material of the linearizability checker. Written by the concurrency and fault tests, by threads
// into memory and by processes into files.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "booking/booking_record.hpp"

namespace booking_test {

enum class Verb : std::uint8_t { book, hold, confirm, cancel, resolve, find, read, set_capacity };

// A slot is a number that the test gives it. An id always comes with the same slot, user and seats.
// Holds outlive the history. Where replies are lost and the library asks again by itself, a refused
// id may have been given up with nobody told: there, send none again after a refusal.
struct Call {
  Verb verb = Verb::read;
  std::int32_t slot = 0;
  booking::BookingId id{};  // not of read and set_capacity
  std::int32_t user = 0;    // of book and hold
  std::int32_t seats = 0;   // of book and hold; the new capacity of set_capacity
  bool again = false;       // of book and hold: a refusal gives up the id
};

enum class Word : std::uint8_t {
  unknown,          // it may have happened, or may yet, or never will
  nothing,          // it surely did nothing, and that says nothing about the slot
  changed,          // done by this call
  unchanged,        // a move or capacity that was there already
  replayed,         // id or op known: done by this call or before; `value`: the booking's status
  found,            // `value`: the booking's status
  remaining,        // `value`: seats left
  sold_out,         // `value`: seats left
  already_booked,   // the user has a live booking in the slot
  id_void,          // of resolve: there is no booking and never will be
  not_found,        // no such booking
  not_held,         // of confirm, cancel: its status does not allow it
  capacity_in_use,  // of set_capacity: more seats are booked
};

struct Answer {
  Word word = Word::unknown;
  std::int64_t value = 0;
};

using Nanoseconds = std::int64_t;  // of the steady clock, which all processes of a host share

struct Operation {
  std::string process{};  // whose it was; to be told, nothing depends on it
  Call call{};
  Answer answer{};
  Nanoseconds invoked = 0;
  Nanoseconds returned = never;

  static constexpr Nanoseconds never = INT64_MAX;
  bool unknown() const noexcept { return answer.word == Word::unknown; }
  // The last instant at which it can have taken effect.
  Nanoseconds end() const noexcept { return unknown() ? never : returned; }
};

using History = std::vector<Operation>;

// One line for people: who, when, what, and what came of it.
std::string to_string(const Operation& operation);
const char* to_string(Verb verb);
const char* to_string(Word word);

// Collects operations. With a path it also appends a line to that file before and after each call,
// so that a process killed in the middle leaves a call without an answer, and never a gap.
// Thread safety: all members may be called from any thread. Throws std::runtime_error when the
// file cannot be made (it must be new) or written.
class Recorder {
 public:
  // `process`: a name without spaces.
  explicit Recorder(std::string process = "test", const std::string& path = {});
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Before the call; hand what it returns to `returned` after it.
  std::size_t called(const Call& call);
  void returned(std::size_t number, Answer answer);

  History history() const;
  std::size_t calls() const;  // so far

 private:
  void write(const std::string& line) const;

  const std::string process_;
  const int file_;
  mutable std::mutex mutex_{};
  History operations_{};
};

// The history in a file of a Recorder. A last line that is torn is left out; throws
// std::runtime_error for any other that cannot be read.
History read_history(const std::string& path);

}  // namespace booking_test
