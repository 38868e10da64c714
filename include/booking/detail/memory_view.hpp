// What the rules see of the memory store, and how it is undone.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "booking/detail/memory_scan.hpp"
#include "booking/detail/memory_tables.hpp"
#include "booking/store.hpp"

namespace booking::inline v0::detail {

/// Which part of the store a view may touch.
struct MemoryScope {
  bool all = false;  ///< everything: nobody else is in the store
  // Otherwise: the booking with `id` (0: there is none), the slot, and the user.
  BookingId id{};
  std::uint64_t id_hash = 0;
  Ref booking = 0;
  Ref slot = 0;
  const SlotKey* slot_key = nullptr;
  const UserId* user = nullptr;
  std::uint64_t user_hash = 0;
};

/// Writes straight into the tables and remembers how to take it back. Whatever needs memory comes
/// first, so that each write happens as a whole or, where an exception leaves, not at all.
class MemoryView final : public View {
 public:
  MemoryView(MemoryTables& tables, Lane& lane, MemoryScope scope, Instant now) noexcept
      : tables_{tables}, lane_{lane}, undo_{lane.undo}, scope_{scope}, now_{now} {}

  // An exception (no memory) on the way undoes what was written.
  ~MemoryView() override { MemoryView::roll_back(); }
  MemoryView(const MemoryView&) = delete;
  MemoryView& operator=(const MemoryView&) = delete;

  /// What was written stays.
  void commit() noexcept { undo_.clear(); }

  Instant now() override { return now_; }
  Policy policy() override { return tables_.policy; }
  Gate gate() override { return tables_.gate; }
  const Service* service(const ServiceId& id) override {
    const ServiceRow* row = tables_.service(id);
    return row == nullptr ? nullptr : &row->service;
  }
  const SlotState* slot(const SlotKey& key) override {
    const Ref ref = find(key);
    if (ref == 0) return nullptr;
    tables_.load(ref, slot_);
    return &slot_;
  }
  const Booking* booking(const BookingId& id) override {
    const Ref ref = find(id);
    return ref != 0 && tables_.cells[ref].is_booking() ? load(ref) : nullptr;
  }
  bool is_void(const BookingId& id) override {
    const Ref ref = find(id);
    return ref != 0 && !tables_.cells[ref].is_booking();
  }
  ClaimCount count_claims(const UserId& user, StatusSet statuses) override {
    ClaimCount claims;
    UserEntry* entry = find(user);
    if (entry == nullptr) return claims;
    claims.ended = tables_.for_each_claim(*entry, to_ms(now_), [&](Ref, Status status) {
      if (statuses.contains(status)) ++claims.counting;
      return true;
    });
    return claims;
  }
  bool has_live_booking(const UserId& user, const SlotKey& slot) override {
    UserEntry* entry = find(user);
    return entry != nullptr && tables_.has_live_booking(*entry, find(slot), to_ms(now_));
  }
  const Booking* first_hold(const SlotKey& slot) override {
    const Ref ref = find(slot);
    if (ref == 0 || tables_.slot(ref).first_hold == 0) return nullptr;
    return load(tables_.slot(ref).first_hold);
  }
  std::optional<SlotKey> overdue_slot() override;
  const Booking* next_booking(const BookingId& after) override;
  SlotTally tally(const SlotKey& slot) override { return tables_.tally(find(slot)); }

