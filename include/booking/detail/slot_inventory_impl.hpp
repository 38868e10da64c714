// The operations of SlotInventory: check, name the slots to lock, execute, unpack.
// Private: include booking/slot_inventory.hpp.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "booking/detail/audit.hpp"
#include "booking/detail/inventory_core.hpp"
#include "booking/rules.hpp"
#include "booking/slot_inventory.hpp"

namespace booking::inline v0 {

inline SlotInventory::SlotInventory(std::shared_ptr<Store> store, std::shared_ptr<Lock> lock,
                                    InventoryOptions options)
    : core_{std::make_shared<detail::InventoryCore>(std::move(store), std::move(lock),
                                                    std::move(options))} {}

namespace detail {

/// A definition or change of a service or slot.
template <class Thing>
Result<Change> change(InventoryCore& core, std::string_view operation, const Thing& thing,
                      const Command& command, std::span<const SlotKey> slots,
                      const CallOptions& options) {
  return core.call(operation, options, {},
                   [&](Deadline deadline, std::int32_t& attempts) -> Result<Change> {
                     if (auto good = check(thing); !good) return good.error();
                     auto done = core.execute(operation, command, slots, deadline, attempts);
                     if (!done) return std::move(done).error();
                     return Change{done->receipt.changed};
                   });
}

/// A move of one booking; its slot is looked up first when there is a lock to enter.
template <class Request>
Result<Receipt> move(InventoryCore& core, std::string_view operation, BookingId id,
                     const Request& request, const Command& command, const CallOptions& options) {
  return core.call(operation, options, id,
                   [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipt> {
                     if (auto good = check(request); !good) return good.error();
                     auto slots = core.slots_to_lock({&id, 1}, deadline);
                     if (!slots) return std::move(slots).error();
                     auto done = core.execute(operation, command, *slots, deadline, attempts);
                     if (!done) return std::move(done).error();
                     return std::move(done->receipt);
                   });
}

}  // namespace detail

inline Result<Change> SlotInventory::define_service(const Service& service, CallOptions options) {
  return detail::change(*core_, "define_service", service, command::DefineService{service}, {},
                        options);
}

inline Result<Change> SlotInventory::update_service(const Service& service, CallOptions options) {
  return detail::change(*core_, "update_service", service, command::UpdateService{service}, {},
                        options);
}

inline Result<Change> SlotInventory::define_slot(const SlotDefinition& definition,
                                                 CallOptions options) {
  return detail::change(*core_, "define_slot", definition, command::DefineSlot{definition},
                        {&definition.slot, 1}, options);
}

inline Result<Change> SlotInventory::change_slot(const SlotChange& change, CallOptions options) {
  return detail::change(*core_, "change_slot", change, command::ChangeSlot{change},
                        {&change.slot, 1}, options);
}

inline Result<Receipt> SlotInventory::book(BookRequest request, CallOptions options) {
  if (!request.id.valid()) request.id = core_->new_id();
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipt> {
    if (auto good = detail::check(request); !good) return good.error();
    auto done =
        core_->execute("book", command::Book{request}, {&request.slot, 1}, deadline, attempts);
    if (!done) return std::move(done).error();
    return std::move(done->receipt);
  };
  return core_->call("book", options, request.id, body);
}

inline Result<std::vector<Receipt>> SlotInventory::book_all(std::vector<BookRequest> requests,
                                                            CallOptions options) {
  using Receipts = std::vector<Receipt>;
  std::vector<BookingId> ids;
  std::vector<SlotKey> slots;
  for (BookRequest& request : requests) {
    if (!request.id.valid()) request.id = core_->new_id();
    ids.push_back(request.id);
    slots.push_back(request.slot);
  }
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipts> {
    if (auto good = detail::check_batch(ids); !good) return good.error();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (auto good = detail::check(requests[i]); !good) {
        good.error().index = static_cast<std::int32_t>(i);
        return good.error();
      }
    }
    const Command command = command::BookAll{std::move(requests)};
    auto done = core_->execute("book_all", command, slots, deadline, attempts);
    if (!done) return std::move(done).error();
    return std::move(done->receipts);
  };
  return core_->call("book_all", options, {}, body);
}

inline std::vector<Result<Receipt>> SlotInventory::book_each(std::vector<BookRequest> requests,
                                                             CallOptions options) {
  std::vector<Result<Receipt>> results(requests.size());
  std::vector<std::size_t> places;  // of the requests that are sent, in `requests`
  std::vector<Command> commands;
  std::vector<SlotKey> slots;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    BookRequest& request = requests[i];
    if (!request.id.valid()) request.id = core_->new_id();
    if (auto good = detail::check(request); !good) {
      results[i] = good.error();
      continue;
    }
    places.push_back(i);
    commands.emplace_back(command::Book{request});
    slots.push_back(request.slot);
  }

  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<void> {
    if (requests.size() > detail::max_each) {
      return detail::invalid(Subject::request, "book_each takes at most 1000 requests");
    }
    std::vector<Result<Outcome>> outcomes;
    {
      Result<Lease> lease = core_->enter(slots, deadline);
      if (!lease) return lease.error();
      outcomes = core_->store().execute_each(commands, deadline);
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Result<Outcome>& outcome = outcomes[i];
      if (!outcome && detail::worth_repeating(outcome.error().code)) {
        outcome = core_->execute("book_each", commands[i], {&slots[i], 1}, deadline, attempts);
      }
      Result<Receipt>& result = results[places[i]];
      result = outcome ? Result<Receipt>{std::move(outcome->receipt)}
                       : Result<Receipt>{std::move(outcome).error()};
    }
    return Result<void>::success();
  };
  if (const Result<void> sent = core_->call("book_each", options, {}, body); !sent) {
    for (const std::size_t place : places) results[place] = sent.error();
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) continue;
    results[i].error().index = static_cast<std::int32_t>(i);
    results[i].error().booking = requests[i].id;
  }
  return results;
}

