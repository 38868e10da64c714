// Whom a user follows, newest first, page by page (row 2.6). For hosts.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "booking/counter_store.hpp"
#include "booking/detail/counter_calls.hpp"
#include "booking/ids.hpp"
#include "booking/options.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Seconds since 1970 with a fraction, as the score holds them: 1557986157.1353633. Neighbouring
/// values lie 0.24 microseconds apart, so whole microseconds are told apart until the year 2242.
using FollowTime = std::chrono::sys_time<std::chrono::duration<double>>;

struct Followed {
  UserId user{};
  FollowTime since{};
  friend bool operator==(const Followed&, const Followed&) = default;
};

struct FollowedPage {
  std::vector<Followed> items{};
  bool from_replica = false;  ///< the master could not be asked: may be out of date
};

/// Keeps `user:{id}:following`: a sorted set, the member is who is followed, the score since when.
/// It keeps no counts: those are UserCounts and Counter. User ids as everywhere: an integer, or 1
/// to 47 bytes of UTF-8 without control characters.
///
/// Thread safety: any thread; copies share the store. Calls block until their timeout at most.
/// Errors of all: invalid_argument · timeout, unavailable (nothing happened) · broken_store (what
///   stands there is of another type, or of nobody, or since no time at all). Further errors of
///   follow and unfollow: outcome_unknown (asking again is safe; the answer then tells what the
///   second one changed) · internal (in a forked child; the server forbids scripts).
class Following {
 public:
  struct Answer {
    std::optional<FollowTime> since{};  ///< none: does not follow
    bool from_replica = false;
  };
  struct Number {
    std::int64_t value = 0;
    bool from_replica = false;
  };

  /// Throws std::invalid_argument when the store is null, or the timeout is out of range; built
  /// without exceptions, it aborts.
  explicit Following(std::shared_ptr<FollowingStore> store, CounterOptions options = {})
      : store_{detail::checked_store(std::move(store))}, calls_{std::move(options)} {}

  /// True: `user` follows `whom` from now on. False: did already, and since when he did stays.
  /// `since` is finite; not set: now, to the millisecond. Nobody can follow himself:
  /// invalid_argument.
  Result<bool> follow(const UserId& user, const UserId& whom, std::optional<FollowTime> since = {},
                      const CallOptions& options = {}) const {
    if (auto good = check(user, whom); !good) return good.error();
    if (user == whom) return detail::invalid(Subject::user, "nobody can follow himself");
    const double score = since.value_or(calls_.clock().now()).time_since_epoch().count();
    if (!std::isfinite(score)) return bad_time();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    return store_->add(key(user), {to_string(whom), score}, *deadline);
  }

  /// True: `user` did follow `whom`.
  Result<bool> unfollow(const UserId& user, const UserId& whom,
                        const CallOptions& options = {}) const {
    if (auto good = check(user, whom); !good) return good.error();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    return store_->remove(key(user), to_string(whom), *deadline);
  }

  /// Since when `user` follows `whom`; `since` of the answer is not set when he does not. The
  /// Result is true either way: it says that the store was asked.
  Result<Answer> followed_since(const UserId& user, const UserId& whom,
                                const CallOptions& options = {}) const {
    if (auto good = check(user, whom); !good) return good.error();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    const auto found = store_->find(key(user), to_string(whom), *deadline);
    if (!found) return found.error();
    Answer answer{.from_replica = found->from_replica};
    if (found->score) answer.since = time_of(*found->score);
    return answer;
  }

  /// How many `user` follows.
  Result<Number> count(const UserId& user, const CallOptions& options = {}) const {
    if (auto good = detail::check_user(user); !good) return good.error();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    const auto size = store_->size(key(user), *deadline);
    if (!size) return size.error();
    return Number{size->value, size->from_replica};
  }

  /// At most `page_size`, 1 to 1000, newest first, behind `after`: the last one of the page before.
  /// Of the same time, the id that is greater as text comes first. Nobody is skipped or shown
  /// twice, whoever comes and goes meanwhile. Fewer than `page_size`: the last page.
  Result<FollowedPage> page(const UserId& user, const std::optional<Followed>& after,
                            std::int32_t page_size, const CallOptions& options = {}) const {
    if (auto good = detail::check_user(user); !good) return good.error();
    if (auto good = detail::check_page(page_size); !good) return good.error();
    std::optional<Scored> behind;
    if (after) {
      if (auto good = detail::check_user(after->user); !good) return good.error();
      behind = Scored{to_string(after->user), after->since.time_since_epoch().count()};
      if (!std::isfinite(behind->score)) return bad_time();
    }
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    const auto found = store_->page(key(user), behind, page_size, *deadline);
    if (!found) return found.error();
    FollowedPage page{.from_replica = found->from_replica};
    for (const Scored& one : found->items) {
      auto whom = detail::read_user(one.name);
      if (!whom) return std::move(whom).error();
      page.items.push_back({*whom, time_of(one.score)});
    }
    return page;
  }

 private:
  static FollowTime time_of(double score) { return FollowTime{FollowTime::duration{score}}; }
  static std::string key(const UserId& user) { return detail::user_key(user, "following"); }
  static Error bad_time() {
    return detail::invalid(Subject::request, "a time is a finite number of seconds");
  }
  static Result<void> check(const UserId& user, const UserId& whom) {
    if (auto good = detail::check_user(user); !good) return good;
    return detail::check_user(whom);
  }

  std::shared_ptr<FollowingStore> store_;
  detail::CounterCalls calls_;
};

}  // namespace booking::inline v0
