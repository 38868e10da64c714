// The holds of one slot, by deadline. Used by the memory store, behind the slot's lock.
#pragma once

#include <tuple>
#include <utility>

#include "booking/detail/chunks.hpp"
#include "booking/detail/memory_records.hpp"

namespace booking::inline v0::detail {

/// A skew heap threaded through the cells of its bookings: it needs no memory of its own, and each
/// change costs O(log n), amortised. Two holds of one deadline order by id.
class HoldHeap {
 public:
  explicit HoldHeap(const Chunks<Cell>& cells) noexcept : cells_{cells} {}

  void insert(Ref& root, Ref hold) const noexcept {
    links(hold).left = links(hold).right = links(hold).parent = 0;
    root = merge(root, hold);
  }
  void erase(Ref& root, Ref hold) const noexcept {
    const Moved gone = links(hold);
    const Ref joined = merge(gone.left, gone.right);
    if (joined != 0) links(joined).parent = gone.parent;
    if (gone.parent == 0) {
      root = joined;
    } else if (Moved& above = links(gone.parent); above.left == hold) {
      above.left = joined;
    } else {
      above.right = joined;
    }
  }
  /// Visits every hold that ends at `now` or before. Costs as much as there are such holds.
  template <class Visit>
  void for_each_overdue(Ref root, std::int64_t now, Visit visit) const {
    const auto overdue = [&](Ref hold) { return hold != 0 && links(hold).hold_until <= now; };
    Ref from = 0;  // where the walk came from: above, left or right
    for (Ref at = overdue(root) ? root : 0; at != 0;) {
      const Moved& here = links(at);
      Ref next = here.parent;
      if (from == here.parent) {
        visit(at);
        next = overdue(here.left) ? here.left : overdue(here.right) ? here.right : here.parent;
      } else if (from == here.left && overdue(here.right)) {
        next = here.right;
      }
      from = at;
      at = next;
    }
  }

 private:
  Moved& links(Ref hold) const noexcept { return cells_[cells_[hold].record.moved].moved; }
  bool before(Ref a, Ref b) const noexcept {
    const Record& x = cells_[a].record;
    const Record& y = cells_[b].record;
    return std::tuple{links(a).hold_until, x.id_high, x.id_low} <
           std::tuple{links(b).hold_until, y.id_high, y.id_low};
  }
  // Down the right edges of both; each node met swaps its children.
  Ref merge(Ref a, Ref b) const noexcept {
    Ref root = 0;
    Ref parent = 0;
    while (a != 0 && b != 0) {
      if (before(b, a)) std::swap(a, b);
      (parent == 0 ? root : links(parent).left) = a;
      Moved& node = links(a);
      node.parent = parent;
      parent = a;
      a = std::exchange(node.right, node.left);
    }
    const Ref rest = a != 0 ? a : b;
    (parent == 0 ? root : links(parent).left) = rest;
    if (rest != 0) links(rest).parent = parent;
    return root;
  }

  const Chunks<Cell>& cells_;
};

}  // namespace booking::inline v0::detail
