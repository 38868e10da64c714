// Where the memory store's cells and the texts of its users come from.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

#include "booking/detail/chunks.hpp"
#include "booking/detail/memory_records.hpp"

namespace booking::inline v0::detail {

/// All cells. Each lane takes them from a part of its own, mostly a chunk it fills alone; cells
/// given back go to everybody.
class CellPool {
 public:
  /// A lane's own cells; behind the lane's lock.
  struct Part {
    Ref next = 0;
    Ref end = 0;
    Ref free = 0;
    std::uint32_t spare = 0;  // how many `free` leads to
  };

  const Chunks<Cell>& cells() const noexcept { return cells_; }
  Cell& operator[](Ref ref) const noexcept { return cells_[ref]; }

  /// Makes sure that `wanted` cells, a few, can be taken. Throws std::bad_alloc.
  void reserve(Part& part, std::uint32_t wanted) {
    if (part.end - part.next + part.spare < wanted) refill(part, wanted);
  }
  /// Takes a cell that was reserved.
  Ref take(Part& part) noexcept {
    if (part.free != 0) {
      const Ref ref = part.free;
      part.free = cells_[ref].slot;
      --part.spare;
      return ref;
    }
    return take_new(part);
  }
  void give_back(Ref ref) noexcept {
    cells_[ref].kind.store(cell_free, std::memory_order_release);
    const std::lock_guard guard{mutex_};
    cells_[ref].slot = free_;
    free_ = ref;
  }

  /// Notes an id that its chunk now holds.
  void note(Ref ref, std::uint64_t id_high) noexcept {
    ChunkHead& chunk = head(ref);
    lower(chunk.lowest, id_high);
    raise(chunk.highest, id_high);
  }

 private:
  static constexpr std::uint32_t handful = 64;

  ChunkHead& head(Ref ref) const noexcept { return cells_[ref - ref % cells_.per_chunk].head; }

  static void lower(std::uint64_t& bound, std::uint64_t value) noexcept {
    std::atomic_ref at{bound};
    std::uint64_t seen = at.load(std::memory_order_relaxed);
    while (value < seen && !at.compare_exchange_weak(seen, value)) {
    }
  }
  static void raise(std::uint64_t& bound, std::uint64_t value) noexcept {
    std::atomic_ref at{bound};
    std::uint64_t seen = at.load(std::memory_order_relaxed);
    while (value > seen && !at.compare_exchange_weak(seen, value)) {
    }
  }
  static void keep(Part& part, Cell& cell, Ref ref) noexcept {
    cell.slot = part.free;
    part.free = ref;
    ++part.spare;
  }

  void refill(Part& part, std::uint32_t wanted) {
    {
      const std::lock_guard guard{mutex_};
      while (free_ != 0 && part.spare < handful) {
        const Ref ref = free_;
        free_ = cells_[ref].slot;
        keep(part, cells_[ref], ref);
      }
    }
    if (part.end - part.next + part.spare >= wanted) return;
    const std::uint32_t number = cells_.add([](Cell* first) {
      new (first) Cell{};
      first->head = ChunkHead{};
    });
    while (part.next != part.end) {
      const Ref ref = take_new(part);
      keep(part, cells_[ref], ref);
    }
    part.next = number * cells_.per_chunk + 1;
    part.end = (number + 1) * cells_.per_chunk;
  }
  Ref take_new(Part& part) noexcept {
    const Ref ref = part.next++;
    Cell* cell = new (&cells_[ref]) Cell{};
    __builtin_prefetch(cell + 4, 1);  // bookings to come
    std::atomic_ref{head(ref).used}.store(ref % cells_.per_chunk + 1, std::memory_order_release);
    return ref;
  }

  Chunks<Cell> cells_;
  std::mutex mutex_;
  Ref free_ = 0;
};

/// The texts of users that have bookings, each once, in steps of eight bytes.
class UserTexts {
 public:
  struct Part {
    Ref next = 0;
    Ref end = 0;
  };

  std::string_view operator[](std::uint64_t place) const noexcept {
    const auto* bytes = reinterpret_cast<const char*>(&words_[static_cast<Ref>(place)]);
    return {bytes + 1, static_cast<unsigned char>(bytes[0])};
  }
  /// Keeps a text of 1 to 47 bytes; its place. Throws std::bad_alloc, then nothing has changed.
  std::uint64_t add(Part& part, std::string_view text) {
    const std::uint32_t size = words(text);
    Ref place = reuse(size);
    if (place == 0) place = fresh(part, size);
    auto* bytes = reinterpret_cast<char*>(&words_[place]);
    bytes[0] = static_cast<char>(text.size());
    std::memcpy(bytes + 1, text.data(), text.size());
    return place;
  }
  void erase(std::uint64_t place) noexcept {
    const std::uint32_t size = words((*this)[place]);
    const std::lock_guard guard{mutex_};
    words_[static_cast<Ref>(place)] = free_[size].load(std::memory_order_relaxed);
    free_[size].store(static_cast<Ref>(place), std::memory_order_relaxed);
  }

 private:
  static std::uint32_t words(std::string_view text) noexcept {
    return static_cast<std::uint32_t>(text.size() / 8 + 1);
  }
  Ref reuse(std::uint32_t size) noexcept {
    if (free_[size].load(std::memory_order_relaxed) == 0) return 0;
    const std::lock_guard guard{mutex_};
    const Ref place = free_[size].load(std::memory_order_relaxed);
    if (place != 0) free_[size].store(static_cast<Ref>(words_[place]), std::memory_order_relaxed);
    return place;
  }
  Ref fresh(Part& part, std::uint32_t size) {
    if (part.end - part.next < size) {
      const std::uint32_t number = words_.add([](std::uint64_t*) {});
      part.next = number * words_.per_chunk + (number == 0 ? 1 : 0);  // place 0 is none
      part.end = (number + 1) * words_.per_chunk;
    }
    const Ref place = part.next;
    part.next += size;
    return place;
  }

  Chunks<std::uint64_t> words_;
  std::mutex mutex_;
  std::array<std::atomic<Ref>, 7> free_{};  // by size
};

}  // namespace booking::inline v0::detail
