// One function for each query of command.hpp. Lists are read by a script a page, users by SCAN.
#include "redis/read.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "redis/outcome.hpp"
#include "redis/view.hpp"

namespace booking::inline v0::redis {

namespace {

using Texts = std::vector<std::string>;

constexpr std::int32_t looked_at_together = 1000;  // bookings of a list, by one script
constexpr std::int32_t tallied_together = 20'000;  // bookings summed up, by one script
constexpr std::int32_t scanned_together = 1000;    // keys, by one SCAN

std::optional<Approval> read_approval(const Reply& reply) {
  if (reply.text == "0") return Approval::automatic;
  if (reply.text == "1") return Approval::required;
  return std::nullopt;
}

/// Slot and approval as one.
std::optional<SlotState> read_slot(const ServiceId& service, const Reply& label, const Reply& text,
                                   const Reply& approval) {
  const auto of_service = read_approval(approval);
  auto slot = decode_slot({service, read_label(label.text)}, text.text);
  if (!slot || !of_service || !slot->slot.valid()) return std::nullopt;
  slot->approval = *of_service;
  return slot;
}

struct Reader {
  Access& access;
  Connection& connection;
  const Deadline& deadline;
  const Keys& keys = access.keys();

  std::string slot_begin(const ServiceId& service) const {
    return keys.begin() + "s:" + encoded(service) + ":";
  }
  std::string holds_begin(const ServiceId& service) const {
    return keys.begin() + "h:" + encoded(service) + ":";
  }
  std::string bookings_begin(const ServiceId& service) const {
    return keys.begin() + "sb:" + encoded(service) + ":";
  }
  std::string booking_begin() const { return keys.begin() + "b:"; }

  Result<std::vector<SlotReading>> slots(const ServiceId& service, SlotLabel from, SlotLabel to,
                                         std::int32_t limit) const {
    const Texts of = {keys.slots(service), keys.service(service)};
    const Texts what = {label_text(from),    label_text(to),       std::to_string(limit),
                        slot_begin(service), holds_begin(service), booking_begin()};
    const auto rows = access.read(connection, ReadScript::slots, of, what, deadline);
    if (!rows) return rows.error();
    std::vector<SlotReading> readings;
    for (std::size_t i = 1; i + 2 < rows->items.size(); i += 3) {
      const auto slot = read_slot(service, rows->items[i], rows->items[i + 1], rows->items[0]);
      const auto overdue = decode_integer(rows->items[i + 2].text);
      if (!slot || !overdue || *overdue < 0 || *overdue > slot->used) {
        return broken("a slot, its service or its holds are missing or not valid");
      }
      readings.push_back({*slot, static_cast<std::int32_t>(*overdue), rows->seen.now});
    }
    return readings;
  }

  Result<Answer> operator()(const query::Slot& q) const {
    auto found = slots(q.slot.service, q.slot.label, q.slot.label, 1);
    if (!found) return std::move(found).error();
    if (found->empty()) return Answer{std::optional<SlotReading>{}};
    return Answer{std::optional{found->front()}};
  }

  Result<Answer> operator()(const query::Slots& q) const {
    auto found = slots(q.service, q.from, q.to, q.limit);
    if (!found) return std::move(found).error();
    return Answer{*std::move(found)};
  }

  /// What the rules would see, as of one moment.
  template <class Look>
  Result<Answer> seen(Look look) const {
    Facts facts{keys};
    look(facts);
    const auto seen = access.look(connection, facts, Facts::Which::missing, deadline);
    if (!seen) return seen.error();
    RedisView view{facts, seen->head, seen->now};
    Answer answer = look.from(view);
    if (view.failed()) return broken(view.failure());
    return answer;
  }

  Result<Answer> operator()(const query::FindBooking& q) const {
    struct Look {
      BookingId id;
      void operator()(Facts& facts) const { facts.booking(id); }
      Answer from(RedisView& view) const {
        const Booking* found = view.booking(id);
        return found ? std::optional{found->seen_at(view.now())} : std::optional<Booking>{};
      }
    };
    return seen(Look{q.id});
  }
  Result<Answer> operator()(const query::ReadPolicy& /*q*/) const {
    struct Look {
      void operator()(Facts& facts) const { facts.policy(); }
      Answer from(RedisView& view) const { return view.policy(); }
    };
    return seen(Look{});
  }
  Result<Answer> operator()(const query::ReadGate& /*q*/) const {
    struct Look {
      void operator()(Facts& /*facts*/) const {}
      Answer from(RedisView& view) const { return GateReading{view.gate(), view.now()}; }
    };
    return seen(Look{});
  }

