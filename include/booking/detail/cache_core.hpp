// Reading through a cache, as bytes under keys: what ReadThroughCache does for a host's types.
// Private: include booking/read_through_cache.hpp.
//
// Nothing old comes back: a fill is made under a lease, which an invalidation erases along with the
// entry, so that a fill begun before it is dropped, in whichever process. In this process an
// invalidation also ends the single flight, and until the store has erased the entry nobody here
// trusts it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/cache_options.hpp"
#include "booking/cache_store.hpp"
#include "booking/detail/cache_exchange.hpp"
#include "booking/detail/cache_flights.hpp"
#include "booking/detail/checks.hpp"
#include "booking/detail/last_known.hpp"
#include "booking/detail/load_gate.hpp"
#include "booking/detail/pending_erasures.hpp"
#include "booking/detail/wipe_on_fork.hpp"

namespace booking::inline v0::detail {

/// Kept in the place of a value that does not exist (row 2.2).
inline constexpr std::string_view none_marker = "-1";

/// What a loader found, in the form that is kept.
struct CacheLoaded {
  std::optional<std::string> value{};
  /// When it ends, if before its ttl: nothing at all is kept of what ends now.
  std::optional<std::chrono::milliseconds> at_most{};
};

/// An answer in the form that is kept.
struct CacheAnswer {
  std::optional<std::string> value{};
  CacheSource source = CacheSource::loaded;
  std::optional<std::chrono::milliseconds> age{};
  std::optional<std::chrono::milliseconds> left{};  ///< of its ttl, where the store said so
};

using CacheLoad = std::function<Result<CacheLoaded>(const Deadline&)>;
using CacheLoads =
    std::function<Result<std::vector<CacheLoaded>>(std::span<const std::size_t>, const Deadline&)>;

/// Thread safety: any thread. Blocks until the deadlines given at the latest.
class CacheCore {
 public:
  CacheCore(std::shared_ptr<CacheStore> store, CacheOptions options)
      : options_{std::move(options)},
        store_{checked(std::move(store), options_), options_},
        gate_{options_.max_loads},
        pending_{options_.max_pending} {
    if (!options_.clock) options_.clock = std::make_shared<Clock>();
    if (!options_.random) options_.random = std::make_shared<Random>();
    if (options_.stale_for.count() > 0) {
      last_known_ =
          std::make_unique<LastKnown>(options_.stale_for, options_.max_stale, options_.clock);
    }
  }

  const CacheOptions& options() const noexcept { return options_; }

  Result<Deadline> begin(const CallOptions& call) const {
    if (fork_check_.forked()) {
      Error error;
      error.detail = "forked: this process was forked after the cache was made; make a new one";
      return error;
    }
    return deadline_of(*options_.clock, options_.timeout, call);
  }

  /// What is kept under `key`, or what `load` finds. `unreadable`: what the caller was told before
  /// and could not decode; it counts as not there.
  Result<CacheAnswer> get(const std::string& key, const CacheLoad& load, const Deadline& deadline,
                          const std::string* unreadable = nullptr) {
    if (!last_known_) return get_fresh(key, load, deadline, unreadable);
    const std::uint64_t turn = last_known_->turn(key);
    auto answer = get_fresh(key, load, deadline, unreadable);
    if (answer) {
      last_known_->keep(key, answer->value ? *answer->value : std::string{none_marker}, turn);
    } else if (answer.error().kind() != ErrorKind::caller) {
      if (const auto known = last_known_->find(key)) return counted(stale(*known));
    }
    return answer;
  }

  /// Loads and keeps, whatever is there.
  Result<CacheAnswer> save(const std::string& key, const CacheLoad& load,
                           const Deadline& deadline) {
    erase_pending(deadline);
    flights_.detach(key);
    const CacheItem lease = lease_of(key);
    const bool held = !pending_.contains(key) && store_.set({&lease, 1}, deadline);
    Held until_kept{*this, lease, deadline};
    if (!held) until_kept.forget();
    auto loaded = load_within_limits(load, deadline);
    if (!loaded) return std::move(loaded).error();
    until_kept.forget();
    if (held) keep(key, lease, *loaded, deadline);
    return counted(CacheAnswer{std::move(loaded->value),
                               held ? CacheSource::loaded : CacheSource::fallback,
                               std::chrono::milliseconds{0}});
  }

