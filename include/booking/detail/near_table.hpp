// What a process keeps near: a table of bounded size whose readers take no lock and wait for
// nobody. Private: used by ReadThroughCache.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/detail/thread_number.hpp"
#include "booking/ids.hpp"

namespace booking::inline v0::detail {

/// Notes who is reading. What was taken out of sight may be freed once each place has been seen
/// without a reader: whoever could still see it has left by then.
///
/// Thread safety: any thread.
class Readers {
  // A cache line for each place: one that all readers wrote would cost more than the answer.
  struct alignas(64) Count {
    std::atomic<std::uint32_t> readers{0};
    std::atomic<std::uint64_t> hits{0};
  };

 public:
  static constexpr std::size_t places = 32;

  class Reading {
   public:
    explicit Reading(Readers& readers) noexcept
        : count_{readers.counts_[thread_number() % places]} {
      count_.readers.fetch_add(1, std::memory_order_seq_cst);
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { count_.readers.fetch_sub(1, std::memory_order_release); }
    void found() noexcept { count_.hits.fetch_add(1, std::memory_order_relaxed); }

   private:
    Count& count_;
  };

  std::uint64_t hits() const noexcept {
    std::uint64_t sum = 0;
    for (const Count& count : counts_) sum += count.hits.load(std::memory_order_relaxed);
    return sum;
  }

  /// The places among `waiting` that have a reader now.
  std::uint32_t busy(std::uint32_t waiting) const noexcept {
    std::uint32_t still = 0;
    for (std::size_t i = 0; i < places; ++i) {
      const std::uint32_t bit = std::uint32_t{1} << i;
      if ((waiting & bit) == 0) continue;
      if (counts_[i].readers.load(std::memory_order_seq_cst) != 0) still |= bit;
    }
    return still;
  }

 private:
  std::array<Count, places> counts_{};
};

/// Values by id, each until an instant of its own (of `feed_now`). Readers see a value whole or not
/// at all. Thread safety: any thread; `read` never waits, the others for each other.
template <class Id, class Value>
class NearTable {
 public:
  struct Kept {
    Id id;
    std::string key;
    std::optional<Value> value;  // none: there is none
    std::int64_t born;           // when it was asked for
    std::int64_t ends;
    std::optional<std::chrono::milliseconds> age;  // at most, when it was born
  };
  /// Of a key, before it is asked for: what was kept meanwhile, and changed, is then not kept.
  using Ticket = std::uint64_t;

  explicit NearTable(std::size_t max_entries)
      : max_entries_{std::max<std::size_t>(max_entries, 1)},
        sets_(std::bit_ceil(std::max<std::size_t>(max_entries_ * 2 / set_size, 1))) {}
  NearTable(const NearTable&) = delete;
  NearTable& operator=(const NearTable&) = delete;
  ~NearTable() {
    for (Set& set : sets_) {
      for (auto& way : set.ways) delete way.load(std::memory_order_relaxed);
    }
  }

  /// Calls `visit(const Kept&)` for what is kept of an id at `now`; false: nothing is.
  template <class Visit>
  bool read(const Id& id, std::int64_t now, Visit visit) {
    Readers::Reading reading{readers_};
    for (auto& way : set_of(id).ways) {
      const Kept* const kept = way.load(std::memory_order_seq_cst);
      if (kept == nullptr || !(kept->id == id)) continue;
      if (kept->ends <= now) return false;
      reading.found();
      visit(*kept);
      return true;
    }
    return false;
  }

  /// How often there was something.
  std::uint64_t hits() const noexcept { return readers_.hits(); }

  Ticket ticket(std::string_view key) const noexcept {
    return turn(key).load(std::memory_order_acquire) + all_turn_.load(std::memory_order_acquire);
  }

  /// Keeps a value that was asked for after its key's ticket was taken; what is in its way goes.
  void keep(Kept kept, Ticket ticket) {
    auto fresh = std::make_unique<const Kept>(std::move(kept));
    const std::lock_guard lock{mutex_};
    if (this->ticket(fresh->key) != ticket) return;
    auto& way = way_for(*fresh);
    forget(way);
    if (by_key_.size() >= max_entries_) forget(*by_key_.find(*order_.front())->second.way);
    const auto at = by_key_.emplace(fresh->key, Place{&way, {}}).first;
    at->second.turn = order_.insert(order_.end(), &at->first);
    way.store(fresh.release(), std::memory_order_seq_cst);
    free_retired();
  }

  void changed(std::string_view key) {
    const std::lock_guard lock{mutex_};
    turn(key).fetch_add(1, std::memory_order_acq_rel);
    const auto at = by_key_.find(std::string{key});
    if (at != by_key_.end()) forget(*at->second.way);
    free_retired();
  }
  void changed_all() {
    const std::lock_guard lock{mutex_};
    all_turn_.fetch_add(1, std::memory_order_acq_rel);
    while (!by_key_.empty()) forget(*by_key_.begin()->second.way);
    free_retired();
  }

 private:
  // With room for twice as many as there may be, hardly a set is ever full.
  static constexpr std::size_t set_size = 8;
  static constexpr std::size_t turns = 1024;
  using Way = std::atomic<const Kept*>;
  struct alignas(64) Set {
    std::array<Way, set_size> ways{};
    std::size_t victim = 0;  // the way that goes next, under mutex_
  };
  using Order = std::list<const std::string*>;  // keys of by_key_, the oldest first
  struct Place {
    Way* way;
    Order::iterator turn;
  };
  struct Retired {
    std::unique_ptr<const Kept> kept;
    std::uint32_t waiting = ~std::uint32_t{0};  // places not yet seen without a reader
  };

  Set& set_of(const Id& id) { return sets_[mix(std::hash<Id>{}(id)) & (sets_.size() - 1)]; }
  std::atomic<std::uint64_t>& turn(std::string_view key) const noexcept {
    return turns_[std::hash<std::string_view>{}(key) % turns];
  }

  Way& way_for(const Kept& fresh) {
    Set& set = set_of(fresh.id);
    for (auto& way : set.ways) {
      const Kept* const kept = way.load(std::memory_order_relaxed);
      if (kept != nullptr && kept->id == fresh.id) return way;
    }
    for (auto& way : set.ways) {
      const Kept* const kept = way.load(std::memory_order_relaxed);
      if (kept == nullptr || kept->ends <= fresh.born) return way;
    }
    return set.ways[set.victim++ % set_size];
  }

  /// Takes what is in a way out of sight.
  void forget(Way& way) {
    const Kept* const kept = way.exchange(nullptr, std::memory_order_seq_cst);
    if (kept == nullptr) return;
    const auto at = by_key_.find(kept->key);
    order_.erase(at->second.turn);
    by_key_.erase(at);
    retired_.push_back({std::unique_ptr<const Kept>{kept}});
  }

  void free_retired() {
    if (retired_.empty()) return;
    // All of them are waiting for some of the places of the latest.
    const std::uint32_t busy = readers_.busy(~std::uint32_t{0});
    for (Retired& retired : retired_) retired.waiting &= busy;
    std::erase_if(retired_, [](const Retired& retired) { return retired.waiting == 0; });
  }

  Readers readers_;
  const std::size_t max_entries_;
  std::vector<Set> sets_;
  mutable std::array<std::atomic<std::uint64_t>, turns> turns_{};
  std::atomic<std::uint64_t> all_turn_{0};
  std::mutex mutex_;
  std::unordered_map<std::string, Place> by_key_;  // under mutex_, as the next two
  Order order_;
  std::vector<Retired> retired_;
};

}  // namespace booking::inline v0::detail
