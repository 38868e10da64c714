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

std::string spell(const BookRequest& request) {
  return "id " + to_string(request.id) + " user " + to_string(request.user) + " slot [" +
         to_string(request.slot) + "] seats " + number(request.seats) +
         (request.second_in_slot == SecondInSlot::allow ? " second allowed" : "");
}

std::string spell(const std::vector<BookRequest>& requests) {
  std::string all;
  for (const BookRequest& request : requests) all += " {" + spell(request) + "}";
  return all;
}

std::string spell(SlotStatus status) {
  return status == SlotStatus::closed ? "closed" : "open";
}

struct Speller {
  std::string operator()(const command::DefineService& s) {
    return "define_service " + spell(s.service);
  }
  std::string operator()(const command::UpdateService& s) {
    return "update_service " + spell(s.service);
  }
  std::string operator()(const command::DefineSlot& s) {
    const SlotDefinition& d = s.definition;
    return "define_slot [" + to_string(d.slot) + "] capacity " + number(d.capacity) + " overbook " +
           number(d.overbook) + " " + spell(d.status);
  }
  std::string operator()(const command::ChangeSlot& s) {
    const SlotChange& c = s.change;
    std::string text = "change_slot [" + to_string(c.slot) + "]";
    if (c.capacity) text += " capacity " + number(*c.capacity);
    if (c.overbook) text += " overbook " + number(*c.overbook);
    if (c.status) text += " " + spell(*c.status);
    return text + (c.force ? " by force" : "");
  }
  std::string operator()(const command::Book& s) { return "book " + spell(s.request); }
  std::string operator()(const command::BookAll& s) { return "book_all" + spell(s.requests); }
  std::string operator()(const BookEach& s) { return "book_each" + spell(s.requests); }
  std::string operator()(const command::Cancel& s) {
    return "cancel " + to_string(s.request.id) +
           (s.request.user ? " for user " + to_string(*s.request.user) : "");
  }
  std::string operator()(const command::CancelAll& s) {
    std::string text = "cancel_all";
    for (const BookingId id : s.ids) text += " " + to_string(id);
    return text;
  }
  std::string operator()(const command::Approve& s) { return "approve " + to_string(s.request.id); }
  std::string operator()(const command::Reject& s) {
    return "reject " + to_string(s.request.id) + " \"" + s.request.message + "\"";
  }
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
         number(booking.version) + " \"" + booking.message + "\"";
}

std::string text(const Receipt& receipt) {
  return std::string{receipt.changed ? "changed" : "unchanged"} +
         (receipt.replayed ? ", replayed: " : ": ") + text(receipt.booking);
}

std::string text(const Availability& slot) {
  return "slot [" + to_string(slot.slot) + "] capacity " + number(slot.capacity) + " sellable " +
         number(slot.sellable) + " used " + number(slot.used) + " remaining " +
         number(slot.remaining) + " deficit " + number(slot.deficit) + " " + spell(slot.status);
}

std::string text(const AvailabilityPage& page) {
  return text(page.items) + (page.next ? "\n    next " + to_string(*page.next) : "");
}

std::string text(const BookingPage& page) {
  return text(page.items) + (page.next ? "\n    next " + to_string(*page.next) : "");
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
