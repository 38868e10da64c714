// The memory store's tables: who is where, and what is linked to what. No locks are taken here;
// memory_store_impl.hpp says which ones a caller holds.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/detail/cell_pool.hpp"
#include "booking/detail/flat_table.hpp"
#include "booking/detail/hold_heap.hpp"
#include "booking/detail/label_index.hpp"
#include "booking/detail/memory_records.hpp"

namespace booking::inline v0::detail {

/// What each thread has for itself, most of the time.
struct alignas(128) Lane {
  StripeLock lock;
  Ref listed = 0;  // slots that have, or had, a deadline
  Ref voids = 0;
  CellPool::Part cells;
  UserTexts::Part texts;
  std::vector<Undo> undo;  // of the command that is being carried out
};

/// A service with its slots.
struct ServiceRow {
  Service service;
  LabelIndex slots;
};

constexpr std::int64_t to_ms(Instant instant) noexcept {
  return instant.time_since_epoch().count();
}
constexpr Instant to_instant(std::int64_t ms) noexcept {
  return Instant{std::chrono::milliseconds{ms}};
}

class MemoryTables {
 public:
  static constexpr std::size_t lane_count = 64;

  Policy policy;  // this and the gate: changed only while nobody else is in the store
  Gate gate;
  std::atomic<std::int64_t> relied_on{0};  // store time never goes behind it
  std::array<Lane, lane_count> lanes;
  ShardedTable<IdEntry> ids;
  ShardedTable<UserEntry> users;
  CellPool cells;
  HoldHeap holds{cells.cells()};

  static std::uint64_t hash(const BookingId& id) noexcept { return std::hash<BookingId>{}(id); }
  static std::uint64_t hash(const UserId& id) noexcept { return std::hash<UserId>{}(id); }

  // ---- services and slots -----------------------------------------------------------------------

  ServiceRow* service(const ServiceId& id) const noexcept {
    const auto found = by_service_id_.find(id);
    return found == by_service_id_.end() ? nullptr : services_[found->second].get();
  }
  /// Visits services from `from` on (nullptr: all), ascending by id, until `visit` answers false.
  template <class Visit>
  void for_each_service_from(const ServiceId* from, Visit visit) const {
    auto at = from == nullptr ? service_order_.begin() : place_in_order(*from);
    while (at != service_order_.end() && visit(*services_[*at])) ++at;
  }
  void insert(const Service& service) {
    const auto number = static_cast<std::uint32_t>(services_.size());
    service_order_.reserve(number + 1);
    services_.reserve(number + 1);
    auto row = std::make_unique<ServiceRow>(ServiceRow{service, {}});
    by_service_id_.emplace(service.id, number);
    services_.push_back(std::move(row));
    service_order_.insert(place_in_order(service.id), number);
  }

