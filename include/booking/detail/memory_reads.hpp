// The queries of the memory store. Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "booking/detail/memory_scan.hpp"
#include "booking/detail/memory_tables.hpp"

namespace booking::inline v0::detail {

/// Answers queries. One slot, one booking, one user: each is read behind its own lock, so it is as
/// of one moment. A list is read piece by piece and keeps nobody out for longer than a piece: each
/// slot, user or booking in it is as of one moment, the whole list need not be.
///
/// Lists cost: slots and bookings of a slot or user, what they return (bookings of a slot: a look
/// at each of the slot's). All bookings by id: see IdRun. Users: a look at every user, per page.
class MemoryReads {
 public:
  MemoryReads(MemoryTables& tables, Lane& lane, const Clock& clock, const Deadline& deadline)
      : tables_{tables}, lane_{lane}, clock_{clock}, deadline_{deadline} {}

  /// Set when a lock was not to be had by the deadline: the answer is then worth nothing.
  bool late() const noexcept { return late_; }

  std::optional<SlotReading> answer(const query::Slot& q) {
    std::optional<SlotReading> reading;
    const StripeGuard lane = enter(lane_.lock);
    const Ref ref = late_ ? 0 : tables_.find(q.slot);
    if (ref != 0) read(ref, std::nullopt, reading.emplace());
    return reading;
  }

  std::vector<SlotReading> answer(const query::Slots& q) {
    std::vector<SlotReading> slots;
    const StripeGuard lane = enter(lane_.lock);
    const ServiceRow* service = late_ ? nullptr : tables_.service(q.service);
    if (service == nullptr) return slots;
    std::vector<Ref> refs;
    service->slots.for_each_from(q.from, [&](const LabelIndex::Entry& entry) {
      if (entry.label > q.to || !room(refs, q.limit)) return false;
      refs.push_back(entry.slot);
      return true;
    });
    slots.resize(refs.size());
    const Instant at = now();
    for (std::size_t i = 0; i < refs.size() && !late_; ++i) {
      if (i + 4 < refs.size()) __builtin_prefetch(&tables_.slot(refs[i + 4]), 1);
      read(refs[i], at, slots[i]);
    }
    return slots;
  }

  std::optional<Booking> answer(const query::FindBooking& q) {
    const StripeGuard lane = enter(lane_.lock);
    return late_ ? std::nullopt : find(q.id);
  }

  std::vector<Booking> answer(const query::Bookings& q) {
    if (q.match.user) return of_user(q);
    if (q.match.slot) return of_slot(q);
    return of_all(q);
  }

  std::vector<SlotTally> answer(const query::SlotTallies& q) {
    std::vector<SlotTally> tallies;
    const StripeGuard lane = enter(lane_.lock);
    if (late_) return tallies;
    const ServiceId* from = q.from ? &q.from->service : nullptr;
    tables_.for_each_service_from(from, [&](const ServiceRow& service) {
      const bool first = q.from && service.service.id == q.from->service;
      return service.slots.for_each_from(
          first ? q.from->label : SlotLabel{}, [&](const LabelIndex::Entry& entry) {
            if (!room(tallies, q.limit)) return false;
            const StripeGuard slot = enter(tables_.slot(entry.slot).lock);
            if (!late_) tallies.push_back(tables_.tally(entry.slot));
            return !late_;
          });
    });
    return tallies;
  }

  std::vector<UserTally> answer(const query::UserTallies& q) {
    std::vector<UserTally> tallies;  // a heap with the highest user on top
    const auto before = [](const UserTally& a, const UserTally& b) { return a.user < b.user; };
    for (std::size_t shard = 0; shard < tables_.users.count && !late_; ++shard) {
      const StripeGuard lane = enter(lane_.lock);
      if (late_) break;
      const StripeGuard users = enter(tables_.users.at(shard).lock);
      if (late_) break;
      const StatusSet counting = tables_.policy.user_limit.counting;
      const std::int64_t at = to_ms(now());
      tables_.users.at(shard).table.for_each([&](UserEntry& entry) {
        UserTally tally{.user = tables_.user(entry)};
        if (q.after && tally.user <= *q.after) return;
        if (!room(tallies, q.limit) && !before(tally, tallies.front())) return;
        tables_.for_each_claim(entry, at, [&](Ref, Status status) {
          if (counting.contains(status)) ++tally.counting;
          return true;
        });
        if (tally.counting == 0) return;
        if (!room(tallies, q.limit)) {
          std::pop_heap(tallies.begin(), tallies.end(), before);
          tallies.pop_back();
        }
        tallies.push_back(tally);
        std::push_heap(tallies.begin(), tallies.end(), before);
      });
    }
    std::sort_heap(tallies.begin(), tallies.end(), before);
    return tallies;
  }

  Policy answer(const query::ReadPolicy& /*q*/) {
    const StripeGuard lane = enter(lane_.lock);
    return tables_.policy;
  }
  GateReading answer(const query::ReadGate& /*q*/) {
    const StripeGuard lane = enter(lane_.lock);
    return {tables_.gate, now()};
  }

 private:
  struct Found {
    BookingId id{};
    Ref ref = 0;
  };

  StripeGuard enter(StripeLock& lock) {
    StripeGuard guard{lock, deadline_};
    if (!guard) late_ = true;
    return guard;
  }
  Instant now() const {
    return std::max(clock_.now(), to_instant(tables_.relied_on.load(std::memory_order_acquire)));
  }
  template <class Items>
  static bool room(const Items& items, std::int32_t limit) {
    return items.size() < static_cast<std::size_t>(limit);
  }

