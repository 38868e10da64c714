// import_services and import_time_slots: read and check everything, then commit by commit.
#include <algorithm>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/json.hpp"
#include "booking/slot_inventory.hpp"

namespace booking::inline v0 {

namespace {

using Slots = std::span<const SlotDefinition>;

Result<void> define_services(SlotInventory& inventory, std::span<const Service> services,
                             const ImportOptions& options, ImportReport& report) {
  for (const Service& service : services) {
    const auto defined = inventory.define_service(service, options.call);
    if (defined) {
      if (defined->changed) ++report.services_created;
    } else if (defined.error().code == ErrorCode::already_exists) {
      report.services_differing.push_back(service.id);
    } else {
      return defined.error();
    }
  }
  return Result<void>::success();
}

// Which slots are there, and whether set_remaining can be carried out in all of them; looked at
// before the first commit. While the gate is shut nobody books in between.
Result<std::vector<bool>> find_existing(const SlotInventory& inventory, Slots slots,
                                        const ImportOptions& options) {
  std::vector<bool> existing;
  existing.reserve(slots.size());
  for (const SlotDefinition& slot : slots) {
    const auto found = inventory.availability(slot.slot, options.call);
    if (!found && found.error().code != ErrorCode::not_found) return found.error();
    if (found && found->used > std::numeric_limits<std::int32_t>::max() - slot.capacity) {
      Error error = detail::invalid(
          Subject::slot, to_string(slot.slot) + ": remaining and the seats in use pass 2147483647");
      error.index = static_cast<std::int32_t>(existing.size());
      return error;
    }
    existing.push_back(found.has_value());
  }
  return existing;
}

// Carries the slots over, at most 500 a commit; `existing` is empty when only missing slots are
// created.
Result<void> commit_slots(SlotInventory& inventory, Slots slots, const std::vector<bool>& existing,
                          const ImportOptions& options, ImportReport& report) {
  for (std::size_t begin = 0; begin < slots.size(); begin += detail::max_import) {
    const Slots part = slots.subspan(begin, std::min(detail::max_import, slots.size() - begin));
    auto changes = inventory.import_slots({part.begin(), part.end()}, options.mode, options.call);
    if (!changes) {
      Error error = std::move(changes).error();
      if (error.index >= 0) error.index += static_cast<std::int32_t>(begin);
      return error;
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool was_there = !existing.empty() && existing[begin + i];
      if (!(*changes)[i].changed) {
        report.slots_untouched.push_back(part[i].slot);
      } else {
        ++(was_there ? report.slots_changed : report.slots_created);
      }
    }
  }
  return Result<void>::success();
}

Result<void> import_slots(SlotInventory& inventory, Slots slots, const ImportOptions& options,
                          ImportReport& report) {
  std::vector<bool> existing;
  if (options.mode == ImportMode::set_remaining) {
    auto found = find_existing(inventory, slots, options);
    if (!found) return found.error();
    existing = *std::move(found);
  }
  return commit_slots(inventory, slots, existing, options, report);
}

}  // namespace

Result<ImportReport> import_time_slots(SlotInventory& inventory, const ServiceId& service,
                                       std::string_view text, const ImportOptions& options) {
  const auto slots = parse_time_slots(service, text, {.max_bytes = options.max_bytes});
  if (!slots) return slots.error();
  ImportReport report;
  if (auto done = import_slots(inventory, *slots, options, report); !done) return done.error();
  return report;
}

Result<ImportReport> import_services(SlotInventory& inventory, std::string_view text,
                                     const ImportOptions& options) {
  const auto document = parse_services(text, {.max_bytes = options.max_bytes});
  if (!document) return document.error();
  return import_services(inventory, *document, options);
}

Result<ImportReport> import_services(SlotInventory& inventory, const ServicesDocument& document,
                                     const ImportOptions& options) {
  // A document of the host's own making may be wrong in its last slot as well.
  if (auto good = detail::check_items(document.services); !good) return good.error();
  if (auto good = detail::check_items(document.slots); !good) return good.error();
  ImportReport report;
  if (options.mode == ImportMode::create_missing) {
    auto defined = define_services(inventory, document.services, options, report);
    if (!defined) return defined.error();
  }
  auto done = import_slots(inventory, document.slots, options, report);
  if (!done) return done.error();
  return report;
}

}  // namespace booking::inline v0
