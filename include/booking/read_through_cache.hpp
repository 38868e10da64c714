// A cache in front of a database, for any id and any value of the host's. UserCache and
// BookingCache are names for particular ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "booking/cache_options.hpp"
#include "booking/cache_store.hpp"
#include "booking/detail/cache_core.hpp"
#include "booking/detail/near_cache.hpp"
#include "booking/options.hpp"
#include "booking/result.hpp"

namespace booking::inline v0 {

/// Reads through a cache: what is not kept is loaded, kept for a while and answered; that there is
/// none is kept too. One record under one key per id (row 2.1). A handle; copies share the cache.
///
/// Callers of one process who miss the same id share one load; processes keep each other from
/// loading the same by a lease, an item under `<key>:lock` (row 2.5). A value loaded before `clear`
/// is neither kept nor answered to callers that come after it, in whichever process; only what
/// other processes have near may be older, by their feed's `bound`. Where an entry is deleted by
/// others than the library while it is loaded, an old value may stay until its time to live is
/// over. Where the cache store cannot be reached, everything is loaded from the
/// database, by at most `max_loads` calls at a time, and who joins a load is told what it found,
/// also if others changed it since.
///
/// Thread safety: may be used from any number of threads at once. Blocks no longer than the call's
/// timeout, if the loader keeps to its deadline. Every call may answer: invalid_argument (the
/// timeout, the id) · timeout, overloaded (too many load already) · internal (in a forked child) ·
/// where it loads, the loader's own errors, unchanged, and those of `encode`. Errors of the cache
/// store never reach the caller (see CacheObserver).
template <class Id, class Value>
class ReadThroughCache {
 public:
  using Key = std::function<std::string(const Id&)>;

  /// Keeps what `loader` finds in `store`, under `key(id)`: two ids never under the same, and an
  /// empty key for an id that is not valid.
  /// Throws std::invalid_argument when one of them is missing or an option is out of range.
  ReadThroughCache(std::shared_ptr<CacheStore> store, Key key, CacheCodec<Value> codec,
                   CacheLoader<Id, Value> loader, CacheOptions options = {}) {
    if (!key || !codec.encode || !codec.decode || !loader.one) {
      detail::bad_construction("booking::ReadThroughCache: key, codec or loader is missing");
    }
    shared_ = std::make_shared<Shared>(std::move(key), std::move(codec), std::move(loader),
                                       std::move(store), std::move(options));
  }

  /// The value, from wherever it is found first; none: there is none (row 2.2).
  Result<Cached<Value>> get(const Id& id, CallOptions options = {}) {
    Cached<Value> near;
    const auto copy = [&near](const Value* value, CacheSource source, auto age) {
      if (value != nullptr) near.value = *value;
      near.source = source;
      near.age = age;
    };
    if (shared_->near && shared_->near->visit(id, copy)) return near;
    return get_far(id, options);
  }

  /// As `get`, without a copy of what this process keeps near (CacheOptions::near): calls
  /// `visit(const Value*)` once, with nullptr where there is none, and answers where that came
  /// from. `visit` holds nobody up, but should be brief: what it is shown is kept in memory until
  /// then.
  template <class Visit>
  Result<CacheSource> visit(const Id& id, Visit visit, CallOptions options = {}) {
    const auto pass_on = [&visit](const Value* value, CacheSource, auto) { visit(value); };
    if (shared_->near && shared_->near->visit(id, pass_on)) return CacheSource::near;
    const auto found = get_far(id, options);
    if (!found) return found.error();
    visit(found->value ? &*found->value : nullptr);
    return found->source;
  }

