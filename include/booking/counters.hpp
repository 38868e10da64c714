// Counts of what users have and did, and rankings by them (rows 2.7 to 2.10), in front of a
// database that can count them anew. For hosts; whom users follow stands in following.hpp.
//
// An increment whose outcome is unknown is either lost or sent twice, unless it carries the number
// of the event it counts: then it may be sent again, and reconcile sets counters right while others
// go on counting. The host's database hands the numbers out, for each user's count its own, growing
// in the order of its commits: from a row that it locks, not from a sequence, whose lower numbers
// may be committed after higher ones were seen. An event that more than 512 later ones of the same
// count have overtaken may be taken for a repeat; it counts when the count is reconciled next.
#pragma once

#include <array>
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
#include "booking/reconcile.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Sorted sets of the source: a user's id is the member, the count is the score.
inline constexpr const char* articles_key = "count:user:arts";
inline constexpr const char* followings_key = "count:user:followings";

/// The number of an event, 1 to 2^53, as the host's database gave it to that event of this count.
/// A type of its own, so that it is never added to a count.
struct EventNumber {
  explicit constexpr EventNumber(std::int64_t number) noexcept : value{number} {}
  std::int64_t value;
};

struct Count {
  std::int64_t value = 0;
  bool from_replica = false;  ///< the master could not be asked: may be out of date
};

/// The counts of all users in one sorted set: whole numbers from -2^53 to 2^53.
///
/// Thread safety: any thread; copies share the store. Calls block until their timeout at most.
/// Errors of all: invalid_argument · timeout, unavailable (nothing happened) · broken_store (what
///   stands there is of another type, or no whole number from -2^53 to 2^53; nothing was changed) ·
///   internal (in a forked child; the server forbids scripts).
class Counter {
 public:
  /// Throws std::invalid_argument when the store is null, the key is empty, or the timeout is out
  /// of range; built without exceptions, it aborts.
  Counter(std::shared_ptr<CounterStore> store, std::string key, CounterOptions options = {})
      : store_{detail::checked_store(std::move(store))},
        set_{CounterSet::Kind::sorted_set, detail::checked_key(std::move(key))},
        calls_{std::move(options)} {}

  /// 0 for who is not there. Row 2.9.
  Result<Count> get(const UserId& user, const CallOptions& options = {}) const {
    if (auto good = detail::check_user(user); !good) return good.error();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    const std::array names{to_string(user)};
    const auto counts = store_->get(set_, names, *deadline);
    if (!counts) return counts.error();
    return Count{counts->values.front(), counts->from_replica};
  }

  /// Adds `by`, -2^53 to 2^53; 0 adds nothing, but puts a user who is not there into the ranking.
  ///
  /// Further errors: invalid_argument (also when the count would leave ±2^53; nothing was changed)
  ///   · outcome_unknown (it may have been counted; asking again may count it twice). Row 2.9.
  Result<Incremented> increment(const UserId& user, std::int64_t by = 1,
                                const CallOptions& options = {}) const {
    return detail::increment(*store_, calls_, user, set_, {to_string(user), by}, options);
  }

  /// The same for an event that counts once: its number again changes nothing, whatever `by` is
  /// then.
  ///
  /// Further errors: as above; after outcome_unknown ask again with the same number. The library
  ///   does not do so itself.
  Result<Incremented> increment(const UserId& user, EventNumber event, std::int64_t by = 1,
                                const CallOptions& options = {}) const {
    return detail::increment(*store_, calls_, user, set_, {to_string(user), by, event.value},
                             options);
  }

  /// Sets every counter that `source` lists to what it says and to what was counted since, and
  /// reports what was found wrong. Ends at the first error of source or store, changing nothing
  /// further. Counting goes on meanwhile.
  ///
  /// A counter is right afterwards (exact) when its increments carry event numbers and the source
  /// gives an as_of. Otherwise it is approximate: an increment whose event the aggregate holds, and
  /// which is still on its way, counts twice; one that came before, and whose event the aggregate
  /// does not hold, is lost. Then run it while nothing is counted. Row 2.10.
  ReconcileReport reconcile(const RecountSource& source,
                            const ReconcileOptions& options = {}) const {
    return detail::reconcile(
        calls_.clock(), source, options, [this](const Recount& one, const Deadline& deadline) {
          return store_->correct(set_, {to_string(one.user), one.value, one.as_of}, deadline);
        });
  }

 private:
  std::shared_ptr<CounterStore> store_;
  CounterSet set_;
  detail::CounterCalls calls_;
};

/// A user and the count by which he is ranked.
struct Ranked {
  UserId user{};
  std::int64_t count = 0;
  friend bool operator==(const Ranked&, const Ranked&) = default;
};

struct RankingPage {
  std::vector<Ranked> items{};
  bool from_replica = false;
};