  Slot& slot(Ref ref) const noexcept { return slots_[ref]; }
  SlotKey key(Ref ref) const noexcept {
    const Slot& slot = slots_[ref];
    return {services_[slot.service]->service.id, slot.label, ref};
  }
  /// 0: there is no such slot. The place a key may know is only a hint: it is checked.
  Ref find(const SlotKey& key) const noexcept {
    if (key.place != 0 && key.place < slot_end_ && is(key.place, key)) return key.place;
    const std::uint64_t hash = std::hash<SlotKey>{}(key);
    const SlotEntry* found = slot_table_[hash].table.find(
        slot_table_.tag(hash), [&](const SlotEntry& entry) { return is(entry.slot, key); });
    return found == nullptr ? 0 : found->slot;
  }
  void prefetch(const SlotKey& key) const noexcept {
    if (key.place == 0 || key.place >= slot_end_) return;
    const auto* slot = reinterpret_cast<const char*>(&slots_[key.place]);
    __builtin_prefetch(slot, 1);
    __builtin_prefetch(slot + 64, 1);
  }
  /// The slot's latest booking will get a neighbour.
  void prefetch_latest(Ref ref) const noexcept {
    if (slots_[ref].first != 0) __builtin_prefetch(&cells[slots_[ref].first], 1);
  }
  void load(Ref ref, SlotState& out) const noexcept {
    const Slot& slot = slots_[ref];
    const SlotNumbers& n = slot.numbers;
    const ServiceRow& service = *services_[slot.service];
    out.slot.service = service.service.id;
    out.slot.label = slot.label;
    out.slot.place = ref;
    out.capacity = n.capacity;
    out.overbook = n.overbook;
    out.status = n.status;
    out.approval = service.service.approval;
    out.used = n.used;
    out.held = n.held;
    out.version = n.version;
    out.lease = n.lease;
    out.begins_at = n.has_begin ? std::optional{to_instant(n.begins_at)} : std::nullopt;
    out.ends_at = n.has_end ? std::optional{to_instant(n.ends_at)} : std::nullopt;
    out.next_deadline = n.has_deadline ? std::optional{to_instant(n.next_deadline)} : std::nullopt;
  }
  static SlotNumbers numbers(const SlotState& state) noexcept {
    const auto ms = [](const std::optional<Instant>& at) { return at ? to_ms(*at) : 0; };
    return {.status = state.status,
            .has_deadline = state.next_deadline.has_value(),
            .has_begin = state.begins_at.has_value(),
            .has_end = state.ends_at.has_value(),
            .capacity = state.capacity,
            .overbook = state.overbook,
            .used = state.used,
            .held = state.held,
            .version = state.version,
            .next_deadline = ms(state.next_deadline),
            .lease = state.lease,
            .begins_at = ms(state.begins_at),
            .ends_at = ms(state.ends_at)};
  }
  /// Adds a slot of a service that is there.
  Ref insert(const SlotState& state) {
    const std::uint64_t hash = std::hash<SlotKey>{}(state.slot);
    auto& table = slot_table_[hash].table;
    table.reserve();
    if (slot_end_ == slots_.size() * slots_.per_chunk || slots_.size() == 0) {
      slots_.add([](Slot*) {});
    }
    const std::uint32_t number = by_service_id_.find(state.slot.service)->second;
    services_[number]->slots.insert(state.slot.label, slot_end_);
    Slot& slot = *new (&slots_[slot_end_]) Slot{};
    slot.label = state.slot.label;
    slot.service = number;
    slot.numbers = numbers(state);
    table.insert({.slot = slot_end_, .tag = slot_table_.tag(hash)});
    return slot_end_++;
  }
  /// Takes back the slot that was added last.
  void erase_last_slot() noexcept {
    const SlotKey gone = key(--slot_end_);
    const std::uint64_t hash = std::hash<SlotKey>{}(gone);
    auto& table = slot_table_[hash].table;
    table.erase(table.find(slot_table_.tag(hash),
                           [&](const SlotEntry& entry) { return entry.slot == slot_end_; }));
    service(gone.service)->slots.erase(gone.label);
  }
  /// What a booking changes of a slot; other slots' claims read the rest without its lock.
  static void count(SlotNumbers& numbers, const SlotNumbers& to) noexcept {
    numbers.used = to.used;
    numbers.held = to.held;
    numbers.version = to.version;
    numbers.lease = to.lease;
    numbers.has_deadline = to.has_deadline;
    numbers.next_deadline = to.next_deadline;
  }
  /// Enters a slot that has a deadline in a list of such slots.
  void enlist(Lane& lane, Ref ref) noexcept {
    Slot& slot = slots_[ref];
    if (slot.listed) return;
    slot.listed = true;
    slot.next_listed = std::exchange(lane.listed, ref);
  }

  // ---- bookings ---------------------------------------------------------------------------------

