// What a decision writes, as commands to the server. No I/O. Used by commit and by transaction,
// which differ in how they see to it that nothing has changed meanwhile.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/changes.hpp"
#include "redis/facts.hpp"

namespace booking::inline v0::redis {

/// What a commit rests on besides facts.
struct CommitTerms {
  Instant decided_at{};                ///< store time of the decision
  std::optional<Instant> now{};        ///< not set: the server's clock decides
  std::optional<Instant> not_after{};  ///< nothing is written when store time is later
  std::optional<Instant> boundary{};   ///< nor from this instant on
  std::uint64_t seq_seen = 0;          ///< nor when the inventory has gone back behind it
  std::uint64_t lease = 0;             ///< of the lock it comes under; 0: none
  /// Slots must be just as they were read. Otherwise a slot of which only the counters change needs
  /// room for that, and no more.
  bool exact = false;
  /// The same goes for a slot that gets another capacity, status or beginning.
  bool redefines = false;
  bool forced = false;      ///< also where that leaves too many seats in use
  bool gives_back = false;  ///< goes on when the server has no memory left
  bool change_set = false;  ///< names what it writes there
};

/// Whether this slot needs no more than room: it is then none of the writes.
bool needs_room_only(const SlotChange& change, const CommitTerms& terms);

/// A command: its name, the key, arguments.
using Write = std::vector<std::string>;

/// All but `seq` and `relied_on`.
class Writes {
 public:
  Writes(const Facts& facts, const Changes& changes, const CommitTerms& terms);

  const std::vector<Write>& all() const noexcept { return all_; }
  /// Of the keys that are written to as they stand: none, or of this type.
  const std::map<std::string, std::string_view>& types() const noexcept { return types_; }
  /// Ids to take out of buckets.
  const std::map<std::string, std::vector<std::string>>& cuts() const noexcept { return cuts_; }

 private:
  using Texts = std::initializer_list<std::string_view>;

  void write(std::string_view command, const std::string& key, Texts arguments);
  /// To a key that stays what it is, whatever that may be.
  void write_to(std::string_view type, std::string_view command, const std::string& key,
                Texts arguments);

  void add(const ServiceChange& change);
  void add(const SlotChange& change);
  void add(BookingId id, const BookingChange& change);
  void add_hold(const BookingChange& change);
  void add_claims(const ClaimPlace& place, std::vector<Claim> claims);

  const Keys& keys_of_;
  const Changes& changes_;
  const CommitTerms& terms_;
  std::vector<Write> all_{};
  std::map<std::string, std::string_view> types_{};
  std::map<std::string, std::vector<std::string>> cuts_{};
};

}  // namespace booking::inline v0::redis