  void insert(const Service& service) override { tables_.insert(service); }
  void update(const Service& service) override {
    Service next = service;
    std::swap(tables_.service(service.id)->service, next);
  }
  void insert(const SlotState& slot) override {
    make_room();
    const Ref ref = tables_.insert(slot);
    keep(Undo::What::slot_made, ref);
  }
  void update(const SlotState& state) override {
    make_room();
    const Ref ref = find(state.slot);
    SlotNumbers& numbers = tables_.slot(ref).numbers;
    keep(Undo::What::slot_changed, ref).numbers = numbers;
    write(ref, MemoryTables::numbers(state));
    if (numbers.has_deadline) tables_.enlist(lane_, ref);
  }
  void insert(const Booking& booking) override {
    make_room();
    const bool own = booking.id == scope_.id && scope_.id_hash != 0;
    const Ref ref = tables_.insert(lane_, booking, find(booking.slot), find(booking.user),
                                   own ? scope_.id_hash : MemoryTables::hash(booking.id));
    user_found_.reset();  // it may have moved
    keep(Undo::What::made, ref);
    if (booking.id == scope_.id) scope_.booking = ref;
  }
  void update(const Booking& booking) override;
  void erase(const BookingId& id) override {
    tables_.erase(find(id));
    commit();  // not to be taken back, and neither are the seats it gave up
  }
  void insert_void(const BookingId& id) override {
    make_room();
    keep(Undo::What::voided, tables_.insert_void(lane_, id, now_));
  }
  std::int64_t erase_voids(Instant before, std::int64_t max) override;
  void set_policy(const Policy& policy) override { tables_.policy = policy; }
  void set_gate(const Gate& gate) override { tables_.gate = gate; }
  void rely_on(Instant now) override {
    std::int64_t seen = tables_.relied_on.load();
    while (to_ms(now) > seen && !tables_.relied_on.compare_exchange_weak(seen, to_ms(now))) {
    }
  }

  void mark() override { commit(); }
  void roll_back() override {
    while (!undo_.empty()) {
      take_back(undo_.back());
      undo_.pop_back();
    }
  }

 private:
  static constexpr std::size_t run_length = 1024;

  Ref find(const SlotKey& key) const noexcept {
    if (scope_.slot_key != nullptr && key == *scope_.slot_key) return scope_.slot;
    return tables_.find(key);
  }
  Ref find(const BookingId& id) const noexcept {
    if (id == scope_.id) return scope_.booking;
    if (loaded_ != 0 && id == booking_.id) return loaded_;
    return scope_.all ? tables_.find(id, MemoryTables::hash(id)) : 0;
  }
  UserEntry* find(const UserId& user) noexcept {
    if (scope_.user == nullptr || user != *scope_.user) {
      return tables_.find(user, MemoryTables::hash(user));
    }
    if (!user_found_) user_found_ = tables_.find(user, scope_.user_hash);
    return *user_found_;
  }
  const Booking* load(Ref ref) {
    tables_.load(ref, booking_);
    loaded_ = ref;
    return &booking_;
  }
  void write(Ref slot, const SlotNumbers& to) noexcept {
    SlotNumbers& numbers = tables_.slot(slot).numbers;
    scope_.all ? static_cast<void>(numbers = to) : MemoryTables::count(numbers, to);
  }

  bool owns_user(const Cell& booking) const noexcept {
    return scope_.all || (scope_.user != nullptr && tables_.is_user(booking, *scope_.user));
  }

  // Room for an entry is made before the write, which it then joins without fail.
  void make_room() {
    if (undo_.size() == undo_.capacity()) undo_.reserve(undo_.size() * 2 + 8);
  }
  Undo& keep(Undo::What what, Ref ref) noexcept {
    Undo& undo = undo_.emplace_back();
    undo.what = what;
    undo.ref = ref;
    return undo;
  }
  void take_back(const Undo& undo) noexcept;