  /// As of `at`, or of now: read behind the lock, so that it is no earlier than what is seen.
  void read(Ref ref, std::optional<Instant> at, SlotReading& out) {
    const Slot& slot = tables_.slot(ref);
    const StripeGuard guard = enter(tables_.slot(ref).lock);
    if (late_) return;
    tables_.load(ref, out.state);
    out.now = at ? *at : now();
    const std::int64_t ms = to_ms(out.now);
    if (!slot.numbers.has_deadline || slot.numbers.next_deadline > ms) return;
    tables_.holds.for_each_overdue(
        slot.first_hold, ms, [&](Ref hold) { out.overdue += tables_.cells[hold].record.seats; });
  }
  /// A booking whose cell cannot go away: the lane is held.
  Booking read(Ref ref) {
    Booking booking;
    const StripeGuard slot = enter(tables_.slot(tables_.cells[ref].slot).lock);
    if (late_) return booking;
    tables_.load(ref, booking);
    return booking.seen_at(now());
  }
  std::optional<Booking> find(const BookingId& id) {
    const std::uint64_t hash = MemoryTables::hash(id);
    StripeGuard shard = enter(tables_.ids[hash].lock);
    const Ref ref = late_ ? 0 : tables_.find(id, hash);
    shard.release();
    if (ref == 0 || !tables_.cells[ref].is_booking()) return std::nullopt;
    return read(ref);
  }

  static bool matches(const query::Bookings& q, const Booking& booking) {
    return (!q.match.user || booking.user == *q.match.user) &&
           (!q.match.slot || booking.slot == *q.match.slot) &&
           (!q.match.status || q.match.status->contains(booking.status));
  }
  static bool before(const query::Bookings& q, const BookingId& a, const BookingId& b) {
    return q.order == query::Order::ascending ? a < b : b < a;
  }
  void add(const query::Bookings& q, Ref ref, std::vector<Found>& found) const {
    const BookingId id = tables_.cells[ref].id();
    if (!q.after || before(q, *q.after, id)) found.push_back({id, ref});
  }
  /// Reads what was found, in order, until the page is full.
  std::vector<Booking> page(const query::Bookings& q, std::vector<Found>& found) {
    std::vector<Booking> bookings;
    std::sort(found.begin(), found.end(),
              [&](const Found& a, const Found& b) { return before(q, a.id, b.id); });
    for (const Found& one : found) {
      if (!room(bookings, q.limit) || late_) break;
      Booking booking = read(one.ref);
      if (matches(q, booking)) bookings.push_back(std::move(booking));
    }
    return bookings;
  }

  std::vector<Booking> of_user(const query::Bookings& q) {
    std::vector<Found> found;
    const StripeGuard lane = enter(lane_.lock);
    if (late_) return {};
    const std::uint64_t hash = MemoryTables::hash(*q.match.user);
    const StripeGuard users = enter(tables_.users[hash].lock);
    const UserEntry* user = late_ ? nullptr : tables_.find(*q.match.user, hash);
    if (user == nullptr) return {};
    const bool live_only = q.match.status && (q.match.status->bits() & ~live_statuses.bits()) == 0;
    for (Ref at = user->first; !(live_only && tables_.cells[at].parked);) {
      add(q, at, found);
      at = tables_.cells[at].record.user_next;
      if (at == user->first) break;
    }
    return page(q, found);
  }

  /// Only the first booking of the slot's list is read behind its lock: the rest of the list stays
  /// as it is for as long as the lane is held.
  std::vector<Booking> of_slot(const query::Bookings& q) {
    std::vector<Found> found;
    const StripeGuard lane = enter(lane_.lock);
    const Ref ref = late_ ? 0 : tables_.find(*q.match.slot);
    if (ref == 0) return {};
    StripeGuard slot = enter(tables_.slot(ref).lock);
    if (late_) return {};
    const Ref first = tables_.slot(ref).first;
    slot.release();
    for (Ref at = first; at != 0; at = tables_.cells[at].record.slot_next) add(q, at, found);
    return page(q, found);
  }

  std::vector<Booking> of_all(query::Bookings q) {
    std::vector<Booking> bookings;
    const auto most = static_cast<std::size_t>(q.limit);
    for (;;) {
      IdRun run{q.after, q.order, most};
      for (std::uint32_t chunk = 0; chunk < tables_.cells.cells().size() && !late_; ++chunk) {
        const StripeGuard lane = enter(lane_.lock);
        if (!late_) run.look_at(tables_.cells.cells(), chunk);
      }
      const std::vector<BookingId> ids = std::move(run).take();
      for (const BookingId& id : ids) {
        const StripeGuard lane = enter(lane_.lock);
        if (late_ || !room(bookings, q.limit)) return bookings;
        std::optional<Booking> booking = find(id);  // it may have been purged since
        if (booking && matches(q, *booking)) bookings.push_back(std::move(*booking));
      }
      if (ids.size() < most) return bookings;
      q.after = ids.back();
    }
  }

  MemoryTables& tables_;
  Lane& lane_;
  const Clock& clock_;
  const Deadline& deadline_;
  bool late_ = false;
};

}  // namespace booking::inline v0::detail
