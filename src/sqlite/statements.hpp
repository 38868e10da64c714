// Every SQL text of the store but the tables themselves (schema.sql), each with its parameters in
// order. Used by connection, view, read and open.
#pragma once

#include <string>

#include "booking/booking_record.hpp"
#include "booking/command.hpp"

namespace booking::inline v0::sqlite::sql {

// The columns that values.cpp reads, in its order.
#define BOOKING_SQL_SERVICE "service, name, description, approval"
#define BOOKING_SQL_SLOT \
  "s.service, s.label, s.capacity, s.overbook, s.status, v.approval, s.used, s.version"
#define BOOKING_SQL_BOOKING                                                              \
  "b.booking, b.user, s.service, s.label, b.seats, b.seats_asked, b.status, b.version, " \
  "b.created_at, b.updated_at, b.message"
// CROSS JOIN keeps SQLite from starting with the second table.
#define BOOKING_SQL_FROM_SLOTS " FROM slots s CROSS JOIN services v ON v.service = s.service "
#define BOOKING_SQL_FROM_BOOKINGS " FROM bookings b CROSS JOIN slots s ON s.slot = b.slot "

// ---- connection and file ------------------------------------------------------------------------

inline constexpr char use_foreign_keys[] = "PRAGMA foreign_keys = ON";
inline constexpr char use_full_sync[] = "PRAGMA synchronous = FULL";
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
inline constexpr char set_format[] = "PRAGMA user_version = 1";

inline constexpr char begin[] = "BEGIN IMMEDIATE";  // DEFERRED could fail at the first write
inline constexpr char commit[] = "COMMIT";
inline constexpr char roll_back[] = "ROLLBACK";
inline constexpr char begin_command[] = "SAVEPOINT command";
inline constexpr char roll_back_command[] = "ROLLBACK TO command";

// ---- inventory ----------------------------------------------------------------------------------

inline constexpr char inventory[] =
    "SELECT identity, user_limit_max, user_limit_counting FROM inventory";
// identity, max, counting, created_at
inline constexpr char insert_inventory[] =
    "INSERT INTO inventory (one, identity, user_limit_max, user_limit_counting, created_at)"
    " VALUES (1, ?1, ?2, ?3, ?4)";

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
// service, from, to, limit
inline constexpr char slots_of_service[] =
    "SELECT " BOOKING_SQL_SLOT BOOKING_SQL_FROM_SLOTS
    "WHERE s.service = ?1 AND s.label BETWEEN ?2 AND ?3 ORDER BY s.label LIMIT ?4";
// service and label of the first, statuses that take seats, limit
inline constexpr char slot_tallies[] =
    "SELECT " BOOKING_SQL_SLOT
    ", (SELECT coalesce(sum(b.seats), 0) FROM bookings b"
    "   WHERE b.slot = s.slot AND (1 << b.status) & ?3)" BOOKING_SQL_FROM_SLOTS
    "WHERE (s.service, s.label) >= (?1, ?2) ORDER BY s.service, s.label LIMIT ?4";
inline constexpr char insert_slot[] =
    "INSERT INTO slots (service, label, capacity, overbook, status, used, version)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
inline constexpr char update_slot[] =
    "UPDATE slots SET capacity = ?3, overbook = ?4, status = ?5, used = ?6, version = ?7"
    " WHERE service = ?1 AND label = ?2";

// ---- bookings -----------------------------------------------------------------------------------

inline constexpr char booking[] =
    "SELECT " BOOKING_SQL_BOOKING BOOKING_SQL_FROM_BOOKINGS "WHERE b.booking = ?1";
// booking, user, service, label, seats … message: what values.cpp binds
inline constexpr char insert_booking[] =
    "INSERT INTO bookings (booking, user, slot, seats, seats_asked, status, version, created_at,"
    " updated_at, message)"
    " VALUES (?1, ?2, (SELECT slot FROM slots WHERE service = ?3 AND label = ?4), ?5, ?6, ?7, ?8,"
    " ?9, ?10, ?11)";
inline constexpr char update_booking[] =
    "UPDATE bookings SET user = ?2, slot = (SELECT slot FROM slots WHERE service = ?3 AND label ="
    " ?4), seats = ?5, seats_asked = ?6, status = ?7, version = ?8, created_at = ?9,"
    " updated_at = ?10, message = ?11 WHERE booking = ?1";

// Statuses one by one: each is one look-up in bookings_by_user, however long a user's history.
// user, status, at most
inline constexpr char count_claims[] =
    "SELECT count(*) FROM (SELECT 1 FROM bookings WHERE user = ?1 AND status = ?2 LIMIT ?3)";
// user, status, service, label
inline constexpr char has_booking[] =
    "SELECT EXISTS (SELECT 1 FROM bookings WHERE user = ?1 AND status = ?2"
    " AND slot = (SELECT slot FROM slots WHERE service = ?3 AND label = ?4))";
// last user of the page before, counting statuses, limit
inline constexpr char user_tallies[] =
    "SELECT user, count(*) FROM bookings WHERE user > ?1 AND (1 << status) & ?2"
    " GROUP BY user ORDER BY user LIMIT ?3";

/// A list of bookings. Parameters: the id it starts behind, statuses, user and slot where they are
/// matched, limit.
inline std::string bookings(const query::Bookings& q) {
  const bool up = q.order == query::Order::ascending;
  std::string text = "SELECT " BOOKING_SQL_BOOKING BOOKING_SQL_FROM_BOOKINGS;
  text += up ? "WHERE b.booking > ?" : "WHERE b.booking < ?";
  text += " AND (1 << b.status) & ?";
  if (q.match.user) text += " AND b.user = ?";
  if (q.match.slot) {
    text += " AND b.slot = (SELECT slot FROM slots WHERE service = ? AND label = ?)";
  }
  text += up ? " ORDER BY b.booking LIMIT ?" : " ORDER BY b.booking DESC LIMIT ?";
  return text;
}

#undef BOOKING_SQL_SERVICE
#undef BOOKING_SQL_SLOT
#undef BOOKING_SQL_BOOKING
#undef BOOKING_SQL_FROM_SLOTS
#undef BOOKING_SQL_FROM_BOOKINGS

}  // namespace booking::inline v0::sqlite::sql
