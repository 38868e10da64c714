// A naive inventory, written from the contract alone: plain maps, no counters, every number summed
// up anew. The model test compares every answer of a real inventory with this one's. It shares the
// library's types and nothing of its logic. Time stands still but for `pass`, and what is overdue
// expires then and there.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"
#include "booking/slot.hpp"

namespace booking_test {

// Member names and answers as those of booking::SlotInventory.
class Model {
 public:
  Model(booking::UserLimit limit, booking::Instant now) : limit_{limit}, now_{now} {}

  void pass(std::chrono::milliseconds time);
  booking::Instant now() const { return now_; }

  booking::Result<booking::Change> define_service(const booking::Service& service);
  booking::Result<booking::Change> update_service(const booking::Service& service);
  booking::Result<booking::Change> define_slot(const booking::SlotDefinition& definition);
  booking::Result<booking::Change> change_slot(const booking::SlotChange& change);

  booking::Result<std::vector<booking::Change>> import_slots(
      const std::vector<booking::SlotDefinition>& slots, booking::ImportMode mode);
  booking::Result<booking::Gate> gate() const { return gate_; }
  booking::Result<booking::Change> set_gate(const booking::Gate& expected,
                                            const booking::Gate& next);

  booking::Result<booking::Receipt> book(const booking::BookRequest& request);
  booking::Result<booking::Receipt> hold(const booking::HoldRequest& request);
  booking::Result<std::vector<booking::Receipt>> book_all(
      const std::vector<booking::BookRequest>& requests);
  std::vector<booking::Result<booking::Receipt>> book_each(
      const std::vector<booking::BookRequest>& requests);
  booking::Result<booking::Receipt> extend(const booking::ExtendRequest& request);
  booking::Result<booking::Receipt> confirm(const booking::ConfirmRequest& request);
  booking::Result<booking::Receipt> cancel(const booking::MoveRequest& request);
  booking::Result<std::vector<booking::Receipt>> cancel_all(
      const std::vector<booking::BookingId>& ids);
  booking::Result<booking::Receipt> approve(const booking::MoveRequest& request);
  booking::Result<booking::Receipt> reject(const booking::RejectRequest& request);
  booking::Result<booking::Receipt> complete(const booking::MoveRequest& request);
  booking::Result<booking::Receipt> no_show(const booking::MoveRequest& request);
  booking::Result<booking::Receipt> reschedule(const booking::RescheduleRequest& request);
  booking::Result<std::optional<booking::Booking>> resolve(booking::BookingId id);
  booking::Result<booking::PurgeReport> purge(const booking::PurgeRequest& request);

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
    std::optional<booking::Instant> begins_at{};
    std::optional<booking::Instant> ends_at{};
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  // What a new booking is to be: the common part of book, hold and reschedule.
  struct Wanted {
    booking::BookingId id{};
    booking::UserId user{};
    booking::SlotKey slot{};
    std::int32_t seats = 0;
    bool second_allowed = false;
    booking::Origin origin = booking::Origin::book;
    bool again = false;
  };

  static bool is_live(const booking::Booking& booking) {
    return booking.status == booking::Status::held || booking.status == booking::Status::pending ||
           booking.status == booking::Status::confirmed;
  }

  using Test = std::function<bool(const booking::Booking&)>;
  std::vector<booking::Booking> select(const Test& test) const;
  std::int64_t seats_in(const booking::SlotKey& slot) const;
  std::int64_t counting_of(const booking::UserId& user) const;
  booking::Availability look_at(const booking::SlotKey& key) const;
  static bool same_terms(const Slot& slot, const booking::SlotDefinition& definition);
  bool has_ended(const booking::SlotKey& slot) const;
  bool shut() const { return gate_.phase != booking::Gate::Phase::open; }
  booking::Error void_if_again(bool again, booking::BookingId id, booking::Error error);
  std::optional<booking::Error> refuse_id(booking::BookingId id) const;
  std::optional<booking::Error> refuse_seats(const Wanted& wanted, booking::Status status) const;
  booking::Receipt insert(const Wanted& wanted, booking::Status status,
                          std::optional<booking::Instant> hold_until);
  booking::Result<booking::Receipt> book(const Wanted& wanted,
                                         std::optional<std::chrono::milliseconds> ttl);
  // What stands before each move of a booking; no value: go on.
  std::optional<booking::Result<booking::Receipt>> before_move(
      booking::BookingId id, const std::optional<booking::UserId>& user, booking::OpId op,
      booking::StatusSet there);
  booking::Receipt finish(booking::BookingId id, booking::Status status, booking::OpId op,
                          const std::string& message = "");
  booking::Result<booking::Receipt> end_visit(const booking::MoveRequest& request,
                                              booking::Status status);

  booking::UserLimit limit_;
  booking::Instant now_;
  booking::Gate gate_{};
  std::map<booking::BookingId, booking::Instant> voids_;
  std::map<booking::ServiceId, booking::Service> services_;
  std::map<booking::SlotKey, Slot> slots_;
  std::map<booking::BookingId, booking::Booking> bookings_;
};

}  // namespace booking_test
