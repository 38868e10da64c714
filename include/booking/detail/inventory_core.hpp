// What all operations of SlotInventory share: the deadline, the lock, the epoch, the retry loop,
// the counting. Private: include booking/slot_inventory.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "booking/detail/cache_core.hpp"
#include "booking/detail/checks.hpp"
#include "booking/detail/retry_loop.hpp"
#include "booking/detail/thread_number.hpp"
#include "booking/detail/wipe_on_fork.hpp"
#include "booking/lock.hpp"
#include "booking/observer.hpp"
#include "booking/options.hpp"
#include "booking/requests.hpp"
#include "booking/store.hpp"

namespace booking::inline v0::detail {

/// `user:{id}:booking`; empty for an id that is not valid.
inline std::string current_booking_key(const UserId& user) {
  return user.valid() ? "user:" + to_string(user) + ":booking" : std::string{};
}

/// Whose current booking a command may change: users it names, and bookings whose users are to be
/// looked up.
struct Affected {
  std::vector<UserId> users{};
  std::vector<BookingId> bookings{};
};
inline Affected affected_by(const Command& command) {
  Affected affected;
  const auto note = [&affected](const auto& body) {
    using Body = std::remove_cvref_t<decltype(body)>;
    if constexpr (std::is_same_v<Body, command::Book> || std::is_same_v<Body, command::Hold>) {
      affected.users.push_back(body.request.user);
    } else if constexpr (std::is_same_v<Body, command::BookAll>) {
      for (const BookRequest& request : body.requests) affected.users.push_back(request.user);
    } else if constexpr (std::is_same_v<Body, command::CancelAll>) {
      affected.bookings = body.ids;
    } else if constexpr (requires { body.request.id; }) {
      affected.bookings.push_back(body.request.id);
    }
  };
  std::visit(note, command.body);
  return affected;
}

/// Marks a command as asking again, so that a refusal is final for its ids. False: the command
/// cannot be asked again safely.
inline bool ask_again(Command& command) {
  if (auto* book = std::get_if<command::Book>(&command.body)) book->request.again = true;
  if (auto* hold = std::get_if<command::Hold>(&command.body)) hold->request.again = true;
  if (auto* to = std::get_if<command::Reschedule>(&command.body)) to->request.again = true;
  if (auto* all = std::get_if<command::BookAll>(&command.body)) {
    for (BookRequest& request : all->requests) request.again = true;
  }
  // A compare-and-set that took effect looks like one that lost.
  return !std::holds_alternative<command::SetGate>(command.body);
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
    const BookingCacheOptions& cache = options_.booking_cache;
    if (!cache.store) return;
    booking_cache_ = std::make_unique<CacheCore>(
        cache.store, CacheOptions{.ttl = cache.ttl,
                                  .missing = cache.missing,
                                  .timeout = options_.timeout,
                                  .store_timeout = cache.store_timeout,
                                  // A marker is no load to wait for: who meets one reads the store.
                                  .lease_wait = std::chrono::milliseconds{0},
                                  .max_loads = cache.max_loads,
                                  .clock = options_.clock,
                                  .random = options_.random,
                                  .observer = cache.observer});
  }

