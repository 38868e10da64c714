// Steps and answers as text.
#include "model/step.hpp"

namespace booking_test {

using namespace booking;

namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string spell(const Service& service) {
  return to_string(service.id) + " \"" + service.name + "\"" +
         (service.approval == Approval::required ? " with approval" : "");
}

std::string number(Instant instant) {
  return number(instant.time_since_epoch().count());
}

std::string number(const std::optional<Instant>& instant) {
  return instant ? number(*instant) : "never";
}

template <class Request>
std::string spell_request(const Request& request) {
  return "id " + to_string(request.id) + " user " + to_string(request.user) + " slot [" +
         to_string(request.slot) + "] seats " + number(request.seats) +
         (request.second_in_slot == SecondInSlot::allow ? " second allowed" : "") +
         (request.again ? " again" : "");
}

std::string spell(const BookRequest& request) {
  return spell_request(request);
}

std::string spell(const std::vector<BookRequest>& requests) {
  std::string all;
  for (const BookRequest& request : requests) all += " {" + spell(request) + "}";
  return all;
}

std::string spell(SlotStatus status) {
  return status == SlotStatus::closed ? "closed" : status == SlotStatus::past ? "past" : "open";
}

std::string spell(const SlotDefinition& d) {
  std::string text = "[" + to_string(d.slot) + "] capacity " + number(d.capacity) + " overbook " +
                     number(d.overbook) + " " + spell(d.status);
  if (d.begins_at) text += " begins " + number(*d.begins_at);
  if (d.ends_at) text += " ends " + number(*d.ends_at);
  return text;
}

// What is common to the moves: whose booking, and the op id.
template <class Request>
std::string spell_move(const Request& request) {
  std::string text = to_string(request.id);
  if constexpr (requires { request.user; }) {
    if (request.user) text += " for user " + to_string(*request.user);
  }
  if constexpr (requires { request.op; }) {
    if (request.op.valid()) {
      text += " op " + std::to_string(request.op.high) + ":" + std::to_string(request.op.low);
    }
  }
  return text;
}

std::string spell(const Gate& gate) {
  constexpr const char* phases[] = {"open", "shut", "flushed", "loading"};
  return std::string{phases[static_cast<std::size_t>(gate.phase)]} + " epoch " +
         std::to_string(gate.epoch) + " fence " + std::to_string(gate.fence);
}

struct Speller {
  std::string operator()(const command::DefineService& s) {
    return "define_service " + spell(s.service);
  }
  std::string operator()(const command::UpdateService& s) {
    return "update_service " + spell(s.service);
  }
  std::string operator()(const command::DefineSlot& s) {
    return "define_slot " + spell(s.definition);
  }
  std::string operator()(const command::ChangeSlot& s) {
    const SlotChange& c = s.change;
    std::string text = "change_slot [" + to_string(c.slot) + "]";
    if (c.capacity) text += " capacity " + number(*c.capacity);
    if (c.overbook) text += " overbook " + number(*c.overbook);
    if (c.status) text += " " + spell(*c.status);
    if (c.begins_at) text += " begins " + number(*c.begins_at);
    if (c.ends_at) text += " ends " + number(*c.ends_at);
    return text + (c.force ? " by force" : "");
  }
  std::string operator()(const command::Book& s) { return "book " + spell(s.request); }
  std::string operator()(const command::BookAll& s) { return "book_all" + spell(s.requests); }
  std::string operator()(const BookEach& s) { return "book_each" + spell(s.requests); }
  std::string operator()(const command::Cancel& s) { return "cancel " + spell_move(s.request); }
  std::string operator()(const command::CancelAll& s) {
    std::string text = "cancel_all";
    for (const BookingId id : s.ids) text += " " + to_string(id);
    return text;
  }
  std::string operator()(const command::Approve& s) { return "approve " + spell_move(s.request); }
  std::string operator()(const command::Reject& s) {
    return "reject " + spell_move(s.request) + " \"" + s.request.message + "\"";
  }
  std::string operator()(const command::Hold& s) {
    return "hold " + spell_request(s.request) + " for " + number(s.request.ttl.count()) + " ms";
  }
  std::string operator()(const command::Extend& s) {
    return "extend " + spell_move(s.request) + " to " + number(s.request.ttl.count()) + " ms";
  }
  std::string operator()(const command::Confirm& s) {
    return "confirm " + spell_move(s.request) +
           (s.request.seats ? " seats " + number(*s.request.seats) : "");
  }
  std::string operator()(const command::Complete& s) { return "complete " + spell_move(s.request); }
  std::string operator()(const command::NoShow& s) { return "no_show " + spell_move(s.request); }
  std::string operator()(const command::Reschedule& s) {
    return "reschedule " + spell_move(s.request) + " to slot [" + to_string(s.request.slot) +
           "] as " + to_string(s.request.new_id) + (s.request.again ? " again" : "");
  }
  std::string operator()(const command::Resolve& s) { return "resolve " + to_string(s.id); }
  std::string operator()(const command::Purge& s) {
    return "purge before " + number(s.request.before) + " max " + number(s.request.max);
  }
  std::string operator()(const command::Sweep& s) { return "sweep " + number(s.max); }
  std::string operator()(const command::ImportSlots& s) {
    std::string text = s.mode == ImportMode::create_missing ? "import_slots create_missing"
                                                            : "import_slots set_remaining";
    for (const SlotDefinition& slot : s.slots) text += " {" + spell(slot) + "}";
    return text;
  }
  std::string operator()(const command::SetGate& s) {
    return "set_gate from " + spell(s.expected) + " to " + spell(s.next);
  }
  std::string operator()(const PassTime& s) { return "(" + number(s.time.count()) + " ms pass)"; }
  std::string operator()(const ReadSlot& s) { return "availability [" + to_string(s.slot) + "]"; }
  std::string operator()(const ReadRange& s) {
    return "availability of " + to_string(s.range.service) + " from " + to_string(s.range.from) +
           " to " + to_string(s.range.to) + ", " + number(s.page_size) + " a page";
  }
  std::string operator()(const Find& s) { return "find " + to_string(s.id); }
  std::string operator()(const List& s) {
    std::string text = "bookings";
    if (s.query.user) text += " of user " + to_string(*s.query.user);
    if (s.query.slot) text += " in slot [" + to_string(*s.query.slot) + "]";
    if (s.query.status) text += " with status bits " + number(s.query.status->bits());
    if (s.page.after) text += " after " + to_string(*s.page.after);
    return text + ", " + number(s.page.size) + " a page";
  }
  std::string operator()(const Current& s) { return "current_booking of " + to_string(s.user); }
};

}  // namespace

