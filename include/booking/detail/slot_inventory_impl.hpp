// The operations of SlotInventory: check, name the slots to lock, execute, unpack.
// Private: include booking/slot_inventory.hpp.
#pragma once

#include <algorithm>
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

inline SlotInventory::SlotInventory(std::shared_ptr<Store> store, InventoryOptions options)
    : SlotInventory{std::move(store), no_lock(), std::move(options)} {}

namespace detail {

/// Checks, executes and unpacks one command: what nearly every operation comes to.
/// `unpack(Outcome&&)` makes the answer.
template <class T, class Unpack>
Result<T> run(InventoryCore& core, std::string_view operation, BookingId id, Result<void> good,
              Command&& command, std::span<const SlotKey> slots, const CallOptions& options,
              Unpack unpack) {
  return core.call(operation, options, id,
                   [&](Deadline deadline, std::int32_t& attempts) -> Result<T> {
                     if (!good) return good.error();
                     auto done = core.execute(operation, command, slots, deadline, attempts);
                     if (!done) return std::move(done).error();
                     return unpack(std::move(*done));
                   });
}

inline Result<Change> change(InventoryCore& core, std::string_view operation, Result<void> good,
                             Command command, std::span<const SlotKey> slots,
                             const CallOptions& options) {
  return run<Change>(core, operation, {}, std::move(good), std::move(command), slots, options,
                     [](Outcome&& outcome) { return Change{outcome.receipt.changed}; });
}

/// A move of one booking; its slot is looked up first when there is a lock to enter.
template <class Request>
Result<Receipt> move(InventoryCore& core, std::string_view operation, const Request& request,
                     Command command, const CallOptions& options) {
  return core.call(operation, options, request.id,
                   [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipt> {
                     if (auto good = check(request); !good) return good.error();
                     auto slots = core.slots_to_lock({&request.id, 1}, deadline);
                     if (!slots) return std::move(slots).error();
                     auto done = core.execute(operation, command, *slots, deadline, attempts);
                     if (!done) return std::move(done).error();
                     return std::move(done->receipt);
                   });
}

/// The request with an op id, so that the library's own repetitions are one move.
template <class Request>
Request with_op(InventoryCore& core, Request request) {
  if (!request.op.valid()) request.op = core.new_op();
  return request;
}

/// The first bad one of a batch, named by its index.
template <class Items>
Result<void> check_items(const Items& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto good = check(items[i]); !good) {
      good.error().index = static_cast<std::int32_t>(i);
      return good;
    }
  }
  return Result<void>::success();
}

}  // namespace detail

inline Result<Change> SlotInventory::define_service(const Service& service, CallOptions options) {
  return detail::change(*core_, "define_service", detail::check(service),
                        {.body = command::DefineService{service}}, {}, options);
}

inline Result<Change> SlotInventory::update_service(const Service& service, CallOptions options) {
  return detail::change(*core_, "update_service", detail::check(service),
                        {.body = command::UpdateService{service}}, {}, options);
}

inline Result<Change> SlotInventory::define_slot(const SlotDefinition& definition,
                                                 CallOptions options) {
  return detail::change(*core_, "define_slot", detail::check(definition),
                        {.body = command::DefineSlot{definition}}, {&definition.slot, 1}, options);
}

inline Result<Change> SlotInventory::change_slot(const SlotChange& change, CallOptions options) {
  return detail::change(*core_, "change_slot", detail::check(change),
                        {.body = command::ChangeSlot{change}}, {&change.slot, 1}, options);
}

inline Result<std::vector<Change>> SlotInventory::import_slots(std::vector<SlotDefinition> slots,
                                                               ImportMode mode,
                                                               CallOptions options) {
  Result<void> good = detail::check_items(slots);
  if (slots.empty() || slots.size() > detail::max_import) {
    good = detail::check_count(static_cast<std::int32_t>(slots.size()), 500, "import_slots");
  }
  std::vector<SlotKey> keys;
  keys.reserve(slots.size());
  for (const SlotDefinition& slot : slots) keys.push_back(slot.slot);
  return detail::run<std::vector<Change>>(
      *core_, "import_slots", {}, std::move(good),
      {.body = command::ImportSlots{.slots = std::move(slots), .mode = mode}}, keys, options,
      [](Outcome&& outcome) {
        std::vector<Change> changes;
        changes.reserve(outcome.changes.size());
        for (const bool changed : outcome.changes) changes.push_back({changed});
        return changes;
      });
}

