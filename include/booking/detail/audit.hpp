// The audit: slot by slot and user by user, recorded numbers against what the bookings add up to.
// Private: include booking/slot_inventory.hpp.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "booking/detail/inventory_core.hpp"
#include "booking/rules.hpp"

namespace booking::inline v0::detail {

inline constexpr std::size_t max_findings = 1000;

inline void add_finding(AuditReport& report, const AuditFinding& finding) {
  if (report.findings.size() < max_findings) report.findings.push_back(finding);
}

/// Up to `limit` tallies from `from` on.
inline Result<std::vector<SlotTally>> tallies(InventoryCore& core, std::optional<SlotKey> from,
                                              std::int32_t limit, const CallOptions& options) {
  return core.call("audit", options, {}, [&](Deadline deadline, std::int32_t&) {
    return core.read<std::vector<SlotTally>>(query::SlotTallies{from, limit}, deadline);
  });
}

inline bool differs(const SlotTally& tally) {
  return tally.used != tally.state.used || tally.held != tally.state.held;
}

/// A slot whose counter differs is re-read up to twice: a difference that stands while the version
/// stands is real, one that moves each time is undecided.
inline Result<void> judge_slot(InventoryCore& core, SlotTally seen, const CallOptions& options,
                               AuditReport& report) {
  for (int again = 0; again < 2 && differs(seen); ++again) {
    auto now = tallies(core, seen.state.slot, 1, options);
    if (!now) return now.error();
    if (now->empty() || now->front().state.slot != seen.state.slot) return Result<void>::success();
    const SlotTally& tally = now->front();
    if (tally.state.version == seen.state.version && tally.used == seen.used &&
        tally.held == seen.held) {
      add_finding(report, {.kind = AuditFinding::Kind::counter_differs,
                           .slot = seen.state.slot,
                           .version = seen.state.version,
                           .recorded = seen.state.used,
                           .counted = seen.used});
      return Result<void>::success();
    }
    seen = tally;
  }
  if (differs(seen)) {
    add_finding(report, {.kind = AuditFinding::Kind::undecided,
                         .slot = seen.state.slot,
                         .version = seen.state.version,
                         .recorded = seen.state.used,
                         .counted = seen.used});
  }
  return Result<void>::success();
}

inline Result<void> audit_slots(InventoryCore& core, const CallOptions& options,
                                AuditReport& report) {
  std::optional<SlotKey> from;
  for (;;) {
    auto page = tallies(core, from, max_page + 1, options);
    if (!page) return std::move(page).error();
    const bool more = page->size() > static_cast<std::size_t>(max_page);
    if (more) {
      from = page->back().state.slot;
      page->pop_back();
    }
    for (const SlotTally& tally : *page) {
      ++report.slots;
      report.seats_used += tally.state.used;
      if (rules::deficit(tally.state) > 0) ++report.slots_in_deficit;
      if (auto judged = judge_slot(core, tally, options, report); !judged) return judged;
    }
    if (!more) return Result<void>::success();
  }
}

inline Result<void> audit_users(InventoryCore& core, const CallOptions& options,
                                AuditReport& report) {
  const auto policy = core.call("audit", options, {}, [&](Deadline deadline, std::int32_t&) {
    return core.read<Policy>(query::ReadPolicy{}, deadline);
  });
  if (!policy) return policy.error();
  const UserLimit& limit = policy->user_limit;
  if (limit.counting.empty()) return Result<void>::success();
  std::optional<UserId> after;
  for (;;) {
    const auto body = [&](Deadline deadline, std::int32_t&) {
      return core.read<std::vector<UserTally>>(query::UserTallies{after, max_page}, deadline);
    };
    auto page = core.call("audit", options, {}, body);
    if (!page) return std::move(page).error();
    for (const UserTally& tally : *page) {
      ++report.users;
      if (tally.counting > limit.max) {
        add_finding(report, {.kind = AuditFinding::Kind::user_over_limit,
                             .user = tally.user,
                             .recorded = limit.max,
                             .counted = tally.counting});
      }
    }
    if (page->size() < static_cast<std::size_t>(max_page)) return Result<void>::success();
    after = page->back().user;
  }
}

inline Result<AuditReport> audit(InventoryCore& core, const CallOptions& options) {
  AuditReport report;
  if (auto slots = audit_slots(core, options, report); !slots) return slots.error();
  if (auto users = audit_users(core, options, report); !users) return users.error();
  return report;
}

}  // namespace booking::inline v0::detail