std::string to_string(const Step& step) {
  return std::visit(Speller{}, step);
}

namespace detail {

std::string text(const Change& change) {
  return change.changed ? "changed" : "unchanged";
}

std::string text(const Booking& booking) {
  return "booking " + to_string(booking.id) + " user " + to_string(booking.user) + " slot [" +
         to_string(booking.slot) + "] seats " + number(booking.seats) + " of " +
         number(booking.seats_asked) + " " + std::string{to_string(booking.status)} + " version " +
         number(booking.version) + " origin " + number(static_cast<std::int64_t>(booking.origin)) +
         " created " + number(booking.created_at) + " updated " + number(booking.updated_at) +
         " hold until " + number(booking.hold_until) + " \"" + booking.message + "\"";
}

std::string text(const Receipt& receipt) {
  return std::string{receipt.changed ? "changed" : "unchanged"} +
         (receipt.replayed ? ", replayed: " : ": ") + text(receipt.booking);
}

std::string text(const Availability& slot) {
  return "slot [" + to_string(slot.slot) + "] capacity " + number(slot.capacity) + " sellable " +
         number(slot.sellable) + " used " + number(slot.used) + " held " + number(slot.held) +
         " remaining " + number(slot.remaining) + " deficit " + number(slot.deficit) + " " +
         spell(slot.status) + " begins " + number(slot.begins_at) + " ends " + number(slot.ends_at);
}

std::string text(const AvailabilityPage& page) {
  return text(page.items) + (page.next ? "\n    next " + to_string(*page.next) : "");
}

std::string text(const BookingPage& page) {
  return text(page.items) + (page.next ? "\n    next " + to_string(*page.next) : "");
}

std::string text(const PurgeReport& report) {
  return "removed " + number(report.removed);
}

std::string text(const Error& error) {
  const std::string code{to_string(error.code)};
  // Which of several bad arguments is named first is no part of the contract.
  if (error.code == ErrorCode::invalid_argument) return code;
  return code + " booking " + to_string(error.booking) + " index " + number(error.index) +
         " count " + number(error.count) + " limit " + number(error.limit);
}

}  // namespace detail

}  // namespace booking_test
