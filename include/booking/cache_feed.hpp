// The seam under a near cache: word of every change that others make to keys. Used by
// ReadThroughCache.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace booking::inline v0 {

/// Tells of changes of a cache store's keys, and until when it is sure that it has told of all.
/// Derive to bring your own.
///
/// Thread safety: every member may be called from any thread.
class CacheFeed {
 public:
  /// What is told. Called from a thread of the feed's; must not call back into it. `changed`: this
  /// key may have another value now. `doubt`: any key may.
  struct Listener {
    std::function<void(std::string_view key)> changed{};
    std::function<void()> doubt{};
  };

  virtual ~CacheFeed() = default;

  /// From now on `listener` is told; until `forget`, which returns when nobody is telling it.
  virtual std::uint64_t listen(Listener listener) = 0;
  virtual void forget(std::uint64_t listener) = 0;

  /// Whether changes of this key are told of at all; what is not is never kept near.
  virtual bool covers(std::string_view key) const noexcept = 0;
  /// Until when everything that was told of so far is all there is, in nanoseconds of a clock that
  /// goes on while the machine sleeps (feed_now). In the past: not sure at all. Does not block.
  virtual std::int64_t sure_until() const noexcept = 0;
};

/// The clock of `sure_until`. Does not block.
std::int64_t feed_now() noexcept;

}  // namespace booking::inline v0

#include "booking/detail/feed_clock.hpp"
