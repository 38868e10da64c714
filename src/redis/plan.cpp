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

/// Types of what is written to, and companions.
struct WatchPlan {
  Facts& facts;
  const Keys& keys = facts.keys();

  void new_booking(BookingId id, const SlotKey& slot) const {
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
    if (!booking || !booking->live()) return;
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
  template <class Other>
  void operator()(const Other& /*c*/) const {}
};

}  // namespace

void ask_ahead_to_watch(Facts& facts, const Command& command) {
  std::visit(WatchPlan{facts}, command.body);
}

void ask_ahead(Facts& facts, const Command& command, bool counted) {
  std::visit(Plan{facts, counted}, command.body);
}

}  // namespace booking::inline v0::redis
