// What all operations of SlotInventory share: the deadline, the lock, the retry loop, the counting.
// Private: include booking/slot_inventory.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/detail/retry_loop.hpp"
#include "booking/lock.hpp"
#include "booking/observer.hpp"
#include "booking/options.hpp"
#include "booking/requests.hpp"
#include "booking/store.hpp"

namespace booking::inline v0::detail {

[[noreturn]] inline void bad_construction(const char* what) {
#if defined(__cpp_exceptions)
  throw std::invalid_argument{what};
#else
  static_cast<void>(what);
  std::abort();
#endif
}

class InventoryCore {
 public:
  InventoryCore(std::shared_ptr<Store> store, std::shared_ptr<Lock> lock, InventoryOptions options)
      : store_{std::move(store)}, lock_{std::move(lock)}, options_{std::move(options)} {
    if (!store_) bad_construction("booking::SlotInventory: the store is null");
    if (!timeout_in_range(options_.timeout)) {
      bad_construction("booking::SlotInventory: the timeout must be above 0 and at most 1 hour");
    }
    const RetryPolicy& retry = options_.retry;
    if (retry.attempts < 1 || retry.first_pause.count() < 0 ||
        retry.first_pause > retry.longest_pause || !timeout_in_range(retry.longest_pause)) {
      bad_construction("booking::SlotInventory: the retry policy is out of range");
    }
    if (!options_.clock) options_.clock = std::make_shared<Clock>();
    if (!options_.random) options_.random = std::make_shared<Random>();
  }

  /// Runs one call of the facade from check to count. `body(deadline, attempts)` returns a Result.
  template <class Body>
  auto call(std::string_view operation, const CallOptions& options, BookingId id, Body body)
      -> std::invoke_result_t<Body, Deadline, std::int32_t&> {
    const auto started = options_.clock->steady_now();
    std::int32_t attempts = 1;
    auto result = [&]() -> std::invoke_result_t<Body, Deadline, std::int32_t&> {
      const auto timeout = options.timeout.value_or(options_.timeout);
      if (!timeout_in_range(timeout)) {
        return invalid(Subject::request, "a timeout must be above 0 and at most 1 hour", id);
      }
      if (stop_.load(std::memory_order_relaxed)) return shut_down();
      return body(Deadline{*options_.clock, timeout, &stop_}, attempts);
    }();
    if (!result && !result.error().booking.valid()) result.error().booking = id;
    const Error* error = result ? nullptr : &result.error();
    count(error);
    if (options_.observer) {
      options_.observer->on_call({.operation = operation,
                                  .error = error,
                                  .duration = options_.clock->steady_now() - started,
                                  .attempts = attempts});
    }
    return result;
  }

  /// One command under its lock, repeated while that is safe and useful.
  Result<Outcome> execute(std::string_view operation, const Command& command,
                          std::span<const SlotKey> slots, Deadline deadline,
                          std::int32_t& attempts) {
    const auto attempt = [&]() -> Result<Outcome> {
      if (stop_.load(std::memory_order_relaxed)) return shut_down();
      Result<Lease> lease = enter(slots, deadline);
      if (!lease) return lease.error();
      return store_->execute(command, deadline);
    };
    const auto tell = [&](const Error& error, std::int32_t number, std::chrono::nanoseconds pause) {
      retries_.fetch_add(1, std::memory_order_relaxed);
      if (options_.observer) {
        options_.observer->on_retry(
            {.operation = operation, .error = &error, .attempt = number, .pause = pause});
      }
    };
    return retry_loop(options_.retry, deadline, *options_.clock, *options_.random, attempts,
                      attempt, tell);
  }

  Result<Lease> enter(std::span<const SlotKey> slots, const Deadline& deadline) {
    if (!lock_ || slots.empty()) return Lease{};
    return lock_->enter(slots, deadline);
  }

  /// The slots of these bookings, for the lock; nothing is read when there is no lock.
  Result<std::vector<SlotKey>> slots_to_lock(std::span<const BookingId> ids, Deadline deadline) {
    std::vector<SlotKey> slots;
    if (!lock_) return slots;
    for (const BookingId id : ids) {
      Result<std::optional<Booking>> found =
          read<std::optional<Booking>>(query::FindBooking{id}, deadline);
      if (!found) return found.error();
      if (*found) slots.push_back((*found)->slot);  // an unknown id is for the rules to refuse
    }
    return slots;
  }

  /// A query's answer, as the type that command.hpp promises for it.
  template <class T>
  Result<T> read(const Query& query, Deadline deadline) {
    Result<Answer> answer = store_->read(query, deadline);
    if (!answer) return std::move(answer).error();
    if (T* value = std::get_if<T>(&*answer)) return std::move(*value);
    Error error;
    error.detail = "the store answered a query with the wrong type";
    return error;
  }

  BookingId new_id() { return BookingId::generate(*options_.clock, *options_.random); }

  Store& store() { return *store_; }

  void count(const Error* error) noexcept {
    const std::size_t at = error == nullptr ? 0 : 1 + static_cast<std::size_t>(error->kind());
    counts_[at].fetch_add(1, std::memory_order_relaxed);
  }

  Stats stats() const noexcept {
    const auto of = [&](ErrorKind kind) {
      return counts_[1 + static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
    };
    return {.done = counts_[0].load(std::memory_order_relaxed),
            .refused = of(ErrorKind::refused),
            .transient = of(ErrorKind::transient),
            .unknown = of(ErrorKind::unknown),
            .caller = of(ErrorKind::caller),
            .broken = of(ErrorKind::broken),
            .retries = retries_.load(std::memory_order_relaxed)};
  }

  void shutdown() noexcept { stop_.store(true, std::memory_order_relaxed); }

 private:
  static bool timeout_in_range(std::chrono::milliseconds timeout) {
    return timeout.count() > 0 && timeout <= max_timeout;
  }
  static Error shut_down() {
    Error error;
    error.code = ErrorCode::unavailable;
    error.detail = "the inventory was shut down";
    return error;
  }

  std::shared_ptr<Store> store_;
  std::shared_ptr<Lock> lock_;
  InventoryOptions options_;
  std::atomic<bool> stop_{false};
  std::array<std::atomic<std::uint64_t>, 6> counts_{};  // done, then one for each ErrorKind
  std::atomic<std::uint64_t> retries_{0};
};

}  // namespace booking::inline v0::detail