  MemoryTables& tables_;
  Lane& lane_;
  std::vector<Undo>& undo_;
  MemoryScope scope_;
  const Instant now_;
  SlotState slot_{};
  Booking booking_{};
  Ref loaded_ = 0;                          // what booking_ is
  std::optional<UserEntry*> user_found_{};  // of the scope's user, since the last insertion
  std::vector<BookingId> run_{};            // ids next behind one, ascending
  std::size_t lane_at_ = 0;                 // how far overdue_slot came
  Ref* listed_at_ = nullptr;
};

/// Slots without a deadline leave the lists as they are met. Costs a look at each slot with holds,
/// once a command.
inline std::optional<SlotKey> MemoryView::overdue_slot() {
  for (; lane_at_ < tables_.lanes.size(); ++lane_at_, listed_at_ = nullptr) {
    if (listed_at_ == nullptr) listed_at_ = &tables_.lanes[lane_at_].listed;
    while (*listed_at_ != 0) {
      const Ref ref = *listed_at_;
      Slot& slot = tables_.slot(ref);
      if (!slot.numbers.has_deadline) {
        slot.listed = false;
        *listed_at_ = slot.next_listed;
      } else if (slot.numbers.next_deadline <= to_ms(now_)) {
        return tables_.key(ref);
      } else {
        listed_at_ = &slot.next_listed;
      }
    }
  }
  return std::nullopt;
}

inline const Booking* MemoryView::next_booking(const BookingId& after) {
  auto next = std::upper_bound(run_.begin(), run_.end(), after);
  if (run_.empty() || after < run_.front() || next == run_.end()) {
    IdRun run{after, query::Order::ascending, run_length};
    for (std::uint32_t chunk = 0; chunk < tables_.cells.cells().size(); ++chunk) {
      run.look_at(tables_.cells.cells(), chunk);
    }
    run_ = std::move(run).take();
    next = run_.begin();
  }
  return next == run_.end() ? nullptr : booking(*next);
}

inline void MemoryView::update(const Booking& booking) {
  make_room();
  const Ref ref = find(booking.id);
  Cell& cell = tables_.cells[ref];
  const bool moved_made = cell.record.moved == 0;
  if (moved_made) tables_.cells.reserve(lane_.cells, 1);
  const auto moved = [&]() -> Moved& { return tables_.cells[cell.record.moved].moved; };
  const bool message_made = !booking.message.empty() && (moved_made || !moved().has_message);
  if (message_made) tables_.insert_message(ref, booking.message);
  // From here on nothing fails.
  if (moved_made) cell.record.moved = tables_.new_moved(lane_, cell);
  Undo& undo = keep(Undo::What::moved, ref);
  undo.moved_made = moved_made;
  undo.message_made = message_made;
  undo.status = cell.status();
  undo.seats = cell.record.seats;
  undo.before = moved();
  Moved next = undo.before;
  MemoryTables::write(next, booking);
  next.has_message = next.has_message || message_made;
  tables_.change(ref, booking.status, booking.seats, next, owns_user(cell));
  loaded_ = 0;
}

inline void MemoryView::take_back(const Undo& undo) noexcept {
  loaded_ = 0;
  switch (undo.what) {
    case Undo::What::slot_changed:
      return write(undo.ref, undo.numbers);
    case Undo::What::slot_made:
      return tables_.erase_last_slot();
    case Undo::What::made:
      if (scope_.booking == undo.ref) scope_.booking = 0;
      user_found_.reset();
      return tables_.erase(undo.ref);
    case Undo::What::voided:
      return tables_.erase_void(lane_.voids);
    case Undo::What::moved:
      if (undo.message_made) tables_.erase_message(undo.ref);
      tables_.change(undo.ref, undo.status, undo.seats, undo.before,
                     owns_user(tables_.cells[undo.ref]));
      if (undo.moved_made) tables_.erase_moved(undo.ref);
  }
}

inline std::int64_t MemoryView::erase_voids(Instant before, std::int64_t max) {
  std::int64_t erased = 0;
  for (Lane& lane : tables_.lanes) {
    for (Ref* at = &lane.voids; *at != 0 && erased < max;) {
      const Voided& voided = tables_.cells[*at].voided;
      const BookingId id = BookingId::from_halves(voided.id_high, voided.id_low);
      const bool old = voided.at < to_ms(before) && !id.is_integer() && id.made_at() < before;
      if (old) {
        tables_.erase_void(*at);
        ++erased;
      } else {
        at = &tables_.cells[*at].voided.next;
      }
    }
  }
  return erased;
}

}  // namespace booking::inline v0::detail