  /// Forgets what is kept. Errors: overloaded (the store cannot be reached, and too many keys wait
  /// for it already).
  Result<void> clear(const std::string& key, const Deadline& deadline) {
    const std::uint64_t attempt = pending_.begin(key);
    if (last_known_) last_known_->forget(key);
    flights_.detach(key);
    const bool erased = erase(key, deadline);
    if (attempt != 0) pending_.end(key, attempt, erased);
    if (erased || attempt != 0) return Result<void>::success();
    Error error;
    error.code = ErrorCode::overloaded;
    error.subject = Subject::store;
    error.detail =
        "the cache store cannot be reached, and too many entries wait to be erased; "
        "what is kept of this one stays until its time to live is over";
    return error;
  }

  /// As get for each key, but in one exchange with the store and one call of `loads`, which is told
  /// the places of the keys to load.
  Result<std::vector<CacheAnswer>> get_many(std::span<const std::string> keys,
                                            const CacheLoads& loads, const Deadline& deadline);

  /// A change of what some keys stand for that is about to be made, by this process.
  struct Change {
    struct Each {
      std::string key{};
      CacheItem marker{};         ///< stands in the place of the key's lease
      std::uint64_t attempt = 0;  ///< among pending_
    };
    std::vector<Each> each{};
    bool marked = false;  ///< the store knows
    bool alone = false;   ///< nobody else's lease or marker was in the way
  };

  /// Before a change: until its end nobody fills the keys, and nobody here trusts them. `life` is
  /// how long the change may take, should its end never be told.
  Change begin_change(std::vector<std::string> keys, std::chrono::milliseconds life,
                      const Deadline& deadline) {
    erase_pending(deadline);
    Change change;
    std::vector<CacheItem> markers;
    for (std::string& key : keys) {
      CacheItem marker = lease_of(key);
      marker.ttl = life;
      markers.push_back(marker);
      flights_.detach(key);
      const std::uint64_t attempt = pending_.begin(key);
      change.each.push_back({std::move(key), std::move(marker), attempt});
    }
    if (change.each.empty()) return change;
    const auto added = store_.add(markers, deadline);
    change.alone = added && std::find(added->begin(), added->end(), false) == added->end();
    change.marked =
        added && (change.alone || put_markers(change, deadline)) && erase_entries(change, deadline);
    return change;
  }

  /// After it. `settled`: nothing of it can happen any more.
  void end_change(const Change& change, bool settled, const Deadline& deadline) {
    if (change.each.empty()) return;
    bool good = change.marked;
    // One that may still happen leaves its markers.
    if (good && settled && !(change.alone && remove_markers(change, deadline))) {
      // Others were at the same keys, and may still be: the marker outlives all of them.
      good = put_markers(change, deadline) && erase_entries(change, deadline);
    }
    for (const Change::Each& each : change.each) {
      if (each.attempt != 0) pending_.end(each.key, each.attempt, good);
    }
  }

  void unreadable(const std::string& key, const Error& error) const noexcept {
    if (options_.observer) options_.observer->on_unreadable(key, error);
  }

  CacheStats stats() const noexcept {
    CacheStats stats;
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      stats.answers[i] = answers_[i].load(std::memory_order_relaxed);
    }
    stats.loads = loads_.load(std::memory_order_relaxed);
    stats.dropped_fills = dropped_fills_.load(std::memory_order_relaxed);
    stats.store_errors = store_.errors();
    stats.pending = pending_.size();
    return stats;
  }

 private:
  using Flights = CacheFlights<Result<CacheAnswer>>;

  /// Gives a lease back when the loader fails, also by an exception.
  class Held {
   public:
    Held(CacheCore& core, const CacheItem& lease, const Deadline& deadline) noexcept
        : core_{core}, lease_{&lease}, deadline_{deadline} {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
      if (lease_ != nullptr) core_.release(*lease_, deadline_);
    }
    void forget() noexcept { lease_ = nullptr; }

   private:
    CacheCore& core_;
    const CacheItem* lease_;
    const Deadline& deadline_;
  };

  Result<CacheAnswer> get_fresh(const std::string& key, const CacheLoad& load,
                                const Deadline& deadline, const std::string* unreadable) {
    erase_pending(deadline);
    for (;;) {
      bool trusted = !pending_.contains(key);
      if (trusted) {
        const auto kept = look(key, deadline);
        if (kept && *kept && !is(**kept, unreadable)) return counted(answer_of(**kept));
        trusted = kept.has_value();
      }
      auto flight = flights_.join(key);
      if (!flight.leads()) {
        if (auto shared = flight.wait(deadline)) return counted(*std::move(shared));
        if (deadline.expired()) return too_late("another call that loads the same");
        continue;
      }
      return counted(trusted ? lead(flight, key, load, deadline, unreadable)
                             : lead_without_store(flight, load, deadline));
    }
  }

