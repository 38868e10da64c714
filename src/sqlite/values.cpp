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

Instant read_instant(Statement& statement) {
  return Instant{std::chrono::milliseconds{statement.next_integer()}};
}

void bind_instant(Statement& statement, Instant instant) {
  statement.bind_integer(instant.time_since_epoch().count());
}

std::string to_bytes(BookingId id) {
  std::string bytes(16, '\0');
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint64_t half = i < 8 ? id.high() : id.low();
    bytes[i] = static_cast<char>((half >> (56 - 8 * (i % 8))) & 0xFFU);
  }
  return bytes;
}

BookingId from_bytes(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < 16; ++i) {
    halves[i / 8] = (halves[i / 8] << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return BookingId::from_halves(halves[0], halves[1]);
}

BookingId read_booking_id(Statement& statement) {
  const BookingId id = statement.next_is_integer() ? BookingId{statement.next_integer()}
                                                   : from_bytes(statement.next_bytes());
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
    statement.bind_bytes(to_bytes(id));
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
  statement.bind_integer(static_cast<std::int64_t>(slot.version));
}

void bind(Statement& statement, const Booking& booking) {
  bind_all(statement, booking.id, booking.user, booking.slot);
  statement.bind_integer(booking.seats);
  statement.bind_integer(booking.seats_asked);
  statement.bind_integer(static_cast<std::int64_t>(booking.status));
  statement.bind_integer(booking.version);
  bind_instant(statement, booking.created_at);
  bind_instant(statement, booking.updated_at);
  booking.message.empty() ? statement.bind_null() : statement.bind_text(booking.message);
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
  if (!statement.next_is_null()) booking.message = statement.next_text();
  return booking;
}

UserLimit read_user_limit(Statement& statement) {
  UserLimit limit;
  limit.max = read_number<std::int32_t>(statement);
  limit.counting = StatusSet::from_bits(read_number<std::uint16_t>(statement));
  require(statement, detail::check(limit).has_value(), "the user limit");
  return limit;
}

}  // namespace booking::inline v0::sqlite
