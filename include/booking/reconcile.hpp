// Setting counters right from a database that knows better (row 2.10). Used through
// Counter::reconcile and UserCounts::reconcile.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "booking/counter_store.hpp"
#include "booking/detail/counter_calls.hpp"
#include "booking/ids.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// What the host's database counts for one user.
struct Recount {
  UserId user{};
  std::int64_t value = 0;  ///< -2^53 to 2^53
  /// The aggregate holds every event of this user's counter up to this number, at most 2^53, and no
  /// other; 0: it holds none. Not set: nobody knows.
  std::optional<std::int64_t> as_of{};
};

struct RecountPage {
  std::vector<Recount> items{};
  bool more = false;  ///< ask again, behind the last of `items`; false ends the run as complete
};

/// The host's grouped aggregate, page by page: at most `page_size` users behind `after` in an order
/// of its own. Users whom it leaves out are left as they are, so it lists those with 0 as well
/// (LEFT JOIN). Value and as_of of a user come from one snapshot.
using RecountSource = std::function<Result<RecountPage>(const std::optional<UserId>& after,
                                                        std::int32_t page_size, Deadline deadline)>;

/// So many drifts a report keeps at most.
inline constexpr std::size_t most_drifts = 10'000;

struct ReconcileOptions {
  /// Begins behind this user: the `last` of a run that ended early. Not set: from the first.
  std::optional<UserId> after{};
  std::int32_t page_size = 500;  ///< users asked for at a time, 1 to 1000
  /// Limit for the whole run; above 0, at most 1 hour. Source and store get what is left of it:
  /// CounterOptions::timeout does not apply. Each counter takes one round trip.
  std::chrono::milliseconds timeout{std::chrono::minutes{10}};
};

/// A counter that was not what it should be.
struct Drift {
  UserId user{};
  std::int64_t before = 0;
  std::int64_t aggregate = 0;
  std::int64_t after = 0;  ///< exact: the aggregate and what was counted since
  Exactness how = Exactness::exact;
};

/// How a run went, or how far it got.
struct [[nodiscard]] ReconcileReport {
  std::int64_t exact = 0;        ///< counters that are right now
  std::int64_t approximate = 0;  ///< set, though perhaps not right (see Exactness)
  std::int64_t overtaken = 0;    ///< left alone; run again
  std::int64_t drifted = 0;      ///< counters found with another value than they have now
  std::vector<Drift> drifts{};   ///< the first `most_drifts` of them, in order
  /// The last user whose counter was looked after; the options' `after` when none was. Handed in as
  /// `after`, it lets the next run go on from there.
  std::optional<UserId> last{};
  /// Why it ended early: the source's own error, one of the store, timeout, or invalid_argument (an
  /// option, a source that is empty or does not keep to what it is asked). What was corrected stays
  /// so; behind `last`, at most that one counter which outcome_unknown speaks of was changed.
  std::optional<Error> error{};

  std::int64_t looked_after() const noexcept { return exact + approximate + overtaken; }
};

namespace detail {

/// Corrects one counter; the rest of the run is the same for all kinds.
using CorrectOne = std::function<Result<Corrected>(const Recount&, Deadline)>;

class Reconciliation {
 public:
  Reconciliation(const RecountSource& source, const CorrectOne& correct,
                 const ReconcileOptions& options)
      : source_{source}, correct_{correct}, page_size_{options.page_size} {
    report_.last = options.after;
  }

  ReconcileReport run(const Deadline& deadline) {
    auto ended = all(deadline);
    if (!ended) report_.error = std::move(ended).error();
    return std::move(report_);
  }

 private:
  Result<void> all(const Deadline& deadline) {
    for (bool more = true; more;) {
      if (deadline.expired()) return out_of_time();
      const auto page = source_(report_.last, page_size_, deadline);
      if (!page) return page.error();
      const std::size_t size = page->items.size();
      more = page->more;
      if (size > static_cast<std::size_t>(page_size_) || (more && size == 0)) {
        return invalid(Subject::request, "a source gives pages of the size it is asked for");
      }
      for (const Recount& one : page->items) {
        if (auto good = check(one); !good) return good;
      }
      for (const Recount& one : page->items) {
        if (auto done = set_right(one, deadline); !done) return done;
      }
    }
    return Result<void>::success();
  }

  static Result<void> check(const Recount& one) {
    if (auto good = check_user(one.user); !good) return good;
    if (auto good = check_count(one.value); !good) return good;
    return check_event(one.as_of, 0);
  }

  Result<void> set_right(const Recount& one, const Deadline& deadline) {
    if (deadline.expired()) return out_of_time();
    const auto done = correct_(one, deadline);
    if (!done) return done.error();
    report_.last = one.user;
    switch (done->how) {
      case Exactness::exact:
        ++report_.exact;
        break;
      case Exactness::approximate:
        ++report_.approximate;
        break;
      case Exactness::overtaken:
        ++report_.overtaken;
        break;
    }
    if (done->before != done->after) {
      ++report_.drifted;
      if (report_.drifts.size() == most_drifts) return Result<void>::success();
      report_.drifts.push_back({one.user, done->before, one.value, done->after, done->how});
    }
    return Result<void>::success();
  }

  static Error out_of_time() {
    Error error;
    error.code = ErrorCode::timeout;
    error.detail = "the run took longer than it may";
    return error;
  }

  const RecountSource& source_;
  const CorrectOne& correct_;
  const std::int32_t page_size_;
  ReconcileReport report_;
};

inline ReconcileReport refused(Error why) {
  ReconcileReport report;
  report.error = std::move(why);
  return report;
}

inline ReconcileReport reconcile(const Clock& clock, const RecountSource& source,
                                 const ReconcileOptions& options, const CorrectOne& correct) {
  const auto deadline = deadline_of(clock, options.timeout, {});
  if (!deadline) return refused(deadline.error());
  if (!source) return refused(invalid(Subject::request, "there is no source to recount from"));
  if (auto good = check_page(options.page_size); !good) return refused(good.error());
  if (options.after) {
    if (auto good = check_user(*options.after); !good) return refused(good.error());
  }
  return Reconciliation{source, correct, options}.run(*deadline);
}

}  // namespace detail

}  // namespace booking::inline v0
