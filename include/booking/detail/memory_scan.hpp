// Bookings of the memory store in the order of their ids, a run at a time.
// Private: include booking/memory_store.hpp.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "booking/detail/memory_tables.hpp"

namespace booking::inline v0::detail {

/// Collects the ids next behind one, ascending or descending. Ids that are made as they are booked
/// lie in few chunks each, so a run costs little more than the heads of all chunks (some 10 ns per
/// thousand bookings); of ids without any order it costs a look at every booking.
class IdRun {
 public:
  IdRun(std::optional<BookingId> behind, query::Order order, std::size_t most)
      : behind_{behind}, ascending_{order == query::Order::ascending}, most_{most} {}

  /// Looks at one chunk; call it for all. Needs the caller's lane.
  void look_at(const Chunks<Cell>& cells, std::uint32_t chunk) {
    const Ref first = chunk * cells.per_chunk;
    ChunkHead& head = cells[first].head;
    const auto read = [](auto& value) {
      return std::atomic_ref{value}.load(std::memory_order_acquire);
    };
    const std::uint32_t used = read(head.used);
    const std::uint64_t near = ascending_ ? read(head.highest) : read(head.lowest);
    const std::uint64_t far = ascending_ ? read(head.lowest) : read(head.highest);
    const auto after = [this](std::uint64_t a, std::uint64_t b) {
      return ascending_ ? a > b : a < b;
    };
    if (behind_ && after(behind_->high(), near)) return;
    if (ids_.size() == most_ && after(far, ids_.front().high())) return;
    for (Ref ref = first + 1; ref < first + used; ++ref) {
      if (cells[ref].is_booking()) add(cells[ref].id());
    }
  }

  /// In order.
  std::vector<BookingId> take() && {
    std::sort(ids_.begin(), ids_.end(), [this](BookingId a, BookingId b) { return before(a, b); });
    return std::move(ids_);
  }

 private:
  bool before(BookingId a, BookingId b) const { return ascending_ ? a < b : b < a; }
  // A heap with the farthest id on top.
  void add(BookingId id) {
    const auto order = [this](BookingId a, BookingId b) { return before(a, b); };
    if (behind_ && !before(*behind_, id)) return;
    if (ids_.size() == most_) {
      if (!before(id, ids_.front())) return;
      std::pop_heap(ids_.begin(), ids_.end(), order);
      ids_.back() = id;
    } else {
      ids_.push_back(id);
    }
    std::push_heap(ids_.begin(), ids_.end(), order);
  }

  const std::optional<BookingId> behind_;
  const bool ascending_;
  const std::size_t most_;
  std::vector<BookingId> ids_;
};

}  // namespace booking::inline v0::detail
