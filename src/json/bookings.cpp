// Bookings as rows of row 1.8, in and out.
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/json.hpp"
#include "booking/slot_inventory.hpp"
#include "json/document.hpp"
#include "json/fields.hpp"
#include "json/rows.hpp"
#include "json/text.hpp"

namespace booking::inline v0 {

namespace {

namespace json = boost::json;
using detail::Place;
using detail::view;

// ---- out ----

using Names = std::unordered_map<ServiceId, std::string>;  // already quoted

Names names_of(std::span<const Service> services) {
  Names names;
  for (const Service& service : services) names.emplace(service.id, detail::quoted(service.name));
  return names;
}

Result<void> append_row(const Booking& booking, const Names& names, std::string& out) {
  const auto name = names.find(booking.slot.service);
  if (name == names.end()) return detail::unknown_service(booking);
  detail::begin_row(out);
  out += "\"booking_id\": " + detail::id_text(booking.id) +
         ", \"user_id\": " + detail::id_text(booking.user) + ", \"service_name\": " + name->second +
         ", " + detail::date_to_message(booking) + "}";
  return Result<void>::success();
}

// ---- in ----

Result<BookingId> read_booking_id(const Place& place) {
  BookingId id;
  if (const std::int64_t* number = place.value().if_int64()) id = BookingId{*number};
  if (const json::string* text = place.value().if_string()) id = BookingId{view(*text)};
  if (id.valid()) return id;
  return place.error("must be a whole number of 1 to 2^63 - 1 or a UUIDv7");
}

Result<SlotLabel> read_label(const Place& row) {
  const Place date = row.member("date");
  const Place time = row.member("time");
  const auto day = detail::read_text(date);
  if (!day) return day.error();
  if (!SlotLabel{*day}.is_day()) return date.error("must be a calendar date YYYY-MM-DD");
  if (time.value().is_null()) return SlotLabel{*day};
  const json::string* text = time.value().if_string();
  const SlotLabel label{text == nullptr ? "" : *day + " " + std::string{view(*text)}};
  if (label.valid()) return label;
  return time.error("must be a time of day HH:MM, or null");
}

// Text that may be null, which is the same as empty.
Result<std::string> read_message(const Place& place) {
  if (place.value().is_null()) return std::string{};
  auto text = detail::read_text(place);
  if (!text) return text;
  const auto good =
      detail::check_text(*text, detail::max_text_bytes, detail::LineBreaks::allow, "it");
  if (!good) return place.error(good.error().detail);
  return text;
}

Result<BookingRow> read_row(const Place& row) {
  if (auto good = detail::check_row(
          row, {"booking_id", "user_id", "service_name", "date", "time", "status", "message"});
      !good) {
    return good.error();
  }
  const auto id = read_booking_id(row.member("booking_id"));
  if (!id) return id.error();
  const auto user = detail::read_id<UserId>(row.member("user_id"));
  if (!user) return user.error();
  auto service_name = detail::read_text(row.member("service_name"));
  if (!service_name) return service_name.error();
  const auto slot = read_label(row);
  if (!slot) return slot.error();
  const auto status =
      detail::read_whole(row.member("status"), static_cast<std::int32_t>(Status::held));
  if (!status) return status.error();
  auto message = read_message(row.member("message"));
  if (!message) return message.error();
  return BookingRow{.booking_id = *id,
                    .user_id = *user,
                    .service_name = *std::move(service_name),
                    .slot = *slot,
                    .status = static_cast<Status>(*status),
                    .message = *std::move(message)};
}

}  // namespace

Result<std::string> write_bookings(std::span<const Booking> bookings,
                                   std::span<const Service> services) {
  const Names names = names_of(services);
  std::string out;
  for (const Booking& booking : bookings) {
    if (auto done = append_row(booking, names, out); !done) return done.error();
  }
  detail::end_rows(out);
  return out;
}

Result<std::vector<BookingRow>> parse_bookings(std::string_view text, const JsonOptions& options) {
  const auto read = detail::parse_document(text, options.max_bytes);
  if (!read) return read.error();
  const Place root{*read};
  const json::array* items = root.value().if_array();
  if (items == nullptr) return root.error("must be an array of bookings");

  std::vector<BookingRow> rows;
  std::unordered_set<BookingId> ids;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Place place = root.item(i);
    auto row = read_row(place);
    if (!row) return row.error();
    if (!ids.insert(row->booking_id).second) {
      return place.member("booking_id").error(to_string(row->booking_id) + " stands twice");
    }
    rows.push_back(*std::move(row));
  }
  return rows;
}

Result<std::string> export_bookings(const SlotInventory& inventory,
                                    std::span<const Service> services, const BookingQuery& query,
                                    const ExportOptions& options) {
  const Names names = names_of(services);
  std::string out;
  BookingPageRequest wanted;
  do {
    const auto page = inventory.bookings(query, wanted, options.call);
    if (!page) return page.error();
    for (const Booking& booking : page->items) {
      if (auto done = append_row(booking, names, out); !done) return done.error();
    }
    if (auto good = detail::check_length(out, options.max_bytes); !good) return good.error();
    wanted.after = page->next;
  } while (wanted.after);
  detail::end_rows(out);
  if (auto good = detail::check_length(out, options.max_bytes); !good) return good.error();
  return out;
}

}  // namespace booking::inline v0
