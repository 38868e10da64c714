// A decision as commit.lua takes it: what must still be so, and what is then written. No I/O. Used
// by store.
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

/// Besides the changes themselves.
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
};

/// Keys and arguments of one run of commit.lua.
class Commit {
 public:
  Commit(const Facts& facts, const Changes& changes, const CommitTerms& terms);

  const std::vector<std::string_view>& keys() const noexcept { return key_views_; }
  const std::vector<std::string_view>& arguments() const noexcept { return argument_views_; }

 private:
  using Texts = std::initializer_list<std::string_view>;

  std::string number_of(const std::string& key);
  void argue(std::string text) { arguments_.push_back(std::move(text)); }
  void list(Texts texts);
  void step(std::string_view name) { argue(std::string{name}); }
  void expect_type(const std::string& key, std::string_view type);
  void write(std::string_view command, const std::string& key, Texts arguments);
  /// A write to a zset that nothing else has looked at.
  void write_zset(std::string_view command, const std::string& key, Texts arguments);

  bool needs_room_only(const SlotChange& change) const;
  void compare(const Fact& fact);
  void add_room(const SlotChange& change);
  void add(const ServiceChange& change);
  void add(const SlotChange& change);
  void add(BookingId id, const BookingChange& change);
  void add_holds(const BookingChange& change);
  void add_claims(const ClaimPlace& place, std::vector<Claim> claims);
  void add_cuts();

  const Keys& keys_of_;
  const Changes& changes_;
  const CommitTerms& terms_;
  std::vector<std::string> keys_{};
  std::map<std::string, std::size_t> numbers_{};
  std::map<std::string, std::string_view> types_{};
  std::vector<std::string> arguments_{};
  std::vector<std::string_view> key_views_{};
  std::vector<std::string_view> argument_views_{};
};

}  // namespace booking::inline v0::redis
