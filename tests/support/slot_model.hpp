// One slot as the contract has it, one operation at a time: what a store would have to answer. Used
// by the linearizability checker, which looks for an order in which it answers as recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/history.hpp"

namespace booking_test {

class SlotModel {
 public:
  // Where the slot stands: its capacity and, for each id of the history, what became of it.
  struct State {
    std::int64_t capacity = 0;
    std::int64_t used = 0;
    std::string bookings{};  // an enumerator of Stage each
    std::int64_t remaining() const noexcept { return used < capacity ? capacity - used : 0; }
    friend bool operator==(const State&, const State&) = default;
  };

  // Of operations on this slot alone.
  explicit SlotModel(std::vector<const Operation*> operations);

  State initial(std::int64_t capacity) const;

  // Carries out the nth operation; false when it could not have been answered as it was. One whose
  // answer is unknown can always have been carried out; it is whatever it then does.
  bool step(std::size_t nth, State& state) const;

 private:
  enum Stage : char { absent = 0, held, booked, cancelled, given_up };
  struct Party {  // what an id always comes with
    std::int32_t seats = 0;
    std::vector<std::size_t> same_user{};  // ids of that user, this one included
  };

  static std::int64_t status_code(char stage);
  bool book(const Call& call, Answer answer, std::size_t id, State& state) const;
  bool move(const Call& call, Answer answer, std::size_t id, State& state) const;
  static bool resolve(Answer answer, char& stage);
  static bool set_capacity(std::int64_t capacity, Answer answer, State& state);
  bool has_live_booking(std::size_t id, const State& state) const;

  std::vector<const Operation*> operations_;
  std::vector<std::size_t> ids_{};  // of each operation, an index into parties_
  std::vector<Party> parties_{};
};

}  // namespace booking_test
