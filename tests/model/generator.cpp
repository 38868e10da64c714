// How often which call is made, with which arguments.
#include "model/generator.hpp"

#include <limits>

namespace booking_test {

using namespace booking;

namespace {

constexpr StatusSet any_status = StatusSet::from_bits(0xFF);

}  // namespace

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

std::chrono::minutes Generator::minutes_below(int end) {
  return std::chrono::minutes{below(end)};
}

template <class T>
const T& Generator::any_of(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
}

// Small integers; UUIDs of these days, a few of them too old; and UUIDs whose halves run over the
// whole range, so that order and storage of all 128 bits are tried.
BookingId Generator::fresh_id(const Model& model) {
  if (chance(45)) return BookingId{1 + random_() % 100000};
  const std::uint64_t low = (random_() >> 2) | (std::uint64_t{1} << 63);
  if (chance(10)) {
    return BookingId::from_halves((random_() & ~std::uint64_t{0xF000}) | 0x7000, low);
  }
  const Instant newest = model.now() + std::chrono::hours{1};
  const auto age = chance(10) ? std::chrono::hours{24 * 7} + minutes_below(2 * 24 * 60)
                              : minutes_below(7 * 24 * 60);
  const auto made_at = static_cast<std::uint64_t>((newest - age).time_since_epoch().count());
  return BookingId::from_halves((made_at << 16) | 0x7000 | (random_() & 0xFFF), low);
}

BookingId Generator::id_in(const Model& model, StatusSet statuses) {
  // Sometimes one that was refused, or is quite unknown.
  if (chance(5)) return made_.empty() || chance(50) ? fresh_id(model) : any_of(made_).id;
  const std::vector<BookingId> ids = model.ids_in(chance(80) ? statuses : any_status);
  if (!ids.empty()) return any_of(ids);
  const std::vector<BookingId> others = model.ids_in(any_status);
  return others.empty() || chance(20) ? fresh_id(model) : any_of(others);
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
    const Result<std::optional<Booking>> booked = model.find(id_in(model, any_status));
    if (*booked && chance(50)) {
      again = {.id = (*booked)->id,
               .user = (*booked)->user,
               .slot = (*booked)->slot,
               .seats = (*booked)->seats_asked};
    }
    again.again = chance(20);
    if (chance(50)) return again;
    if (chance(33)) again.seats = seats();
    if (chance(33)) again.user = any_of(users());
    if (chance(33)) again.slot = any_of(slots());
    return again;
  }
  BookRequest made{.id = fresh_id(model),
                   .user = any_of(users()),
                   .slot = any_of(slots()),
                   .seats = seats(),
                   .second_in_slot = chance(15) ? SecondInSlot::allow : SecondInSlot::refuse,
                   .again = chance(10)};
  // A second booking of somebody who has one there.
  if (const auto live = model.ids_in(live_statuses); !live.empty() && chance(15)) {
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
    if (same_slot && chance(80)) batch.back().id = fresh_id(model);
  }
  if (size > 1 && chance(5)) batch.back().id = batch.front().id;
  return batch;
}

std::vector<BookingId> Generator::ids(const Model& model) {
  std::vector<BookingId> batch;
  const int size = chance(2) ? 0 : 1 + below(4);
  for (int i = 0; i < size; ++i) {
    batch.push_back(id_in(model, live_statuses));
  }
  return batch;
}

// Mostly to come; none at all more often than not.
std::optional<Instant> Generator::moment(const Model& model) {
  if (chance(75)) return std::nullopt;
  if (chance(12)) return model.now() - minutes_below(6 * 60);
  return model.now() + (chance(30) ? minutes_below(6 * 60) : minutes_below(30 * 24 * 60));
}

