// The memory store: ordered maps under one mutex, and an undo log for batches.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/memory_store.hpp"
#include "booking/rules.hpp"

namespace booking::inline v0::detail {

/// A slot with the bookings in it.
struct MemorySlot {
  SlotState state;
  std::set<BookingId> bookings;
  std::set<std::pair<Instant, BookingId>> holds;  // by deadline
};

/// The tables; what a View reads and writes.
struct MemoryTables {
  Policy policy;
  Gate gate;
  Instant relied_on{};  // store time never goes behind it
  std::unordered_map<ServiceId, Service> services;
  std::map<SlotKey, MemorySlot> slots;
  std::map<BookingId, Booking> bookings;
  std::map<UserId, std::set<BookingId>> by_user;
  std::map<UserId, std::map<SlotKey, std::set<BookingId>>> live_by_user;
  std::map<BookingId, Instant> voids;

  void put(const Booking& booking) {
    erase(booking.id);
    bookings.emplace(booking.id, booking);
    by_user[booking.user].insert(booking.id);
    if (booking.live()) live_by_user[booking.user][booking.slot].insert(booking.id);
    MemorySlot& slot = slots[booking.slot];
    slot.bookings.insert(booking.id);
    if (booking.status == Status::held) slot.holds.emplace(*booking.hold_until, booking.id);
  }
  void erase(BookingId id) {
    const auto found = bookings.find(id);
    if (found == bookings.end()) return;
    const Booking& booking = found->second;
    by_user[booking.user].erase(id);
    if (const auto user = live_by_user.find(booking.user); user != live_by_user.end()) {
      if (const auto slot = user->second.find(booking.slot); slot != user->second.end()) {
        slot->second.erase(id);
        if (slot->second.empty()) user->second.erase(slot);
      }
      if (user->second.empty()) live_by_user.erase(user);
    }
    MemorySlot& slot = slots[booking.slot];
    slot.bookings.erase(id);
    if (booking.status == Status::held) slot.holds.erase({*booking.hold_until, id});
    bookings.erase(found);
  }
  void put(const Service& service) {
    services.insert_or_assign(service.id, service);
    const SlotKey first{service.id, SlotLabel{}};
    for (auto at = slots.lower_bound(first); at != slots.end(); ++at) {
      if (at->first.service != service.id) break;
      at->second.state.approval = service.approval;
    }
  }
  void put(const SlotState& slot) { slots[slot.slot].state = slot; }

  ClaimCount count_claims(const UserId& user, StatusSet statuses, Instant now) const {
    ClaimCount claims;
    const auto found = live_by_user.find(user);
    if (found == live_by_user.end()) return claims;
    for (const auto& [key, ids] : found->second) {
      const SlotState& slot = slots.at(key).state;
      for (const BookingId id : ids) {
        const Booking& booking = bookings.at(id);
        const auto until = booking.status == Status::held ? booking.hold_until : slot.ends_at;
        if (!statuses.contains(booking.status)) continue;
        const bool ended = until && *until <= now;
        if (!ended) ++claims.counting;
        claims.ended = claims.ended || ended;
      }
    }
    return claims;
  }
  SlotTally tally(const SlotKey& key) const {
    const MemorySlot& slot = slots.at(key);
    SlotTally tally{.state = slot.state};
    for (const BookingId id : slot.bookings) {
      const Booking& booking = bookings.at(id);
      if (seat_statuses.contains(booking.status)) tally.used += booking.seats;
      if (booking.status == Status::held) tally.held += booking.seats;
    }
    return tally;
  }
};

/// Writes straight into the tables and remembers how to take it back.
class MemoryView final : public View {
 public:
  MemoryView(MemoryTables& tables, Instant now) : tables_{tables}, now_{now} {}

  // An exception (no memory) on the way undoes what was written.
  ~MemoryView() override { roll_back(); }
  MemoryView(const MemoryView&) = delete;
  MemoryView& operator=(const MemoryView&) = delete;

  /// What was written stays.
  void commit() { undo_.clear(); }

