// Fields to text and back. Nothing read is trusted: every number has its range, every id its form.
#include "redis/records.hpp"

#include <charconv>
#include <limits>
#include <utility>

#include "booking/detail/checks.hpp"
#include "redis/keys.hpp"

namespace booking::inline v0::redis {

namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes a text apart; the first field that is not as it must be spoils the whole.
class Fields {
 public:
  Fields(std::string_view text, char separator) : rest_{text}, separator_{separator} {}

  std::string_view next() {
    if (ended_) good_ = false;
    const std::size_t at = rest_.find(separator_);
    ended_ = at == std::string_view::npos;
    const std::string_view field = rest_.substr(0, at);
    rest_ = ended_ ? std::string_view{} : rest_.substr(at + 1);
    return field;
  }
  /// From `least` on.
  template <class T>
  T integer(T least = 0, T most = std::numeric_limits<T>::max()) {
    const std::optional<T> value = number<T>(next());
    require(value && *value >= least && *value <= most);
    return value.value_or(T{});
  }
  template <class Enum>
  Enum code(Enum last) {
    return static_cast<Enum>(integer<std::uint8_t>(0, static_cast<std::uint8_t>(last)));
  }
  std::optional<Instant> instant() {
    const std::string_view field = next();
    if (field.empty()) return std::nullopt;
    const std::optional<Instant> at = decode_instant(field);
    require(at.has_value());
    return at;
  }
  /// The rest of the text is the last field, whatever it holds.
  std::string_view rest() {
    if (std::exchange(ended_, true)) good_ = false;
    return rest_;
  }

  bool more() const noexcept { return !ended_; }
  void require(bool holds) noexcept { good_ = good_ && holds; }
  /// Whether all was as it must be, and nothing is left over.
  bool good() const noexcept { return good_ && ended_; }

 private:
  std::string_view rest_;
  char separator_;
  bool ended_ = false;
  bool good_ = true;
};

template <class T>
std::optional<T> if_good(const Fields& fields, T value) {
  if (!fields.good()) return std::nullopt;
  return value;
}

std::string optional_text(const std::optional<Instant>& instant) {
  return instant ? encode(*instant) : std::string{};
}

template <class... Parts>
std::string joined(char separator, const Parts&... parts) {
  std::string text;
  const auto add = [&](const auto& part) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
    text += separator;
  };
  (add(parts), ...);
  text.pop_back();
  return text;
}

template <class Enum>
int code_of(Enum value) {
  return static_cast<int>(value);
}

}  // namespace

std::optional<std::int64_t> decode_integer(std::string_view text) {
  return number<std::int64_t>(text);
}

std::optional<Instant> decode_instant(std::string_view text) {
  const auto ms = number<std::int64_t>(text);
  if (!ms) return std::nullopt;
  return Instant{std::chrono::milliseconds{*ms}};
}

std::string encode(Instant instant) {
  return std::to_string(instant.time_since_epoch().count());
}

std::string encode(const Head& head) {
  return joined(' ', head.format, head.identity, head.gate.epoch, code_of(head.gate.phase),
                head.gate.fence) +
         (head.change_set ? " changes" : "");
}

std::optional<Head> decode_head(std::string_view text) {
  Fields fields{text, ' '};
  Head head;
  head.format = fields.integer<std::uint64_t>(1);
  if (head.format > our_format) return head;
  head.identity = fields.next();
  fields.require(head.identity.size() == short_id_size);
  head.gate.epoch = fields.integer<std::uint64_t>();
  head.gate.phase = fields.code(Gate::Phase::loading);
  head.gate.fence = fields.integer<std::uint64_t>();
  head.change_set = fields.more();
  if (head.change_set) fields.require(fields.next() == "changes");
  return if_good(fields, std::move(head));
}

std::string encode(const Policy& policy) {
  return joined(',', policy.user_limit.max, policy.user_limit.counting.bits(),
                policy.id_horizon.count());
}

std::optional<Policy> decode_policy(std::string_view text) {
  Fields fields{text, ','};
  Policy policy;
  policy.user_limit.max = fields.integer<std::int32_t>(1);
  policy.user_limit.counting = StatusSet::from_bits(fields.integer<std::uint16_t>());
  policy.id_horizon = std::chrono::seconds{fields.integer<std::int64_t>()};
  fields.require(detail::check(policy).has_value());
  return if_good(fields, policy);
}

std::string encode(const Service& service) {
  return std::to_string(code_of(service.approval)) + service.name + "\n" + service.description;
}

std::optional<Service> decode_service(const ServiceId& id, std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  Fields fields{text.substr(1), '\n'};
  Service service;
  service.id = id;
  service.approval = text[0] == '0' ? Approval::automatic : Approval::required;
  service.name = fields.next();
  service.description = fields.rest();
  return if_good(fields, std::move(service));
}