  // ---- loading ----------------------------------------------------------------------------------

  Result<CacheAnswer> lead(Flights::Flight& flight, const std::string& key, const CacheLoad& load,
                           const Deadline& deadline, const std::string* unreadable) {
    const CacheItem lease = lease_of(key);
    const auto waits_until = options_.clock->steady_now() + options_.lease_wait;
    for (std::chrono::nanoseconds ceiling = first_pause;;
         ceiling = std::min<std::chrono::nanoseconds>(ceiling * 2, longest_pause)) {
      const auto added = store_.add({&lease, 1}, deadline);
      if (!added) return lead_without_store(flight, load, deadline);
      // Somebody else may have filled it between our look and our lease.
      const auto kept = look(key, deadline);
      const bool there = kept && *kept && !is(**kept, unreadable);
      if (there) {
        if (added->front()) release(lease, deadline);
        // Who joined behind this look may have done so after an invalidation: they look themselves.
        return answer_of(**kept);
      }
      if (!kept) return lead_without_store(flight, load, deadline);
      if (added->front()) return load_and_keep(flight, key, lease, load, deadline);
      const auto pause = part_of(ceiling);
      if (options_.clock->steady_now() + pause >= waits_until || pause >= deadline.remaining()) {
        break;
      }
      options_.clock->sleep_for(pause);
    }
    // The other process takes its time. Nothing says whether what we load is still true when it is
    // there, so only those who wait already have it too.
    flight.close();
    return load_unkept(flight, load, CacheSource::loaded, deadline);
  }

  Result<CacheAnswer> load_and_keep(Flights::Flight& flight, const std::string& key,
                                    const CacheItem& lease, const CacheLoad& load,
                                    const Deadline& deadline) {
    Held held{*this, lease, deadline};
    auto loaded = load_within_limits(load, deadline);
    if (!loaded) return failed(flight, std::move(loaded).error());
    held.forget();
    // Who joins later may do so after an invalidation that comes after the fill.
    flight.close();
    const bool fresh = keep(key, lease, *loaded, deadline);
    CacheAnswer answer{std::move(loaded->value), CacheSource::loaded, std::chrono::milliseconds{0}};
    if (!fresh) return answer;  // an invalidation came between: those who wait begin anew
    return shared(flight, std::move(answer));
  }

  Result<CacheAnswer> lead_without_store(Flights::Flight& flight, const CacheLoad& load,
                                         const Deadline& deadline) {
    return load_unkept(flight, load, CacheSource::fallback, deadline);
  }

  Result<CacheAnswer> load_unkept(Flights::Flight& flight, const CacheLoad& load,
                                  CacheSource source, const Deadline& deadline) {
    auto loaded = load_within_limits(load, deadline);
    if (!loaded) return failed(flight, std::move(loaded).error());
    return shared(flight,
                  CacheAnswer{std::move(loaded->value), source, std::chrono::milliseconds{0}});
  }

  struct Lead;
  Result<void> lead_many(std::span<const std::string> keys, std::vector<Lead>& leads,
                         const CacheLoads& loads, const Deadline& deadline,
                         std::vector<std::optional<CacheAnswer>>& answers);

  Result<std::vector<CacheLoaded>> load_many_within_limits(const CacheLoads& loads,
                                                           std::span<const std::size_t> places,
                                                           const Deadline& deadline) {
    if (places.empty()) return std::vector<CacheLoaded>{};
    const auto place = gate_.enter(deadline);
    if (!place) return too_many_loads();
    loads_.fetch_add(1, std::memory_order_relaxed);
    auto loaded = loads(places, deadline);
    if (loaded && loaded->size() != places.size()) {
      Error error;
      error.detail = "the loader gave another number of answers than it was asked for";
      return error;
    }
    const bool marker = loaded && std::any_of(loaded->begin(), loaded->end(), is_marker);
    return marker ? Result<std::vector<CacheLoaded>>{looks_like_none()} : std::move(loaded);
  }

