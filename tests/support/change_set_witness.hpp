// A Redis store with a change set, and somebody who compares all keys before and after each command
// with what the change set says was written. Used by the model and redis tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "booking/store.hpp"
#include "support/redis_server.hpp"

namespace booking_test {

// Thread safety: one thread at a time, and nobody else changes the inventory meanwhile.
class ChangeSetWitness final : public booking::Store {
 public:
  // The inventory's prefix is `booking`, and nothing else is on the server.
  ChangeSetWitness(const RedisServer& server, std::shared_ptr<booking::Store> store)
      : server_{server}, store_{std::move(store)} {}

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    auto outcome = store_->execute(command, deadline);
    look();
    return outcome;
  }
  std::vector<booking::Result<booking::Outcome>> execute_each(
      std::span<const booking::Command> commands, booking::Deadline deadline) override {
    auto outcomes = store_->execute_each(commands, deadline);
    look();
    return outcomes;
  }
  booking::Result<booking::Answer> read(const booking::Query& query,
                                        booking::Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  struct State {
    std::int64_t seq = 0;
    std::int64_t trimmed = 0;
    std::int64_t left = 0;
    std::map<std::string, std::string> records{};  // and a digest of each
  };

  std::int64_t number(std::initializer_list<std::string_view> command) const {
    return std::stoll(server_.ask(command));
  }

  // Keys that follow from records. A kind that is neither is one that nobody thought of here.
  static bool is_index(std::string_view name) {
    constexpr std::array<std::string_view, 6> whole = {"seq", "trimmed", "changes",
                                                       "due", "times",   "services"};
    constexpr std::array<std::string_view, 6> kinds = {"slots:", "h:", "sb:", "u:", "f:", "t:"};
    const auto is = [&](std::string_view one) { return name == one; };
    const auto begins = [&](std::string_view kind) { return name.starts_with(kind); };
    return name == "x" || std::any_of(whole.begin(), whole.end(), is) ||
           std::any_of(kinds.begin(), kinds.end(), begins);
  }
  static bool is_record(std::string_view name) {
    return name == "gate" || name == "policy" || name == "relied" || name.starts_with("v:") ||
           name.starts_with("s:") || name.starts_with("b:");
  }

  State state() const {
    State state{.seq = number({"GET", "{booking}:seq"}),
                .trimmed = number({"GET", "{booking}:trimmed"}),
                .left = number({"LLEN", "{booking}:changes"})};
    std::istringstream words{server_.ask(
        {"EVAL",
         "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
         "if redis.call('PTTL', key) == -1 then all[#all + 1] = string.sub(key, 11) "
         "local text = redis.call('TYPE', key).ok == 'string' and redis.call('GET', key) or '' "
         "all[#all + 1] = redis.sha1hex(text) end end return all",
         "0"})};
    for (std::string name, digest; words >> name >> digest;) {
      if (is_record(name) == is_index(name)) FAIL("a key of no known kind: " << name);
      if (is_record(name)) state.records[name] = digest;
    }
    return state;
  }

  void look() {
    State now = state();
    CHECK(now.trimmed + now.left == now.seq);
    std::set<std::string> changed;
    for (const auto& [name, digest] : now.records) {
      const auto at = before_.records.find(name);
      if (at == before_.records.end() || at->second != digest) changed.insert(name);
    }
    for (const auto& [name, digest] : before_.records) {
      if (!now.records.contains(name)) changed.insert(name);
    }
    const std::string first = std::to_string(before_.seq - now.trimmed);
    std::istringstream words{server_.ask({"LRANGE", "{booking}:changes", first, "-1"})};
    std::set<std::string> named{std::istream_iterator<std::string>{words}, {}};
    if (!changed.contains("relied")) named.erase("relied");  // it never goes back
    const auto spelt = [](const std::set<std::string>& names) {
      std::string text;
      for (const std::string& name : names) text += name + " ";
      return text;
    };
    CHECK(spelt(named) == spelt(changed));
    before_ = std::move(now);
  }

  const RedisServer& server_;
  const std::shared_ptr<booking::Store> store_;
  State before_ = state();
};

}  // namespace booking_test
