// A small number for each thread, so that threads can keep out of each other's cache lines.
#pragma once

#include <atomic>
#include <cstddef>

namespace booking::inline v0::detail {

/// 0, 1, 2 … in the order in which threads first ask.
inline std::size_t thread_number() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

}  // namespace booking::inline v0::detail