std::string definition(const SlotState& slot) {
  return joined(',', slot.capacity, slot.overbook, code_of(slot.status),
                optional_text(slot.begins_at), optional_text(slot.ends_at));
}

std::string encode(const SlotState& slot) {
  return joined(';', definition(slot), slot.lease, slot.version, slot.used, slot.held,
                optional_text(slot.next_deadline));
}

std::optional<SlotState> decode_slot(const SlotKey& key, std::string_view text) {
  Fields fields{text, ';'};
  Fields defined{fields.next(), ','};
  SlotState slot;
  slot.slot = key;
  slot.capacity = defined.integer<std::int32_t>();
  slot.overbook = defined.integer<std::int32_t>();
  slot.status = defined.code(SlotStatus::closed);
  slot.begins_at = defined.instant();
  slot.ends_at = defined.instant();
  slot.lease = fields.integer<std::uint64_t>();
  slot.version = fields.integer<std::uint64_t>();
  slot.used = fields.integer<std::int32_t>();
  slot.held = fields.integer<std::int32_t>();
  slot.next_deadline = fields.instant();
  const std::int64_t sellable = std::int64_t{slot.capacity} + slot.overbook;
  fields.require(defined.good() && sellable <= std::numeric_limits<std::int32_t>::max());
  return if_good(fields, slot);
}

std::string encode(const Booking& booking) {
  const auto after_created = [&](Instant at) {
    return at == booking.created_at ? std::string{}
                                    : std::to_string((at - booking.created_at).count());
  };
  const OpId op = booking.last_op;
  return joined(
      ',', encoded(booking.user), slot_text(booking.slot), code_of(booking.status), booking.seats,
      booking.seats_asked == booking.seats ? std::string{} : std::to_string(booking.seats_asked),
      code_of(booking.origin), booking.version, encode(booking.created_at),
      after_created(booking.updated_at),
      booking.hold_until ? std::to_string((*booking.hold_until - booking.created_at).count())
                         : std::string{},
      op.valid() ? short_bits(op.high, op.low) : std::string{}, booking.message);
}

std::optional<Booking> decode_booking(BookingId id, std::string_view text) {
  Fields fields{text, ','};
  Booking booking;
  booking.id = id;
  const std::optional<std::string> user = decoded(fields.next());
  booking.user = user ? UserId{*user} : UserId{};
  booking.slot = read_slot_text(fields.next());
  booking.status = fields.code(Status::held);
  booking.seats = fields.integer<std::int32_t>(1);
  const std::string_view asked = fields.next();
  booking.seats_asked = asked.empty() ? booking.seats : number<std::int32_t>(asked).value_or(0);
  booking.origin = fields.code(Origin::import);
  booking.version = fields.integer<std::uint32_t>();
  booking.created_at = fields.instant().value_or(Instant{});
  const auto from_created = [&](std::string_view ms) -> std::optional<Instant> {
    const auto after = decode_integer(ms);
    std::int64_t at = 0;
    const bool in_range = after && !__builtin_add_overflow(
                                       booking.created_at.time_since_epoch().count(), *after, &at);
    fields.require(in_range);
    return Instant{std::chrono::milliseconds{at}};
  };
  const std::string_view updated = fields.next();
  booking.updated_at = updated.empty() ? booking.created_at : *from_created(updated);
  const std::string_view hold = fields.next();
  if (!hold.empty()) booking.hold_until = from_created(hold);
  const std::string_view op = fields.next();
  if (!op.empty()) fields.require(long_bits(op, booking.last_op.high, booking.last_op.low));
  booking.message = fields.rest();
  fields.require(id.valid() && booking.user.valid() && booking.slot.valid() &&
                 booking.seats_asked >= 1 &&
                 (booking.status != Status::held || booking.hold_until.has_value()));
  return if_good(fields, std::move(booking));
}

std::string encode(const std::vector<Claim>& claims) {
  std::string text;
  for (const Claim& claim : claims) {
    if (!text.empty()) text += ';';
    text += short_id(claim.id);
    text += static_cast<char>('0' + code_of(claim.status));
    text += optional_text(claim.until);
  }
  return text;
}

std::optional<std::vector<Claim>> decode_claims(std::string_view text) {
  std::vector<Claim> claims;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::string_view one = text.substr(at, end - at);
    at = end + 1;
    if (one.size() <= short_id_size) return std::nullopt;
    Claim claim;
    claim.id = long_id(one.substr(0, short_id_size));
    claim.status = static_cast<Status>(one[short_id_size] - '0');
    const std::string_view until = one.substr(short_id_size + 1);
    if (!until.empty()) claim.until = decode_instant(until);
    const bool good = claim.id.valid() && one[short_id_size] >= '0' && one[short_id_size] <= '8' &&
                      live_statuses.contains(claim.status) &&
                      (until.empty() || claim.until.has_value());
    if (!good) return std::nullopt;
    claims.push_back(claim);
  }
  return claims;
}

}  // namespace booking::inline v0::redis
