// parse_services and parse_time_slots: the rows of row 1.1, field by field.
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/json.hpp"
#include "json/document.hpp"
#include "json/fields.hpp"

namespace booking::inline v0 {

namespace {

namespace json = boost::json;
using detail::Place;

Result<Approval> read_approval(const Place& place) {
  if (const json::string* text = place.value().if_string()) {
    if (*text == "required") return Approval::required;
    if (*text == "automatic") return Approval::automatic;
  }
  return place.error(R"(must be "required" or "automatic")");
}

// `{date: {time: remaining}}`
Result<void> read_time_slots(const Place& place, const ServiceId& service,
                             std::vector<SlotDefinition>& slots) {
  const json::object* dates = place.value().if_object();
  if (dates == nullptr) return place.error("must be an object {date: {time: remaining}}");
  for (const auto& date : *dates) {
    const Place of_date = place.member(date);
    if (!SlotLabel{of_date.name()}.is_day()) {
      return of_date.name_error("must be named by a calendar date YYYY-MM-DD");
    }
    const json::object* times = date.value().if_object();
    if (times == nullptr) return of_date.error("must be an object {time: remaining}");
    for (const auto& time : *times) {
      const Place of_time = of_date.member(time);
      const SlotLabel label{std::string{of_date.name()} + " " + std::string{of_time.name()}};
      if (!label.valid()) return of_time.name_error("must be named by a time of day HH:MM");
      const auto seats = detail::read_whole(of_time, std::numeric_limits<std::int32_t>::max());
      if (!seats) return seats.error();
      slots.push_back({.slot = {service, label}, .capacity = *seats});
    }
  }
  return Result<void>::success();
}

Result<Service> read_service(const Place& row) {
  if (auto good = detail::check_row(
          row, {"service_id", "service_name", "service_description", "time_slots"}, {"approval"});
      !good) {
    return good.error();
  }
  auto id = detail::read_id<ServiceId>(row.member("service_id"));
  if (!id) return id.error();
  auto name = detail::read_text(row.member("service_name"));
  if (!name) return name.error();
  auto description = detail::read_text(row.member("service_description"));
  if (!description) return description.error();
  Service service{.id = *id, .name = *std::move(name), .description = *std::move(description)};
  if (row.value().get_object().contains("approval")) {
    const auto approval = read_approval(row.member("approval"));
    if (!approval) return approval.error();
    service.approval = *approval;
  }
  if (const auto good = detail::check(service); !good) return row.error(good.error().detail);
  return service;
}

}  // namespace

Result<ServicesDocument> parse_services(std::string_view text, const JsonOptions& options) {
  const auto read = detail::parse_document(text, options.max_bytes);
  if (!read) return read.error();
  const Place root{*read};
  const json::array* rows = root.value().if_array();
  if (rows == nullptr) return root.error("must be an array of services");

  ServicesDocument document;
  std::unordered_set<ServiceId> ids;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const Place row = root.item(i);
    auto service = read_service(row);
    if (!service) return service.error();
    if (!ids.insert(service->id).second) {
      return row.member("service_id").error(to_string(service->id) + " stands twice");
    }
    const Place time_slots = row.member("time_slots");
    if (auto good = read_time_slots(time_slots, service->id, document.slots); !good) {
      return good.error();
    }
    document.services.push_back(*std::move(service));
  }
  return document;
}

Result<std::vector<SlotDefinition>> parse_time_slots(const ServiceId& service,
                                                     std::string_view text,
                                                     const JsonOptions& options) {
  if (const auto good = detail::check_service_id(service); !good) return good.error();
  const auto read = detail::parse_document(text, options.max_bytes);
  if (!read) return read.error();
  std::vector<SlotDefinition> slots;
  if (auto good = read_time_slots(Place{*read}, service, slots); !good) return good.error();
  return slots;
}

}  // namespace booking::inline v0
