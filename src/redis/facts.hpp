// What a decision rests on: replies of the server, each with the command that asked for it. Used by
// store, which reads them, and by view, which answers the rules from them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "booking/command.hpp"
#include "redis/keys.hpp"
#include "redis/records.hpp"
#include "redis/reply.hpp"

namespace booking::inline v0::redis {

/// A reading command, its reply once it is known, and whether the commit compares or watches it.
struct Fact {
  std::vector<std::string> command{};  ///< its name, the key, arguments
  bool compared = true;                ///< otherwise something else that is compared vouches for it
  bool used = false;                   ///< since `forget_use`
  std::optional<Reply> reply{};
};

/// A reply in the one line in which commit.lua compares it.
std::string spelt(const Reply& reply);

/// Asked for something that is not there yet, it answers nullptr and has it read with the next
/// round. Thread safety: one thread at a time.
class Facts {
 public:
  explicit Facts(const Keys& keys) : keys_{&keys} {}

  // ---- asking ----

  const Reply* service(const ServiceId& id);
  const Reply* approval(const ServiceId& id);  ///< the first byte of the service
  const Reply* slot(const SlotKey& slot);
  /// Whether its service's list has the slot; nil: it has not.
  const Reply* is_listed(const SlotKey& slot);
  const Reply* booking(BookingId id, bool compared = true);
  const Reply* policy();
  /// The same without asking for it.
  const Reply* policy_if_known() const;
  /// All of a user's claims: slots and values by turns.
  const Reply* claims(const UserId& user);
  /// Those in one slot, from `claims` where that is known.
  const Reply* claims(const UserId& user, const SlotKey& slot);
  /// The holds that end first and their deadlines by turns: some, and more once `passed` of them
  /// were dealt with. The slot vouches for it.
  const Reply* holds(const SlotKey& slot, std::int64_t passed);
  /// The bookings of a slot. The slot vouches for it.
  const Reply* bookings(const SlotKey& slot);
  /// Slots with the earliest deadlines and these by turns.
  const Reply* due();
  /// Voided ids up to a score.
  const Reply* voids(Instant before, std::int64_t max);

  // ---- of use to opening alone ----

  const Reply* seq();
  const Reply* trimmed();
  /// How many elements the change set has.
  const Reply* changes();

  // ---- of use to a transaction alone ----

  /// Of a key that is written to and not read: a wrong type would spoil half a transaction.
  const Reply* type(const std::string& key);
  /// The ids in a bucket that some are taken out of.
  const Reply* bucket(const std::string& name);
  /// Has the companion of a hold watched, should there be one.
  void companion(BookingId id);
  bool has_companion(BookingId id) const;

  /// Nothing that is read is missing.
  bool complete() const noexcept { return missing_ == 0; }
  /// All but what is asked for from here on is of no account.
  void forget_use();
  const std::map<std::string, Fact>& all() const noexcept { return facts_; }
  const Keys& keys() const noexcept { return *keys_; }

  // ---- reading: by look.lua as of one moment, or by a transaction ----

  enum class Which { missing, used };  ///< `used`: read again, the rest forgotten
  /// What is to be read, for as long as nothing else is asked for.
  const std::vector<Fact*>& list(Which which);
  /// Takes a reply to each. False: there are more or fewer.
  bool take(std::vector<Reply> replies);

  // ---- reading: by twin.lua ----

  void put_policy(Reply reply);
  void put_booking(BookingId id, Reply reply);
  /// A slot, and the approval of its service.
  void put_slot(const SlotKey& slot, Reply reply, Reply approval);
  /// An array: all of them. Otherwise those in `slot`.
  void put_claims(const UserId& user, const SlotKey& slot, Reply reply);

  /// The gate as it was read, for the commit to compare.
  std::string gate{};

  /// The ids that a purge goes through, ascending.
  std::vector<BookingId> run{};

 private:
  const Reply* ask(std::vector<std::string> command, bool compared = true);
  void put(const std::vector<std::string>& command, Reply reply);

  const Keys* keys_;
  std::map<std::string, Fact> facts_{};
  std::vector<Fact*> sent_{};
  std::size_t missing_ = 0;
  std::optional<Reply> field_{};
};

}  // namespace booking::inline v0::redis
