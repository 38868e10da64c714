// Each question of the rules is one statement.
#include "sqlite/view.hpp"

#include <algorithm>

#include "sqlite/statements.hpp"
#include "sqlite/values.hpp"

namespace booking::inline v0::sqlite {

namespace {

/// The record that `sql` finds for `key`, put into `place`; nullptr: there is none.
template <class Record, class Key>
const Record* find(Connection& connection, const char* sql, const Key& key,
                   Record (*read)(Statement&), Record& place) {
  Statement statement{connection, sql};
  bind(statement, key);
  if (!statement.step()) return nullptr;
  place = read(statement);
  return connection.failed() ? nullptr : &place;
}

}  // namespace

SqliteView::SqliteView(Connection& connection, const Clock& clock)
    : connection_{connection},
      inventory_{read_inventory(connection)},
      now_{std::max(clock.now(), inventory_.relied_on)} {}

const Service* SqliteView::service(const ServiceId& id) {
  return find(connection_, sql::service, id, read_service, service_);
}

const SlotState* SqliteView::slot(const SlotKey& key) {
  return find(connection_, sql::slot, key, read_slot, slot_);
}

const Booking* SqliteView::booking(const BookingId& id) {
  return find(connection_, sql::booking, id, read_booking, booking_);
}

bool SqliteView::is_void(const BookingId& id) {
  Statement statement{connection_, sql::is_void};
  bind(statement, id);
  return statement.step() && statement.next_integer() != 0;
}

ClaimCount SqliteView::count_claims(const UserId& user, StatusSet statuses) {
  Statement statement{connection_, sql::count_claims};
  bind_all(statement, now_, user, statuses);
  if (!statement.step()) return {};
  const std::int64_t counting = statement.next_integer();
  return {.counting = counting, .ended = statement.next_integer() > counting};
}

bool SqliteView::has_live_booking(const UserId& user, const SlotKey& slot) {
  Statement statement{connection_, sql::has_live_booking};
  bind_all(statement, now_, user, slot);
  return statement.step() && statement.next_integer() != 0;
}

const Booking* SqliteView::first_hold(const SlotKey& slot) {
  return find(connection_, sql::first_hold, slot, read_booking, booking_);
}

std::optional<SlotKey> SqliteView::overdue_slot() {
  const SlotState* found = find(connection_, sql::overdue_slot, now_, read_slot, slot_);
  if (found == nullptr) return std::nullopt;
  return found->slot;
}

const Booking* SqliteView::next_booking(const BookingId& after) {
  Statement statement{connection_, sql::next_booking};
  after.valid() ? bind(statement, after) : statement.bind_lowest();
  if (!statement.step()) return nullptr;
  booking_ = read_booking(statement);
  return connection_.failed() ? nullptr : &booking_;
}

SlotTally SqliteView::tally(const SlotKey& slot) {
  Statement statement{connection_, sql::slot_tally};
  bind_all(statement, slot, seat_statuses);
  return statement.step() ? read_tally(statement) : SlotTally{};
}

template <class... Values>
void SqliteView::write(const char* sql, const Values&... values) {
  dirty_ = true;
  Statement statement{connection_, sql};
  bind_all(statement, values...);
  statement.change_one();
}

void SqliteView::insert(const Service& service) {
  write(sql::insert_service, service);
}
void SqliteView::update(const Service& service) {
  write(sql::update_service, service);
}
void SqliteView::insert(const SlotState& slot) {
  write(sql::insert_slot, slot);
}
void SqliteView::update(const SlotState& slot) {
  write(sql::update_slot, slot);
}
void SqliteView::insert(const Booking& booking) {
  write(sql::insert_booking, booking);
}
void SqliteView::update(const Booking& booking) {
  write(sql::update_booking, booking);
}
void SqliteView::erase(const BookingId& id) {
  write(sql::erase_booking, id);
}
void SqliteView::insert_void(const BookingId& id) {
  write(sql::insert_void, id, now_);
}

std::int64_t SqliteView::erase_voids(Instant before, std::int64_t max) {
  const auto ms = static_cast<std::uint64_t>(before.time_since_epoch().count());
  const BookingId first =
      BookingId::from_halves((ms << 16) | 0x7000U, std::uint64_t{1} << 63);  // of that instant
  Statement statement{connection_, sql::erase_voids};
  bind_all(statement, first, before, max);
  statement.step();
  const std::int64_t erased = connection_.changes();
  dirty_ = dirty_ || erased > 0;
  return erased;
}

void SqliteView::set_policy(const Policy& policy) {
  write(sql::set_policy, policy);
  inventory_.policy = policy;
}

void SqliteView::set_gate(const Gate& gate) {
  write(sql::set_gate, gate);
  inventory_.gate = gate;
}

void SqliteView::rely_on(Instant now) {
  if (now <= inventory_.relied_on) return;
  write(sql::rely_on, now);
  inventory_.relied_on = now;
}

void SqliteView::mark() {
  connection_.run(sql::mark);
  dirty_at_mark_ = dirty_;
  relied_on_at_mark_ = inventory_.relied_on;
  marked_ = true;
}

void SqliteView::forget_mark() {
  if (marked_) connection_.run(sql::forget_mark);
  marked_ = false;
}

void SqliteView::roll_back() {
  connection_.run(sql::roll_back_to_mark);
  dirty_ = dirty_at_mark_;
  inventory_.relied_on = relied_on_at_mark_;
}

}  // namespace booking::inline v0::sqlite
