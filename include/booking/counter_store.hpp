// What counters, rankings and following stand on: the two seams between their facades and a place
// that keeps them. Used by counters.hpp and following.hpp; by hosts only to make a store of their
// own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Counts are whole numbers from -2^53 to 2^53: up to there a score of a sorted set is exact.
inline constexpr std::int64_t most_count = std::int64_t{1} << 53;

/// The numbers of at most so many events are remembered of each counter; with one more the older
/// half of them, and all before, count as counted.
inline constexpr std::size_t most_events = 1024;

/// Options of Counter, Ranking, UserCounts and Following.
struct CounterOptions {
  std::chrono::milliseconds timeout{2000};  ///< of one call; above 0, at most 1 hour
  std::shared_ptr<Clock> clock{};           ///< nullptr: the system's
};

/// Where counters stand: the members of a sorted set, or the fields of a hash.
struct CounterSet {
  enum class Kind : std::uint8_t { sorted_set, hash };
  Kind kind = Kind::sorted_set;
  std::string key{};
};

struct Counts {
  std::vector<std::int64_t> values{};  ///< in the order of the names asked for; missing: 0
  bool from_replica = false;           ///< the master could not be asked: may be out of date
};

struct Increment {
  std::string name{};
  std::int64_t by = 1;  ///< may be negative
  /// The number of the event that is counted, 1 to 2^53: each number counts once. See reconcile.
  std::optional<std::int64_t> event{};
};

struct Incremented {
  std::int64_t value = 0;  ///< of the counter now
  bool changed = true;     ///< false: this event was counted before, or is too old to tell
};

struct Correction {
  std::string name{};
  std::int64_t aggregate = 0;
  /// The aggregate holds the events up to this number, 0 to 2^53, and no others. None: not known.
  std::optional<std::int64_t> as_of{};
};

/// How far a corrected counter can be trusted.
enum class Exactness : std::uint8_t {
  exact,        ///< right, whatever is on its way
  approximate,  ///< set; increments without a number may be lost in it, or be counted twice
  overtaken,    ///< left as it was: the aggregate is older than what is known already
};

struct Corrected {
  std::int64_t before = 0;
  std::int64_t after = 0;
  Exactness how = Exactness::exact;
};

/// A name in a sorted set.
struct Scored {
  std::string name{};
  double score = 0;
  friend bool operator==(const Scored&, const Scored&) = default;
};

/// Highest score first; of equal scores, the name that is greater as bytes ("9" before "10").
struct ScoredPage {
  std::vector<Scored> items{};
  bool from_replica = false;
};

/// Keeps counters. Callers have checked what they hand in.
///
/// Thread safety: any thread. Each call is atomic for itself and blocks until `deadline` at most.
/// Errors of all: timeout, unavailable (nothing happened) · broken_store (what stands there is of
///   another type, or no whole number up to 2^53; nothing was changed).
class CounterStore {
 public:
  CounterStore() = default;
  CounterStore(const CounterStore&) = delete;
  CounterStore& operator=(const CounterStore&) = delete;
  virtual ~CounterStore() = default;

  virtual Result<Counts> get(const CounterSet& set, std::span<const std::string> names,
                             Deadline deadline) = 0;
  /// Further errors: invalid_argument (the count would leave ±2^53; nothing was changed) ·
  ///   outcome_unknown (with an event number, ask again: it counts once).
  virtual Result<Incremented> increment(const CounterSet& set, const Increment& wanted,
                                        Deadline deadline) = 0;
  /// Further errors: as increment; asking again is safe.
  virtual Result<Corrected> correct(const CounterSet& set, const Correction& wanted,
                                    Deadline deadline) = 0;
  /// At most `most` members of a sorted set, the first, or those behind `after` in the order of
  /// ScoredPage, whether that is still there or not. In another set than a sorted one there are
  /// none: broken_store.
  virtual Result<ScoredPage> page(const CounterSet& set, const std::optional<Scored>& after,
                                  std::int32_t most, Deadline deadline) = 0;
};

/// Keeps whom users follow: sorted sets of names with a time each.
///
/// Thread safety and errors: as CounterStore. All changes may be asked for again.
class FollowingStore {
 public:
  struct Found {
    std::optional<double> score{};  ///< none: not in it
    bool from_replica = false;
  };
  struct Size {
    std::int64_t value = 0;
    bool from_replica = false;
  };

  FollowingStore() = default;
  FollowingStore(const FollowingStore&) = delete;
  FollowingStore& operator=(const FollowingStore&) = delete;
  virtual ~FollowingStore() = default;

  /// True: it was not in it before. One that was keeps its score.
  /// Further errors of add and remove: outcome_unknown.
  virtual Result<bool> add(const std::string& key, const Scored& added, Deadline deadline) = 0;
  /// True: it was in it.
  virtual Result<bool> remove(const std::string& key, const std::string& name,
                              Deadline deadline) = 0;
  virtual Result<Found> find(const std::string& key, const std::string& name,
                             Deadline deadline) = 0;
  virtual Result<Size> size(const std::string& key, Deadline deadline) = 0;
  /// As CounterStore::page.
  virtual Result<ScoredPage> page(const std::string& key, const std::optional<Scored>& after,
                                  std::int32_t most, Deadline deadline) = 0;
};

}  // namespace booking::inline v0