SlotDefinition Generator::slot_definition(const Model& model) {
  if (const auto known = model.availability(any_of(slots())); known && chance(15)) {
    return {.slot = known->slot,
            .capacity = known->capacity,
            .overbook = known->sellable - known->capacity,
            .status = known->status == SlotStatus::closed ? SlotStatus::closed : SlotStatus::open,
            .begins_at = known->begins_at,
            .ends_at = known->ends_at};
  }
  return {.slot = any_of(slots()),
          .capacity = capacity(),
          .overbook = below(2),
          .status = chance(90) ? SlotStatus::open : SlotStatus::closed,
          .begins_at = moment(model),
          .ends_at = moment(model)};
}

SlotChange Generator::slot_change(const Model& model) {
  SlotChange change{.slot = any_of(slots())};
  if (chance(60)) change.capacity = capacity();
  if (chance(30)) change.overbook = chance(90) ? below(3) : capacity();
  if (chance(40)) change.status = chance(80) ? SlotStatus::open : SlotStatus::closed;
  change.begins_at = moment(model);
  change.ends_at = moment(model);
  change.force = chance(35);
  return change;
}

std::chrono::milliseconds Generator::ttl() {
  switch (below(5)) {
    case 0:
      return std::chrono::milliseconds{1 + below(1000)};
    case 1:
      return std::chrono::hours{1 + below(24)};
    case 2:
      return std::chrono::hours{24};
    default:
      return std::chrono::seconds{1 + below(3600)};
  }
}

// A move of a booking that is in one of the statuses `from`, mostly: by its user, by another or by
// nobody in particular, now and then with an op id. Or once more, with the op that led it `to`.
template <class Request>
Request Generator::move(const Model& model, StatusSet from, StatusSet to) {
  static const std::vector<OpId> ops = {{0, 1}, {1, 0}, {~std::uint64_t{0}, 7}, {7, 1ULL << 63}};
  Request request;
  const bool once_more = chance(10);
  request.id = id_in(model, once_more ? to : from);
  auto booking = model.find(request.id);
  for (int i = 0; once_more && i < 5 && *booking && !(*booking)->last_op.valid(); ++i) {
    request.id = id_in(model, to);
    booking = model.find(request.id);
  }
  if constexpr (requires { request.user; }) {
    if (chance(40)) request.user = *booking && chance(70) ? (*booking)->user : any_of(users());
  }
  if constexpr (requires { request.op; }) {
    if (chance(25)) request.op = any_of(ops);
    if (*booking && chance(once_more ? 80 : 10)) request.op = (*booking)->last_op;
  }
  return request;
}

Step Generator::reschedule(const Model& model) {
  auto request = move<RescheduleRequest>(model, live_statuses, live_statuses);
  const auto old = model.find(request.id);
  request.new_id = chance(80) ? fresh_id(model) : id_in(model, any_status);
  request.slot = *old && chance(25) ? (*old)->slot : any_of(slots());
  request.again = chance(15);
  if (made_.size() > 4 && chance(5)) request.new_id = any_of(made_).id;
  if (!moved_.empty() && chance(20)) {
    request = any_of(moved_);
    if (chance(20)) request.slot = any_of(slots());
  } else {
    moved_.push_back(request);
  }
  return command::Reschedule{request};
}

Step Generator::import_slots(const Model& model) {
  const bool shut = model.gate()->phase != Gate::Phase::open;
  command::ImportSlots import;
  import.mode = chance(85) == shut ? ImportMode::set_remaining : ImportMode::create_missing;
  const int size = 1 + below(4);
  const ServiceId& service = any_of(services());
  const bool one_service = chance(70);
  for (int i = 0; i < size; ++i) {
    import.slots.push_back(slot_definition(model));
    if (one_service) import.slots.back().slot.service = service;
  }
  return command::ImportSlots{import};
}

Step Generator::shut_gate(const Model& model) {
  const Gate now = *model.gate();
  Gate next = now;
  next.phase = Gate::Phase::shut;
  if (chance(50)) ++next.fence;
  return command::SetGate{now, next};
}

Step Generator::open_gate(const Model& model) {
  const Gate now = *model.gate();
  Gate next = now;
  next.phase = chance(80)   ? Gate::Phase::open
               : chance(50) ? Gate::Phase::flushed
                            : Gate::Phase::loading;
  if (next.phase == Gate::Phase::open && chance(90)) ++next.epoch;
  return command::SetGate{now, next};
}