  // ---- bookings ----

  struct List {
    Texts keys{};
    std::string whose{};
    Texts more{};  ///< arguments behind those that all lists have
  };

  List list(const query::Bookings& q, const std::optional<BookingId>& after) const {
    if (q.match.user) {
      const bool live = q.match.status && (q.match.status->bits() & ~live_statuses.bits()) == 0;
      return {{keys.user(*q.match.user), keys.history(*q.match.user)}, "user", {live ? "1" : ""}};
    }
    if (q.match.slot) return {{keys.bookings(*q.match.slot)}, "slot", {}};
    return all(after);
  }
  List all(const std::optional<BookingId>& after) const {
    return {{keys.buckets()}, "all", {after ? bucket_of(*after) : std::string{}, keys.bucket("")}};
  }

  Result<Rows> page(const List& list, const std::optional<BookingId>& after, std::int32_t most,
                    query::Order order, const std::string& begin) const {
    Texts what = {list.whose, after ? short_id(*after) : std::string{}, std::to_string(most),
                  order == query::Order::ascending ? "up" : "down", begin};
    what.insert(what.end(), list.more.begin(), list.more.end());
    return access.read(connection, ReadScript::bookings, list.keys, what, deadline);
  }

  static bool matches(const query::Bookings& q, const Booking& booking) {
    return (!q.match.user || booking.user == *q.match.user) &&
           (!q.match.slot || booking.slot == *q.match.slot) &&
           (!q.match.status || q.match.status->contains(booking.status));
  }

  Result<Answer> operator()(const query::Bookings& q) const {
    std::vector<Booking> found;
    std::optional<BookingId> after = q.after;
    const bool plain = !q.match.status && !(q.match.user && q.match.slot);
    const std::int32_t most = plain ? q.limit : std::max(q.limit, looked_at_together);
    for (;;) {
      const auto rows = page(list(q, after), after, most, q.order, booking_begin());
      if (!rows) return rows.error();
      for (std::size_t i = 0; i + 1 < rows->items.size(); i += 2) {
        after = long_id(rows->items[i].text);
        auto booking = decode_booking(*after, rows->items[i + 1].text);
        if (!booking) return broken("a booking is missing or not valid");
        Booking seen = booking->seen_at(rows->seen.now);
        if (matches(q, seen)) found.push_back(std::move(seen));
        if (found.size() == static_cast<std::size_t>(q.limit)) return Answer{std::move(found)};
      }
      if (rows->items.size() < 2 * static_cast<std::size_t>(most)) return Answer{std::move(found)};
    }
  }

  // ---- audits ----

  Result<std::vector<ServiceId>> services(const std::optional<SlotKey>& from,
                                          std::int32_t limit) const {
    Request request;
    request.add({"ZRANGEBYLEX", keys.services(), from ? "[" + ordered(from->service) : "-", "+",
                 "LIMIT", "0", std::to_string(limit)});
    auto replies = connection.exchange(request, deadline, Step::read);
    if (!replies) return std::move(replies).error();
    const Reply& reply = replies->front();
    if (reply.is(Reply::Kind::error)) return outcome(reply.text, Step::read);
    std::vector<ServiceId> found;
    for (const Reply& item : reply.items) {
      found.push_back(read_ordered(item.text));
      if (!found.back().valid()) return broken("the list of services is not valid");
    }
    return found;
  }

  /// Adds slots of one service until `limit` are there.
  Result<void> add_tallies(const ServiceId& service, std::string label, std::int32_t limit,
                           std::vector<SlotTally>& tallies) const {
    const Texts of = {keys.slots(service), keys.service(service)};
    std::string seats;
    for (int status = 0; status <= 9; ++status) {
      if (seat_statuses.contains(static_cast<Status>(status))) seats += std::to_string(status);
    }
    for (bool more = true; more && tallies.size() < static_cast<std::size_t>(limit);) {
      const auto left = limit - static_cast<std::int32_t>(tallies.size());
      const Texts what = {label,
                          // The first one of the next piece was in the last one.
                          std::to_string(left + 1), std::to_string(tallied_together), seats,
                          std::to_string(static_cast<int>(Status::held)), slot_begin(service),
                          bookings_begin(service), booking_begin()};
      const auto rows = access.read(connection, ReadScript::tallies, of, what, deadline);
      if (!rows) return rows.error();
      const std::vector<Reply>& items = rows->items;
      more = !items.empty() && items[0].text == "1";
      for (std::size_t i = 2; i + 3 < items.size(); i += 4) {
        if (tallies.size() == static_cast<std::size_t>(limit)) break;
        const auto slot = read_slot(service, items[i], items[i + 1], items[1]);
        const auto used = decode_integer(items[i + 2].text);
        const auto held = decode_integer(items[i + 3].text);
        if (!slot || !used || !held) return broken("a slot is missing or not valid");
        if (!tallies.empty() && tallies.back().state.slot == slot->slot) continue;
        tallies.push_back({*slot, *used, *held});
        label = items[i].text;
      }
    }
    return Result<void>::success();
  }

