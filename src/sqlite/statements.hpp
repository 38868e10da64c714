// Every SQL text of the store but the tables themselves (schema.sql), each with its parameters in
// order. Used by connection, view, read and open.
#pragma once

#include <string>

#include "booking/booking_record.hpp"
#include "booking/command.hpp"

namespace booking::inline v0::sqlite::sql {

// The columns that values.cpp reads, in its order.
#define BOOKING_SQL_SERVICE "service, name, description, approval"
#define BOOKING_SQL_SLOT                                                                         \
  "s.service, s.label, s.capacity, s.overbook, s.status, v.approval, s.used, s.version, s.held," \
  " s.lease, s.begins_at, s.ends_at, s.next_deadline"
#define BOOKING_SQL_BOOKING                                                              \
  "b.booking, b.user, s.service, s.label, b.seats, b.seats_asked, b.status, b.version, " \
  "b.created_at, b.updated_at, b.message, b.origin, b.hold_until, b.last_op"
// Store time: the clock's, but never before what a commit relied on. Parameter 1 is the clock's.
#define BOOKING_SQL_NOW "max(?1, (SELECT relied_on FROM inventory))"
// CROSS JOIN keeps SQLite from starting with the second table.
#define BOOKING_SQL_FROM_SLOTS " FROM slots s CROSS JOIN services v ON v.service = s.service "
#define BOOKING_SQL_FROM_BOOKINGS " FROM bookings b CROSS JOIN slots s ON s.slot = b.slot "

// ---- connection and file ------------------------------------------------------------------------

inline constexpr char use_foreign_keys[] = "PRAGMA foreign_keys = ON";
inline constexpr char use_full_sync[] = "PRAGMA synchronous = FULL";
inline constexpr char use_normal_sync[] = "PRAGMA synchronous = NORMAL";
inline constexpr char use_no_mmap[] = "PRAGMA mmap_size = 0";
inline constexpr char use_no_autocheckpoint[] = "PRAGMA wal_autocheckpoint = 0";
inline constexpr char use_wal[] = "PRAGMA journal_mode = WAL";
inline constexpr char read_only[] = "PRAGMA query_only = ON";
inline constexpr char foreign_keys[] = "PRAGMA foreign_keys";
inline constexpr char synchronous[] = "PRAGMA synchronous";

inline constexpr char application_id[] = "PRAGMA application_id";
inline constexpr char format[] = "PRAGMA user_version";
inline constexpr char count_tables[] = "SELECT count(*) FROM sqlite_schema";
inline constexpr char mark_as_inventory[] = "PRAGMA application_id = 0x626F6F6B";  // "book"
inline constexpr char set_format[] = "PRAGMA user_version = 2";

inline constexpr char begin[] = "BEGIN IMMEDIATE";  // DEFERRED could fail at the first write
inline constexpr char begin_reading[] = "BEGIN";
inline constexpr char commit[] = "COMMIT";
inline constexpr char roll_back[] = "ROLLBACK";
inline constexpr char mark[] = "SAVEPOINT batch";
inline constexpr char roll_back_to_mark[] = "ROLLBACK TO batch";
inline constexpr char forget_mark[] = "RELEASE batch";

// ---- inventory ----------------------------------------------------------------------------------

inline constexpr char inventory[] =
    "SELECT identity, user_limit_max, user_limit_counting, id_horizon, epoch, phase, fence,"
    " relied_on FROM inventory";
// identity, max, counting, id_horizon, created_at
inline constexpr char insert_inventory[] =
    "INSERT INTO inventory (one, identity, user_limit_max, user_limit_counting, id_horizon,"
    " created_at) VALUES (1, ?1, ?2, ?3, ?4, ?5)";
inline constexpr char set_policy[] =
    "UPDATE inventory SET user_limit_max = ?1, user_limit_counting = ?2, id_horizon = ?3";
inline constexpr char set_gate[] = "UPDATE inventory SET epoch = ?1, phase = ?2, fence = ?3";
inline constexpr char rely_on[] = "UPDATE inventory SET relied_on = max(relied_on, ?1)";

// ---- services -----------------------------------------------------------------------------------

inline constexpr char service[] = "SELECT " BOOKING_SQL_SERVICE " FROM services WHERE service = ?1";
inline constexpr char insert_service[] =
    "INSERT INTO services (" BOOKING_SQL_SERVICE ") VALUES (?1, ?2, ?3, ?4)";
inline constexpr char update_service[] =
    "UPDATE services SET name = ?2, description = ?3, approval = ?4 WHERE service = ?1";

// ---- slots --------------------------------------------------------------------------------------

// service, label
inline constexpr char slot[] =
    "SELECT " BOOKING_SQL_SLOT BOOKING_SQL_FROM_SLOTS "WHERE s.service = ?1 AND s.label = ?2";

// A slot as a read answers it: overdue seats and store time behind its columns.
#define BOOKING_SQL_READING                                                       \
  "SELECT " BOOKING_SQL_SLOT ", CASE WHEN s.next_deadline <= " BOOKING_SQL_NOW    \
  " THEN (SELECT coalesce(sum(b.seats), 0) FROM bookings b WHERE b.slot = s.slot" \
  " AND b.status = 7 AND b.hold_until <= " BOOKING_SQL_NOW                        \
  ") ELSE 0 END, " BOOKING_SQL_NOW BOOKING_SQL_FROM_SLOTS
// clock, service, label
inline constexpr char slot_reading[] = BOOKING_SQL_READING "WHERE s.service = ?2 AND s.label = ?3";
// clock, service, from, to, limit
inline constexpr char slots_of_service[] = BOOKING_SQL_READING
    "WHERE s.service = ?2 AND s.label BETWEEN ?3 AND ?4 ORDER BY s.label LIMIT ?5";

// A slot beside the sums over its bookings.
#define BOOKING_SQL_TALLY                                                                         \
  "SELECT " BOOKING_SQL_SLOT                                                                      \
  ", (SELECT coalesce(sum(b.seats), 0) FROM bookings b WHERE b.slot = s.slot AND (1 << b.status)" \
  " & ?3), (SELECT coalesce(sum(b.seats), 0) FROM bookings b WHERE b.slot = s.slot"               \
  " AND b.status = 7)" BOOKING_SQL_FROM_SLOTS
// service, label, statuses that take seats
inline constexpr char slot_tally[] = BOOKING_SQL_TALLY "WHERE s.service = ?1 AND s.label = ?2";
// service and label of the first, statuses that take seats, limit
inline constexpr char slot_tallies[] =
    BOOKING_SQL_TALLY "WHERE (s.service, s.label) >= (?1, ?2) ORDER BY s.service, s.label LIMIT ?4";
inline constexpr char insert_slot[] =
    "INSERT INTO slots (service, label, capacity, overbook, status, used, version, held, lease,"
    " begins_at, ends_at, next_deadline)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
inline constexpr char update_slot[] =
    "UPDATE slots SET capacity = ?3, overbook = ?4, status = ?5, used = ?6, version = ?7,"
    " held = ?8, lease = ?9, begins_at = ?10, ends_at = ?11, next_deadline = ?12"
    " WHERE service = ?1 AND label = ?2";
// now
inline constexpr char overdue_slot[] =
    "SELECT " BOOKING_SQL_SLOT BOOKING_SQL_FROM_SLOTS
    "WHERE s.next_deadline <= ?1 ORDER BY s.next_deadline LIMIT 1";

// ---- bookings -----------------------------------------------------------------------------------

inline constexpr char booking[] =
    "SELECT " BOOKING_SQL_BOOKING BOOKING_SQL_FROM_BOOKINGS "WHERE b.booking = ?1";
// booking, user, service, label, seats … last_op: what values.cpp binds
inline constexpr char insert_booking[] =
    "INSERT INTO bookings (booking, user, slot, seats, seats_asked, status, version, created_at,"
    " updated_at, message, origin, hold_until, last_op)"
    " VALUES (?1, ?2, (SELECT slot FROM slots WHERE service = ?3 AND label = ?4), ?5, ?6, ?7, ?8,"
    " ?9, ?10, ?11, ?12, ?13, ?14)";
inline constexpr char update_booking[] =
    "UPDATE bookings SET user = ?2, slot = (SELECT slot FROM slots WHERE service = ?3 AND label ="
    " ?4), seats = ?5, seats_asked = ?6, status = ?7, version = ?8, created_at = ?9,"
    " updated_at = ?10, message = ?11, origin = ?12, hold_until = ?13, last_op = ?14"
    " WHERE booking = ?1";
inline constexpr char erase_booking[] = "DELETE FROM bookings WHERE booking = ?1";
// service, label
inline constexpr char first_hold[] =
    "SELECT " BOOKING_SQL_BOOKING BOOKING_SQL_FROM_BOOKINGS
    "WHERE b.status = 7 AND b.slot = (SELECT slot FROM slots WHERE service = ?1 AND label = ?2)"
    " ORDER BY b.hold_until, b.booking LIMIT 1";
inline constexpr char next_booking[] = "SELECT " BOOKING_SQL_BOOKING BOOKING_SQL_FROM_BOOKINGS
                                       "WHERE b.booking > ?1 ORDER BY b.booking LIMIT 1";

// A claim that has not ended: a hold by its deadline, any other by its slot's end. Parameter 1:
// now.
#define BOOKING_SQL_CLAIM_LIVES \
  "coalesce((CASE b.status WHEN 7 THEN b.hold_until ELSE s.ends_at END) > ?1, 1)"
// The live statuses, named: each is one look-up in bookings_by_user, however long a user's history.
#define BOOKING_SQL_LIVE "b.status IN (0, 1, 7)"
static_assert(live_statuses == StatusSet::from_bits(1U << 0 | 1U << 1 | 1U << 7));
// now, user, statuses → how many have not ended, how many there are
inline constexpr char count_claims[] =
    "SELECT coalesce(sum(" BOOKING_SQL_CLAIM_LIVES "), 0), count(*)" BOOKING_SQL_FROM_BOOKINGS
    "WHERE b.user = ?2 AND " BOOKING_SQL_LIVE " AND (1 << b.status) & ?3";
// now, user, service, label
inline constexpr char has_live_booking[] =
    "SELECT EXISTS (SELECT 1 FROM bookings b WHERE b.user = ?2 AND " BOOKING_SQL_LIVE
    " AND b.slot = (SELECT slot FROM slots WHERE service = ?3 AND label = ?4)"
    " AND (b.status <> 7 OR b.hold_until > ?1))";
// clock, last user of the page before, counting statuses, limit
inline constexpr char user_tallies[] =
    "SELECT b.user, count(*)" BOOKING_SQL_FROM_BOOKINGS
    "WHERE b.user > ?2 AND (1 << b.status) & ?3"
    " AND coalesce((CASE b.status WHEN 7 THEN b.hold_until ELSE s.ends_at END) > " BOOKING_SQL_NOW
    ", 1)"
    " GROUP BY b.user ORDER BY b.user LIMIT ?4";

/// A list of bookings, store time behind each. Parameters: the clock's time, the id it starts
/// behind, statuses, user and slot where they are matched, limit.
inline std::string bookings(const query::Bookings& q) {
  const bool up = q.order == query::Order::ascending;
  std::string text = "SELECT " BOOKING_SQL_BOOKING ", " BOOKING_SQL_NOW BOOKING_SQL_FROM_BOOKINGS;
  text += up ? "WHERE b.booking > ?" : "WHERE b.booking < ?";
  // An overdue hold is expired, swept or not.
  text += " AND (1 << CASE WHEN b.status = 7 AND b.hold_until <= " BOOKING_SQL_NOW
          " THEN 6 ELSE b.status END) & ?";
  if (q.match.user) text += " AND b.user = ?";
  if (q.match.slot) {
    text += " AND b.slot = (SELECT slot FROM slots WHERE service = ? AND label = ?)";
  }
  text += up ? " ORDER BY b.booking LIMIT ?" : " ORDER BY b.booking DESC LIMIT ?";
  return text;
}
// clock, booking
inline constexpr char booking_reading[] =
    "SELECT " BOOKING_SQL_BOOKING ", " BOOKING_SQL_NOW BOOKING_SQL_FROM_BOOKINGS
    "WHERE b.booking = ?2";

// ---- voided ids ---------------------------------------------------------------------------------

inline constexpr char is_void[] = "SELECT EXISTS (SELECT 1 FROM voids WHERE booking = ?1)";
// booking, now
inline constexpr char insert_void[] = "INSERT INTO voids (booking, voided_at) VALUES (?1, ?2)";
// first id of the instant, instant, limit: UUIDs made before it and voided before it
inline constexpr char erase_voids[] =
    "DELETE FROM voids WHERE booking IN (SELECT booking FROM voids WHERE booking < ?1 AND"
    " typeof(booking) = 'blob' AND voided_at < ?2 LIMIT ?3)";

#undef BOOKING_SQL_SERVICE
#undef BOOKING_SQL_SLOT
#undef BOOKING_SQL_BOOKING
#undef BOOKING_SQL_FROM_SLOTS
#undef BOOKING_SQL_FROM_BOOKINGS
#undef BOOKING_SQL_NOW
#undef BOOKING_SQL_READING
#undef BOOKING_SQL_TALLY
#undef BOOKING_SQL_CLAIM_LIVES
#undef BOOKING_SQL_LIVE

}  // namespace booking::inline v0::sqlite::sql
