// Each question of the rules is one statement.
#include "sqlite/view.hpp"

#include "sqlite/statements.hpp"
#include "sqlite/values.hpp"

namespace booking::inline v0::sqlite {

namespace {

constexpr auto last_status = static_cast<std::int64_t>(Status::waitlisted);

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

const Service* SqliteView::service(const ServiceId& id) {
  return find(connection_, sql::service, id, read_service, service_);
}

const SlotState* SqliteView::slot(const SlotKey& key) {
  return find(connection_, sql::slot, key, read_slot, slot_);
}

const Booking* SqliteView::booking(const BookingId& id) {
  return find(connection_, sql::booking, id, read_booking, booking_);
}

std::int64_t SqliteView::count_claims(const UserId& user, StatusSet statuses,
                                      std::int64_t at_most) {
  std::int64_t claims = 0;
  for (std::int64_t status = 0; status <= last_status && claims < at_most; ++status) {
    if (!statuses.contains(static_cast<Status>(status))) continue;
    Statement statement{connection_, sql::count_claims};
    bind_all(statement, user, status, at_most - claims);
    if (statement.step()) claims += statement.next_integer();
  }
  return claims;
}

bool SqliteView::has_live_booking(const UserId& user, const SlotKey& slot) {
  for (std::int64_t status = 0; status <= last_status; ++status) {
    if (!live_statuses.contains(static_cast<Status>(status))) continue;
    Statement statement{connection_, sql::has_booking};
    bind_all(statement, user, status, slot);
    if (statement.step() && statement.next_integer() != 0) return true;
  }
  return false;
}

template <class Record>
void SqliteView::write(const char* sql, const Record& record) {
  if (!written_) connection_.run(sql::begin_command);
  written_ = true;
  Statement statement{connection_, sql};
  bind(statement, record);
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

void SqliteView::roll_back() {
  if (written_) connection_.run(sql::roll_back_command);
}

}  // namespace booking::inline v0::sqlite
