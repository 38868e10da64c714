// Names ordered by score, as a sorted set of Redis is. Used by the stores of counters and following
// in memory.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "booking/counter_store.hpp"

namespace booking::inline v0::detail {

/// Thread safety: one thread at a time.
class ScoredNames {
 public:
  /// Of a name that is in it; else none.
  std::optional<double> find(const std::string& name) const {
    const auto found = scores_.find(name);
    if (found == scores_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t size() const noexcept { return scores_.size(); }

  void set(const std::string& name, double score) {
    erase(name);
    order_.insert({name, score});
    scores_.emplace(name, score);
  }
  bool erase(const std::string& name) {
    const auto found = scores_.find(name);
    if (found == scores_.end()) return false;
    order_.erase({name, found->second});
    scores_.erase(found);
    return true;
  }

  /// The first, or those behind `after`, which need not be there.
  std::vector<Scored> page(const std::optional<Scored>& after, std::size_t most) const {
    std::vector<Scored> found;
    auto at = after ? order_.upper_bound(*after) : order_.begin();
    for (; at != order_.end() && found.size() < most; ++at) found.push_back(*at);
    return found;
  }

 private:
  struct HighestFirst {
    bool operator()(const Scored& a, const Scored& b) const noexcept {
      return a.score != b.score ? a.score > b.score : a.name > b.name;
    }
  };

  std::unordered_map<std::string, double> scores_;
  std::set<Scored, HighestFirst> order_;
};

}  // namespace booking::inline v0::detail
