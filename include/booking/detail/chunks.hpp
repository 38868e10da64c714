// A growing array whose elements never move. Used by the memory store.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace booking::inline v0::detail {

/// Elements by 32-bit index, in chunks of 1,024. A chunk's memory is touched only as it is used, so
/// growing costs the same small amount at any size.
///
/// Thread safety: elements may be read while others add chunks.
template <class T>
class Chunks {
 public:
  static constexpr std::uint32_t per_chunk = 1024;

  Chunks() = default;
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;
  ~Chunks() {
    for (std::uint32_t i = 0; i < size(); ++i) {
      ::operator delete (place(i).load(std::memory_order_relaxed), std::align_val_t{alignof(T)});
    }
    for (auto& leaf : leaves_) delete leaf.load(std::memory_order_relaxed);
  }

  [[gnu::always_inline]] T& operator[](std::uint32_t index) const noexcept {
    return place(index / per_chunk).load(std::memory_order_acquire)[index % per_chunk];
  }
  /// How many chunks there are.
  std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  /// Adds a chunk of raw memory, once `prepare(first element)` has set up what others may look at;
  /// its number. Throws std::bad_alloc, then nothing has changed.
  template <class Prepare>
  std::uint32_t add(Prepare prepare) {
    const std::lock_guard guard{mutex_};
    const std::uint32_t number = size_.load(std::memory_order_relaxed);
    if (number == leaf_size * leaf_size) no_room();
    auto& leaf = leaves_[number / leaf_size];
    if (leaf.load(std::memory_order_relaxed) == nullptr) {
      leaf.store(new Leaf{}, std::memory_order_release);
    }
    void* memory = ::operator new (sizeof(T) * per_chunk, std::align_val_t{alignof(T)});
    prepare(static_cast<T*>(memory));
    place(number).store(static_cast<T*>(memory), std::memory_order_release);
    size_.store(number + 1, std::memory_order_release);
    return number;
  }

 private:
  static constexpr std::uint32_t leaf_size = 2048;
  using Leaf = std::array<std::atomic<T*>, leaf_size>;

  [[noreturn]] static void no_room() {
#if defined(__cpp_exceptions)
    throw std::bad_alloc{};
#else
    std::abort();
#endif
  }
  [[gnu::always_inline]] std::atomic<T*>& place(std::uint32_t chunk) const noexcept {
    return (*leaves_[chunk / leaf_size].load(std::memory_order_acquire))[chunk % leaf_size];
  }

  std::mutex mutex_;
  std::atomic<std::uint32_t> size_{0};
  std::array<std::atomic<Leaf*>, leaf_size> leaves_{};
};

}  // namespace booking::inline v0::detail
