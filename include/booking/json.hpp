// JSON in and out: services with their time slots (row 1.1) and booking rows (row 1.8). Free
// functions: `parse_…` and `write_…` between text and values, `import_…` and `export_…` between
// text and an inventory. Booking rows are not imported: to take one over, book it with its integer
// id. Used by hosts that keep such documents, and by the example `rush`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/json_export.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0 {

class SlotInventory;

// Whatever reads is strict, so that a typing error is not sold: unknown and missing fields, a key
// or id that stands twice, dates that do not exist, numbers that are not written as whole ones
// (1.0, 1e2, -0), text that is not UTF-8, a byte order mark, nesting beyond 32 and anything behind
// the document are refused with invalid_argument. `detail` says where (columns count characters):
//   line 3, column 17, at $[0].time_slots["2023-06-13"]["07:00"]: must be a whole number …
//
// Whatever writes is deterministic: the same content gives the same bytes.
//
// Thread safety: functions without state. Those that take an inventory block as its calls do.

/// Longer documents are refused, unread or unwritten. Reading one takes up to some 30 times its
/// size of memory for a moment.
inline constexpr std::size_t default_max_json_bytes = 16 * 1024 * 1024;

// ---- services and time slots --------------------------------------------------------------------

/// What a services document holds, in the document's order.
struct ServicesDocument {
  std::vector<Service> services{};
  std::vector<SlotDefinition> slots{};  ///< capacity = the number found for that time
};

/// Options of the parse functions.
struct JsonOptions {
  std::size_t max_bytes = default_max_json_bytes;
};

/// Reads a services document: an array of rows as row 1.1 has them, each with `service_id` (a whole
/// number or text), `service_name`, `service_description` and `time_slots`. A row may also say
/// `"approval": "required"` or `"automatic"` (the default). Errors: invalid_argument.
[[nodiscard]] BOOKING_JSON_EXPORT Result<ServicesDocument> parse_services(
    std::string_view text, const JsonOptions& options = {});

/// Reads the `time_slots` of one service alone: `{"YYYY-MM-DD": {"HH:MM": remaining}}`, remaining
/// from 0 to 2^31 - 1. Errors: invalid_argument.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::vector<SlotDefinition>> parse_time_slots(
    const ServiceId& service, std::string_view text, const JsonOptions& options = {});

/// Options of the import functions.
struct ImportOptions {
  ImportMode mode = ImportMode::create_missing;
  std::size_t max_bytes = default_max_json_bytes;
  CallOptions call{};  ///< of each commit
};

/// What an import came to. Slots of a commit whose reply was lost and that was repeated count as
/// untouched.
struct ImportReport {
  std::int64_t services_created = 0;
  std::vector<ServiceId> services_differing{};  ///< there with other values, which they keep
  std::int64_t slots_created = 0;
  std::int64_t slots_changed = 0;          ///< set to what the document says remains
  std::vector<SlotKey> slots_untouched{};  ///< there already; with set_remaining: and right
};

/// Takes the time slots of one service into an inventory. The document is checked whole before the
/// first commit, so a bad one changes nothing; then at most 500 slots go into each commit. After a
/// failure do it again: it goes on where it stopped.
///
/// create_missing leaves existing slots as they are, so it sells nothing twice, however often and
/// whenever it is done. set_remaining makes the document's number the seats that remain, whatever
/// was booked; it needs the gate shut (set_gate) from when the document was made until it is done.
///
/// Errors: invalid_argument (caller: the document; set_remaining while the gate is open; remaining
///   and the seats in use pass 2^31 - 1, with `index`) · not_found (refused: no such service)
///   · those of every call; commits made before one stay.   Row 1.1.
[[nodiscard]] BOOKING_JSON_EXPORT Result<ImportReport> import_time_slots(
    SlotInventory& inventory, const ServiceId& service, std::string_view text,
    const ImportOptions& options = {});

/// The same for a services document. create_missing also adds the services that are missing;
/// set_remaining cannot, because no service is added while the gate is shut.
/// `index` of an error counts the document's slots, of a service that is not valid its services.
[[nodiscard]] BOOKING_JSON_EXPORT Result<ImportReport> import_services(
    SlotInventory& inventory, std::string_view text, const ImportOptions& options = {});
[[nodiscard]] BOOKING_JSON_EXPORT Result<ImportReport> import_services(
    SlotInventory& inventory, const ServicesDocument& document, const ImportOptions& options = {});

/// Options of the export functions.
struct ExportOptions {
  std::size_t max_bytes = default_max_json_bytes;
  CallOptions call{};  ///< of each page
};

/// What remains in a service's slots, as `time_slots` of row 1.1: dates and times ascending. An
/// unknown service has `{}`. Each page of 1,000 slots is one read; over several pages the document
/// is that of one moment only while the gate is shut.
///
/// Capacity, overbooking, instants and whether a slot is closed have no place in it.
/// Errors: invalid_argument (caller: a slot without a time of day; more than `max_bytes`).
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> export_time_slots(
    const SlotInventory& inventory, const ServiceId& service, const ExportOptions& options = {});

/// A services document, rows in the order given, each on a line of its own. An inventory does not
/// list its services, so the host hands them in. `approval` stands in a row only where required.
/// Errors: as export_time_slots; a service that is not valid.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> export_services(
    const SlotInventory& inventory, std::span<const Service> services,
    const ExportOptions& options = {});

// ---- bookings -----------------------------------------------------------------------------------

/// A booking as row 1.8 has it. The number of seats has no place in it.
struct BookingRow {
  BookingId booking_id{};  ///< an integer in JSON if it is one; else a UUIDv7
  UserId user_id{};        ///< an integer in JSON if it is one; else text
  std::string service_name{};
  SlotLabel slot{};                 ///< `date` and `time`; null for the time of a whole day's slot
  Status status = Status::pending;  ///< the code; 0: applied, not yet approved
  std::string message{};            ///< null in JSON when empty

  friend bool operator==(const BookingRow&, const BookingRow&) = default;
};

/// Writes bookings, however many, as an array of rows, each on a line of its own. `services` gives
/// the names.
/// Errors: invalid_argument (caller: a booking's service is not among `services`).   Row 1.8.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> write_bookings(
    std::span<const Booking> bookings, std::span<const Service> services);

/// Reads such an array. Errors: invalid_argument.   Row 1.8.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::vector<BookingRow>> parse_bookings(
    std::string_view text, const JsonOptions& options = {});

/// Writes every booking that matches, ordered by id; each page of 1,000 is one read.
/// Errors: as write_bookings; more than `max_bytes`.   Row 1.8.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> export_bookings(
    const SlotInventory& inventory, std::span<const Service> services,
    const BookingQuery& query = {}, const ExportOptions& options = {});

}  // namespace booking::inline v0