  /// The cell of an id, be it a booking or void; 0: nothing is known of it.
  Ref find(const BookingId& id, std::uint64_t hash) const noexcept {
    const IdEntry* found = id_entry(id, hash);
    return found == nullptr ? 0 : found->cell;
  }
  UserId user(const Cell& booking) const noexcept {
    if (booking.text_user) return UserId::from_stored(texts_[booking.record.user]);
    return UserId{static_cast<std::int64_t>(booking.record.user)};
  }
  bool is_user(const Cell& booking, const UserId& user) const noexcept {
    if (booking.text_user) return texts_[booking.record.user] == user.text();
    return user.is_integer() && booking.record.user == static_cast<std::uint64_t>(user.integer());
  }
  std::uint64_t user_hash(const Cell& booking) const noexcept {
    if (booking.text_user) {
      return std::hash<std::string_view>{}(texts_[booking.record.user]);
    }
    return hash(UserId{static_cast<std::int64_t>(booking.record.user)});
  }
  void load(Ref ref, Booking& out) const {
    const Cell& cell = cells[ref];
    const Record& record = cell.record;
    out.id = cell.id();
    out.user = user(cell);
    out.slot = key(cell.slot);
    out.seats = out.seats_asked = record.seats;
    out.origin = cell.origin;
    out.status = cell.status();
    out.version = 1;
    out.created_at = out.updated_at = to_instant(record.created_at);
    out.hold_until.reset();
    out.last_op = {};
    out.message.clear();
    if (record.moved == 0) return;
    const Moved& moved = cells[record.moved].moved;
    out.seats_asked = moved.seats_asked;
    out.version = moved.version;
    out.updated_at = to_instant(moved.updated_at);
    if (moved.has_hold) out.hold_until = to_instant(moved.hold_until);
    out.last_op = moved.last_op;
    if (!moved.has_message) return;
    const std::lock_guard guard{messages_mutex_};
    out.message = messages_.find(ref)->second;
  }
  /// Whether everything that `booking` says stands in a Record.
  static bool just_made(const Booking& booking) noexcept {
    return booking.version == 1 && !booking.hold_until && booking.seats == booking.seats_asked &&
           booking.updated_at == booking.created_at && !booking.last_op.valid();
  }

  /// Adds a booking, which has no message yet; `known`: its user's entry, if there is one. Throws
  /// std::bad_alloc, then nothing has changed.
  Ref insert(Lane& lane, const Booking& booking, Ref slot_ref, UserEntry* known,
             std::uint64_t id_hash) {
    auto& id_table = ids[id_hash].table;
    id_table.reserve();
    cells.reserve(lane.cells, 2);
    UserEntry& user = known != nullptr ? *known : enter_user(lane, booking.user);

    const Ref ref = cells.take(lane.cells);
    Cell& cell = cells[ref];
    cell.origin = booking.origin;
    cell.text_user = (user.tag & 1U) != 0;
    cell.slot = slot_ref;
    cell.record = {.id_high = booking.id.high(),
                   .id_low = booking.id.low(),
                   .user = user.key,
                   .created_at = to_ms(booking.created_at),
                   .seats = booking.seats};
    if (!just_made(booking)) {
      cell.record.moved = new_moved(lane, cell);
      write(cells[cell.record.moved].moved, booking);
    }
    id_table.insert({.cell = ref, .tag = ids.tag(id_hash)});
    Slot& slot = slots_[slot_ref];
    cell.record.slot_next = slot.first;
    if (slot.first != 0) cells[slot.first].record.slot_before = ref;
    slot.first = ref;
    cell.parked = !booking.live();
    join_ring(user, ref);
    cells.note(ref, booking.id.high());
    cell.set_status(booking.status);
    if (booking.status == Status::held) holds.insert(slot.first_hold, ref);
    return ref;
  }
  void erase(Ref ref) noexcept {
    Cell& cell = cells[ref];
    Record& record = cell.record;
    Slot& slot = slots_[cell.slot];
    if (cell.status() == Status::held) holds.erase(slot.first_hold, ref);
    (record.slot_before == 0 ? slot.first : cells[record.slot_before].record.slot_next) =
        record.slot_next;
    if (record.slot_next != 0) cells[record.slot_next].record.slot_before = record.slot_before;
    UserEntry* user = user_entry(cell);
    leave_ring(*user, ref);
    if (user->first == 0) forget_user(user, cell);
    erase_id(cell.id());
    if (record.moved != 0) erase_moved(ref);
    cells.give_back(ref);
  }
  Ref insert_void(Lane& lane, const BookingId& id, Instant at) {
    auto& table = ids[hash(id)].table;
    table.reserve();
    cells.reserve(lane.cells, 1);
    const Ref ref = cells.take(lane.cells);
    cells[ref].voided = {.id_high = id.high(),
                         .id_low = id.low(),
                         .at = to_ms(at),
                         .next = std::exchange(lane.voids, ref)};
    cells[ref].kind.store(cell_void, std::memory_order_release);
    table.insert({.cell = ref, .tag = ids.tag(hash(id))});
    return ref;
  }
  /// Takes a void, to which `link` leads, out.
  void erase_void(Ref& link) noexcept {
    const Ref ref = link;
    const Voided& voided = cells[ref].voided;
    link = voided.next;
    erase_id(BookingId::from_halves(voided.id_high, voided.id_low));
    cells.give_back(ref);
  }

