// The memory store: ordered maps under one mutex, and an undo log for batches.
// Private: include booking/memory_store.hpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/memory_store.hpp"
#include "booking/rules.hpp"

namespace booking::inline v0::detail {

/// The tables; what a View reads and writes.
struct MemoryTables {
  struct User {
    std::set<BookingId> bookings;
    std::map<Status, std::int64_t> by_status;
    std::map<SlotKey, std::int64_t> live_in_slot;
  };

  std::unordered_map<ServiceId, Service> services;
  std::map<SlotKey, SlotState> slots;
  std::map<BookingId, Booking> bookings;
  std::map<UserId, User> users;
  std::map<SlotKey, std::set<BookingId>> bookings_by_slot;

  void put(const Booking& booking) {
    erase(booking.id);
    bookings.emplace(booking.id, booking);
    User& user = users[booking.user];
    user.bookings.insert(booking.id);
    ++user.by_status[booking.status];
    if (booking.live()) ++user.live_in_slot[booking.slot];
    bookings_by_slot[booking.slot].insert(booking.id);
  }
  void erase(BookingId id) {
    const auto found = bookings.find(id);
    if (found == bookings.end()) return;
    User& user = users[found->second.user];
    user.bookings.erase(id);
    --user.by_status[found->second.status];
    if (found->second.live() && --user.live_in_slot[found->second.slot] == 0) {
      user.live_in_slot.erase(found->second.slot);
    }
    bookings_by_slot[found->second.slot].erase(id);
    bookings.erase(found);
  }
  void put(const Service& service) {
    services.insert_or_assign(service.id, service);
    const SlotKey first{service.id, SlotLabel{}};
    for (auto at = slots.lower_bound(first); at != slots.end(); ++at) {
      if (at->first.service != service.id) break;
      at->second.approval = service.approval;
    }
  }
  void put(const SlotState& slot) { slots.insert_or_assign(slot.slot, slot); }

  std::int64_t counting(const User& user, StatusSet statuses) const {
    std::int64_t sum = 0;
    for (const auto& [status, count] : user.by_status) {
      if (statuses.contains(status)) sum += count;
    }
    return sum;
  }
};

/// Writes straight into the tables and remembers how to take it back.
class MemoryView final : public View {
 public:
  MemoryView(MemoryTables& tables, const UserLimit& limit, const Clock& clock)
      : tables_{tables}, limit_{limit}, clock_{clock} {}

  // An exception (no memory) on the way undoes what was written.
  ~MemoryView() override { roll_back(); }
  MemoryView(const MemoryView&) = delete;
  MemoryView& operator=(const MemoryView&) = delete;

  /// What was written stays.
  void commit() { undo_.clear(); }

  Instant now() override { return clock_.now(); }
  UserLimit user_limit() override { return limit_; }
  const Service* service(const ServiceId& id) override { return find(tables_.services, id); }
  const SlotState* slot(const SlotKey& key) override { return find(tables_.slots, key); }
  const Booking* booking(const BookingId& id) override { return find(tables_.bookings, id); }
  std::int64_t count_claims(const UserId& user, StatusSet statuses,
                            std::int64_t /*at_most*/) override {
    const auto* found = find(tables_.users, user);
    return found == nullptr ? 0 : tables_.counting(*found, statuses);
  }
  bool has_live_booking(const UserId& user, const SlotKey& slot) override {
    const auto* found = find(tables_.users, user);
    return found != nullptr && found->live_in_slot.contains(slot);
  }

  void insert(const Service& service) override {
    write(service, find(tables_.services, service.id));
  }
  void update(const Service& service) override {
    write(service, find(tables_.services, service.id));
  }
  void insert(const SlotState& slot) override { write(slot, find(tables_.slots, slot.slot)); }
  void update(const SlotState& slot) override { write(slot, find(tables_.slots, slot.slot)); }
  void insert(const Booking& booking) override {
    undo_.emplace_back([this, id = booking.id] { tables_.erase(id); });
    tables_.put(booking);
  }
  void update(const Booking& booking) override {
    write(booking, find(tables_.bookings, booking.id));
  }
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
  void write(const Thing& thing, const Thing* before) {
    // Definitions are single writes, so a first one needs no way back.
    if (before != nullptr) undo_.emplace_back([this, old = *before] { tables_.put(old); });
    tables_.put(thing);
  }

