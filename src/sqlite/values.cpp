// Values to parameters, columns to values.
#include "sqlite/values.hpp"

#include <limits>
#include <type_traits>

#include "booking/detail/checks.hpp"

namespace booking::inline v0::sqlite {

namespace {

template <class Tag>
void bind_id(Statement& statement, const BasicId<Tag>& id) {
  id.is_integer() ? statement.bind_integer(id.integer()) : statement.bind_text(id.text());
}

void require(Statement& statement, bool good, const char* what) {
  if (!good) statement.connection().fail_broken(std::string{what} + " is not valid");
}

template <class Id>
Id read_id(Statement& statement) {
  const Id id =
      statement.next_is_integer() ? Id{statement.next_integer()} : Id{statement.next_text()};
  require(statement, id.valid(), "an id");
  return id;
}

template <class T>
T read_number(Statement& statement, T most = std::numeric_limits<T>::max()) {
  const std::int64_t value = statement.next_integer();
  const bool good = std::in_range<T>(value) && value >= 0 && static_cast<T>(value) <= most;
  require(statement, good, "a number");
  return good ? static_cast<T>(value) : T{};
}

template <class Enum>
Enum read_enum(Statement& statement, Enum last) {
  using Code = std::underlying_type_t<Enum>;
  return static_cast<Enum>(read_number<Code>(statement, static_cast<Code>(last)));
}

std::optional<Instant> read_optional_instant(Statement& statement) {
  if (statement.next_is_null()) {
    statement.skip();
    return std::nullopt;
  }
  return read_instant(statement);
}

void bind_optional(Statement& statement, const std::optional<Instant>& instant) {
  instant ? bind(statement, *instant) : statement.bind_null();
}

std::int64_t to_integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::string to_bytes(std::uint64_t high, std::uint64_t low) {
  std::string bytes(16, '\0');
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint64_t half = i < 8 ? high : low;
    bytes[i] = static_cast<char>((half >> (56 - 8 * (i % 8))) & 0xFFU);
  }
  return bytes;
}

struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

Halves from_bytes(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < 16; ++i) {
    halves[i / 8] = (halves[i / 8] << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return {halves[0], halves[1]};
}

BookingId to_id(Halves halves) {
  return BookingId::from_halves(halves.high, halves.low);
}

BookingId read_booking_id(Statement& statement) {
  const BookingId id = statement.next_is_integer() ? BookingId{statement.next_integer()}
                                                   : to_id(from_bytes(statement.next_bytes()));
  require(statement, id.valid(), "a booking id");
  return id;
}

SlotKey read_slot_key(Statement& statement) {
  const ServiceId service = read_id<ServiceId>(statement);
  const SlotLabel label{statement.next_text()};
  require(statement, label.valid(), "a slot label");
  return {service, label};
}

}  // namespace

void bind(Statement& statement, std::int64_t value) {
  statement.bind_integer(value);
}
void bind(Statement& statement, StatusSet statuses) {
  statement.bind_integer(statuses.bits());
}
void bind(Statement& statement, const UserId& user) {
  bind_id(statement, user);
}
void bind(Statement& statement, const ServiceId& service) {
  bind_id(statement, service);
}
void bind(Statement& statement, SlotLabel label) {
  statement.bind_text(label.text());
}

void bind(Statement& statement, BookingId id) {
  if (id.is_integer()) {
    statement.bind_integer(static_cast<std::int64_t>(id.low()));
  } else {
    statement.bind_bytes(to_bytes(id.high(), id.low()));
  }
}

void bind(Statement& statement, const SlotKey& slot) {
  bind_all(statement, slot.service, slot.label);
}

void bind(Statement& statement, const Service& service) {
  bind(statement, service.id);
  statement.bind_text(service.name);
  statement.bind_text(service.description);
  statement.bind_integer(static_cast<std::int64_t>(service.approval));
}

void bind(Statement& statement, const SlotState& slot) {
  bind(statement, slot.slot);
  statement.bind_integer(slot.capacity);
  statement.bind_integer(slot.overbook);
  statement.bind_integer(static_cast<std::int64_t>(slot.status));
  statement.bind_integer(slot.used);
  statement.bind_integer(to_integer(slot.version));
  statement.bind_integer(slot.held);
  statement.bind_integer(to_integer(slot.lease));
  bind_optional(statement, slot.begins_at);
  bind_optional(statement, slot.ends_at);
  bind_optional(statement, slot.next_deadline);
}

void bind(Statement& statement, Instant instant) {
  statement.bind_integer(instant.time_since_epoch().count());
}

void bind(Statement& statement, const Policy& policy) {
  statement.bind_integer(policy.user_limit.max);
  statement.bind_integer(policy.user_limit.counting.bits());
  statement.bind_integer(policy.id_horizon.count());
}

void bind(Statement& statement, const Gate& gate) {
  statement.bind_integer(to_integer(gate.epoch));
  statement.bind_integer(static_cast<std::int64_t>(gate.phase));
  statement.bind_integer(to_integer(gate.fence));
}

void bind(Statement& statement, const Booking& booking) {
  bind_all(statement, booking.id, booking.user, booking.slot);
  statement.bind_integer(booking.seats);
  statement.bind_integer(booking.seats_asked);
  statement.bind_integer(static_cast<std::int64_t>(booking.status));
  statement.bind_integer(booking.version);
  bind_all(statement, booking.created_at, booking.updated_at);
  booking.message.empty() ? statement.bind_null() : statement.bind_text(booking.message);
  statement.bind_integer(static_cast<std::int64_t>(booking.origin));
  bind_optional(statement, booking.hold_until);
  const OpId op = booking.last_op;
  op.valid() ? statement.bind_bytes(to_bytes(op.high, op.low)) : statement.bind_null();
}

UserId read_user(Statement& statement) {
  return read_id<UserId>(statement);
}

Service read_service(Statement& statement) {
  Service service;
  service.id = read_id<ServiceId>(statement);
  service.name = statement.next_text();
  service.description = statement.next_text();
  service.approval = read_enum(statement, Approval::required);
  return service;
}

SlotState read_slot(Statement& statement) {
  SlotState slot;
  slot.slot = read_slot_key(statement);
  slot.capacity = read_number<std::int32_t>(statement);
  slot.overbook = read_number<std::int32_t>(statement);
  slot.status = read_enum(statement, SlotStatus::closed);
  slot.approval = read_enum(statement, Approval::required);
  slot.used = read_number<std::int32_t>(statement);
  slot.version = read_number<std::uint64_t>(statement);
  slot.held = read_number<std::int32_t>(statement);
  slot.lease = read_number<std::uint64_t>(statement);
  slot.begins_at = read_optional_instant(statement);
  slot.ends_at = read_optional_instant(statement);
  slot.next_deadline = read_optional_instant(statement);
  return slot;
}

Booking read_booking(Statement& statement) {
  Booking booking;
  booking.id = read_booking_id(statement);
  booking.user = read_user(statement);
  booking.slot = read_slot_key(statement);
  booking.seats = read_number<std::int32_t>(statement);
  booking.seats_asked = read_number<std::int32_t>(statement);
  booking.status = read_enum(statement, Status::waitlisted);
  booking.version = read_number<std::uint32_t>(statement);
  booking.created_at = read_instant(statement);
  booking.updated_at = read_instant(statement);
  if (statement.next_is_null()) {
    statement.skip();
  } else {
    booking.message = statement.next_text();
  }
  booking.origin = read_enum(statement, Origin::import);
  booking.hold_until = read_optional_instant(statement);
  if (booking.status == Status::held && !booking.hold_until) {
    statement.connection().fail_broken("a hold has no deadline");
  }
  if (statement.next_is_null()) {
    statement.skip();
  } else {
    const Halves op = from_bytes(statement.next_bytes());
    booking.last_op = {.high = op.high, .low = op.low};
  }
  return booking;
}

SlotTally read_tally(Statement& statement) {
  SlotTally tally;
  tally.state = read_slot(statement);
  tally.used = statement.next_integer();
  tally.held = statement.next_integer();
  return tally;
}

SlotReading read_reading(Statement& statement) {
  SlotReading reading;
  reading.state = read_slot(statement);
  reading.overdue = read_number<std::int32_t>(statement);
  reading.now = read_instant(statement);
  return reading;
}

Booking read_seen_booking(Statement& statement) {
  const Booking booking = read_booking(statement);
  return booking.seen_at(read_instant(statement));
}

Instant read_instant(Statement& statement) {
  return Instant{std::chrono::milliseconds{statement.next_integer()}};
}

Policy read_policy(Statement& statement) {
  Policy policy;
  policy.user_limit.max = read_number<std::int32_t>(statement);
  policy.user_limit.counting = StatusSet::from_bits(read_number<std::uint16_t>(statement));
  policy.id_horizon = std::chrono::seconds{read_number<std::int64_t>(statement)};
  require(statement, detail::check(policy).has_value(), "the policy");
  return policy;
}

Gate read_gate(Statement& statement) {
  Gate gate;
  gate.epoch = read_number<std::uint64_t>(statement);
  gate.phase = read_enum(statement, Gate::Phase::loading);
  gate.fence = read_number<std::uint64_t>(statement);
  return gate;
}

}  // namespace booking::inline v0::sqlite
