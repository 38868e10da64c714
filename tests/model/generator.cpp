// How often which call is made, with which arguments.
#include "model/generator.hpp"

#include <limits>

namespace booking_test {

using namespace booking;

Generator::Generator(std::uint64_t seed) : random_{seed} {}

const std::vector<ServiceId>& Generator::services() {
  static const std::vector<ServiceId> services = {1, "it's \"two\" {2}", -3, "never defined"};
  return services;
}

const std::vector<SlotKey>& Generator::slots() {
  static const std::vector<SlotKey> slots = [] {
    std::vector<SlotKey> all;
    for (const ServiceId& service : services()) {
      for (const char* label : {"2026-06-01", "2026-06-01 10:00", "2026-10-25 02:30b"}) {
        all.push_back({service, label});
      }
    }
    return all;
  }();
  return slots;
}

const std::vector<UserId>& Generator::users() {
  static const std::vector<UserId> users = {17,
                                            27,
                                            -5,
                                            "alice",
                                            "Alice",
                                            "017",
                                            "Zo\u00eb",
                                            "'; drop table bookings; --",
                                            std::numeric_limits<std::int64_t>::max()};
  return users;
}

bool Generator::chance(int percent) {
  return below(100) < percent;
}

int Generator::below(int end) {
  return static_cast<int>(random_() % static_cast<std::uint64_t>(end));
}

template <class T>
const T& Generator::any_of(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
}

// Small integers, and UUIDs whose halves run over the whole range, so that order and storage of
// all 128 bits are tried.
BookingId Generator::fresh_id() {
  if (chance(50)) return BookingId{1 + random_() % 100000};
  const std::uint64_t high = (random_() & ~std::uint64_t{0xF000}) | 0x7000;
  const std::uint64_t low = (random_() >> 2) | (std::uint64_t{1} << 63);
  return BookingId::from_halves(high, low);
}

BookingId Generator::id_in(const Model& model, StatusSet statuses) {
  // Sometimes one that was refused, or is quite unknown.
  if (chance(5)) return made_.empty() || chance(50) ? fresh_id() : any_of(made_).id;
  const std::vector<BookingId> ids =
      model.ids_in(chance(80) ? statuses : StatusSet::from_bits(0xFF));
  return ids.empty() ? fresh_id() : any_of(ids);
}

std::int32_t Generator::seats() {
  if (chance(1)) return chance(50) ? 0 : std::numeric_limits<std::int32_t>::max();
  return chance(60) ? 1 : 1 + below(4);
}

std::int32_t Generator::capacity() {
  if (chance(4)) return std::numeric_limits<std::int32_t>::max() - below(3);
  return below(7);
}

Service Generator::service() {
  return {.id = any_of(services()),
          .name = chance(80) ? "name" : "another name",
          .description = chance(80) ? "" : "line\nline",
          .approval = chance(50) ? Approval::required : Approval::automatic};
}

BookRequest Generator::request(const Model& model) {
  if (!made_.empty() && chance(15)) {
    BookRequest again = any_of(made_);
    const Result<std::optional<Booking>> booked =
        model.find(id_in(model, StatusSet::from_bits(0xFF)));
    if (*booked && chance(50)) {
      again = {.id = (*booked)->id,
               .user = (*booked)->user,
               .slot = (*booked)->slot,
               .seats = (*booked)->seats_asked};
    }
    if (chance(50)) return again;
    if (chance(33)) again.seats = seats();
    if (chance(33)) again.user = any_of(users());
    if (chance(33)) again.slot = any_of(slots());
    return again;
  }
  BookRequest made{.id = fresh_id(),
                   .user = any_of(users()),
                   .slot = any_of(slots()),
                   .seats = seats(),
                   .second_in_slot = chance(15) ? SecondInSlot::allow : SecondInSlot::refuse};
  // A second booking of somebody who has one there.
  if (const auto live = model.ids_in({Status::pending, Status::confirmed});
      !live.empty() && chance(15)) {
    const auto other = model.find(any_of(live));
    made.user = (*other)->user;
    made.slot = (*other)->slot;
  }
  made_.push_back(made);
  return made;
}

std::vector<BookRequest> Generator::requests(const Model& model) {
  std::vector<BookRequest> batch;
  if (made_.size() > 4 && chance(10)) {  // a stretch of the past, perhaps known as a whole
    const int from = below(static_cast<int>(made_.size()) - 4);
    batch.assign(made_.begin() + from, made_.begin() + from + 1 + below(3));
    return batch;
  }
  const SlotKey together = any_of(slots());
  const int size = chance(2) ? 0 : 1 + below(4);
  const bool same_slot = chance(50);
  for (int i = 0; i < size; ++i) {
    batch.push_back(request(model));
    if (same_slot) batch.back().slot = together;
    if (same_slot && chance(80)) batch.back().id = fresh_id();
  }
  if (size > 1 && chance(5)) batch.back().id = batch.front().id;
  return batch;
}

std::vector<BookingId> Generator::ids(const Model& model) {
  std::vector<BookingId> batch;
  const int size = chance(2) ? 0 : 1 + below(4);
  for (int i = 0; i < size; ++i) {
    const StatusSet movable{Status::pending, Status::confirmed};
    batch.push_back(id_in(model, movable));
  }
  return batch;
}

SlotChange Generator::slot_change() {
  SlotChange change{.slot = any_of(slots())};
  if (chance(60)) change.capacity = capacity();
  if (chance(30)) change.overbook = chance(90) ? below(3) : capacity();
  if (chance(40)) change.status = chance(80) ? SlotStatus::open : SlotStatus::closed;
  change.force = chance(35);
  return change;
}

Step Generator::read(const Model& model) {
  static const std::vector<SlotLabel> labels = {"2026-05-31", "2026-06-01", "2026-06-01 10:00",
                                                "2026-10-25", "2026-10-25 02:30a"};
  switch (below(5)) {
    case 0:
      return ReadSlot{any_of(slots())};
    case 1:
      return ReadRange{{any_of(services()), any_of(labels), any_of(labels)}, 1 + below(4)};
    case 2:
      return Find{id_in(model, seat_statuses)};
    case 3:
      return Current{any_of(users())};
    default: {
      List list{.query = {}, .page = {.after = {}, .size = 1 + below(5)}};
      if (chance(50)) list.query.user = any_of(users());
      if (chance(50)) list.query.slot = any_of(slots());
      if (chance(50)) {
        list.query.status = StatusSet::from_bits(static_cast<std::uint16_t>(below(16)));
      }
      if (chance(50)) list.page.after = id_in(model, live_statuses);
      return list;
    }
  }
}

Step Generator::next(const Model& model) {
  const int pick = below(100);
  if (pick < 3) return command::DefineService{service()};
  if (pick < 5) return command::UpdateService{service()};
  if (pick < 9) {
    return command::DefineSlot{{.slot = any_of(slots()),
                                .capacity = capacity(),
                                .overbook = below(2),
                                .status = chance(90) ? SlotStatus::open : SlotStatus::closed}};
  }
  if (pick < 15) return command::ChangeSlot{slot_change()};
  if (pick < 43) return command::Book{request(model)};
  if (pick < 50) return command::BookAll{requests(model)};
  if (pick < 54) return BookEach{requests(model)};
  if (pick < 66) {
    MoveRequest cancel{.id = id_in(model, {Status::pending, Status::confirmed}), .user = {}};
    const auto booking = model.find(cancel.id);
    if (chance(50)) cancel.user = *booking && chance(70) ? (*booking)->user : any_of(users());
    return command::Cancel{cancel};
  }
  if (pick < 71) return command::CancelAll{ids(model)};
  if (pick < 79) return command::Approve{{.id = id_in(model, {Status::pending})}};
  if (pick < 84) {
    return command::Reject{{.id = id_in(model, {Status::pending}),
                            .message = chance(50) ? "" : "no room; it's \"full\"\n"}};
  }
  return read(model);
}

}  // namespace booking_test
