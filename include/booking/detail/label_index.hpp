// The slots of one service, ordered by label. Used by the memory store.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "booking/detail/memory_records.hpp"

namespace booking::inline v0::detail {

/// Sorted blocks of up to 256: an insertion moves little, wherever it goes. Changed only while
/// nobody else is in the store.
class LabelIndex {
 public:
  struct Entry {
    SlotLabel label{};
    Ref slot = 0;
  };

 private:
  template <class Block>
  static auto lower_bound(Block& block, SlotLabel label) {
    return std::lower_bound(block.begin(), block.end(), label,
                            [](const Entry& e, SlotLabel wanted) { return e.label < wanted; });
  }

 public:
  /// Throws std::bad_alloc, then nothing has changed.
  void insert(SlotLabel label, Ref slot) {
    if (blocks_.empty()) blocks_.emplace_back();
    std::size_t at = block_of(label);
    if (blocks_[at].size() == most) {
      std::vector<Entry> upper(blocks_[at].begin() + most / 2, blocks_[at].end());
      upper.reserve(most);
      blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
      blocks_[at].resize(most / 2);
      at = block_of(label);
    }
    std::vector<Entry>& block = blocks_[at];
    block.insert(lower_bound(block, label), Entry{label, slot});
  }
  /// Takes out a label that is there.
  void erase(SlotLabel label) noexcept {
    const auto block = blocks_.begin() + static_cast<std::ptrdiff_t>(block_of(label));
    block->erase(lower_bound(*block, label));
    if (block->empty()) blocks_.erase(block);
  }
  /// Visits slots from `from` on, ascending, until `visit(entry)` answers false; whether it did.
  template <class Visit>
  bool for_each_from(SlotLabel from, Visit visit) const {
    if (blocks_.empty()) return true;
    for (std::size_t b = block_of(from); b < blocks_.size(); ++b) {
      for (auto at = lower_bound(blocks_[b], from); at != blocks_[b].end(); ++at) {
        if (!visit(*at)) return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t most = 256;

  /// The last block that begins at or before `label`; the first when there is none.
  std::size_t block_of(SlotLabel label) const {
    const auto behind = std::partition_point(
        blocks_.begin(), blocks_.end(),
        [&](const auto& block) { return block.empty() || block.front().label <= label; });
    return behind == blocks_.begin() ? 0 : static_cast<std::size_t>(behind - blocks_.begin()) - 1;
  }

  std::vector<std::vector<Entry>> blocks_;
};

}  // namespace booking::inline v0::detail