  static CacheLoad one_of(const CacheLoads& loads, std::size_t place) {
    return [&loads, place](const Deadline& deadline) -> Result<CacheLoaded> {
      auto loaded = loads({&place, 1}, deadline);
      if (!loaded) return std::move(loaded).error();
      return std::move(loaded->at(0));
    };
  }

  static Result<CacheAnswer> shared(Flights::Flight& flight, CacheAnswer answer) {
    flight.share(answer);
    return answer;
  }
  /// The database's word counts for all who wait, that this caller's time is up does not.
  static Error failed(Flights::Flight& flight, Error error) {
    if (error.code != ErrorCode::timeout && error.code != ErrorCode::overloaded) {
      flight.share(error);
    }
    return error;
  }

  Result<CacheLoaded> load_within_limits(const CacheLoad& load, const Deadline& deadline) {
    const auto place = gate_.enter(deadline);
    if (!place) return too_many_loads();
    loads_.fetch_add(1, std::memory_order_relaxed);
    auto loaded = load(deadline);
    if (loaded && is_marker(*loaded)) return looks_like_none();
    return loaded;
  }

  // ---- the store --------------------------------------------------------------------------------

  Result<std::optional<CacheEntry>> look(const std::string& key, const Deadline& deadline) {
    auto found = store_.get({&key, 1}, deadline);
    if (!found) return std::move(found).error();
    return std::move(found->front());
  }

  /// Whether it was kept: not so after an invalidation, or when the lease ended before.
  bool keep(const std::string& key, const CacheItem& lease, const CacheLoaded& loaded,
            const Deadline& deadline) {
    CacheLease filled{.key = lease.key, .token = lease.value, .fill = {}};
    const auto ttl = ttl_of(loaded);
    if (ttl.count() > 0) {
      filled.fill = CacheItem{key, loaded.value.value_or(std::string{none_marker}), ttl};
    }
    const auto held = store_.settle({&filled, 1}, deadline);
    const bool dropped = held && !held->front();
    if (dropped) dropped_fills_.fetch_add(1, std::memory_order_relaxed);
    return held && held->front();
  }

  void release(const CacheItem& lease, const Deadline& deadline) {
    const CacheLease given_back{.key = lease.key, .token = lease.value, .fill = {}};
    store_.settle({&given_back, 1}, deadline).ignore();
  }

  bool put_markers(const Change& change, const Deadline& deadline) {
    std::vector<CacheItem> markers;
    for (const Change::Each& each : change.each) markers.push_back(each.marker);
    return store_.set(markers, deadline);
  }
  bool erase_entries(const Change& change, const Deadline& deadline) {
    std::vector<std::string> keys;
    for (const Change::Each& each : change.each) keys.push_back(each.key);
    return store_.erase(keys, deadline);
  }
  /// False: not all of them were still there.
  bool remove_markers(const Change& change, const Deadline& deadline) {
    std::vector<CacheLease> markers;
    for (const Change::Each& each : change.each) {
      markers.push_back({.key = each.marker.key, .token = each.marker.value, .fill = {}});
    }
    const auto held = store_.settle(markers, deadline);
    return held && std::find(held->begin(), held->end(), false) == held->end();
  }

  bool erase(const std::string& key, const Deadline& deadline) {
    const std::array keys{key, lease_key(key)};
    return store_.erase(keys, deadline);
  }

  /// What earlier calls could not erase; at most a few, and not more often than the breaker tries.
  void erase_pending(const Deadline& deadline) {
    constexpr std::size_t together = 100;
    const auto due =
        pending_.take_due(options_.clock->steady_now(), options_.breaker_pause, together);
    if (due.empty()) return;
    std::vector<std::string> keys;
    for (const auto& each : due) {
      keys.push_back(each.key);
      keys.push_back(lease_key(each.key));
    }
    const bool erased = store_.erase(keys, deadline);
    for (const auto& each : due) pending_.end(each.key, each.attempt, erased);
  }

