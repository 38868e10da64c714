// A store of one's own. A host that wants its inventory in its own database writes two classes: a
// View, which fetches and puts single records, and a Store, which opens the atomic section around
// it. Who may book is decided by the library (rules::decide), and the library's own suite proves
// the result. Here the database is a handful of maps, and whatever is wanted is looked for by going
// through them.
#include <algorithm>
#include <booking/booking.hpp>
#include <booking/rules.hpp>
#include <booking/testing/conformance.hpp>
#include <booking/testing/manual_clock.hpp>
#include <iostream>
#include <map>
#include <mutex>
#include <set>

using namespace booking;

namespace {

// The database.
struct Tables {
  Policy policy{};
  Gate gate{};
  Instant relied_on{};  // store time never goes behind it
  std::map<ServiceId, Service> services{};
  std::map<SlotKey, SlotState> slots{};
  std::map<BookingId, Booking> bookings{};
  std::set<BookingId> voids{};
};

template <class Table, class Key>
auto find(const Table& table, const Key& key) -> decltype(&table.begin()->second) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second;
}

// ---- what both the rules and reads ask for ----

// How many bookings of a user count for the user limit: holds until their deadline, others until
// their slot ends.
ClaimCount count(const Tables& tables, const UserId& user, StatusSet statuses, Instant now) {
  ClaimCount claims;
  for (const auto& [id, booking] : tables.bookings) {
    const auto until =
        booking.status == Status::held ? booking.hold_until : tables.slots.at(booking.slot).ends_at;
    if (booking.user != user || !statuses.contains(booking.status)) continue;
    const bool ended = until && *until <= now;
    if (!ended) ++claims.counting;
    claims.ended = claims.ended || ended;
  }
  return claims;
}

// A slot beside the sums over its bookings.
SlotTally tally_of(const Tables& tables, const SlotState& slot) {
  SlotTally tally{.state = slot};
  for (const auto& [id, booking] : tables.bookings) {
    if (booking.slot != slot.slot) continue;
    if (seat_statuses.contains(booking.status)) tally.used += booking.seats;
    if (booking.status == Status::held) tally.held += booking.seats;
  }
  return tally;
}

// ---- what the rules see and write while the section is open; it decides nothing ----

class MapView final : public View {
 public:
  MapView(Tables& tables, Instant now) : tables_{tables}, now_{now} {}

  Instant now() override { return now_; }
  Policy policy() override { return tables_.policy; }
  Gate gate() override { return tables_.gate; }
  const Service* service(const ServiceId& id) override { return find(tables_.services, id); }
  const SlotState* slot(const SlotKey& key) override { return find(tables_.slots, key); }
  const Booking* booking(const BookingId& id) override { return find(tables_.bookings, id); }
  bool is_void(const BookingId& id) override { return tables_.voids.contains(id); }

  ClaimCount count_claims(const UserId& user, StatusSet statuses) override {
    return count(tables_, user, statuses, now_);
  }
  bool has_live_booking(const UserId& user, const SlotKey& slot) override {
    return std::any_of(tables_.bookings.begin(), tables_.bookings.end(), [&](const auto& entry) {
      const Booking& one = entry.second;
      return one.user == user && one.slot == slot && one.live() && !one.overdue(now_);
    });
  }
  const Booking* first_hold(const SlotKey& slot) override {
    const Booking* first = nullptr;
    for (const auto& [id, one] : tables_.bookings) {
      if (one.slot != slot || one.status != Status::held) continue;
      if (first == nullptr || one.hold_until < first->hold_until) first = &one;
    }
    return first;
  }
  std::optional<SlotKey> overdue_slot() override {
    for (const auto& [key, slot] : tables_.slots) {
      if (slot.next_deadline && *slot.next_deadline <= now_) return key;
    }
    return std::nullopt;
  }
  const Booking* next_booking(const BookingId& after) override {
    const auto next = tables_.bookings.upper_bound(after);
    return next == tables_.bookings.end() ? nullptr : &next->second;
  }
  SlotTally tally(const SlotKey& slot) override {
    return tally_of(tables_, tables_.slots.at(slot));
  }

  void insert(const Service& service) override { tables_.services.emplace(service.id, service); }
  void update(const Service& service) override {
    tables_.services.at(service.id) = service;
    for (auto& [key, slot] : tables_.slots) {
      if (key.service == service.id) slot.approval = service.approval;
    }
  }
  void insert(const SlotState& slot) override { tables_.slots.emplace(slot.slot, slot); }
  void update(const SlotState& slot) override { tables_.slots.at(slot.slot) = slot; }
  void insert(const Booking& booking) override { tables_.bookings.emplace(booking.id, booking); }
  void update(const Booking& booking) override { tables_.bookings.at(booking.id) = booking; }
  void erase(const BookingId& id) override { tables_.bookings.erase(id); }
  void insert_void(const BookingId& id) override { tables_.voids.insert(id); }
  std::int64_t erase_voids(Instant before, std::int64_t max) override {
    return static_cast<std::int64_t>(std::erase_if(tables_.voids, [&](const BookingId& id) {
      return !id.is_integer() && id.made_at() < before && max-- > 0;
    }));
  }
  void set_policy(const Policy& policy) override { tables_.policy = policy; }
  void set_gate(const Gate& gate) override { tables_.gate = gate; }
  void rely_on(Instant now) override { tables_.relied_on = std::max(tables_.relied_on, now); }