namespace detail {

template <class Body, class Request>
Result<Receipt> book(InventoryCore& core, std::string_view operation, Request request,
                     const CallOptions& options) {
  // Asking again needs the id of the first time: an empty one is refused.
  if (request.id.empty() && !request.again) request.id = core.new_id();
  return run<Receipt>(core, operation, request.id, check(request), {.body = Body{request}},
                      {&request.slot, 1}, options,
                      [](Outcome&& outcome) -> Receipt&& { return std::move(outcome.receipt); });
}

}  // namespace detail

inline Result<Receipt> SlotInventory::book(BookRequest request, CallOptions options) {
  return detail::book<command::Book>(*core_, "book", request, options);
}

inline Result<Receipt> SlotInventory::hold(HoldRequest request, CallOptions options) {
  return detail::book<command::Hold>(*core_, "hold", request, options);
}

inline Result<std::vector<Receipt>> SlotInventory::book_all(std::vector<BookRequest> requests,
                                                            CallOptions options) {
  std::vector<BookingId> ids;
  std::vector<SlotKey> slots;
  for (BookRequest& request : requests) {
    if (request.id.empty() && !request.again) request.id = core_->new_id();
    ids.push_back(request.id);
    slots.push_back(request.slot);
  }
  Result<void> good = detail::check_batch(std::move(ids));
  if (good) good = detail::check_items(requests);
  return detail::run<std::vector<Receipt>>(
      *core_, "book_all", {}, std::move(good), {.body = command::BookAll{std::move(requests)}},
      slots, options, [](Outcome&& outcome) { return std::move(outcome.receipts); });
}