  // ---- what happens to a booking ----------------------------------------------------------------

  /// Gives a booking a Moved that says nothing yet. The cell must have been reserved.
  Ref new_moved(Lane& lane, const Cell& booking) noexcept {
    const Ref ref = cells.take(lane.cells);
    cells[ref].moved = {.updated_at = booking.record.created_at,
                        .seats_asked = booking.record.seats};
    cells[ref].kind.store(cell_moved, std::memory_order_release);
    return ref;
  }
  void erase_moved(Ref booking) noexcept {
    Record& record = cells[booking].record;
    if (cells[record.moved].moved.has_message) erase_message(booking);
    cells.give_back(std::exchange(record.moved, 0));
  }
  void insert_message(Ref booking, const std::string& message) {
    const std::lock_guard guard{messages_mutex_};
    messages_.emplace(booking, message);
  }
  void erase_message(Ref booking) noexcept {
    const std::lock_guard guard{messages_mutex_};
    messages_.erase(booking);
  }
  /// Writes what `booking` says beyond a Record.
  static void write(Moved& moved, const Booking& booking) noexcept {
    moved.updated_at = to_ms(booking.updated_at);
    moved.last_op = booking.last_op;
    moved.version = booking.version;
    moved.seats_asked = booking.seats_asked;
    moved.has_hold = booking.hold_until.has_value();
    if (moved.has_hold) moved.hold_until = to_ms(*booking.hold_until);
  }
  /// Makes a booking, which has a Moved, what is given; `with_user`: the user's ring too.
  void change(Ref ref, Status status, std::int32_t seats, const Moved& to,
              bool with_user) noexcept {
    Cell& cell = cells[ref];
    Slot& slot = slots_[cell.slot];
    Moved& moved = cells[cell.record.moved].moved;
    const bool was_held = cell.status() == Status::held;
    const bool held = status == Status::held;
    const bool other_deadline = moved.has_hold != to.has_hold || moved.hold_until != to.hold_until;
    if (was_held && (!held || other_deadline)) holds.erase(slot.first_hold, ref);
    if (other_deadline) {  // else untouched: the user's lock may not be held
      moved.has_hold = to.has_hold;
      moved.hold_until = to.hold_until;
    }
    moved.updated_at = to.updated_at;
    moved.last_op = to.last_op;
    moved.version = to.version;
    moved.seats_asked = to.seats_asked;
    moved.has_message = to.has_message;
    cell.record.seats = seats;
    cell.set_status(status);
    if (held && (!was_held || other_deadline)) holds.insert(slot.first_hold, ref);
    if (with_user && live_statuses.contains(status) == cell.parked) {
      move_in_ring(*user_entry(cell), ref, !cell.parked);
    }
  }

  // ---- claims -----------------------------------------------------------------------------------