  static std::shared_ptr<CacheStore> checked(std::shared_ptr<CacheStore> store,
                                             const CacheOptions& options) {
    using std::chrono::milliseconds;
    const auto in_range = [](milliseconds time, milliseconds least) {
      return time >= least && time <= max_timeout;
    };
    const auto good = [](const CacheTtl& ttl) {
      constexpr std::chrono::seconds longest = std::chrono::hours{24 * 30};
      return ttl.base.count() > 0 && ttl.base <= longest && ttl.spread.count() >= 0 &&
             ttl.spread <= longest;
    };
    const milliseconds one{1};
    if (!store) bad_construction("booking: the cache store is null");
    if (!good(options.ttl) || !good(options.missing)) {
      bad_construction("booking: a cache's time to live is 1 s to 30 days");
    }
    if (!in_range(options.timeout, one) || !in_range(options.store_timeout, one) ||
        !in_range(options.lease_ttl, one) || !in_range(options.lease_wait, milliseconds{0}) ||
        !in_range(options.breaker_pause, one) || options.stale_for.count() < 0 ||
        options.stale_for > std::chrono::hours{24 * 30}) {
      bad_construction("booking: a time of a cache is out of range");
    }
    if (options.max_loads < 1 || options.breaker_failures < 1 || options.max_pending < 1 ||
        options.max_stale < 1 || options.near.max_entries < 1) {
      bad_construction("booking: a bound of a cache is below 1");
    }
    return store;
  }

  // ---- small parts ------------------------------------------------------------------------------

  static std::string lease_key(const std::string& key) { return key + ":lock"; }

  CacheItem lease_of(const std::string& key) const {
    return {lease_key(key),
            std::to_string(options_.random->next()) + "-" + std::to_string(options_.random->next()),
            options_.lease_ttl};
  }

  std::chrono::milliseconds ttl_of(const CacheLoaded& loaded) const {
    const CacheTtl& ttl = loaded.value ? options_.ttl : options_.missing;
    std::chrono::milliseconds life = ttl.base;
    if (ttl.spread.count() > 0) {
      life += std::chrono::seconds{static_cast<std::int64_t>(
          options_.random->next() % static_cast<std::uint64_t>(ttl.spread.count()))};
    }
    return loaded.at_most ? std::min(life, *loaded.at_most) : life;
  }

  static bool is(const CacheEntry& entry, const std::string* unreadable) {
    return unreadable != nullptr && entry.value == *unreadable;
  }

  CacheAnswer stale(const LastKnown::Answer& known) const {
    CacheAnswer answer{.value = {}, .source = CacheSource::stale, .age = known.age, .left = {}};
    if (known.value != none_marker) answer.value = known.value;
    return answer;
  }

  CacheAnswer answer_of(const CacheEntry& entry) const {
    const bool none = entry.value == none_marker;
    CacheAnswer answer{.value = {},
                       .source = none ? CacheSource::negative : CacheSource::hit,
                       .age = {},
                       .left = entry.left};
    if (!none) answer.value = entry.value;
    if (entry.left) {
      const std::chrono::milliseconds longest =
          none ? options_.missing.longest() : options_.ttl.longest();
      answer.age = std::max(longest - *entry.left, std::chrono::milliseconds{0});
    }
    return answer;
  }

  Result<CacheAnswer> counted(Result<CacheAnswer> answer) {
    if (answer) {
      answers_[static_cast<std::size_t>(answer->source)].fetch_add(1, std::memory_order_relaxed);
    }
    return answer;
  }

  std::chrono::nanoseconds part_of(std::chrono::nanoseconds ceiling) {
    return std::chrono::nanoseconds{static_cast<std::int64_t>(
        options_.random->next() % static_cast<std::uint64_t>(ceiling.count()))};
  }

  static bool is_marker(const CacheLoaded& loaded) { return loaded.value == none_marker; }
  static Error looks_like_none() {
    return invalid(Subject::request, "a value would be kept as -1, which stands for none");
  }
  static Error too_late(std::string what) {
    Error error;
    error.code = ErrorCode::timeout;
    error.detail = "waited for " + std::move(what);
    return error;
  }
  static Error too_many_loads() {
    Error error;
    error.code = ErrorCode::overloaded;
    error.detail = "too many calls load from the database already";
    return error;
  }

  static constexpr std::chrono::milliseconds first_pause{2};
  static constexpr std::chrono::milliseconds longest_pause{50};

  CacheOptions options_;
  const ForkCheck fork_check_;
  CacheExchange store_;
  LoadGate gate_;
  PendingErasures pending_;
  Flights flights_;
  std::unique_ptr<LastKnown> last_known_;  // nullptr: nothing is answered twice
  std::array<std::atomic<std::uint64_t>, 6> answers_{};
  std::atomic<std::uint64_t> loads_{0};
  std::atomic<std::uint64_t> dropped_fills_{0};
};

}  // namespace booking::inline v0::detail

#include "booking/detail/cache_many.hpp"
