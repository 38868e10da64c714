// export_services and export_time_slots: what remains, in exactly the shape of row 1.1.
#include <optional>
#include <string>
#include <string_view>

#include "booking/detail/checks.hpp"
#include "booking/json.hpp"
#include "booking/slot_inventory.hpp"
#include "json/rows.hpp"
#include "json/text.hpp"

namespace booking::inline v0 {

namespace {

/// Writes `{date: {time: remaining}}` slot by slot, in ascending order.
class TimeSlotsWriter {
 public:
  explicit TimeSlotsWriter(std::string& out) : out_{out} { out_ += '{'; }

  void add(const Availability& slot) {
    const SlotLabel::Text label = slot.slot.label.text();
    const std::string_view text = label;
    const std::string_view date = text.substr(0, 10);
    if (date != date_) {
      out_ += date_.empty() ? "\"" : "}, \"";
      out_.append(date).append("\": {");
      date_ = date;
    } else {
      out_ += ", ";
    }
    out_.append("\"").append(text.substr(11)).append("\": ");
    out_ += std::to_string(slot.remaining);
  }
  void finish() { out_ += date_.empty() ? "}" : "}}"; }

 private:
  std::string& out_;
  std::string date_{};
};

Result<void> append_time_slots(const SlotInventory& inventory, const ServiceId& service,
                               const ExportOptions& options, std::string& out) {
  TimeSlotsWriter writer{out};
  for (std::optional<SlotLabel> from{"0001-01-01"}; from;) {
    const auto page = inventory.availability(
        {.service = service, .from = *from, .to = "9999-12-31"}, detail::max_page, options.call);
    if (!page) return page.error();
    for (const Availability& slot : page->items) {
      if (slot.slot.label.is_day()) {
        return detail::invalid(Subject::slot, to_string(slot.slot) +
                                                  ": time_slots has no place for a slot without a "
                                                  "time of day");
      }
      writer.add(slot);
    }
    if (auto good = detail::check_length(out, options.max_bytes); !good) return good;
    from = page->next;
  }
  writer.finish();
  return detail::check_length(out, options.max_bytes);
}

}  // namespace

Result<std::string> export_time_slots(const SlotInventory& inventory, const ServiceId& service,
                                      const ExportOptions& options) {
  std::string out;
  if (auto done = append_time_slots(inventory, service, options, out); !done) return done.error();
  return out;
}

Result<std::string> export_services(const SlotInventory& inventory,
                                    std::span<const Service> services,
                                    const ExportOptions& options) {
  std::string out;
  for (const Service& service : services) {
    if (auto good = detail::check(service); !good) return good.error();
    detail::begin_row(out);
    out += "\"service_id\": " + detail::id_text(service.id) +
           ", \"service_name\": " + detail::quoted(service.name) +
           ", \"service_description\": " + detail::quoted(service.description) +
           ", \"time_slots\": ";
    if (auto done = append_time_slots(inventory, service.id, options, out); !done) {
      return done.error();
    }
    if (service.approval == Approval::required) out += ", \"approval\": \"required\"";
    out += '}';
  }
  detail::end_rows(out);
  if (auto good = detail::check_length(out, options.max_bytes); !good) return good.error();
  return out;
}

}  // namespace booking::inline v0
