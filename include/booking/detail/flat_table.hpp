// A small open-addressing hash table, and many of them as one large one. Used by the memory store.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "booking/detail/stripe_lock.hpp"

namespace booking::inline v0::detail {

/// Entries in one array, found by the 32-bit `tag` they carry. `Entry` is trivially copyable; a
/// default-made one is `empty()`. Thread safety: one thread at a time.
template <class Entry>
class FlatTable {
 public:
  /// The entry with this tag for which `same(entry)` holds; nullptr: there is none.
  template <class Same>
  Entry* find(std::uint32_t tag, Same same) const noexcept {
    if (capacity_ == 0) return nullptr;
    for (std::uint32_t at = home(tag); !entries_[at].empty(); at = behind(at)) {
      if (entries_[at].tag == tag && same(entries_[at])) return &entries_[at];
    }
    return nullptr;
  }
  /// Makes room for one more. Throws std::bad_alloc, then nothing has changed.
  void reserve() {
    if (size_ >= capacity_ / 5 * 4) grow();
  }
  /// Needs room.
  Entry& insert(const Entry& entry) noexcept {
    std::uint32_t at = home(entry.tag);
    while (!entries_[at].empty()) at = behind(at);
    ++size_;
    return entries_[at] = entry;
  }
  void erase(Entry* entry) noexcept {
    auto hole = static_cast<std::uint32_t>(entry - entries_.get());
    for (std::uint32_t at = behind(hole); !entries_[at].empty(); at = behind(at)) {
      // An entry may move to the hole unless that lies before its home.
      const std::uint32_t to_home = distance(home(entries_[at].tag), at);
      if (to_home < distance(hole, at)) continue;
      entries_[hole] = entries_[at];
      hole = at;
    }
    entries_[hole] = Entry{};
    --size_;
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t at = 0; at < capacity_; ++at) {
      if (!entries_[at].empty()) visit(entries_[at]);
    }
  }
  void prefetch(std::uint32_t tag) const noexcept {
    if (capacity_ != 0) __builtin_prefetch(&entries_[home(tag)], 1);
  }

 private:
  std::uint32_t home(std::uint32_t tag) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{tag} * capacity_ >> 32);
  }
  std::uint32_t behind(std::uint32_t at) const noexcept { return at + 1 == capacity_ ? 0 : at + 1; }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const noexcept {
    return to >= from ? to - from : to + capacity_ - from;
  }
  void grow() {
    FlatTable larger;
    larger.capacity_ = capacity_ < 10 ? 10 : capacity_ / 2 * 3;
    larger.entries_ = std::make_unique<Entry[]>(larger.capacity_);
    for_each([&](const Entry& entry) { larger.insert(entry); });
    *this = std::move(larger);
  }

  std::unique_ptr<Entry[]> entries_;
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
};

/// A large table made of many small ones, each behind its own lock: none is ever so large that
/// growing it would be felt: at ten million entries some ten microseconds.
template <class Entry>
class ShardedTable {
 public:
  struct alignas(64) Shard {
    StripeLock lock;
    FlatTable<Entry> table;
  };
  static constexpr std::size_t count = 1024;

  ShardedTable() : shards_{std::make_unique<Shard[]>(count)} {}

  Shard& operator[](std::uint64_t hash) const noexcept { return shards_[hash >> 54]; }
  Shard& at(std::size_t number) const noexcept { return shards_[number]; }
  static constexpr std::uint32_t tag(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash);
  }
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&(*this)[hash], 1); }

 private:
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace booking::inline v0::detail
