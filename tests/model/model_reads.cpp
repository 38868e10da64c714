// The reading half of the naive inventory: every number is summed up over all bookings, each time.
#include <string>
#include <utility>

#include "model/model.hpp"

namespace booking_test {

using namespace booking;

// ---- reading ------------------------------------------------------------------------------------

Availability Model::look_at(const SlotKey& key) const {
  const Slot& slot = slots_.at(key);
  const std::int64_t sellable = slot.capacity + slot.overbook;
  const std::int64_t used = seats_in(key);
  std::int64_t held = 0;
  for (const auto& entry : bookings_) {
    const Booking& booking = entry.second;
    if (booking.slot == key && booking.status == Status::held) held += booking.seats;
  }
  const bool past = slot.status == SlotStatus::open && slot.begins_at && *slot.begins_at <= now_;
  const SlotStatus status = past ? SlotStatus::past : slot.status;
  return {.slot = key,
          .capacity = static_cast<std::int32_t>(slot.capacity),
          .sellable = static_cast<std::int32_t>(sellable),
          .used = static_cast<std::int32_t>(used),
          .held = static_cast<std::int32_t>(held),
          .remaining = static_cast<std::int32_t>(used < sellable ? sellable - used : 0),
          .deficit = static_cast<std::int32_t>(used > sellable ? used - sellable : 0),
          .status = status,
          .begins_at = slot.begins_at,
          .ends_at = slot.ends_at};
}

Result<Availability> Model::availability(const SlotKey& slot) const {
  if (!slots_.contains(slot)) return Error{.code = ErrorCode::not_found};
  return look_at(slot);
}

Result<AvailabilityPage> Model::availability(const SlotRange& range, std::int32_t page_size) const {
  const std::string from{std::string_view{range.from.text()}};
  std::string to{std::string_view{range.to.text()}};
  if (to.size() == 10) to += " 99";  // behind every time of that day
  AvailabilityPage page;
  for (const auto& entry : slots_) {
    const SlotKey& key = entry.first;
    const std::string label{std::string_view{key.label.text()}};
    if (key.service != range.service || label < from || label > to) continue;
    if (page.items.size() == static_cast<std::size_t>(page_size)) {
      page.next = key.label;
      break;
    }
    page.items.push_back(look_at(key));
  }
  return page;
}

Result<std::optional<Booking>> Model::find(BookingId id) const {
  const auto found = bookings_.find(id);
  return found == bookings_.end() ? std::optional<Booking>{} : std::optional{found->second};
}

Result<BookingPage> Model::bookings(const BookingQuery& query,
                                    const BookingPageRequest& page) const {
  auto matching = select([&](const Booking& booking) {
    return (!query.user || booking.user == *query.user) &&
           (!query.slot || booking.slot == *query.slot) &&
           (!query.status || query.status->contains(booking.status)) &&
           (!page.after || booking.id > *page.after);
  });
  BookingPage answer;
  const auto size = static_cast<std::size_t>(page.size);
  if (matching.size() > size) {
    matching.resize(size);
    answer.next = matching.back().id;
  }
  answer.items = std::move(matching);
  return answer;
}

Result<std::optional<Booking>> Model::current_booking(const UserId& user) const {
  const auto live =
      select([&](const Booking& booking) { return booking.user == user && is_live(booking); });
  return live.empty() ? std::optional<Booking>{} : std::optional{live.back()};
}

// ---- sums ---------------------------------------------------------------------------------------

std::vector<Booking> Model::select(const Test& test) const {
  std::vector<Booking> selected;
  for (const auto& entry : bookings_) {
    if (test(entry.second)) selected.push_back(entry.second);
  }
  return selected;
}

std::int64_t Model::seats_in(const SlotKey& slot) const {
  std::int64_t sum = 0;
  for (const auto& entry : bookings_) {
    const Booking& booking = entry.second;
    const bool takes = is_live(booking) || booking.status == Status::completed ||
                       booking.status == Status::no_show;
    if (booking.slot == slot && takes) sum += booking.seats;
  }
  return sum;
}

std::int64_t Model::counting_of(const UserId& user) const {
  std::int64_t count = 0;
  for (const auto& entry : bookings_) {
    const Booking& booking = entry.second;
    const bool counts = limit_.counting.contains(booking.status) &&
                        (booking.status == Status::held || !has_ended(booking.slot));
    if (booking.user == user && counts) ++count;
  }
  return count;
}

std::vector<BookingId> Model::ids_in(StatusSet statuses) const {
  std::vector<BookingId> ids;
  for (const auto& entry : bookings_) {
    if (statuses.contains(entry.second.status)) ids.push_back(entry.first);
  }
  return ids;
}

}  // namespace booking_test