  /// The values of up to 1,000 ids, in order: one exchange with the cache store, and for what is
  /// not kept one call of the loader. Does not look at what is near.
  Result<std::vector<Cached<Value>>> get_many(std::span<const Id> ids, CallOptions options = {}) {
    if (ids.size() > detail::max_each) {
      return detail::invalid(Subject::request, "get_many takes at most 1000 ids");
    }
    std::vector<std::string> keys;
    keys.reserve(ids.size());
    for (const Id& id : ids) {
      auto call = begin(id, options);
      if (!call) return std::move(call).error();
      keys.push_back(std::move(call->key));
    }
    const auto deadline = shared_->core.begin(options);
    if (!deadline) return deadline.error();
    auto answers = shared_->core.get_many(keys, loading_many(ids), *deadline);
    if (!answers) return std::move(answers).error();
    std::vector<Cached<Value>> values;
    values.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      std::optional<Value> none;
      if (auto value = decoded(keys[i], (*answers)[i], none)) {
        values.push_back({*std::move(value), (*answers)[i].source, (*answers)[i].age});
        continue;
      }
      auto anew = get(ids[i], options);
      if (!anew) return std::move(anew).error();
      values.push_back(*std::move(anew));
    }
    return values;
  }

  /// Whether there is one (row 2.3): by what is kept, else loads. Does not look at what is near.
  Result<bool> exists(const Id& id, CallOptions options = {}) {
    auto call = begin(id, options);
    if (!call) return std::move(call).error();
    std::optional<Value> loaded;
    const auto answer = shared_->core.get(call->key, loading(id, loaded), call->deadline);
    if (!answer) return answer.error();
    return answer->value.has_value();
  }

  /// Loads and keeps, whatever is kept now (row 2.3): for what will soon be read. What was being
  /// loaded meanwhile is not kept. No invalidation: after an error, and where the cache store could
  /// not be asked (fallback), the old entry stays until its time to live is over. After a change in
  /// the database `clear` first.
  Result<Cached<Value>> save(const Id& id, CallOptions options = {}) {
    auto call = begin(id, options);
    if (!call) return std::move(call).error();
    std::optional<Value> loaded;
    const auto answer = shared_->core.save(call->key, loading(id, loaded), call->deadline);
    if (shared_->near) shared_->near->changed(call->key);
    if (!answer) return answer.error();
    return Cached<Value>{std::move(loaded), answer->source, answer->age};
  }

  /// Forgets what is kept (row 2.3): call it after each change in the database, a creation
  /// included, before you acknowledge the change. Where the cache store cannot be reached, the
  /// entry is erased by some later call, and not trusted by this cache until then; other processes
  /// may see it until then, or until its time to live is over.
  /// Errors: overloaded (so many entries wait to be erased that nothing remembers this one).
  Result<void> clear(const Id& id, CallOptions options = {}) {
    auto call = begin(id, options);
    if (!call) return std::move(call).error();
    // Before, so that nobody here is told old things meanwhile; and behind, for what came from the
    // store until then.
    if (shared_->near) shared_->near->changed(call->key);
    auto cleared = shared_->core.clear(call->key, call->deadline);
    if (shared_->near) shared_->near->changed(call->key);
    return cleared;
  }

  CacheStats stats() const noexcept {
    CacheStats stats = shared_->core.stats();
    if (shared_->near) {
      stats.answers[static_cast<std::size_t>(CacheSource::near)] = shared_->near->hits();
    }
    return stats;
  }

 private:
  struct Shared {
    Shared(Key key_of, CacheCodec<Value> kept_as, CacheLoader<Id, Value> loaded_by,
           std::shared_ptr<CacheStore> store, CacheOptions options)
        : key{std::move(key_of)},
          codec{std::move(kept_as)},
          loader{std::move(loaded_by)},
          core{std::move(store), std::move(options)} {
      if (core.options().near.feed) {
        near = std::make_unique<detail::NearCache<Id, Value>>(core.options().near);
      }
    }

    const Key key;
    const CacheCodec<Value> codec;
    const CacheLoader<Id, Value> loader;
    detail::CacheCore core;
    std::unique_ptr<detail::NearCache<Id, Value>> near{};  // nullptr: nothing is kept near
  };

  struct Call {
    std::string key;
    Deadline deadline;
  };