// Not as expected, back in time, or nothing new.
Step Generator::stray_gate(const Model& model) {
  const Gate now = *model.gate();
  Gate other = now;
  if (chance(40)) --other.epoch;
  if (chance(40) && other.fence > 0) --other.fence;
  return chance(50) ? command::SetGate{other, now} : command::SetGate{now, other};
}

Step Generator::pass_time() {
  if (chance(2)) return PassTime{std::chrono::days{8}};
  if (chance(15)) return PassTime{std::chrono::hours{1 + below(12)}};
  if (chance(10)) return PassTime{std::chrono::milliseconds{1 + below(1000)}};
  return PassTime{std::chrono::seconds{1 + below(chance(50) ? 60 : 1800)}};
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

Step Generator::move_something(const Model& model) {
  switch (below(10)) {
    case 0:
      return command::Extend{[&] {
        auto request = move<ExtendRequest>(model, {Status::held}, {Status::held});
        request.ttl = ttl();
        return request;
      }()};
    case 1:
    case 2:
      return command::Confirm{[&] {
        auto request =
            move<ConfirmRequest>(model, {Status::held}, {Status::pending, Status::confirmed});
        if (chance(30)) request.seats = seats();
        return request;
      }()};
    case 3:
    case 4:
      return command::Cancel{move<MoveRequest>(model, live_statuses, {Status::cancelled})};
    case 5:
      return command::CancelAll{ids(model)};
    case 6:
      return command::Approve{move<MoveRequest>(model, {Status::pending}, {Status::confirmed})};
    case 7:
      return command::Reject{[&] {
        auto request = move<RejectRequest>(model, {Status::pending}, {Status::rejected});
        if (chance(50)) request.message = "no room; it's \"full\"\n";
        return request;
      }()};
    case 8:
      if (chance(60))
        return command::Complete{
            move<MoveRequest>(model, {Status::confirmed}, {Status::completed})};
      return command::NoShow{move<MoveRequest>(model, {Status::confirmed}, {Status::no_show})};
    default:
      return reschedule(model);
  }
}

Step Generator::next(const Model& model) {
  if (model.gate()->phase != Gate::Phase::open) {
    if (chance(25)) return open_gate(model);
    if (chance(15)) return import_slots(model);
    if (chance(5)) return command::Resolve{fresh_id(model)};
  } else if (below(1000) < 7) {
    return shut_gate(model);
  }
  const int pick = below(100);
  if (pick < 3) return command::DefineService{service()};
  if (pick < 5) return command::UpdateService{service()};
  if (pick < 8) return command::DefineSlot{slot_definition(model)};
  if (pick < 15) return command::ChangeSlot{slot_change(model)};
  if (pick < 32) return command::Book{request(model)};
  if (pick < 42) {
    const BookRequest r = request(model);
    return command::Hold{{.id = r.id,
                          .user = r.user,
                          .slot = r.slot,
                          .seats = r.seats,
                          .ttl = ttl(),
                          .second_in_slot = r.second_in_slot,
                          .again = r.again}};
  }
  if (pick < 48) return command::BookAll{requests(model)};
  if (pick < 51) return BookEach{requests(model)};
  if (pick < 81) return move_something(model);
  if (pick < 86) return pass_time();
  if (pick > 89) return read(model);
  switch (below(6)) {
    case 0:
      return command::Purge{
          {.before = model.now() + minutes_below(24 * 60) - minutes_below(24 * 60 * 8),
           .max = 10000}};
    case 1:
      return import_slots(model);
    case 2:
      return chance(30) ? stray_gate(model) : pass_time();
    case 3:
    case 4:
      return command::Sweep{1 + below(20)};
    default:
      return command::Resolve{chance(60)                    ? id_in(model, any_status)
                              : made_.empty() || chance(50) ? fresh_id(model)
                                                            : any_of(made_).id};
  }
}

}  // namespace booking_test
