// Every key of an inventory on a Redis server: its name, type, content and life. Used by everything
// here that reads or writes one.
//
// All keys of an inventory begin with `{prefix}`, so a cluster keeps them on one node. None of them
// expires but locks, companions and guards. Ids stand in them percent-encoded: two ids never make
// one key. Those marked `*` are there from the beginning, the rest once there is something to keep.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "booking/ids.hpp"
#include "booking/slot.hpp"

namespace booking::inline v0::redis {

/// Letters, digits and `_.~-` stay, any other byte becomes %XX.
std::string encoded(std::string_view text);
/// What `encoded` was made from; no value: nothing is.
std::optional<std::string> decoded(std::string_view text);

template <class Tag>
std::string encoded(const BasicId<Tag>& id) {
  return encoded(std::string_view{to_string(id)});
}

/// A booking id in 22 characters whose order as bytes is the order of the ids.
std::string short_id(BookingId id);
/// The id; not valid when `text` is none.
BookingId long_id(std::string_view text);
inline constexpr std::size_t short_id_size = 22;

/// 128 random or other bits in the same alphabet; empty: all are 0.
std::string short_bits(std::uint64_t high, std::uint64_t low);
bool long_bits(std::string_view text, std::uint64_t& high, std::uint64_t& low);

/// A label without a blank: `2026-06-01T10:00`.
std::string label_text(SlotLabel label);
SlotLabel read_label(std::string_view text);

/// `service:label`: a slot as a member or field.
std::string slot_text(const SlotKey& slot);
SlotKey read_slot_text(std::string_view text);

/// A hold in the list of its slot: short id, then the user. Who returns it must know whose it is
/// before it was read.
struct HoldMember {
  BookingId id{};
  UserId user{};
};
std::string hold_text(BookingId id, const UserId& user);
/// Id and user; not valid when `text` is none.
HoldMember read_hold(std::string_view text);

/// A service id as bytes whose order is the order of the ids: a member of `services`.
std::string ordered(const ServiceId& id);
ServiceId read_ordered(std::string_view text);

/// Whether it may stand before the keys of a cache: at most 64 printable bytes without blanks.
bool good_key_prefix(std::string_view prefix);

/// Whether it may stand in the braces: 1 to 64 letters, digits and `_.:-`.
bool good_prefix(std::string_view prefix);

/// Thread safety: a value that does not change.
class Keys {
 public:
  explicit Keys(std::string_view prefix) : begin_{"{" + std::string{prefix} + "}:"} {}

  // ---- of the inventory ----

  /// * string, records.hpp: format, identity, gate. Its absence means that there is no inventory.
  std::string gate() const { return begin_ + "gate"; }
  /// * string, integer: raised by every commit.
  std::string seq() const { return begin_ + "seq"; }
  /// * string, records.hpp.
  std::string policy() const { return begin_ + "policy"; }
  /// string, ms: the latest instant that a commit relied on. Absent: none did.
  std::string relied_on() const { return begin_ + "relied"; }

  // ---- the change set, where the inventory was made with one ----

  /// list: an element for each commit, in their order, pushed by the commit itself. It has the
  /// records that were written (gate, policy, relied, v:, s: and b:), as their keys less what all
  /// begin with, joined by blanks; a record named there may have gone. All other keys follow from
  /// records. An element stays until it is trimmed, in one step with `trimmed`. Absent: none.
  std::string changes() const { return begin_ + "changes"; }
  /// * string, integer: how many elements were trimmed. With the length of the list it is `seq`:
  /// element i, from 0 on, is of the commit that raised `seq` to `trimmed` + i + 1.
  std::string trimmed() const { return begin_ + "trimmed"; }

  // ---- what is sold ----

  /// zset, all scores 0: services, as `ordered`.
  std::string services() const { return begin_ + "services"; }
  /// string, records.hpp: a service.
  std::string service(const ServiceId& id) const { return begin_ + "v:" + encoded(id); }
  /// zset, all scores 0: the labels of a service's slots.
  std::string slots(const ServiceId& id) const { return begin_ + "slots:" + encoded(id); }
  /// string, records.hpp: a slot and its counters.
  std::string slot(const SlotKey& slot) const { return begin_ + "s:" + slot_text(slot); }
  /// zset: bookings held in a slot, as `HoldMember`; the score is the deadline in ms. Absent: none.
  std::string holds(const SlotKey& slot) const { return begin_ + "h:" + slot_text(slot); }
  /// zset, all scores 0: all bookings of a slot. Absent: none.
  std::string bookings(const SlotKey& slot) const { return begin_ + "sb:" + slot_text(slot); }
  /// zset: slots, as `slot_text`, that have a next deadline, which is the score in ms.
  std::string due() const { return begin_ + "due"; }

  // ---- bookings ----

  /// string, records.hpp: a booking, or the mark of an id that is never to be booked.
  std::string booking(BookingId id) const { return begin_ + "b:" + short_id(id); }
  /// zset: voided ids; the score is the later of when it was made and voided, in ms (see
  /// void_score). Read only to forget them.
  std::string voids() const { return begin_ + "x"; }
  /// hash: a user's live bookings. Field: slot, value: records.hpp. Absent: none.
  std::string user(const UserId& user) const { return begin_ + "u:" + encoded(user); }
  /// zset, all scores 0: a user's bookings that are no longer live. Absent: none.
  std::string history(const UserId& user) const { return begin_ + "f:" + encoded(user); }
  /// string: ids of a span of time, each short_id_size long, in the order they were booked.
  std::string bucket(std::string_view bucket) const { return begin_ + "t:" + std::string{bucket}; }
  /// zset, all scores 0: the buckets that are there.
  std::string buckets() const { return begin_ + "times"; }

  // ---- for those who watch: when one of these expires, a transaction that watches it fails ----

  /// string, empty: the companion of a hold; expires at its deadline. Every commit that makes,
  /// extends or ends a hold keeps it, watching or not. Its absence means nothing.
  std::string companion(BookingId id) const { return begin_ + "c:" + short_id(id); }
  /// string, empty: made by a transaction that is to be refused once it is too late, and shared by
  /// all to whom the same time will do. Expires within seconds.
  std::string guard(std::string_view name) const { return begin_ + "g:" + std::string{name}; }

  // ---- of redis_lock, which may be on another server ----

  /// string: the token of who holds the lock of a slot. Expires when the lease does. Absent: free.
  std::string lock(const SlotKey& slot) const { return begin_ + "lock:" + slot_text(slot); }
  /// string, integer below 2^53: the number of the latest lease. Never goes back: a lost one is
  /// made up for by the server's clock, and by what the processes have seen.
  std::string lease() const { return begin_ + "lease"; }

  /// What every key begins with.
  const std::string& begin() const noexcept { return begin_; }

 private:
  std::string begin_;
};

/// The bucket of an id, a text that orders as the ids do: 16 seconds of UUIDs, 4,096 integers.
std::string bucket_of(BookingId id);

}  // namespace booking::inline v0::redis