  void mark() override { marked_ = tables_; }  // a database has savepoints for this
  void roll_back() override { tables_ = marked_; }

 private:
  Tables& tables_;
  Tables marked_{};
  const Instant now_;
};

// ---- the atomic section, and reads ----

class MapStore final : public Store {
 public:
  MapStore(const Policy& policy, std::shared_ptr<Clock> clock)
      : clock_{std::move(clock)}, tables_{.policy = policy} {}

  // A store that waits for a database gives up at the deadline with `timeout`, and rolls back when
  // `decide` throws for want of memory; this one never waits for long.
  Result<Outcome> execute(const Command& command, Deadline) override {
    Outcome outcome = Outcome::for_command(command);
    const std::lock_guard section{mutex_};
    MapView view{tables_, now()};
    const auto done = rules::decide(view, command, outcome);
    // Here a database commits, also after a refusal: what the view holds now is to stay. When it
    // cannot, it rolls back and answers `unavailable`, or `outcome_unknown` if it cannot tell.
    if (!done) return done.error();
    return outcome;
  }

  Result<Answer> read(const Query& query, Deadline) override {
    const std::lock_guard section{mutex_};
    return std::visit([this](const auto& q) { return Answer{answer(q)}; }, query);
  }

 private:
  Instant now() const { return std::max(clock_->now(), tables_.relied_on); }

  // A slot's counters, and how much of them overdue holds are that nobody has returned yet.
  SlotReading reading(const SlotState& slot) const {
    SlotReading reading{.state = slot, .now = now()};
    for (const auto& [id, booking] : tables_.bookings) {
      if (booking.slot == slot.slot && booking.overdue(reading.now)) {
        reading.overdue += booking.seats;
      }
    }
    return reading;
  }
  template <class Items>
  static Items first(std::int32_t limit, Items items) {
    if (items.size() > static_cast<std::size_t>(limit))
      items.resize(static_cast<std::size_t>(limit));
    return items;
  }

  // One for each query; command.hpp says what the answer is.

  std::optional<SlotReading> answer(const query::Slot& q) const {
    const SlotState* slot = find(tables_.slots, q.slot);
    if (slot == nullptr) return std::nullopt;
    return reading(*slot);
  }
  std::vector<SlotReading> answer(const query::Slots& q) const {
    std::vector<SlotReading> slots;
    for (const auto& [key, slot] : tables_.slots) {
      const bool in_range = q.from <= key.label && key.label <= q.to;
      if (key.service == q.service && in_range) slots.push_back(reading(slot));
    }
    return first(q.limit, std::move(slots));
  }
  std::optional<Booking> answer(const query::FindBooking& q) const {
    const Booking* booking = find(tables_.bookings, q.id);
    if (booking == nullptr) return std::nullopt;
    return booking->seen_at(now());
  }
  std::vector<Booking> answer(const query::Bookings& q) const {
    const bool ascending = q.order == query::Order::ascending;
    std::vector<Booking> bookings;
    for (const auto& [id, stored] : tables_.bookings) {
      const Booking booking = stored.seen_at(now());
      const bool behind = !q.after || (ascending ? id > *q.after : id < *q.after);
      if (behind && (!q.match.user || booking.user == *q.match.user) &&
          (!q.match.slot || booking.slot == *q.match.slot) &&
          (!q.match.status || q.match.status->contains(booking.status))) {
        bookings.push_back(booking);
      }
    }
    if (!ascending) std::reverse(bookings.begin(), bookings.end());
    return first(q.limit, std::move(bookings));
  }
  std::vector<SlotTally> answer(const query::SlotTallies& q) const {
    std::vector<SlotTally> tallies;
    for (const auto& [key, slot] : tables_.slots) {
      if (!q.from || key >= *q.from) tallies.push_back(tally_of(tables_, slot));
    }
    return first(q.limit, std::move(tallies));
  }
  std::vector<UserTally> answer(const query::UserTallies& q) const {
    std::set<UserId> users;
    for (const auto& [id, booking] : tables_.bookings) users.insert(booking.user);
    std::vector<UserTally> tallies;
    for (auto at = q.after ? users.upper_bound(*q.after) : users.begin(); at != users.end(); ++at) {
      const auto claims = count(tables_, *at, tables_.policy.user_limit.counting, now());
      if (claims.counting > 0) tallies.push_back({.user = *at, .counting = claims.counting});
    }
    return first(q.limit, std::move(tallies));
  }
  Policy answer(const query::ReadPolicy&) const { return tables_.policy; }
  GateReading answer(const query::ReadGate&) const { return {tables_.gate, now()}; }

  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  Tables tables_;
};

}  // namespace

int main() {
  const auto clock = std::make_shared<testing::ManualClock>();  // so that nobody waits for holds
  testing::ConformanceHost host;
  host.make_store = [&](const UserLimit& limit) -> Result<std::shared_ptr<Store>> {
    return std::make_shared<MapStore>(Policy{.user_limit = limit}, clock);
  };
  host.pass_time = [&](std::chrono::milliseconds time) { clock->advance(time); };

  std::size_t passed = 0;
  const auto cases = testing::conformance_cases();
  for (const auto& one : cases) {
    const auto failures = testing::run_case(one, host);
    for (const auto& failure : failures) std::cout << one.name << "\n  " << failure << "\n";
    if (failures.empty()) ++passed;
  }
  std::cout << passed << " of " << cases.size() << " cases passed\n";
  return passed == cases.size() ? 0 : 1;
}
