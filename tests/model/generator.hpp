// Random calls over so few services, slots, users and ids that they meet all the time. Looks at the
// model to prefer calls that mean something now; the same seed makes the same calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "model/model.hpp"
#include "model/step.hpp"

namespace booking_test {

class Generator {
 public:
  explicit Generator(std::uint64_t seed);

  // The next call, with `model` as it stands before it.
  Step next(const Model& model);

  // What calls may speak of; also what to look at when the whole state is compared.
  static const std::vector<booking::ServiceId>& services();
  static const std::vector<booking::SlotKey>& slots();
  static const std::vector<booking::UserId>& users();

 private:
  bool chance(int percent);
  int below(int end);
  std::chrono::minutes minutes_below(int end);
  template <class T>
  const T& any_of(const std::vector<T>& values);

  booking::BookingId fresh_id(const Model& model);
  booking::BookingId id_in(const Model& model, booking::StatusSet statuses);
  std::int32_t seats();
  std::int32_t capacity();
  booking::Service service();
  booking::BookRequest request(const Model& model);
  std::vector<booking::BookRequest> requests(const Model& model);
  std::vector<booking::BookingId> ids(const Model& model);
  std::optional<booking::Instant> moment(const Model& model);
  booking::SlotDefinition slot_definition(const Model& model);
  booking::SlotChange slot_change(const Model& model);
  std::chrono::milliseconds ttl();
  template <class Request>
  Request move(const Model& model, booking::StatusSet from, booking::StatusSet to);
  Step reschedule(const Model& model);
  Step import_slots(const Model& model);
  Step shut_gate(const Model& model);
  Step open_gate(const Model& model);
  Step stray_gate(const Model& model);
  Step pass_time();
  Step move_something(const Model& model);
  Step read(const Model& model);

  std::mt19937_64 random_;
  std::vector<booking::BookRequest> made_;         // requests so far, to repeat or to distort
  std::vector<booking::RescheduleRequest> moved_;  // the same of reschedules
};

}  // namespace booking_test
