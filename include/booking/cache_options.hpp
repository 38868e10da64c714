// What a host may choose about a cache, and what a cache tells it. Used by ReadThroughCache,
// UserCache and BookingCache.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "booking/cache_feed.hpp"
#include "booking/cache_store.hpp"
#include "booking/error.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// How long an entry lives: `base` and a random number of whole seconds from 0 to `spread` - 1 on
/// top, so that entries made together do not end together (row 2.4).
struct CacheTtl {
  std::chrono::seconds base{0};    ///< 1 s to 30 days
  std::chrono::seconds spread{0};  ///< 0 (none) to 30 days

  constexpr std::chrono::seconds longest() const noexcept {
    return base + (spread.count() > 0 ? spread - std::chrono::seconds{1} : spread);
  }
};

inline constexpr CacheTtl user_ttl{std::chrono::hours{2}, std::chrono::seconds{600}};
inline constexpr CacheTtl missing_ttl{std::chrono::minutes{5}, std::chrono::seconds{60}};
inline constexpr CacheTtl article_ttl{std::chrono::hours{1}, std::chrono::seconds{300}};

/// Where an answer came from.
enum class CacheSource : std::uint8_t {
  hit,       ///< the cache store had it
  near,      ///< this process had it
  negative,  ///< a cache knew that there is none
  loaded,    ///< from the database, by this call or by one that was under way
  stale,     ///< the load failed: the last answer known, of the age told
  fallback,  ///< from the database, because the cache store could not be asked or not be trusted
};

constexpr std::string_view to_string(CacheSource source) noexcept {
  constexpr std::array<std::string_view, 6> names = {"hit",    "near",  "negative",
                                                     "loaded", "stale", "fallback"};
  return names[static_cast<std::size_t>(source)];
}

/// An answer of a cache. Thread safety: a value.
template <class Value>
struct Cached {
  std::optional<Value> value{};  ///< none: there is none in the database
  CacheSource source = CacheSource::loaded;
  /// How old the answer is at most: up to a ttl's `spread` less, for what an entry got of it is not
  /// known. Not set: not known (get_many).
  std::optional<std::chrono::milliseconds> age{};
};

/// How a host's type is kept. Both may be called from any thread, several at once.
template <class Value>
struct CacheCodec {
  /// Any bytes but `-1`, which stands for "there is none". Errors leave the call unchanged.
  std::function<Result<std::string>(const Value&)> encode{};
  /// An error makes the cache load the value anew.
  std::function<Result<Value>(std::string_view)> decode{};
};

/// How values are found in the database. Both may be called from any thread, several at once, under
/// no lock; they may call back into the cache, for other ids. Their errors reach the caller
/// unchanged; an exception leaves the call that loaded.
template <class Id, class Value>
struct CacheLoader {
  /// One value; none: there is none.
  std::function<Result<std::optional<Value>>(const Id&, const Deadline&)> one{};
  /// Many in one go, an answer for each in order; optional: without it `one` is called for each.
  std::function<Result<std::vector<std::optional<Value>>>(std::span<const Id>, const Deadline&)>
      many{};
};

/// Is told what does not show in an answer, for the host's log. Silent unless one is installed.
///
/// Called on the thread that met it (the caller's, a CacheRefresher's, a feed's), under no lock.
/// Thread safety: called from any thread, several at once.
class CacheObserver {
 public:
  virtual ~CacheObserver() = default;
  /// The cache store failed; the call went on without it. `operation` lives as long as the program.
  virtual void on_store_error(std::string_view /*operation*/, const Error& /*error*/) noexcept {}
  /// What is stored under a key cannot be decoded; it is loaded anew.
  virtual void on_unreadable(std::string_view /*key*/, const Error& /*error*/) noexcept {}
};

/// What a process keeps near, so that most answers take no exchange at all.
struct NearOptions {
  /// redis_cache_feed, made with the options of the cache store; several caches may share one.
  /// nullptr: nothing is kept near.
  std::shared_ptr<CacheFeed> feed{};
  std::size_t max_entries = 10'000;  ///< 1 or more: beyond it others make room
};

/// Options of a cache. All waits have an end. Times are 1 ms to 1 hour unless said otherwise;
/// constructors throw std::invalid_argument for what is out of range.
struct CacheOptions {
  CacheTtl ttl = user_ttl;
  CacheTtl missing = missing_ttl;  ///< of "there is none"
  /// Limit for one call, loading included.
  std::chrono::milliseconds timeout{2000};
  /// Limit for one exchange with the cache store, so that time is left for the database; and never
  /// more than half of what the call has left.
  std::chrono::milliseconds store_timeout{250};
  /// For how long one process keeps the others from loading the same key. A load that takes longer
  /// is answered but not kept.
  std::chrono::milliseconds lease_ttl{5000};
  /// How long to wait for another process that loads, before loading too. 0: not at all.
  std::chrono::milliseconds lease_wait{1000};
  /// The most calls of the loader at a time; others wait (overloaded at their deadline). 1 or more.
  std::int32_t max_loads = 8;
  /// After so many failures of the cache store in a row it is left alone for `breaker_pause`, then
  /// tried by one call. 1 or more.
  std::int32_t breaker_failures = 5;
  std::chrono::milliseconds breaker_pause{1000};
  /// The most keys that wait to be erased because the cache store could not be reached. 1 or more.
  std::size_t max_pending = 10'000;
  NearOptions near{};
  /// For how long after an answer was last seen to be true it may be given once more by `get` and
  /// `exists` when a load fails, by any error but the caller's (CacheSource::stale); 0 (not at all)
  /// to 30 days. A `clear` of this process ends it, those of others do not. Not for what is sold.
  std::chrono::milliseconds stale_for{0};
  std::size_t max_stale = 10'000;             ///< 1 or more: kept for that, in this process
  std::shared_ptr<Clock> clock{};             ///< nullptr: the system's
  std::shared_ptr<Random> random{};           ///< of ttl, tokens and pauses; nullptr: the system's
  std::shared_ptr<CacheObserver> observer{};  ///< nullptr: nobody
};

/// How an inventory keeps its users' current bookings for BookingCache (row 1.9): each under
/// `user:{id}:booking`. Each change of a booking then takes three exchanges with the cache store (a
/// move by id one more read of the inventory's store), and may end up to twice `store_timeout`
/// after its deadline.
struct BookingCacheOptions {
  std::shared_ptr<CacheStore> store{};  ///< nullptr: they are not kept
  CacheTtl ttl{std::chrono::minutes{10}, std::chrono::seconds{60}};
  CacheTtl missing{std::chrono::minutes{10}, std::chrono::seconds{60}};  ///< of "has none"
  std::chrono::milliseconds store_timeout{250};  ///< as CacheOptions::store_timeout
  std::int32_t max_loads = 8;                    ///< as CacheOptions::max_loads
  std::shared_ptr<CacheObserver> observer{};     ///< nullptr: nobody
};

/// Counts since a cache was made. A snapshot; the numbers need not fit each other exactly.
struct CacheStats {
  std::array<std::uint64_t, 6> answers{};  ///< by CacheSource, of successful calls for one id
  std::uint64_t loads = 0;                 ///< calls of the loader
  std::uint64_t dropped_fills = 0;         ///< loaded before an invalidation, so not kept
  std::uint64_t store_errors = 0;          ///< of the cache store
  std::uint64_t pending = 0;               ///< keys that wait to be erased

  std::uint64_t of(CacheSource source) const noexcept {
    return answers[static_cast<std::size_t>(source)];
  }
};

}  // namespace booking::inline v0