/// Users by their counts in a sorted set, highest first; of equal counts, the id that is greater as
/// text comes first ("9", "10", "1"). Row 2.8. Thread safety and errors: as Counter; also
/// broken_store when a member is no user id.
class Ranking {
 public:
  /// Throws as Counter's.
  Ranking(std::shared_ptr<CounterStore> store, std::string key, CounterOptions options = {})
      : store_{detail::checked_store(std::move(store))},
        set_{CounterSet::Kind::sorted_set, detail::checked_key(std::move(key))},
        calls_{std::move(options)} {}

  /// The first `most`, 1 to 1000.
  Result<RankingPage> top(std::int32_t most, const CallOptions& options = {}) const {
    return page(std::nullopt, most, options);
  }

  /// At most `page_size`, 1 to 1000, behind `after`: the last one of the page before. Whoever keeps
  /// his count meanwhile is neither skipped nor shown twice. Fewer than `page_size`: the last page.
  Result<RankingPage> page(const std::optional<Ranked>& after, std::int32_t page_size,
                           const CallOptions& options = {}) const {
    if (auto good = detail::check_page(page_size); !good) return good.error();
    std::optional<Scored> behind;
    if (after) {
      if (auto good = detail::check_user(after->user); !good) return good.error();
      if (auto good = detail::check_count(after->count); !good) return good.error();
      behind = Scored{to_string(after->user), static_cast<double>(after->count)};
    }
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    const auto found = store_->page(set_, behind, page_size, *deadline);
    if (!found) return found.error();
    RankingPage page{.from_replica = found->from_replica};
    for (const Scored& one : found->items) {
      auto user = detail::read_user(one.name);
      if (!user) return std::move(user).error();
      page.items.push_back({*user, static_cast<std::int64_t>(one.score)});
    }
    return page;
  }

 private:
  std::shared_ptr<CounterStore> store_;
  CounterSet set_;
  detail::CounterCalls calls_;
};

/// The ten who wrote most articles, as the source shows them.
inline Result<RankingPage> top_authors(const std::shared_ptr<CounterStore>& store,
                                       const CallOptions& options = {}) {
  return Ranking{store, articles_key}.top(10, options);
}

/// The hundred who follow most others.
inline Result<RankingPage> top_followings(const std::shared_ptr<CounterStore>& store,
                                          const CallOptions& options = {}) {
  return Ranking{store, followings_key}.top(100, options);
}

/// What is counted for each user in a hash of his own, `user:{id}:count`. Row 2.7.
/// Thread safety and errors: as Counter.
class UserCounts {
 public:
  enum class Field : std::uint8_t { article_count, following_count, fans_count, like_count };

  struct All {
    std::int64_t article_count = 0;
    std::int64_t following_count = 0;
    std::int64_t fans_count = 0;
    std::int64_t like_count = 0;
    bool from_replica = false;
  };

  /// Throws as Counter's.
  explicit UserCounts(std::shared_ptr<CounterStore> store, CounterOptions options = {})
      : store_{detail::checked_store(std::move(store))}, calls_{std::move(options)} {}

  /// What is missing is 0.
  Result<All> get(const UserId& user, const CallOptions& options = {}) const {
    if (auto good = detail::check_user(user); !good) return good.error();
    const auto deadline = calls_.deadline(options);
    if (!deadline) return deadline.error();
    static const std::array<std::string, 4> names = {
        name(Field::article_count), name(Field::following_count), name(Field::fans_count),
        name(Field::like_count)};
    const auto counts = store_->get(set(user), names, *deadline);
    if (!counts) return counts.error();
    const auto& values = counts->values;
    return All{values[0], values[1], values[2], values[3], counts->from_replica};
  }

  /// As Counter::increment. Each field has event numbers of its own.
  Result<Incremented> increment(const UserId& user, Field field, std::int64_t by = 1,
                                const CallOptions& options = {}) const {
    return detail::increment(*store_, calls_, user, set(user), {name(field), by}, options);
  }
  Result<Incremented> increment(const UserId& user, Field field, EventNumber event,
                                std::int64_t by = 1, const CallOptions& options = {}) const {
    return detail::increment(*store_, calls_, user, set(user), {name(field), by, event.value},
                             options);
  }

  /// As Counter::reconcile, for one field of the users listed.
  ReconcileReport reconcile(Field field, const RecountSource& source,
                            const ReconcileOptions& options = {}) const {
    return detail::reconcile(
        calls_.clock(), source, options,
        [this, field](const Recount& one, const Deadline& deadline) {
          return store_->correct(set(one.user), {name(field), one.value, one.as_of}, deadline);
        });
  }

 private:
  static const char* name(Field field) noexcept {
    constexpr std::array names = {"article_count", "following_count", "fans_count", "like_count"};
    return names[static_cast<std::size_t>(field)];
  }
  static CounterSet set(const UserId& user) {
    return {CounterSet::Kind::hash, detail::user_key(user, "count")};
  }

  std::shared_ptr<CounterStore> store_;
  detail::CounterCalls calls_;
};

}  // namespace booking::inline v0