  Result<Answer> operator()(const query::SlotTallies& q) const {
    const auto found = services(q.from, q.limit);
    if (!found) return found.error();
    std::vector<SlotTally> tallies;
    for (const ServiceId& service : *found) {
      const bool first = q.from && q.from->service == service;
      auto added =
          add_tallies(service, first ? label_text(q.from->label) : std::string{}, q.limit, tallies);
      if (!added) return added.error();
    }
    return Answer{std::move(tallies)};
  }

  /// The lowest users behind `after` with live bookings, at most `most`: a look at every key.
  Result<std::set<UserId>> users(const std::optional<UserId>& after, std::size_t most) const {
    const std::string begin = keys.begin() + "u:";
    const std::string pattern = begin + "*";  // a prefix holds nothing with a meaning in a pattern
    std::set<UserId> lowest;
    std::string cursor = "0";
    do {
      Request request;
      request.add({"SCAN", cursor, "MATCH", pattern, "COUNT", std::to_string(scanned_together)});
      auto replies = connection.exchange(request, deadline, Step::read);
      if (!replies) return std::move(replies).error();
      const Reply& reply = replies->front();
      if (reply.is(Reply::Kind::error)) return outcome(reply.text, Step::read);
      if (reply.items.size() != 2) return unexpected("SCAN's answer", Step::read);
      cursor = reply.items[0].text;
      for (const Reply& key : reply.items[1].items) {
        const auto name = decoded(std::string_view{key.text}.substr(begin.size()));
        const UserId user = name ? UserId{*name} : UserId{};
        if (!user.valid() || (after && user <= *after)) continue;
        lowest.insert(user);
        if (lowest.size() > most) lowest.erase(std::prev(lowest.end()));
      }
    } while (cursor != "0");
    return lowest;
  }

  Result<Answer> operator()(const query::UserTallies& q) const {
    std::vector<UserTally> tallies;
    std::optional<UserId> after = q.after;
    const auto most = static_cast<std::size_t>(q.limit);
    while (tallies.size() < most) {
      const auto some = users(after, most);
      if (!some) return some.error();
      Facts facts{keys};
      facts.policy();
      for (const UserId& user : *some) facts.claims(user);
      const auto seen = access.look(connection, facts, Facts::Which::missing, deadline);
      if (!seen) return seen.error();
      RedisView view{facts, seen->head, seen->now};
      const StatusSet counting = view.policy().user_limit.counting;
      for (const UserId& user : *some) {
        const std::int64_t count = view.count_claims(user, counting).counting;
        if (count > 0 && tallies.size() < most) tallies.push_back({user, count});
        after = user;
      }
      if (view.failed()) return broken(view.failure());
      if (some->size() < most) break;
    }
    return Answer{std::move(tallies)};
  }
};

}  // namespace

Result<Answer> answer(Access& access, Connection& connection, const Query& query,
                      const Deadline& deadline) {
  return std::visit(Reader{access, connection, deadline}, query);
}

Result<std::vector<BookingId>> read_ids(Access& access, Connection& connection,
                                        const std::optional<BookingId>& after, std::int32_t most,
                                        const Deadline& deadline) {
  const Reader reader{access, connection, deadline};
  const auto rows =
      reader.page(reader.all(after), after, most, query::Order::ascending, std::string{});
  if (!rows) return rows.error();
  std::vector<BookingId> ids;
  for (const Reply& item : rows->items) {
    ids.push_back(long_id(item.text));
    if (!ids.back().valid()) return broken("the list of bookings is not valid");
  }
  return ids;
}

}  // namespace booking::inline v0::redis