  MemoryTables& tables_;
  const UserLimit& limit_;
  const Clock& clock_;
  std::vector<std::function<void()>> undo_;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(MemoryOptions options)
      : limit_{options.user_limit},
        clock_{options.clock ? std::move(options.clock) : std::make_shared<Clock>()} {}

  Result<Outcome> execute(const Command& command, Deadline /*deadline*/) override {
    if (auto limit = check(limit_); !limit) return limit.error();
    Outcome outcome = Outcome::for_command(command);
    const std::lock_guard guard{mutex_};
    MemoryView view{tables_, limit_, *clock_};
    const Result<void> done = rules::decide(view, command, outcome);
    view.commit();  // a refusal has written nothing, or undone it itself
    if (!done) return done.error();
    return outcome;
  }

  Result<Answer> read(const Query& query, Deadline /*deadline*/) override {
    if (auto limit = check(limit_); !limit) return limit.error();
    const std::lock_guard guard{mutex_};
    return std::visit([this](const auto& q) { return Answer{answer(q)}; }, query);
  }

 private:
  std::optional<SlotState> answer(const query::Slot& q) const {
    const auto found = tables_.slots.find(q.slot);
    if (found == tables_.slots.end()) return std::nullopt;
    return found->second;
  }

  std::vector<SlotState> answer(const query::Slots& q) const {
    std::vector<SlotState> slots;
    const SlotKey last{q.service, q.to};
    for (auto at = tables_.slots.lower_bound({q.service, q.from});
         at != tables_.slots.end() && at->first <= last && room(slots, q.limit); ++at) {
      slots.push_back(at->second);
    }
    return slots;
  }

  std::optional<Booking> answer(const query::FindBooking& q) const {
    const auto found = tables_.bookings.find(q.id);
    if (found == tables_.bookings.end()) return std::nullopt;
    return found->second;
  }

  std::vector<Booking> answer(const query::Bookings& q) const {
    // The narrowest index that fits; ids of all bookings when there is none.
    if (q.match.user) {
      const auto found = tables_.users.find(*q.match.user);
      if (found == tables_.users.end()) return {};
      return collect(q, found->second.bookings, [](BookingId id) { return id; });
    }
    if (q.match.slot) {
      const auto found = tables_.bookings_by_slot.find(*q.match.slot);
      if (found == tables_.bookings_by_slot.end()) return {};
      return collect(q, found->second, [](BookingId id) { return id; });
    }
    return collect(q, tables_.bookings, [](const auto& entry) { return entry.first; });
  }

  template <class Index, class ToId>
  std::vector<Booking> collect(const query::Bookings& q, const Index& index, ToId to_id) const {
    std::vector<Booking> bookings;
    const auto visit = [&](auto at, const auto& end) {
      for (; at != end && room(bookings, q.limit); ++at) {
        const Booking& booking = tables_.bookings.at(to_id(*at));
        const bool matches = (!q.match.user || booking.user == *q.match.user) &&
                             (!q.match.slot || booking.slot == *q.match.slot) &&
                             (!q.match.status || q.match.status->contains(booking.status));
        if (matches) bookings.push_back(booking);
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
      SlotTally tally{.state = at->second, .taken = 0};
      if (const auto ids = tables_.bookings_by_slot.find(at->first);
          ids != tables_.bookings_by_slot.end()) {
        for (const BookingId id : ids->second) {
          const Booking& booking = tables_.bookings.at(id);
          if (seat_statuses.contains(booking.status)) tally.taken += booking.seats;
        }
      }
      tallies.push_back(tally);
    }
    return tallies;
  }

  std::vector<UserTally> answer(const query::UserTallies& q) const {
    std::vector<UserTally> tallies;
    for (auto at = q.after ? tables_.users.upper_bound(*q.after) : tables_.users.begin();
         at != tables_.users.end() && room(tallies, q.limit); ++at) {
      const std::int64_t counting = tables_.counting(at->second, limit_.counting);
      if (counting > 0) tallies.push_back({.user = at->first, .counting = counting});
    }
    return tallies;
  }

  UserLimit answer(const query::Policy& /*q*/) const { return limit_; }

  template <class Items>
  static bool room(const Items& items, std::int32_t limit) {
    return items.size() < static_cast<std::size_t>(limit);
  }

  const UserLimit limit_;
  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  MemoryTables tables_;
};

}  // namespace booking::inline v0::detail

namespace booking::inline v0 {

inline std::shared_ptr<Store> memory_store(MemoryOptions options) {
  return std::make_shared<detail::MemoryStore>(std::move(options));
}

}  // namespace booking::inline v0
