// Reading many keys through a cache: one exchange for each step, whatever their number. Private:
// include booking/detail/cache_core.hpp.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "booking/detail/cache_core.hpp"

namespace booking::inline v0::detail {

/// A key of get_many that this call loads.
struct CacheCore::Lead {
  std::size_t place;
  Flights::Flight flight;
  CacheItem lease;
};

inline Result<std::vector<CacheAnswer>> CacheCore::get_many(std::span<const std::string> keys,
                                                            const CacheLoads& loads,
                                                            const Deadline& deadline) {
  erase_pending(deadline);
  std::vector<std::optional<CacheAnswer>> answers(keys.size());
  std::unordered_map<std::string_view, std::size_t> first;  // place of each key
  const auto found = store_.get(keys, deadline);
  std::vector<Lead> leads;
  std::vector<std::size_t> untrusted;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!first.emplace(keys[i], i).second) continue;
    if (!found || pending_.contains(keys[i])) {
      untrusted.push_back(i);
    } else if ((*found)[i]) {
      answers[i] = answer_of(*(*found)[i]);
    } else if (auto flight = flights_.join(keys[i]); flight.leads()) {
      leads.push_back({i, std::move(flight), lease_of(keys[i])});
    }
  }
  if (auto led = lead_many(keys, leads, loads, deadline, answers); !led) return led.error();
  leads.clear();
  if (!untrusted.empty()) {
    auto loaded = load_many_within_limits(loads, untrusted, deadline);
    if (!loaded) return std::move(loaded).error();
    for (std::size_t i = 0; i < untrusted.size(); ++i) {
      answers[untrusted[i]] = CacheAnswer{std::move((*loaded)[i].value), CacheSource::fallback,
                                          std::chrono::milliseconds{0}};
    }
  }
  std::vector<CacheAnswer> all;
  all.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t place = first.at(keys[i]);
    if (!answers[place]) {  // others load it
      auto one = get(keys[place], one_of(loads, place), deadline);
      if (!one) return std::move(one).error();
      answers[place] = *std::move(one);
    }
    all.push_back(*answers[place]);
  }
  return all;
}

/// Leases, a second look, one load, one fill. A key that others hold the lease of stays unanswered.
inline Result<void> CacheCore::lead_many(std::span<const std::string> keys,
                                         std::vector<Lead>& leads, const CacheLoads& loads,
                                         const Deadline& deadline,
                                         std::vector<std::optional<CacheAnswer>>& answers) {
  if (leads.empty()) return Result<void>::success();
  std::vector<CacheItem> wanted;
  std::vector<std::string> names;
  for (const Lead& lead : leads) {
    wanted.push_back(lead.lease);
    names.push_back(keys[lead.place]);
  }
  const auto added = store_.add(wanted, deadline);
  if (!added) return Result<void>::success();  // one by one, each finds out what is left of it
  const auto again = store_.get(names, deadline);
  std::vector<std::size_t> places;
  std::vector<CacheLease> leases;
  std::vector<Lead*> loading;
  for (std::size_t i = 0; i < leads.size(); ++i) {
    if (again && (*again)[i]) answers[leads[i].place] = answer_of(*(*again)[i]);
    if (!(*added)[i]) continue;
    leases.push_back({.key = wanted[i].key, .token = wanted[i].value, .fill = {}});
    if (answers[leads[i].place]) continue;
    places.push_back(leads[i].place);
    loading.push_back(&leads[i]);
  }
  auto loaded = load_many_within_limits(loads, places, deadline);
  std::unordered_map<std::string_view, CacheItem> fills;
  for (std::size_t i = 0; loaded && i < places.size(); ++i) {
    const auto ttl = ttl_of((*loaded)[i]);
    loading[i]->flight.close();
    if (ttl.count() <= 0) continue;
    fills.emplace(
        loading[i]->lease.key,
        CacheItem{keys[places[i]], (*loaded)[i].value.value_or(std::string{none_marker}), ttl});
  }
  for (CacheLease& lease : leases) {
    if (const auto fill = fills.find(lease.key); fill != fills.end()) lease.fill = fill->second;
  }
  const auto held = store_.settle(leases, deadline);
  if (!loaded) return std::move(loaded).error();
  for (std::size_t i = 0; i < places.size(); ++i) {
    CacheAnswer& answer = answers[places[i]].emplace(CacheAnswer{
        std::move((*loaded)[i].value), CacheSource::loaded, std::chrono::milliseconds{0}});
    const auto at = std::find_if(leases.begin(), leases.end(), [&](const CacheLease& lease) {
      return lease.key == loading[i]->lease.key;
    });
    const bool fresh = held && (*held)[static_cast<std::size_t>(at - leases.begin())];
    if (fresh) loading[i]->flight.share(answer);
    if (held && !fresh) dropped_fills_.fetch_add(1, std::memory_order_relaxed);
  }
  return Result<void>::success();
}

}  // namespace booking::inline v0::detail
