// One call of an inventory as a value: made by the generator, kept in a history, applied to the
// model and to the inventory under test, printed when they differ.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "booking/command.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"

namespace booking_test {

struct BookEach {
  std::vector<booking::BookRequest> requests{};
};
struct ReadSlot {
  booking::SlotKey slot{};
};
struct ReadRange {
  booking::SlotRange range{};
  std::int32_t page_size = 1000;
};
struct Find {
  booking::BookingId id{};
};
struct List {
  booking::BookingQuery query{};
  booking::BookingPageRequest page{};
};
struct Current {
  booking::UserId user{};
};
// The inventory's clock goes on by this much; whoever carries out the step moves it.
struct PassTime {
  std::chrono::milliseconds time{};
};

using Step =
    std::variant<booking::command::DefineService, booking::command::UpdateService,
                 booking::command::DefineSlot, booking::command::ChangeSlot, booking::command::Book,
                 booking::command::BookAll, BookEach, booking::command::Cancel,
                 booking::command::CancelAll, booking::command::Approve, booking::command::Reject,
                 booking::command::Hold, booking::command::Extend, booking::command::Confirm,
                 booking::command::Complete, booking::command::NoShow, booking::command::Reschedule,
                 booking::command::Resolve, booking::command::Purge, booking::command::Sweep,
                 booking::command::ImportSlots, booking::command::SetGate, PassTime, ReadSlot,
                 ReadRange, Find, List, Current>;

// The call spelt out, on one line.
std::string to_string(const Step& step);

// What a step was answered.
struct Reply {
  std::string outcome;  // operation and error code, or how it succeeded: "book sold_out"
  std::string text;     // everything that model and inventory must agree on
};

namespace detail {

std::string text(const booking::Change& change);
std::string text(const booking::Receipt& receipt);
std::string text(const booking::Availability& slot);
std::string text(const booking::Booking& booking);
std::string text(const booking::AvailabilityPage& page);
std::string text(const booking::BookingPage& page);
std::string text(const booking::PurgeReport& report);
std::string text(const booking::Error& error);
// Declared first: the generic ones below call each other.
template <class T>
std::string text(const booking::Result<T>& result);
template <class T>
std::string text(const std::optional<T>& value) {
  return value ? text(*value) : "none";
}
template <class T>
std::string text(const std::vector<T>& values) {
  std::string all;
  for (const T& value : values) all += "\n    " + text(value);
  return all;
}
template <class T>
std::string text(const booking::Result<T>& result) {
  return result ? text(*result) : text(result.error());
}

inline std::string how(const booking::Change& change) {
  return change.changed ? "ok" : "unchanged";
}
inline std::string how(const booking::Receipt& receipt) {
  return receipt.replayed ? "replayed" : receipt.changed ? "ok" : "unchanged";
}
inline std::string how(const std::vector<booking::Receipt>& receipts) {
  return receipts.empty() ? "empty" : how(receipts.front());
}
inline std::string how(const std::vector<booking::Change>& changes) {
  const auto is_changed = [](const booking::Change& change) { return change.changed; };
  return std::any_of(changes.begin(), changes.end(), is_changed) ? "ok" : "unchanged";
}
template <class T>
std::string how(const std::optional<T>& value) {
  return value ? "ok" : "none";
}
template <class T>
std::string how(const T&) {
  return "ok";
}

template <class T>
Reply reply(std::string operation, const booking::Result<T>& result) {
  operation += " ";
  operation += result ? how(*result) : std::string{to_string(result.error().code)};
  return {.outcome = std::move(operation), .text = text(result)};
}

}  // namespace detail

// Carries out `step` on a model or an inventory.
template <class Inventory>
Reply carry_out(Inventory& inventory, const Step& step) {
  namespace command = booking::command;
  using detail::reply;
  struct Visitor {
    Inventory& on;
    Reply operator()(const command::DefineService& s) {
      return reply("define_service", on.define_service(s.service));
    }
    Reply operator()(const command::UpdateService& s) {
      return reply("update_service", on.update_service(s.service));
    }
    Reply operator()(const command::DefineSlot& s) {
      return reply("define_slot", on.define_slot(s.definition));
    }
    Reply operator()(const command::ChangeSlot& s) {
      return reply("change_slot", on.change_slot(s.change));
    }
    Reply operator()(const command::Book& s) { return reply("book", on.book(s.request)); }
    Reply operator()(const command::BookAll& s) {
      return reply("book_all", on.book_all(s.requests));
    }
    Reply operator()(const BookEach& s) {
      return {.outcome = "book_each", .text = detail::text(on.book_each(s.requests))};
    }
    Reply operator()(const command::Cancel& s) { return reply("cancel", on.cancel(s.request)); }
    Reply operator()(const command::CancelAll& s) {
      return reply("cancel_all", on.cancel_all(s.ids));
    }
    Reply operator()(const command::Approve& s) { return reply("approve", on.approve(s.request)); }
    Reply operator()(const command::Reject& s) { return reply("reject", on.reject(s.request)); }
    Reply operator()(const command::Hold& s) { return reply("hold", on.hold(s.request)); }
    Reply operator()(const command::Extend& s) { return reply("extend", on.extend(s.request)); }
    Reply operator()(const command::Confirm& s) { return reply("confirm", on.confirm(s.request)); }
    Reply operator()(const command::Complete& s) {
      return reply("complete", on.complete(s.request));
    }
    Reply operator()(const command::NoShow& s) { return reply("no_show", on.no_show(s.request)); }
    Reply operator()(const command::Reschedule& s) {
      return reply("reschedule", on.reschedule(s.request));
    }
    Reply operator()(const command::Resolve& s) { return reply("resolve", on.resolve(s.id)); }
    Reply operator()(const command::Purge& s) { return reply("purge", on.purge(s.request)); }
    // The model has nothing to sweep, and how much the store has is its own business: what it did
    // is seen when the whole state is compared.
    Reply operator()(const command::Sweep& s) {
      if constexpr (requires { on.sweep(s.max); }) {
        const auto swept = on.sweep(s.max);
        if (!swept) return {.outcome = "sweep", .text = detail::text(swept.error())};
      }
      return {.outcome = "sweep", .text = "ok"};
    }
    Reply operator()(const command::ImportSlots& s) {
      return reply("import_slots", on.import_slots(s.slots, s.mode));
    }
    Reply operator()(const command::SetGate& s) {
      return reply("set_gate", on.set_gate(s.expected, s.next));
    }
    Reply operator()(const PassTime& s) {
      if constexpr (requires { on.pass(s.time); }) on.pass(s.time);
      return {.outcome = "pass_time", .text = "ok"};
    }
    Reply operator()(const ReadSlot& s) { return reply("read_slot", on.availability(s.slot)); }
    Reply operator()(const ReadRange& s) {
      return reply("read_range", on.availability(s.range, s.page_size));
    }
    Reply operator()(const Find& s) { return reply("find", on.find(s.id)); }
    Reply operator()(const List& s) { return reply("list", on.bookings(s.query, s.page)); }
    Reply operator()(const Current& s) { return reply("current", on.current_booking(s.user)); }
  };
  return std::visit(Visitor{inventory}, step);
}

}  // namespace booking_test
