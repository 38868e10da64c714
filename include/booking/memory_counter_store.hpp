// Counters, rankings and following in the memory of one process: for tests, and for hosts that need
// no server.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "booking/counter_store.hpp"
#include "booking/detail/counter_rules.hpp"
#include "booking/detail/scored_names.hpp"

namespace booking::inline v0 {

namespace detail {

class MemoryCounterStore final : public CounterStore {
 public:
  Result<Counts> get(const CounterSet& set, std::span<const std::string> names,
                     Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    const auto table = find(set);
    if (!table) return table.error();
    Counts counts;
    for (const std::string& name : names) {
      counts.values.push_back(*table == nullptr ? 0 : (*table)->count(name));
    }
    return counts;
  }

  Result<Incremented> increment(const CounterSet& set, const Increment& wanted,
                                Deadline /*deadline*/) override {
    return change(set, wanted, increment_counter);
  }

  Result<Corrected> correct(const CounterSet& set, const Correction& wanted,
                            Deadline /*deadline*/) override {
    return change(set, wanted, correct_counter);
  }

  Result<ScoredPage> page(const CounterSet& set, const std::optional<Scored>& after,
                          std::int32_t most, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    const auto table = find(set);
    if (!table) return table.error();
    if (set.kind != CounterSet::Kind::sorted_set) return wrong_type();
    ScoredPage page;
    if (*table != nullptr) page.items = (*table)->names.page(after, static_cast<std::size_t>(most));
    return page;
  }

 private:
  struct Table {
    CounterSet::Kind kind;
    ScoredNames names{};  // a score is a count
    std::unordered_map<std::string, std::optional<CounterLog>> logs{};

    std::int64_t count(const std::string& name) const {
      return static_cast<std::int64_t>(names.find(name).value_or(0));
    }
  };

  static Error wrong_type() {
    Error error;
    error.code = ErrorCode::broken_store;
    error.subject = Subject::store;
    error.detail = "this key holds another kind of counters";
    return error;
  }

  // Null: there is none.
  Result<Table*> find(const CounterSet& set) {
    const auto found = tables_.find(set.key);
    if (found == tables_.end()) return static_cast<Table*>(nullptr);
    if (found->second.kind != set.kind) return wrong_type();
    return &found->second;
  }

  template <class Wanted, class Rule>
  auto change(const CounterSet& set, const Wanted& wanted, Rule rule)
      -> decltype(rule(std::declval<std::int64_t&>(), std::declval<std::optional<CounterLog>&>(),
                       wanted)) {
    const std::lock_guard guard{mutex_};
    const auto found = find(set);
    if (!found) return found.error();
    Table& table = tables_.try_emplace(set.key, Table{.kind = set.kind}).first->second;
    std::int64_t count = table.count(wanted.name);
    auto done = rule(count, table.logs[wanted.name], wanted);
    if (done) table.names.set(wanted.name, static_cast<double>(count));
    return done;
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Table> tables_;
};

class MemoryFollowingStore final : public FollowingStore {
 public:
  Result<bool> add(const std::string& key, const Scored& added, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    ScoredNames& names = lists_[key];
    if (names.find(added.name)) return false;
    names.set(added.name, added.score);
    return true;
  }

  Result<bool> remove(const std::string& key, const std::string& name,
                      Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    const auto list = lists_.find(key);
    return list != lists_.end() && list->second.erase(name);
  }

  Result<Found> find(const std::string& key, const std::string& name,
                     Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    return Found{.score = list(key).find(name)};
  }

  Result<Size> size(const std::string& key, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    return Size{.value = static_cast<std::int64_t>(list(key).size())};
  }

  Result<ScoredPage> page(const std::string& key, const std::optional<Scored>& after,
                          std::int32_t most, Deadline /*deadline*/) override {
    const std::lock_guard guard{mutex_};
    return ScoredPage{.items = list(key).page(after, static_cast<std::size_t>(most))};
  }

 private:
  const ScoredNames& list(const std::string& key) const {
    static const ScoredNames none;
    const auto found = lists_.find(key);
    return found == lists_.end() ? none : found->second;
  }

  std::mutex mutex_;
  std::unordered_map<std::string, ScoredNames> lists_;
};

}  // namespace detail

/// Counters in memory. Callers take turns; none waits for anything else.
inline std::shared_ptr<CounterStore> memory_counter_store() {
  return std::make_shared<detail::MemoryCounterStore>();
}

/// Following in memory; the same.
inline std::shared_ptr<FollowingStore> memory_following_store() {
  return std::make_shared<detail::MemoryFollowingStore>();
}

}  // namespace booking::inline v0