  /// Runs one call of the facade from check to count. `body(deadline, attempts)` returns a Result.
  template <class Body>
  auto call(std::string_view operation, const CallOptions& options, BookingId id, Body body)
      -> std::invoke_result_t<Body, Deadline, std::int32_t&> {
    const auto started =
        options_.observer ? options_.clock->steady_now() : std::chrono::steady_clock::time_point{};
    std::int32_t attempts = 1;
    auto result = [&]() -> std::invoke_result_t<Body, Deadline, std::int32_t&> {
      // What other threads held at the fork stays held here for ever: nothing is touched.
      if (fork_check_.forked()) return forked();
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

  /// Of BookingCache; nullptr: there is none.
  CacheCore* booking_cache() noexcept { return booking_cache_.get(); }

  /// Does what changes users' current bookings, keeping the cache of those from answering what was
  /// before: `change()` returns whether nothing more of it can happen.
  template <class Change>
  Result<void> change_bookings(std::span<const Command> commands, const Deadline& deadline,
                               Change change) {
    if (!booking_cache_) {
      change();
      return Result<void>::success();
    }
    auto keys = cached_keys(commands, deadline);
    if (!keys) return std::move(keys).error();
    // A command that was lost on its way is refused when it arrives later than that.
    const auto life = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()) +
                      not_after_slack + std::chrono::seconds{5};
    const auto marked = booking_cache_->begin_change(*std::move(keys), life, deadline);
    const bool settled = change();
    // Its time may be up; the cache is to be told nevertheless.
    booking_cache_->end_change(marked, settled,
                               Deadline{*options_.clock, options_.booking_cache.store_timeout * 2});
    return Result<void>::success();
  }

  /// One command under its lock, repeated while that is safe and useful.
  Result<Outcome> execute(std::string_view operation, Command& command,
                          std::span<const SlotKey> slots, Deadline deadline,
                          std::int32_t& attempts) {
    if (!booking_cache_) return execute_uncached(operation, command, slots, deadline, attempts);
    Result<Outcome> result;
    const auto begun = change_bookings({&command, 1}, deadline, [&] {
      result = execute_uncached(operation, command, slots, deadline, attempts);
      return result || result.error().code != ErrorCode::outcome_unknown;
    });
    return begun ? std::move(result) : Result<Outcome>{begun.error()};
  }

  /// `execute` of what change_bookings was told of.
  Result<Outcome> execute_uncached(std::string_view operation, Command& command,
                                   std::span<const SlotKey> slots, Deadline deadline,
                                   std::int32_t& attempts) {
    Error unknown;
    const auto attempt = [&]() -> Result<Outcome> {
      if (stop_.load(std::memory_order_relaxed)) return shut_down();
      Result<Lease> lease = enter(slots, deadline);
      if (!lease) return lease.error();
      command.guard.lease = lease->number();
      if (auto known = set_guard(command, deadline); !known) return known.error();
      return at_current_epoch(command, deadline);
    };
    const auto before_pause = [&](const Error& error, std::int32_t number,
                                  std::chrono::nanoseconds pause) {
      if (error.code == ErrorCode::outcome_unknown) unknown = error;
      if (error.code == ErrorCode::outcome_unknown && !ask_again(command)) return false;
      own_counts().retries.fetch_add(1, std::memory_order_relaxed);
      if (options_.observer) {
        options_.observer->on_retry(
            {.operation = operation, .error = &error, .attempt = number, .pause = pause});
      }
      return true;
    };
    auto result = retry_loop(options_.retry, deadline, *options_.clock, *options_.random, attempts,
                             attempt, before_pause);
    // "Nothing happened" of a later attempt says nothing about the one that was lost.
    const bool lost = unknown.code == ErrorCode::outcome_unknown;
    if (!result && lost && result.error().kind() == ErrorKind::transient) result = unknown;
    return result;
  }

  Result<Lease> enter(std::span<const SlotKey> slots, const Deadline& deadline) {
    if (!lock_ || slots.empty()) return Lease{};
    return lock_->enter(slots, deadline);
  }

  /// Sends a command with what is known of the store's epoch and time. Where that has moved on, it
  /// is read anew and the command sent again, once.
  Result<Outcome> at_current_epoch(Command& command, const Deadline& deadline) {
    auto result = store_->execute(command, deadline);
    const bool refused = !result && (result.error().code == ErrorCode::maintenance ||
                                     result.error().code == ErrorCode::timeout);
    if (refused && !deadline.expired() && moved_on(command, deadline)) {
      result = store_->execute(command, deadline);
    }
    return result;
  }

  /// Reads epoch and time anew. True: the store is open, and not as the command took it to be.
  bool moved_on(Command& command, const Deadline& deadline) {
    const Guard before = command.guard;
    const auto gate = learn_gate(deadline);
    if (!gate || gate->gate.phase != Gate::Phase::open) return false;
    if (!set_guard(command, deadline)) return false;
    return command.guard.epoch != before.epoch ||
           command.guard.not_after > before.not_after + std::chrono::seconds{1};
  }

  /// Epoch as last seen; not_after = store time at the deadline + 60 s.
  Result<void> set_guard(Command& command, const Deadline& deadline) {
    if (epoch_.load(std::memory_order_acquire) == 0) {
      if (auto learned = learn_gate(deadline); !learned) return learned.error();
    }
    command.guard.epoch = epoch_.load(std::memory_order_acquire);
    const std::chrono::milliseconds ahead{store_ahead_.load(std::memory_order_relaxed)};
    command.guard.not_after = Instant{steady_ms(deadline.at()) + ahead + not_after_slack};
    return Result<void>::success();
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

  Result<Instant> store_time(const Deadline& deadline) {
    return learn_gate(deadline).transform([](GateReading&& reading) { return reading.now; });
  }

  /// Whether the policy allows more than one attempt at all.
  bool repeats() const { return options_.retry.attempts > 1; }

  BookingId new_id() { return BookingId::generate(*options_.clock, *options_.random); }
  OpId new_op() { return OpId::generate(*options_.random); }

  Store& store() { return *store_; }

  void count(const Error* error) noexcept {
    const std::size_t at = error == nullptr ? 0 : 1 + static_cast<std::size_t>(error->kind());
    own_counts().calls[at].fetch_add(1, std::memory_order_relaxed);
  }

  Stats stats() const noexcept {
    Stats sum;
    for (const Counts& counts : counts_) {
      const auto of = [&](ErrorKind kind) {
        return counts.calls[1 + static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
      };
      sum.done += counts.calls[0].load(std::memory_order_relaxed);
      sum.refused += of(ErrorKind::refused);
      sum.transient += of(ErrorKind::transient);
      sum.unknown += of(ErrorKind::unknown);
      sum.caller += of(ErrorKind::caller);
      sum.broken += of(ErrorKind::broken);
      sum.retries += counts.retries.load(std::memory_order_relaxed);
    }
    return sum;
  }

  void shutdown() noexcept { stop_.store(true, std::memory_order_relaxed); }

 private:
  // A cache line for each of a few threads: one that all of them wrote would cost more than the
  // booking.
  struct alignas(64) Counts {
    std::array<std::atomic<std::uint64_t>, 6> calls{};  // done, then one for each ErrorKind
    std::atomic<std::uint64_t> retries{0};
  };
  Counts& own_counts() noexcept { return counts_[thread_number() % counts_.size()]; }

  /// Under which keys of the cache it is to be marked that these commands are about to be done.
  Result<std::vector<std::string>> cached_keys(std::span<const Command> commands,
                                               const Deadline& deadline) {
    std::vector<std::string> keys;
    for (const Command& command : commands) {
      const Affected affected = affected_by(command);
      for (const UserId& user : affected.users) keys.push_back(current_booking_key(user));
      for (const BookingId id : affected.bookings) {
        auto found = read<std::optional<Booking>>(query::FindBooking{id}, deadline);
        if (!found) return std::move(found).error();
        if (*found) keys.push_back(current_booking_key((*found)->user));
      }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  static bool timeout_in_range(std::chrono::milliseconds timeout) {
    return timeout.count() > 0 && timeout <= max_timeout;
  }
  static Error forked() {
    Error error;
    error.detail = "forked: this process was forked after the inventory was made; make a new one";
    return error;
  }
  static Error shut_down() {
    Error error;
    error.code = ErrorCode::unavailable;
    error.detail = "the inventory was shut down";
    return error;
  }

  static constexpr std::chrono::seconds not_after_slack{60};

  static std::chrono::milliseconds steady_ms(std::chrono::steady_clock::time_point at) {
    return std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  }

  Result<GateReading> learn_gate(const Deadline& deadline) {
    auto reading = read<GateReading>(query::ReadGate{}, deadline);
    if (!reading) return reading;
    const auto ahead = reading->now.time_since_epoch() - steady_ms(options_.clock->steady_now());
    store_ahead_.store(ahead.count(), std::memory_order_relaxed);
    epoch_.store(reading->gate.epoch, std::memory_order_release);
    return reading;
  }

  std::shared_ptr<Store> store_;
  std::shared_ptr<Lock> lock_;
  InventoryOptions options_;
  std::unique_ptr<CacheCore> booking_cache_;
  const ForkCheck fork_check_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> epoch_{0};       // of the gate, as last seen; 0: not yet
  std::atomic<std::int64_t> store_ahead_{0};  // store time - steady time, in ms, as last seen
  std::array<Counts, 16> counts_{};
};

}  // namespace booking::inline v0::detail
