// A function for each group of commands.
#include "redis/plan.hpp"

#include <optional>
#include <variant>

namespace booking::inline v0::redis {

namespace {

std::optional<Booking> known(Facts& facts, BookingId id) {
  const Reply* reply = facts.booking(id);
  return reply == nullptr ? std::nullopt : decode_booking(id, reply->text);
}

struct Plan {
  Facts& facts;
  const bool counted;

  void slot(const SlotKey& key) const {
    facts.slot(key);
    facts.approval(key.service);
  }
  /// A slot that perhaps is to be made.
  void new_slot(const SlotKey& key) const {
    slot(key);
    facts.service(key.service);
    facts.is_listed(key);
  }
  void new_booking(BookingId id, const UserId& user, const SlotKey& key) const {
    facts.policy();
    facts.booking(id);
    slot(key);
    counted ? facts.claims(user) : facts.claims(user, key);
  }
  /// A booking that is to be moved: where it is and whose, once it is known.
  void moved(BookingId id) const {
    facts.policy();
    const std::optional<Booking> booking = known(facts, id);
    if (!booking) return;
    slot(booking->slot);
    facts.claims(booking->user, booking->slot);
  }

  void operator()(const command::Book& c) const {
    new_booking(c.request.id, c.request.user, c.request.slot);
  }
  void operator()(const command::Hold& c) const {
    new_booking(c.request.id, c.request.user, c.request.slot);
  }
  void operator()(const command::BookAll& c) const {
    for (const BookRequest& r : c.requests) new_booking(r.id, r.user, r.slot);
  }
  void operator()(const command::CancelAll& c) const {
    for (const BookingId id : c.ids) moved(id);
  }
  void operator()(const command::Reschedule& c) const {
    moved(c.request.id);
    facts.booking(c.request.new_id);
    slot(c.request.slot);
    if (const auto booking = known(facts, c.request.id)) {
      new_booking(c.request.new_id, booking->user, c.request.slot);
    }
  }
  void operator()(const command::Resolve& c) const { facts.booking(c.id); }
  void operator()(const command::DefineService& c) const { facts.service(c.service.id); }
  void operator()(const command::UpdateService& c) const { facts.service(c.service.id); }
  void operator()(const command::DefineSlot& c) const { new_slot(c.definition.slot); }
  void operator()(const command::ChangeSlot& c) const { slot(c.change.slot); }
  void operator()(const command::Repair& c) const { slot(c.slot); }
  void operator()(const command::ImportSlots& c) const {
    for (const SlotDefinition& definition : c.slots) new_slot(definition.slot);
  }
  void operator()(const command::ChangePolicy& /*c*/) const { facts.policy(); }
  void operator()(const command::SetGate& /*c*/) const {}
  void operator()(const command::Sweep& /*c*/) const { facts.due(); }
  void operator()(const command::Purge& /*c*/) const {
    facts.policy();
    for (const BookingId id : facts.run) {
      const std::optional<Booking> booking = known(facts, id);
      if (booking && seat_statuses.contains(booking->status)) slot(booking->slot);
    }
  }
  template <class Move>
  void operator()(const Move& c) const {
    moved(c.request.id);
  }
};

/// Types of what is written to, companions, and what returning overdue holds needs.
struct WatchPlan {
  Facts& facts;
  const std::optional<Instant>& seen_at;
  bool& returns;
  const Keys& keys = facts.keys();

  void overdue_holds(const SlotKey& slot) const {
    const Reply* holds = facts.holds(slot, 0);
    if (holds == nullptr || !seen_at) return;
    for (std::size_t i = 0; i + 1 < holds->items.size(); i += 2) {
      const auto until = decode_instant(holds->items[i + 1].text);
      const UserId user = read_hold(holds->items[i].text).user;
      if (!until || *until > *seen_at || !user.valid()) return;
      if (i == 0) new_hold(slot);
      facts.type(keys.history(user));
      returns = true;
    }
  }
  void new_booking(BookingId id, const SlotKey& slot) const {
    overdue_holds(slot);
    facts.type(keys.bookings(slot));
    facts.type(keys.buckets());
    facts.type(keys.bucket(bucket_of(id)));
  }
  void new_hold(const SlotKey& slot) const {
    facts.type(keys.holds(slot));
    facts.type(keys.due());
  }
  void moved(BookingId id) const {
    facts.companion(id);
    const std::optional<Booking> booking = known(facts, id);
    if (!booking) return;
    overdue_holds(booking->slot);
    if (!booking->live()) return;
    facts.type(keys.history(booking->user));
    if (booking->status == Status::held) new_hold(booking->slot);
  }

  void operator()(const command::Book& c) const { new_booking(c.request.id, c.request.slot); }
  void operator()(const command::Hold& c) const {
    new_booking(c.request.id, c.request.slot);
    new_hold(c.request.slot);
  }
  void operator()(const command::BookAll& c) const {
    for (const BookRequest& r : c.requests) new_booking(r.id, r.slot);
  }
  void operator()(const command::CancelAll& c) const {
    for (const BookingId id : c.ids) moved(id);
  }
  void operator()(const command::Extend& c) const { moved(c.request.id); }
  void operator()(const command::Confirm& c) const { moved(c.request.id); }
  void operator()(const command::Cancel& c) const { moved(c.request.id); }
  void operator()(const command::Approve& c) const { moved(c.request.id); }
  void operator()(const command::Reject& c) const { moved(c.request.id); }
  void operator()(const command::Complete& c) const { moved(c.request.id); }
  void operator()(const command::NoShow& c) const { moved(c.request.id); }
  void operator()(const command::Reschedule& c) const {
    moved(c.request.id);
    new_booking(c.request.new_id, c.request.slot);
  }
  void operator()(const command::Resolve& /*c*/) const { facts.type(keys.voids()); }
  void operator()(const command::ChangeSlot& c) const { overdue_holds(c.change.slot); }
  void operator()(const command::Sweep& /*c*/) const {
    const Reply* due = facts.due();
    for (std::size_t i = 0; due != nullptr && i + 1 < due->items.size(); i += 2) {
      const auto deadline = decode_instant(due->items[i + 1].text);
      const SlotKey slot = read_slot_text(due->items[i].text);
      if (deadline && seen_at && *deadline <= *seen_at && slot.valid()) overdue_holds(slot);
    }
  }
  template <class Other>
  void operator()(const Other& /*c*/) const {}
};

}  // namespace

bool ask_ahead_to_watch(Facts& facts, const Command& command,
                        const std::optional<Instant>& seen_at) {
  bool returns = false;
  std::visit(WatchPlan{facts, seen_at, returns}, command.body);
  return returns;
}

void ask_ahead(Facts& facts, const Command& command, bool counted) {
  std::visit(Plan{facts, counted}, command.body);
}

}  // namespace booking::inline v0::redis
