// What the facades over counters share: deadlines, checks of what callers hand in, and reading what
// a store gives back.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "booking/counter_store.hpp"
#include "booking/detail/checks.hpp"
#include "booking/ids.hpp"
#include "booking/options.hpp"
#include "booking/time.hpp"

namespace booking::inline v0::detail {

/// Thread safety: a value that does not change.
class CounterCalls {
 public:
  explicit CounterCalls(CounterOptions options)
      : timeout_{options.timeout},
        clock_{options.clock ? std::move(options.clock) : std::make_shared<Clock>()} {
    if (timeout_.count() <= 0 || timeout_ > max_timeout) {
      bad_construction("booking: a timeout of counters must be above 0 and at most 1 hour");
    }
  }

  Result<Deadline> deadline(const CallOptions& options) const {
    return deadline_of(*clock_, timeout_, options);
  }
  const Clock& clock() const noexcept { return *clock_; }

 private:
  std::chrono::milliseconds timeout_;
  std::shared_ptr<Clock> clock_;
};

template <class Store>
std::shared_ptr<Store> checked_store(std::shared_ptr<Store> store) {
  if (!store) bad_construction("booking: the store of counters is null");
  return store;
}

inline std::string checked_key(std::string key) {
  if (key.empty()) bad_construction("booking: the key of counters is empty");
  return key;
}

inline Result<void> check_count(std::int64_t count) {
  if (count >= -most_count && count <= most_count) return Result<void>::success();
  return invalid(Subject::request, "a count stays within 2^53 of zero");
}

inline Result<void> check_event(const std::optional<std::int64_t>& event, std::int64_t lowest) {
  if (!event || (*event >= lowest && *event <= most_count)) return Result<void>::success();
  return invalid(Subject::request, "the number of an event is 1 to 2^53");
}

inline Result<Incremented> increment(CounterStore& store, const CounterCalls& calls,
                                     const UserId& user, const CounterSet& set,
                                     const Increment& wanted, const CallOptions& options) {
  if (auto good = check_user(user); !good) return good.error();
  if (auto good = check_count(wanted.by); !good) return good.error();
  if (auto good = check_event(wanted.event, 1); !good) return good.error();
  const auto deadline = calls.deadline(options);
  if (!deadline) return deadline.error();
  return store.increment(set, wanted, *deadline);
}

/// A member of a set that others may write to as well.
inline Result<UserId> read_user(const std::string& name) {
  const UserId user{name};
  if (user.valid()) return user;
  Error error;
  error.code = ErrorCode::broken_store;
  error.subject = Subject::store;
  error.detail = "a member of the set is no user id";
  return error;
}

inline std::string user_key(const UserId& user, const char* what) {
  return "user:" + to_string(user) + ":" + what;
}

}  // namespace booking::inline v0::detail
