// How the library's values stand in the tables: ids, labels, instants, whole records. `bind` takes
// the next parameters of a statement, `read_…` the next columns. Used by view, read and file.
#pragma once

#include "booking/booking_record.hpp"
#include "booking/command.hpp"
#include "sqlite/connection.hpp"

namespace booking::inline v0::sqlite {

void bind(Statement& statement, std::int64_t value);
void bind(Statement& statement, StatusSet statuses);
void bind(Statement& statement, const UserId& user);
void bind(Statement& statement, const ServiceId& service);
void bind(Statement& statement, SlotLabel label);
void bind(Statement& statement, BookingId id);
void bind(Statement& statement, const SlotKey& slot);     // 2: service, label
void bind(Statement& statement, const Service& service);  // 4
void bind(Statement& statement, const SlotState& slot);   // 12
void bind(Statement& statement, const Booking& booking);  // 14
void bind(Statement& statement, Instant instant);
void bind(Statement& statement, const Policy& policy);  // 3
void bind(Statement& statement, const Gate& gate);      // 3

template <class... Values>
void bind_all(Statement& statement, const Values&... values) {
  (bind(statement, values), ...);
}

// A row that no version of this library wrote fails the connection with broken_store.
UserId read_user(Statement& statement);
Service read_service(Statement& statement);
SlotState read_slot(Statement& statement);
Booking read_booking(Statement& statement);
SlotTally read_tally(Statement& statement);
SlotReading read_reading(Statement& statement);
/// With store time behind its columns: an overdue hold reads as expired.
Booking read_seen_booking(Statement& statement);
Policy read_policy(Statement& statement);
Gate read_gate(Statement& statement);
Instant read_instant(Statement& statement);

}  // namespace booking::inline v0::sqlite
