// parse_services: the rows of system 1, field by field.
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/json.hpp"
#include "json/document.hpp"

namespace booking::inline v0 {

namespace {

namespace json = boost::json;
using detail::Path;

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

Result<ServiceId> read_id(const json::value& value, const Path& path) {
  ServiceId id;
  if (const std::int64_t* number = value.if_int64()) id = ServiceId{*number};
  if (const json::string* text = value.if_string()) id = ServiceId{view(*text)};
  if (id.valid()) return id;
  return path.error(
      "must be a whole number of 64 bits or 1 to 47 bytes of text without control characters");
}

Result<std::string> read_text(const json::value& value, const Path& path) {
  if (const json::string* text = value.if_string()) return std::string{view(*text)};
  return path.error("must be text");
}

Result<Approval> read_approval(const json::value& value, const Path& path) {
  if (const json::string* text = value.if_string()) {
    if (*text == "required") return Approval::required;
    if (*text == "automatic") return Approval::automatic;
  }
  return path.error(R"(must be "required" or "automatic")");
}

Result<std::int32_t> read_seats(const json::value& value, const Path& path) {
  const std::int64_t* number = value.if_int64();
  if (number != nullptr && *number >= 0 && *number <= std::numeric_limits<std::int32_t>::max()) {
    return static_cast<std::int32_t>(*number);
  }
  return path.error("must be a whole number from 0 to 2147483647");
}

// `{date: {time: remaining}}`
Result<void> read_time_slots(const json::value& value, const Path& path, const ServiceId& service,
                             std::vector<SlotDefinition>& slots) {
  const json::object* dates = value.if_object();
  if (dates == nullptr) return path.error("must be an object {date: {time: remaining}}");
  for (const auto& date : *dates) {
    const Path date_path = path.member(view(date.key()));
    if (!SlotLabel{view(date.key())}.is_day()) {
      return date_path.error("must be named by a calendar date YYYY-MM-DD");
    }
    const json::object* times = date.value().if_object();
    if (times == nullptr) return date_path.error("must be an object {time: remaining}");
    for (const auto& time : *times) {
      const Path time_path = date_path.member(view(time.key()));
      const SlotLabel label{std::string{view(date.key())} + " " + std::string{view(time.key())}};
      if (!label.valid()) return time_path.error("must be named by a time of day HH:MM");
      const auto seats = read_seats(time.value(), time_path);
      if (!seats) return seats.error();
      slots.push_back({.slot = {service, label}, .capacity = *seats});
    }
  }
  return Result<void>::success();
}

Result<void> read_service(const json::value& value, const Path& path, ServicesDocument& document) {
  const json::object* row = value.if_object();
  if (row == nullptr) return path.error("must be an object");
  for (const char* field : {"service_id", "service_name", "service_description", "time_slots"}) {
    if (!row->contains(field)) return path.error("lacks the field \"" + std::string{field} + "\"");
  }

  const auto id = read_id(row->at("service_id"), path.member("service_id"));
  if (!id) return id.error();
  Service service{.id = *id};
  for (const auto& field : *row) {
    const std::string_view name = view(field.key());
    const Path field_path = path.member(name);
    if (name == "service_name" || name == "service_description") {
      auto text = read_text(field.value(), field_path);
      if (!text) return text.error();
      (name == "service_name" ? service.name : service.description) = *std::move(text);
    } else if (name == "approval") {
      const auto approval = read_approval(field.value(), field_path);
      if (!approval) return approval.error();
      service.approval = *approval;
    } else if (name == "time_slots") {
      auto read = read_time_slots(field.value(), field_path, *id, document.slots);
      if (!read) return read;
    } else if (name != "service_id") {
      return field_path.error("unknown field");
    }
  }
  if (const auto good = detail::check(service); !good) return path.error(good.error().detail);
  document.services.push_back(std::move(service));
  return Result<void>::success();
}

}  // namespace

Result<ServicesDocument> parse_services(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.max_bytes) {
    return detail::invalid(Subject::request, "the document has " + std::to_string(text.size()) +
                                                 " bytes, more than the " +
                                                 std::to_string(options.max_bytes) + " allowed");
  }
  const auto root = detail::parse_document(text);
  if (!root) return root.error();
  const Path path;
  const json::array* rows = root->if_array();
  if (rows == nullptr) return path.error("must be an array of services");

  ServicesDocument document;
  std::unordered_set<ServiceId> ids;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const Path row_path = path.item(i);
    if (auto read = read_service((*rows)[i], row_path, document); !read) return read.error();
    if (const ServiceId& id = document.services.back().id; !ids.insert(id).second) {
      return row_path.member("service_id").error(to_string(id) + " stands twice");
    }
  }
  return document;
}

}  // namespace booking::inline v0