  UserEntry* find(const UserId& user, std::uint64_t hash) const noexcept {
    const std::uint32_t tag = user_tag(hash, !user.is_integer());
    return users[hash].table.find(tag, [&](const UserEntry& entry) {
      return user.is_integer() ? entry.key == static_cast<std::uint64_t>(user.integer())
                               : texts_[entry.key] == user.text();
    });
  }
  UserId user(const UserEntry& entry) const noexcept {
    if ((entry.tag & 1U) != 0) return UserId::from_stored(texts_[entry.key]);
    return UserId{static_cast<std::int64_t>(entry.key)};
  }

  /// Visits the claims of a user that have not ended at `now`, by the booking and the status it
  /// counts as, until `visit` answers false. Needs the user's lock, not those of the slots. True:
  /// some were left out that had ended by `now`.
  ///
  /// Why that is enough: every change to one of the user's bookings holds the user's lock, but for
  /// one: whoever is in a slot returns its overdue holds, of any user, which turns `held` into
  /// `expired` under the slot's lock alone. So a hold is judged here by its deadline, which only
  /// its user's lock guards, and never by whether it was returned. The answer is then that of a
  /// moment before the other commit, also where that reads a later clock: nothing else that it
  /// writes is looked at here, and had it come before this one in any way that can be told (by a
  /// lock that passed from it to here), its instant would be in `relied_on`, which is read once all
  /// locks are held. What was returned is set aside here, by the next one to hold the user's lock.
  template <class Visit>
  bool for_each_claim(UserEntry& user, std::int64_t now, Visit visit) const noexcept {
    bool ended = false;
    for (Ref at = user.first; at != 0 && !cells[at].parked;) {
      Cell& cell = cells[at];
      const Ref next = cell.record.user_next;
      const bool last = next == user.first;
      const Status status = cell.status();
      const bool hold = status == Status::held || status == Status::expired;
      if (hold) {
        if (cells[cell.record.moved].moved.hold_until > now) {
          if (!visit(at, Status::held)) return ended;
        } else {
          ended = true;
          if (status == Status::expired) move_in_ring(user, at, true);
        }
      } else if (const SlotNumbers& slot = slots_[cell.slot].numbers;
                 !slot.has_end || slot.ends_at > now) {
        if (!visit(at, status)) return ended;
      } else {
        ended = true;
      }
      if (last) return ended;
      at = next;
    }
    return ended;
  }
  /// Whether a user has a live booking in a slot; needs both locks. Looks through the user's and
  /// the slot's bookings side by side: costs no more than the shorter list.
  bool has_live_booking(const UserEntry& user, Ref slot, std::int64_t now) const noexcept {
    Ref of_user = user.first;
    for (Ref of_slot = slots_[slot].first; of_slot != 0;) {
      if (cells[of_user].parked) return false;
      if (cells[of_user].slot == slot && is_live(of_user, now)) return true;
      of_user = cells[of_user].record.user_next;
      if (of_user == user.first) return false;
      const Cell& cell = cells[of_slot];
      const bool own = cell.record.user == user.key && cell.text_user == ((user.tag & 1U) != 0);
      if (own && is_live(of_slot, now)) return true;
      of_slot = cell.record.slot_next;
    }
    return false;
  }

  /// The sums over a slot's bookings.
  SlotTally tally(Ref ref) const noexcept {
    SlotTally tally;
    load(ref, tally.state);
    for (Ref at = slots_[ref].first; at != 0; at = cells[at].record.slot_next) {
      const Cell& cell = cells[at];
      const Status status = cell.status();
      if (seat_statuses.contains(status)) tally.used += cell.record.seats;
      if (status == Status::held) tally.held += cell.record.seats;
    }
    return tally;
  }

