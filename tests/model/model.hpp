// A naive inventory, written from the contract alone: plain maps, no counters, every number summed
// up anew. The model test compares every answer of a real inventory with this one's. It shares the
// library's types and nothing of its logic.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"
#include "booking/slot.hpp"

namespace booking_test {

// Member names and answers as those of booking::SlotInventory; records carry no times.
class Model {
 public:
  explicit Model(booking::UserLimit limit) : limit_{limit} {}

  booking::Result<booking::Change> define_service(const booking::Service& service);
  booking::Result<booking::Change> update_service(const booking::Service& service);
  booking::Result<booking::Change> define_slot(const booking::SlotDefinition& definition);
  booking::Result<booking::Change> change_slot(const booking::SlotChange& change);

  booking::Result<booking::Receipt> book(const booking::BookRequest& request);
  booking::Result<std::vector<booking::Receipt>> book_all(
      const std::vector<booking::BookRequest>& requests);
  std::vector<booking::Result<booking::Receipt>> book_each(
      const std::vector<booking::BookRequest>& requests);
  booking::Result<booking::Receipt> cancel(const booking::MoveRequest& request);
  booking::Result<std::vector<booking::Receipt>> cancel_all(
      const std::vector<booking::BookingId>& ids);
  booking::Result<booking::Receipt> approve(const booking::MoveRequest& request);
  booking::Result<booking::Receipt> reject(const booking::RejectRequest& request);

  booking::Result<booking::Availability> availability(const booking::SlotKey& slot) const;
  booking::Result<booking::AvailabilityPage> availability(const booking::SlotRange& range,
                                                          std::int32_t page_size) const;
  booking::Result<std::optional<booking::Booking>> find(booking::BookingId id) const;
  booking::Result<booking::BookingPage> bookings(const booking::BookingQuery& query,
                                                 const booking::BookingPageRequest& page) const;
  booking::Result<std::optional<booking::Booking>> current_booking(
      const booking::UserId& user) const;

  // For the generator, which prefers commands that mean something now.
  std::vector<booking::BookingId> ids_in(booking::StatusSet statuses) const;

 private:
  struct Slot {
    std::int64_t capacity = 0;
    std::int64_t overbook = 0;
    booking::SlotStatus status = booking::SlotStatus::open;
  };

  static bool is_live(const booking::Booking& booking) {
    return booking.status == booking::Status::pending ||
           booking.status == booking::Status::confirmed;
  }

  using Test = std::function<bool(const booking::Booking&)>;
  std::vector<booking::Booking> select(const Test& test) const;
  std::int64_t seats_in(const booking::SlotKey& slot) const;
  std::int64_t counting_of(const booking::UserId& user) const;
  booking::Availability look_at(const booking::SlotKey& key) const;
  booking::Result<booking::Receipt> finish(booking::BookingId id, booking::Status status,
                                           const std::string& message);

  booking::UserLimit limit_;
  std::map<booking::ServiceId, booking::Service> services_;
  std::map<booking::SlotKey, Slot> slots_;
  std::map<booking::BookingId, booking::Booking> bookings_;
};

}  // namespace booking_test
