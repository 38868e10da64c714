// Reading the JSON of system 1 (row 1.1). Free functions over text; they know no inventory. Used by
// hosts that keep their services in such a document, and by the example `rush`.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "booking/json_export.hpp"
#include "booking/result.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0 {

/// What a services document holds, in the document's order.
struct ServicesDocument {
  std::vector<Service> services{};
  std::vector<SlotDefinition> slots{};  ///< capacity = the number found for that time
};

/// Options of parse_services.
struct JsonOptions {
  std::size_t max_bytes = 16 * 1024 * 1024;  ///< longer documents are refused unread
};

/// Reads a services document: an array of rows as row 1.1 has them, each with `service_id` (a whole
/// number or text), `service_name`, `service_description` and `time_slots`
/// `{"YYYY-MM-DD": {"HH:MM": remaining}}`, remaining from 0 to 2^31 - 1. A row may also say
/// `"approval": "required"` or `"automatic"` (the default). Touches no inventory: hand the parts to
/// define_service and define_slot.
///
/// Strict, so that a typing error is not sold: unknown and missing fields, a key or service id that
/// stands twice, dates that do not exist, text that is not UTF-8, nesting beyond 32 and anything
/// behind the document are refused.
///
/// Errors: invalid_argument. `detail` says where: "line 3, column 7: …" for bad JSON, a path such
///   as `$[0].time_slots["2023-06-13"]["07:00"]: …` for bad content.
/// Thread safety: a free function without state. Does not block.
[[nodiscard]] BOOKING_JSON_EXPORT Result<ServicesDocument> parse_services(
    std::string_view text, const JsonOptions& options = {});

}  // namespace booking::inline v0