 private:
  std::vector<std::uint32_t>::const_iterator place_in_order(const ServiceId& id) const noexcept {
    return std::lower_bound(service_order_.begin(), service_order_.end(), id,
                            [this](std::uint32_t at, const ServiceId& wanted) {
                              return services_[at]->service.id < wanted;
                            });
  }
  bool is(Ref ref, const SlotKey& key) const noexcept {
    const Slot& slot = slots_[ref];
    return slot.label == key.label && services_[slot.service]->service.id == key.service;
  }

  bool is_live(Ref ref, std::int64_t now) const noexcept {
    const Cell& cell = cells[ref];
    const Status status = cell.status();
    return status == Status::held ? cells[cell.record.moved].moved.hold_until > now
                                  : live_statuses.contains(status);
  }

  IdEntry* id_entry(const BookingId& id, std::uint64_t hash) const noexcept {
    return ids[hash].table.find(ids.tag(hash), [&](const IdEntry& entry) {
      const Cell& cell = cells[entry.cell];  // a void has its id in the same place
      return cell.record.id_low == id.low() && cell.record.id_high == id.high();
    });
  }
  void erase_id(const BookingId& id) noexcept {
    const std::uint64_t hash = MemoryTables::hash(id);
    ids[hash].table.erase(id_entry(id, hash));
  }

  static std::uint32_t user_tag(std::uint64_t hash, bool text) noexcept {
    return (ShardedTable<UserEntry>::tag(hash) & ~1U) | (text ? 1U : 0U);
  }
  UserEntry* user_entry(const Cell& booking) const noexcept {
    const std::uint64_t hash = user_hash(booking);
    return users[hash].table.find(user_tag(hash, booking.text_user), [&](const UserEntry& entry) {
      return entry.key == booking.record.user;
    });
  }
  /// A new entry; it must get its first booking before anything else happens.
  UserEntry& enter_user(Lane& lane, const UserId& user) {
    const std::uint64_t hash = MemoryTables::hash(user);
    users[hash].table.reserve();
    const bool text = !user.is_integer();
    const std::uint64_t key =
        text ? texts_.add(lane.texts, user.text()) : static_cast<std::uint64_t>(user.integer());
    return users[hash].table.insert({.key = key, .first = 0, .tag = user_tag(hash, text)});
  }
  void forget_user(UserEntry* user, const Cell& booking) noexcept {
    const std::uint64_t hash = user_hash(booking);
    if (booking.text_user) texts_.erase(booking.record.user);
    users[hash].table.erase(user);
  }

  // Bookings that may count stand first in the ring, those that are parked behind them.
  void join_ring(UserEntry& user, Ref ref) const noexcept {
    Cell& cell = cells[ref];
    if (user.first == 0) {
      cell.record.user_next = cell.record.user_before = user.first = ref;
      return;
    }
    Record& first = cells[user.first].record;
    cell.record.user_next = user.first;
    cell.record.user_before = first.user_before;
    cells[first.user_before].record.user_next = ref;
    first.user_before = ref;
    if (!cell.parked) user.first = ref;
  }
  void leave_ring(UserEntry& user, Ref ref) const noexcept {
    const Record& record = cells[ref].record;
    if (record.user_next == ref) {
      user.first = 0;
      return;
    }
    if (user.first == ref) user.first = record.user_next;
    cells[record.user_before].record.user_next = record.user_next;
    cells[record.user_next].record.user_before = record.user_before;
  }
  void move_in_ring(UserEntry& user, Ref ref, bool parked) const noexcept {
    leave_ring(user, ref);
    cells[ref].parked = parked;
    join_ring(user, ref);
  }

  std::vector<std::unique_ptr<ServiceRow>> services_;
  std::unordered_map<ServiceId, std::uint32_t> by_service_id_;
  std::vector<std::uint32_t> service_order_;  // by id
  Chunks<Slot> slots_;
  std::uint32_t slot_end_ = 1;  // slots are never removed
  ShardedTable<SlotEntry> slot_table_;
  UserTexts texts_;
  mutable std::mutex messages_mutex_;
  std::map<Ref, std::string> messages_;  // by booking
};

}  // namespace booking::inline v0::detail
