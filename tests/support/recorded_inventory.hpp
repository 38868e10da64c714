// An inventory whose calls are written down for the linearizability checker. Used by the
// concurrency and fault tests and by their worker processes.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "booking/booking.hpp"
#include "support/history.hpp"

namespace booking_test {

// Thread safety: may be shared; each thread may also have its own, on one recorder or on several.
class RecordedInventory {
 public:
  // `slot_of`: the slot of each number.
  RecordedInventory(booking::SlotInventory inventory, Recorder& recorder,
                    std::function<booking::SlotKey(int)> slot_of)
      : inventory_{std::move(inventory)}, recorder_{&recorder}, slot_of_{std::move(slot_of)} {}

  // Makes the call that is described, and answers as it was answered. `op`: of confirm and cancel.
  Answer make(const Call& call, booking::OpId op = {}) {
    const std::size_t number = recorder_->called(call);
    const Answer answer = carry_out(call, op);
    recorder_->returned(number, answer);
    return answer;
  }

 private:
  Answer carry_out(const Call& call, booking::OpId op) {
    using std::chrono::hours;
    const booking::SlotKey slot = slot_of_(call.slot);
    switch (call.verb) {
      case Verb::book:
        return of(inventory_.book({.id = call.id,
                                   .user = call.user,
                                   .slot = slot,
                                   .seats = call.seats,
                                   .again = call.again}));
      case Verb::hold:
        return of(inventory_.hold({.id = call.id,
                                   .user = call.user,
                                   .slot = slot,
                                   .seats = call.seats,
                                   .ttl = hours{24},
                                   .again = call.again}));
      case Verb::confirm:
        return of(inventory_.confirm({.id = call.id, .user = {}, .seats = {}, .op = op}));
      case Verb::cancel:
        return of(inventory_.cancel({.id = call.id, .user = {}, .op = op}));
      case Verb::resolve:
        return of(inventory_.resolve(call.id), Word::id_void);
      case Verb::find:
        return of(inventory_.find(call.id), Word::not_found);
      case Verb::read: {
        const auto seen = inventory_.availability(slot);
        return seen ? Answer{Word::remaining, seen->remaining} : of(seen.error());
      }
      case Verb::set_capacity: {
        const auto done = inventory_.change_slot({.slot = slot, .capacity = call.seats});
        if (!done) return of(done.error());
        return {done->changed ? Word::changed : Word::unchanged, 0};
      }
    }
    return {};
  }

  // Of three: held, live, over. Approval and completion are none of the checker's business.
  static std::int64_t status(const booking::Booking& booking) {
    using booking::Status;
    const Status status = booking.status == Status::held                    ? Status::held
                          : booking::seat_statuses.contains(booking.status) ? Status::confirmed
                                                                            : Status::cancelled;
    return static_cast<std::int64_t>(status);
  }

  static Answer of(const booking::Result<booking::Receipt>& result) {
    if (!result) return of(result.error());
    if (result->replayed) return {Word::replayed, status(result->booking)};
    return {result->changed ? Word::changed : Word::unchanged, 0};
  }
  static Answer of(const booking::Result<std::optional<booking::Booking>>& result, Word none) {
    if (!result) return of(result.error());
    return *result ? Answer{Word::found, status(**result)} : Answer{none, 0};
  }
  static Answer of(const booking::Error& error) {
    using booking::ErrorCode;
    switch (error.code) {
      case ErrorCode::sold_out:
        return {Word::sold_out, error.count};
      case ErrorCode::already_booked:
        return {Word::already_booked, 0};
      case ErrorCode::id_void:
        return {Word::id_void, 0};
      case ErrorCode::not_found:
        return {Word::not_found, 0};
      case ErrorCode::invalid_transition:
        return {Word::not_held, 0};
      case ErrorCode::capacity_below_booked:
        return {Word::capacity_in_use, 0};
      case ErrorCode::outcome_unknown:
      case ErrorCode::broken_store:
      case ErrorCode::internal:
        return {Word::unknown, 0};
      default:
        return {Word::nothing, 0};
    }
  }

  booking::SlotInventory inventory_;
  Recorder* recorder_;
  std::function<booking::SlotKey(int)> slot_of_;
};

}  // namespace booking_test