  Instant now() override { return now_; }
  Policy policy() override { return tables_.policy; }
  Gate gate() override { return tables_.gate; }
  const Service* service(const ServiceId& id) override { return find(tables_.services, id); }
  const SlotState* slot(const SlotKey& key) override {
    const auto* found = find(tables_.slots, key);
    return found == nullptr ? nullptr : &found->state;
  }
  const Booking* booking(const BookingId& id) override { return find(tables_.bookings, id); }
  bool is_void(const BookingId& id) override { return tables_.voids.contains(id); }
  ClaimCount count_claims(const UserId& user, StatusSet statuses) override {
    return tables_.count_claims(user, statuses, now_);
  }
  bool has_live_booking(const UserId& user, const SlotKey& slot) override {
    const auto found = tables_.live_by_user.find(user);
    if (found == tables_.live_by_user.end()) return false;
    const auto ids = found->second.find(slot);
    if (ids == found->second.end()) return false;
    return std::any_of(ids->second.begin(), ids->second.end(),
                       [&](BookingId id) { return !tables_.bookings.at(id).overdue(now_); });
  }
  const Booking* first_hold(const SlotKey& slot) override {
    const auto* found = find(tables_.slots, slot);
    if (found == nullptr || found->holds.empty()) return nullptr;
    return booking(found->holds.begin()->second);
  }
  std::optional<SlotKey> overdue_slot() override {
    for (const auto& [key, slot] : tables_.slots) {
      if (slot.state.next_deadline && *slot.state.next_deadline <= now_) return key;
    }
    return std::nullopt;
  }
  const Booking* next_booking(const BookingId& after) override {
    const auto next = tables_.bookings.upper_bound(after);
    return next == tables_.bookings.end() ? nullptr : &next->second;
  }
  SlotTally tally(const SlotKey& slot) override { return tables_.tally(slot); }

  void insert(const Service& service) override { put(service); }
  void update(const Service& service) override { put(service); }
  void insert(const SlotState& slot) override {
    undo_.emplace_back([this, key = slot.slot] { tables_.slots.erase(key); });
    put(slot);
  }
  void update(const SlotState& slot) override {
    undo_.emplace_back([this, old = tables_.slots.at(slot.slot).state] { tables_.put(old); });
    put(slot);
  }
  void insert(const Booking& booking) override {
    undo_.emplace_back([this, id = booking.id] { tables_.erase(id); });
    put(booking);
  }
  void update(const Booking& booking) override {
    undo_.emplace_back([this, old = tables_.bookings.at(booking.id)] { tables_.put(old); });
    put(booking);
  }
  void erase(const BookingId& id) override { tables_.erase(id); }
  void insert_void(const BookingId& id) override { tables_.voids.emplace(id, now_); }
  std::int64_t erase_voids(Instant before, std::int64_t max) override {
    std::int64_t erased = 0;
    for (auto at = tables_.voids.begin(); at != tables_.voids.end() && erased < max;) {
      const bool old =
          at->second < before && !at->first.is_integer() && at->first.made_at() < before;
      at = old ? tables_.voids.erase(at) : std::next(at);
      if (old) ++erased;
    }
    return erased;
  }
  void set_policy(const Policy& policy) override { tables_.policy = policy; }
  void set_gate(const Gate& gate) override { tables_.gate = gate; }
  void rely_on(Instant now) override { tables_.relied_on = std::max(tables_.relied_on, now); }

  void mark() override { undo_.clear(); }
  void roll_back() override {
    for (; !undo_.empty(); undo_.pop_back()) undo_.back()();
  }

 private:
  template <class Table, class Key>
  static auto find(Table& table, const Key& key) -> decltype(&table.find(key)->second) {
    const auto found = table.find(key);
    return found == table.end() ? nullptr : &found->second;
  }
  template <class Thing>
  void put(const Thing& thing) {
    tables_.put(thing);
  }

  MemoryTables& tables_;
  const Instant now_;
  std::vector<std::function<void()>> undo_;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(MemoryOptions options)
      : clock_{options.clock ? std::move(options.clock) : std::make_shared<Clock>()},
        bad_policy_{check(options.policy)} {
    tables_.policy = options.policy;
  }

  Result<Outcome> execute(const Command& command, Deadline /*deadline*/) override {
    if (!bad_policy_) return bad_policy_.error();
    Outcome outcome = Outcome::for_command(command);
    const std::lock_guard guard{mutex_};
    MemoryView view{tables_, now()};
    auto done = rules::decide(view, command, outcome);
    view.commit();  // a refusal may leave something behind: an expired hold returned, an id voided
    if (!done) return std::move(done.error());
    return outcome;
  }

  Result<Answer> read(const Query& query, Deadline /*deadline*/) override {
    if (!bad_policy_) return bad_policy_.error();
    const std::lock_guard guard{mutex_};
    return std::visit([this](const auto& q) { return Answer{answer(q)}; }, query);
  }

 private:
  Instant now() const { return std::max(clock_->now(), tables_.relied_on); }