  Result<Cached<Value>> get_far(const Id& id, const CallOptions& options) {
    auto call = begin(id, options);
    if (!call) return std::move(call).error();
    std::optional<Value> loaded;
    const auto load = loading(id, loaded);
    const auto ticket = shared_->near ? shared_->near->ticket(call->key) : detail::NearTicket{};
    auto answer = shared_->core.get(call->key, load, call->deadline);
    if (!answer) return std::move(answer).error();
    auto value = decoded(call->key, *answer, loaded);
    if (!value) {
      // Not ours, or written by another version: as if it were not there.
      answer = shared_->core.get(call->key, load, call->deadline, &*answer->value);
      if (!answer) return std::move(answer).error();
      value = decoded(call->key, *answer, loaded);
    }
    if (!value) return std::move(value).error();
    // What was loaded is told of by the feed in a moment: the fill is a change.
    if (shared_->near && answer->left) {
      shared_->near->keep(id, call->key, *value, *answer->left, answer->age, ticket);
    }
    return Cached<Value>{*std::move(value), answer->source, answer->age};
  }

  Result<Call> begin(const Id& id, const CallOptions& options) const {
    const auto deadline = shared_->core.begin(options);
    if (!deadline) return deadline.error();
    std::string key = shared_->key(id);
    if (key.empty()) return detail::invalid(Subject::request, "the id is not valid");
    return Call{std::move(key), *deadline};
  }

  Result<detail::CacheLoaded> encoded(const std::optional<Value>& value) const {
    if (!value) return detail::CacheLoaded{};
    auto bytes = shared_->codec.encode(*value);
    if (!bytes) return std::move(bytes).error();
    return detail::CacheLoaded{*std::move(bytes), {}};
  }

  /// Leaves what it loaded in `loaded`, so that this caller need not decode it.
  detail::CacheLoad loading(const Id& id, std::optional<Value>& loaded) const {
    return [this, &id, &loaded](const Deadline& deadline) -> Result<detail::CacheLoaded> {
      auto found = shared_->loader.one(id, deadline);
      if (!found) return std::move(found).error();
      loaded = *std::move(found);
      return encoded(loaded);
    };
  }

  detail::CacheLoads loading_many(std::span<const Id> ids) const {
    return [this, ids](std::span<const std::size_t> places,
                       const Deadline& deadline) -> Result<std::vector<detail::CacheLoaded>> {
      auto found = load_many(ids, places, deadline);
      if (!found) return std::move(found).error();
      std::vector<detail::CacheLoaded> kept;
      kept.reserve(found->size());
      for (const std::optional<Value>& value : *found) {
        auto bytes = encoded(value);
        if (!bytes) return std::move(bytes).error();
        kept.push_back(*std::move(bytes));
      }
      return kept;
    };
  }

  Result<std::vector<std::optional<Value>>> load_many(std::span<const Id> ids,
                                                      std::span<const std::size_t> places,
                                                      const Deadline& deadline) const {
    std::vector<Id> wanted;
    wanted.reserve(places.size());
    for (const std::size_t place : places) wanted.push_back(ids[place]);
    if (shared_->loader.many) return shared_->loader.many(wanted, deadline);
    std::vector<std::optional<Value>> all;
    all.reserve(wanted.size());
    for (const Id& id : wanted) {
      auto one = shared_->loader.one(id, deadline);
      if (!one) return std::move(one).error();
      all.push_back(*std::move(one));
    }
    return all;
  }

  Result<std::optional<Value>> decoded(const std::string& key, const detail::CacheAnswer& answer,
                                       std::optional<Value>& loaded) const {
    if (!answer.value) return std::optional<Value>{};
    if (loaded) return std::move(loaded);
    auto value = shared_->codec.decode(*answer.value);
    if (value) return std::optional<Value>{*std::move(value)};
    shared_->core.unreadable(key, value.error());
    return std::move(value).error();
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace booking::inline v0