inline std::vector<Result<Receipt>> SlotInventory::book_each(std::vector<BookRequest> requests,
                                                             CallOptions options) {
  std::vector<Result<Receipt>> results(requests.size());
  std::vector<std::size_t> places;  // of the requests that are sent, in `requests`
  std::vector<Command> commands;
  std::vector<SlotKey> slots;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    BookRequest& request = requests[i];
    if (request.id.empty() && !request.again) request.id = core_->new_id();
    if (auto good = detail::check(request); !good) {
      results[i] = good.error();
      continue;
    }
    places.push_back(i);
    commands.push_back({.body = command::Book{request}});
    slots.push_back(request.slot);
  }

  const auto send = [&](Deadline deadline, std::int32_t& attempts) -> Result<void> {
    std::vector<Result<Outcome>> outcomes;
    {
      Result<Lease> lease = core_->enter(slots, deadline);
      if (!lease) return lease.error();
      for (Command& command : commands) {
        if (auto known = core_->set_guard(command, deadline); !known) return known.error();
        command.guard.lease = lease->number();
      }
      outcomes = core_->store().execute_each(commands, deadline);
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Result<Outcome>& outcome = outcomes[i];
      if (!outcome && core_->repeats() &&
          (detail::worth_repeating(outcome.error().code) ||
           outcome.error().code == ErrorCode::maintenance)) {
        const Error first = outcome.error();
        const bool unknown = first.code == ErrorCode::outcome_unknown;
        if (unknown) detail::ask_again(commands[i]);
        outcome =
            core_->execute_uncached("book_each", commands[i], {&slots[i], 1}, deadline, attempts);
        // "Nothing happened" then speaks of the second attempt only.
        if (unknown && !outcome && outcome.error().kind() == ErrorKind::transient) outcome = first;
      }
      Result<Receipt>& result = results[places[i]];
      result = outcome ? Result<Receipt>{std::move(outcome->receipt)}
                       : Result<Receipt>{std::move(outcome).error()};
    }
    return Result<void>::success();
  };
  const auto settled = [&] {
    return std::none_of(results.begin(), results.end(), [](const Result<Receipt>& result) {
      return !result && result.error().code == ErrorCode::outcome_unknown;
    });
  };
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<void> {
    if (requests.size() > detail::max_each) {
      return detail::invalid(Subject::request, "book_each takes at most 1000 requests");
    }
    Result<void> sent;
    const auto begun = core_->change_bookings(commands, deadline, [&] {
      sent = send(deadline, attempts);
      return settled();
    });
    return begun ? sent : begun;
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

inline Result<Receipt> SlotInventory::confirm(const ConfirmRequest& request, CallOptions options) {
  return detail::move(*core_, "confirm", request,
                      {.body = command::Confirm{detail::with_op(*core_, request)}}, options);
}

inline Result<Receipt> SlotInventory::extend(const ExtendRequest& request, CallOptions options) {
  return detail::move(*core_, "extend", request,
                      {.body = command::Extend{detail::with_op(*core_, request)}}, options);
}

inline Result<Receipt> SlotInventory::cancel(const MoveRequest& request, CallOptions options) {
  return detail::move(*core_, "cancel", request,
                      {.body = command::Cancel{detail::with_op(*core_, request)}}, options);
}

inline Result<std::vector<Receipt>> SlotInventory::cancel_all(std::vector<BookingId> ids,
                                                              CallOptions options) {
  using Receipts = std::vector<Receipt>;
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipts> {
    if (auto good = detail::check_items(ids); !good) return good.error();
    if (auto good = detail::check_batch(ids); !good) return good.error();
    auto slots = core_->slots_to_lock(ids, deadline);
    if (!slots) return std::move(slots).error();
    Command command{.body = command::CancelAll{std::move(ids)}};
    auto done = core_->execute("cancel_all", command, *slots, deadline, attempts);
    if (!done) return std::move(done).error();
    return std::move(done->receipts);
  };
  return core_->call("cancel_all", options, {}, body);
}

inline Result<Receipt> SlotInventory::reschedule(RescheduleRequest request, CallOptions options) {
  if (request.new_id.empty() && !request.again) request.new_id = core_->new_id();
  const auto body = [&](Deadline deadline, std::int32_t& attempts) -> Result<Receipt> {
    if (auto good = detail::check(request); !good) return good.error();
    auto slots = core_->slots_to_lock({&request.id, 1}, deadline);
    if (!slots) return std::move(slots).error();
    slots->push_back(request.slot);
    Command command{.body = command::Reschedule{request}};
    auto done = core_->execute("reschedule", command, *slots, deadline, attempts);
    if (!done) return std::move(done).error();
    return std::move(done->receipt);
  };
  return core_->call("reschedule", options, request.new_id, body);
}

inline Result<Receipt> SlotInventory::approve(const MoveRequest& request, CallOptions options) {
  return detail::move(*core_, "approve", request,
                      {.body = command::Approve{detail::with_op(*core_, request)}}, options);
}

inline Result<Receipt> SlotInventory::reject(const RejectRequest& request, CallOptions options) {
  return detail::move(*core_, "reject", request,
                      {.body = command::Reject{detail::with_op(*core_, request)}}, options);
}

inline Result<Receipt> SlotInventory::complete(const MoveRequest& request, CallOptions options) {
  return detail::move(*core_, "complete", request,
                      {.body = command::Complete{detail::with_op(*core_, request)}}, options);
}

inline Result<Receipt> SlotInventory::no_show(const MoveRequest& request, CallOptions options) {
  return detail::move(*core_, "no_show", request,
                      {.body = command::NoShow{detail::with_op(*core_, request)}}, options);
}

inline Result<std::optional<Booking>> SlotInventory::resolve(BookingId id, CallOptions options) {
  return detail::run<std::optional<Booking>>(*core_, "resolve", id, detail::check(id),
                                             {.body = command::Resolve{id}}, {}, options,
                                             [](Outcome&& outcome) -> std::optional<Booking> {
                                               if (outcome.is_void) return std::nullopt;
                                               return std::move(outcome.receipt.booking);
                                             });
}

inline Result<std::int64_t> SlotInventory::sweep(std::int32_t max, CallOptions options) {
  return detail::run<std::int64_t>(*core_, "sweep", {}, detail::check_count(max, 10'000, "sweep"),
                                   {.body = command::Sweep{max}}, {}, options,
                                   [](Outcome&& outcome) { return outcome.count; });
}

inline Result<PurgeReport> SlotInventory::purge(const PurgeRequest& request, CallOptions options) {
  return detail::run<PurgeReport>(
      *core_, "purge", {}, detail::check_count(request.max, 10'000, "purge"),
      {.body = command::Purge{request}}, {}, options, [](Outcome&& outcome) {
        return PurgeReport{.removed = outcome.count, .next = outcome.next};
      });
}

inline Result<Change> SlotInventory::repair(const AuditFinding& finding, CallOptions options) {
  Result<void> good = detail::check_slot(finding.slot);
  if (finding.kind != AuditFinding::Kind::counter_differs) {
    good = detail::invalid(Subject::request, "only a counter that differs can be repaired");
  }
  return detail::change(*core_, "repair", std::move(good),
                        {.body = command::Repair{finding.slot, finding.version}},
                        {&finding.slot, 1}, options);
}

inline Result<Policy> SlotInventory::policy(CallOptions options) const {
  return core_->call("policy", options, {}, [&](Deadline deadline, std::int32_t&) {
    return core_->read<Policy>(query::ReadPolicy{}, deadline);
  });
}

inline Result<Change> SlotInventory::change_policy(const Policy& policy, CallOptions options) {
  return detail::change(*core_, "change_policy", detail::check(policy),
                        {.body = command::ChangePolicy{policy}}, {}, options);
}

inline Result<Gate> SlotInventory::gate(CallOptions options) const {
  return core_->call("gate", options, {}, [&](Deadline deadline, std::int32_t&) {
    return core_->read<GateReading>(query::ReadGate{}, deadline)
        .transform([](GateReading&& reading) { return reading.gate; });
  });
}

inline Result<Change> SlotInventory::set_gate(const Gate& expected, const Gate& next,
                                              CallOptions options) {
  return detail::change(*core_, "set_gate", Result<void>::success(),
                        {.body = command::SetGate{expected, next}}, {}, options);
}

inline Result<SlotHandle> SlotInventory::slot(const SlotKey& key, CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<SlotHandle> {
    if (auto good = detail::check_slot(key); !good) return good.error();
    auto found = core_->read<std::optional<SlotReading>>(query::Slot{key}, deadline);
    if (!found) return std::move(found).error();
    if (!*found) return rules::refusal(ErrorCode::not_found, Subject::slot);
    return SlotHandle{(*found)->state.slot};
  };
  return core_->call("slot", options, {}, body);
}

inline Result<Availability> SlotInventory::availability(const SlotKey& slot,
                                                        CallOptions options) const {
  const auto body = [&](Deadline deadline, std::int32_t&) -> Result<Availability> {
    if (auto good = detail::check_slot(slot); !good) return good.error();
    auto found = core_->read<std::optional<SlotReading>>(query::Slot{slot}, deadline);
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
    auto slots = core_->read<std::vector<SlotReading>>(query::Slots{.service = range.service,
                                                                    .from = range.from,
                                                                    .to = range.to.end_of_range(),
                                                                    .limit = page_size + 1},
                                                       deadline);
    if (!slots) return std::move(slots).error();
    AvailabilityPage page;
    if (slots->size() > static_cast<std::size_t>(page_size)) {
      page.next = slots->back().state.slot.label;
      slots->pop_back();
    }
    page.items.reserve(slots->size());
    for (const SlotReading& slot : *slots) page.items.push_back(rules::availability(slot));
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
