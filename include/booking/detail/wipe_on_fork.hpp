// Memory that a forked child finds empty. Used for randomness, and to notice a fork.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#endif

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace booking::inline v0::detail {

/// A page of the system's, zeros at first and zeros again in a forked child. Null where the system
/// has no such thing (it needs Linux 4.14). Thread safety: a value that is not copied.
class WipedPage {
 public:
  static constexpr std::size_t size = 4096;

  WipedPage() noexcept {
#if defined(__linux__) && defined(MADV_WIPEONFORK)
    void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (madvise(page, size, MADV_WIPEONFORK) == 0) {
      page_ = page;
    } else {
      munmap(page, size);
    }
#endif
  }
  ~WipedPage() {
#if defined(__linux__)
    if (page_ != nullptr) munmap(page_, size);
#endif
  }
  WipedPage(const WipedPage&) = delete;
  WipedPage& operator=(const WipedPage&) = delete;

  void* get() const noexcept {
    return page_;
  }

 private:
  void* page_ = nullptr;
};

/// Says whether this process is a fork of the one that made it: one load. Where pages cannot be
/// wiped, it never says so.
class ForkCheck {
 public:
  ForkCheck() noexcept {
    if (auto* word = this->word()) std::atomic_ref{*word}.store(1, std::memory_order_relaxed);
  }
  bool forked() const noexcept {
    auto* word = this->word();
    return word != nullptr && std::atomic_ref{*word}.load(std::memory_order_relaxed) == 0;
  }

 private:
  std::uint32_t* word() const noexcept { return static_cast<std::uint32_t*>(page_.get()); }

  WipedPage page_;
};

#if defined(__linux__)
/// Random bytes of the system's, a kilobyte at a time: asking costs a call into the kernel. They
/// are kept in a page that a fork wipes, so parent and child never hand out the same ones. Thread
/// safety: one for each thread.
class Entropy {
 public:
  /// False: the system gave none.
  bool next(std::uint64_t& number) noexcept {
    auto* buffer = static_cast<Buffer*>(page_.get());
    if (buffer == nullptr) return getentropy(&number, sizeof number) == 0;
    if (buffer->left == 0) {
      const ssize_t got = getrandom(buffer->numbers, sizeof buffer->numbers, 0);
      if (got < static_cast<ssize_t>(sizeof number)) return false;
      buffer->left = static_cast<std::size_t>(got) / sizeof number;  // a signal may cut it short
    }
    number = buffer->numbers[--buffer->left];
    buffer->numbers[buffer->left] = 0;  // used up: nothing is left to be read from memory
    return true;
  }

 private:
  // Wiped means: nothing left.
  struct Buffer {
    std::size_t left;
    std::uint64_t numbers[128];
  };

  WipedPage page_;
};
#endif

}  // namespace booking::inline v0::detail
