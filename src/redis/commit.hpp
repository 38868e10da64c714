// A decision as commit.lua takes it: what must still be so, and what is then written. No I/O. Used
// by access.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "redis/changes.hpp"
#include "redis/facts.hpp"
#include "redis/writes.hpp"

namespace booking::inline v0::redis {

/// Keys and arguments of one run of commit.lua.
class Commit {
 public:
  Commit(const Facts& facts, const Changes& changes, const CommitTerms& terms);

  const std::vector<std::string_view>& keys() const noexcept { return key_views_; }
  const std::vector<std::string_view>& arguments() const noexcept { return argument_views_; }

 private:
  std::string number_of(const std::string& key);
  void argue(std::string text) { arguments_.push_back(std::move(text)); }
  void step(std::string_view name) { argue(std::string{name}); }
  /// A command's name, its key, how many arguments, and these.
  void command(const std::vector<std::string>& parts);

  void compare(const Facts& facts, const Changes& changes);
  void compare(const Fact& fact);
  void add_room(const SlotChange& change);
  void add(const Writes& writes);

  const Keys& keys_of_;
  const CommitTerms& terms_;
  std::vector<std::string> keys_{};
  std::map<std::string, std::size_t> numbers_{};
  std::vector<std::string> arguments_{};
  std::vector<std::string_view> key_views_{};
  std::vector<std::string_view> argument_views_{};
};

}  // namespace booking::inline v0::redis