inline Result<Receipt> SlotInventory::cancel(CancelRequest request, CallOptions options) {
  return detail::move(*core_, "cancel", request.id, request, command::Cancel{request}, options);
}

inline Result<std::vector<Receipt>> SlotInventory::cancel_all(std::vector<BookingId> ids,
                                                              CallOptions options) {
  using Receipts = std::vector<Receipt>;
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipts> {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (auto good = detail::check(ids[i]); !good) {
        good.error().index = static_cast<std::int32_t>(i);
        return good.error();
      }
    }
    if (auto good = detail::check_batch(ids); !good) return good.error();
    auto slots = core_->slots_to_lock(ids, deadline);
    if (!slots) return std::move(slots).error();
    const Command command = command::CancelAll{std::move(ids)};
    auto done = core_->execute("cancel_all", command, *slots, deadline, attempts);
    if (!done) return std::move(done).error();
    return std::move(done->receipts);
  };
  return core_->call("cancel_all", options, {}, body);
}

inline Result<Receipt> SlotInventory::approve(BookingId id, CallOptions options) {
  return detail::move(*core_, "approve", id, id, command::Approve{id}, options);
}

inline Result<Receipt> SlotInventory::reject(const RejectRequest& request, CallOptions options) {
  return detail::move(*core_, "reject", request.id, request, command::Reject{request}, options);
}

inline Result<Availability> SlotInventory::availability(const SlotKey& slot,
                                                        CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<Availability> {
    if (auto good = detail::check_slot(slot); !good) return good.error();
    auto found = core_->read<std::optional<SlotState>>(query::Slot{slot}, deadline);
    if (!found) return std::move(found).error();
    if (!*found) return rules::refusal(ErrorCode::not_found, Subject::slot);
    return rules::availability(**found);
  };
  return core_->call("availability", options, {}, body);
}

inline Result<AvailabilityPage> SlotInventory::availability(const SlotRange& range,
                                                            std::int32_t page_size,
                                                            CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<AvailabilityPage> {
    if (auto good = detail::check_slot({range.service, range.from}); !good) return good.error();
    if (auto good = detail::check_slot({range.service, range.to}); !good) return good.error();
    if (auto good = detail::check_page(page_size); !good) return good.error();
    auto slots = core_->read<std::vector<SlotState>>(query::Slots{.service = range.service,
                                                                  .from = range.from,
                                                                  .to = range.to.end_of_range(),
                                                                  .limit = page_size + 1},
                                                     deadline);
    if (!slots) return std::move(slots).error();
    AvailabilityPage page;
    if (slots->size() > static_cast<std::size_t>(page_size)) {
      page.next = slots->back().slot.label;
      slots->pop_back();
    }
    page.items.reserve(slots->size());
    for (const SlotState& slot : *slots) page.items.push_back(rules::availability(slot));
    return page;
  };
  return core_->call("availability", options, {}, body);
}

inline Result<std::optional<Booking>> SlotInventory::find(BookingId id, CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<std::optional<Booking>> {
    if (auto good = detail::check(id); !good) return good.error();
    return core_->read<std::optional<Booking>>(query::FindBooking{id}, deadline);
  };
  return core_->call("find", options, id, body);
}

inline Result<BookingPage> SlotInventory::bookings(const BookingQuery& query,
                                                   const BookingPageRequest& page,
                                                   CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<BookingPage> {
    if (auto good = detail::check(query); !good) return good.error();
    if (auto good = detail::check_page(page.size); !good) return good.error();
    auto found = core_->read<std::vector<Booking>>(
        query::Bookings{.match = query, .after = page.after, .limit = page.size + 1}, deadline);
    if (!found) return std::move(found).error();
    BookingPage answer{.items = std::move(*found), .next = {}};
    if (answer.items.size() > static_cast<std::size_t>(page.size)) {
      answer.items.pop_back();
      answer.next = answer.items.back().id;
    }
    return answer;
  };
  return core_->call("bookings", options, {}, body);
}

inline Result<std::optional<Booking>> SlotInventory::current_booking(const UserId& user,
                                                                     CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<std::optional<Booking>> {
    if (auto good = detail::check_user(user); !good) return good.error();
    auto found = core_->read<std::vector<Booking>>(
        query::Bookings{.match = {.user = user, .slot = {}, .status = live_statuses},
                        .after = {},
                        .limit = 1,
                        .order = query::Order::descending},
        deadline);
    if (!found) return std::move(found).error();
    if (found->empty()) return std::optional<Booking>{};
    return std::optional<Booking>{std::move(found->front())};
  };
  return core_->call("current_booking", options, {}, body);
}

inline Result<AuditReport> SlotInventory::audit(CallOptions options) const {
  return detail::audit(*core_, options);
}

inline Stats SlotInventory::stats() const noexcept {
  return core_->stats();
}

inline void SlotInventory::shutdown() noexcept {
  core_->shutdown();
}

}  // namespace booking::inline v0
