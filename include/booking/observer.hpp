// A host's window into the library: what each call came to. Silent unless one is installed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "booking/error.hpp"

namespace booking::inline v0 {

/// One finished call of SlotInventory.
struct CallEvent {
  std::string_view operation;         ///< "book", "cancel", …; lives as long as the program
  const Error* error = nullptr;       ///< nullptr: it succeeded; valid during the callback
  std::chrono::nanoseconds duration;  ///< including waits and retries
  std::int32_t attempts = 1;
};

/// One attempt that will be repeated.
struct RetryEvent {
  std::string_view operation;
  const Error* error = nullptr;  ///< why; valid during the callback
  std::int32_t attempt = 1;
  std::chrono::nanoseconds pause;  ///< until the next attempt
};

/// Derive and pass it in InventoryOptions. Called under no lock, on the calling thread; it may call
/// back into the inventory. Thread safety: called from any thread, several at once.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_call(const CallEvent& /*event*/) noexcept {}
  virtual void on_retry(const RetryEvent& /*event*/) noexcept {}
};

/// Counts since the inventory was made. A snapshot; the numbers need not fit each other exactly.
struct Stats {
  std::uint64_t done = 0;       ///< calls that succeeded
  std::uint64_t refused = 0;    ///< by kind of error
  std::uint64_t transient = 0;  ///< by kind of error
  std::uint64_t unknown = 0;    ///< by kind of error
  std::uint64_t caller = 0;     ///< by kind of error
  std::uint64_t broken = 0;     ///< by kind of error
  std::uint64_t retries = 0;    ///< attempts that were repeated
};

}  // namespace booking::inline v0
