// Commands as twin.lua takes them, many in one run, and what it answers. No I/O. Used by store.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "booking/command.hpp"
#include "redis/facts.hpp"
#include "redis/reply.hpp"

namespace booking::inline v0::redis {

/// Book, Hold, Confirm and Cancel have one.
bool has_twin(const Command& command);

/// Keys and arguments of one run, behind those that every run begins with.
class TwinRun {
 public:
  explicit TwinRun(const Keys& keys) : keys_of_{&keys} {}

  /// False: it must go with a later run, because its user or booking has a command in this one.
  bool add(const Command& command);

  const std::vector<std::string>& keys() const noexcept { return keys_; }
  const std::vector<std::string>& arguments() const noexcept { return arguments_; }

 private:
  const Keys* keys_of_;
  std::vector<std::string> keys_{};
  std::vector<std::string> arguments_{};
  std::set<std::string> taken_{};
};

/// The booking, when the command was carried out. Text that is none counts as not valid.
std::optional<Booking> carried_out(const Command& command, const Reply& reply);

/// What was seen of a command that was not carried out; false: nothing.
bool take_facts(const Command& command, Reply reply, Facts& facts);

}  // namespace booking::inline v0::redis