  SlotReading reading(const MemorySlot& slot) const {
    SlotReading reading{.state = slot.state, .now = now()};
    for (const auto& [until, id] : slot.holds) {
      if (until > reading.now) break;
      reading.overdue += tables_.bookings.at(id).seats;
    }
    return reading;
  }

  Booking seen(const Booking& booking) const {
    return booking.seen_at(now());
  }

  std::optional<SlotReading> answer(const query::Slot& q) const {
    const auto found = tables_.slots.find(q.slot);
    if (found == tables_.slots.end()) return std::nullopt;
    return reading(found->second);
  }

  std::vector<SlotReading> answer(const query::Slots& q) const {
    std::vector<SlotReading> slots;
    const SlotKey last{q.service, q.to};
    for (auto at = tables_.slots.lower_bound({q.service, q.from});
         at != tables_.slots.end() && at->first <= last && room(slots, q.limit); ++at) {
      slots.push_back(reading(at->second));
    }
    return slots;
  }

  std::optional<Booking> answer(const query::FindBooking& q) const {
    const auto found = tables_.bookings.find(q.id);
    if (found == tables_.bookings.end()) return std::nullopt;
    return seen(found->second);
  }

  std::vector<Booking> answer(const query::Bookings& q) const {
    // The narrowest index that fits; ids of all bookings when there is none.
    const auto same = [](BookingId id) { return id; };
    if (q.match.user) {
      const auto found = tables_.by_user.find(*q.match.user);
      if (found == tables_.by_user.end()) return {};
      return collect(q, found->second, same);
    }
    if (q.match.slot) {
      const auto found = tables_.slots.find(*q.match.slot);
      if (found == tables_.slots.end()) return {};
      return collect(q, found->second.bookings, same);
    }
    return collect(q, tables_.bookings, [](const auto& entry) { return entry.first; });
  }

  template <class Index, class ToId>
  std::vector<Booking> collect(const query::Bookings& q, const Index& index, ToId to_id) const {
    std::vector<Booking> bookings;
    const auto visit = [&](auto at, const auto& end) {
      for (; at != end && room(bookings, q.limit); ++at) {
        Booking booking = seen(tables_.bookings.at(to_id(*at)));
        const bool matches = (!q.match.user || booking.user == *q.match.user) &&
                             (!q.match.slot || booking.slot == *q.match.slot) &&
                             (!q.match.status || q.match.status->contains(booking.status));
        if (matches) bookings.push_back(std::move(booking));
      }
    };
    if (q.order == query::Order::ascending) {
      visit(q.after ? index.upper_bound(*q.after) : index.begin(), index.end());
    } else {
      visit(std::make_reverse_iterator(q.after ? index.lower_bound(*q.after) : index.end()),
            index.rend());
    }
    return bookings;
  }

  std::vector<SlotTally> answer(const query::SlotTallies& q) const {
    std::vector<SlotTally> tallies;
    for (auto at = q.from ? tables_.slots.lower_bound(*q.from) : tables_.slots.begin();
         at != tables_.slots.end() && room(tallies, q.limit); ++at) {
      tallies.push_back(tables_.tally(at->first));
    }
    return tallies;
  }

  std::vector<UserTally> answer(const query::UserTallies& q) const {
    std::vector<UserTally> tallies;
    const StatusSet counting = tables_.policy.user_limit.counting;
    for (auto at = q.after ? tables_.live_by_user.upper_bound(*q.after)
                           : tables_.live_by_user.begin();
         at != tables_.live_by_user.end() && room(tallies, q.limit); ++at) {
      const std::int64_t count = tables_.count_claims(at->first, counting, now()).counting;
      if (count > 0) tallies.push_back({.user = at->first, .counting = count});
    }
    return tallies;
  }

  Policy answer(const query::ReadPolicy& /*q*/) const { return tables_.policy; }
  GateReading answer(const query::ReadGate& /*q*/) const { return {tables_.gate, now()}; }

  template <class Items>
  static bool room(const Items& items, std::int32_t limit) {
    return items.size() < static_cast<std::size_t>(limit);
  }

  const std::shared_ptr<Clock> clock_;
  const Result<void> bad_policy_;
  std::mutex mutex_;
  MemoryTables tables_;
};

}  // namespace booking::inline v0::detail

namespace booking::inline v0 {

inline std::shared_ptr<Store> memory_store(MemoryOptions options) {
  return std::make_shared<detail::MemoryStore>(std::move(options));
}

}  // namespace booking::inline v0
