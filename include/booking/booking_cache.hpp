// "What is my booking?", asked with every page refresh (row 1.9), answered without the database.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "booking/booking_record.hpp"
#include "booking/cache_options.hpp"
#include "booking/refresh_limit.hpp"
#include "booking/result.hpp"
#include "booking/slot_inventory.hpp"

namespace booking::inline v0 {

/// Users' current bookings, in the form that the host's callers want. A handle; copies share the
/// cache.
///
/// Where the inventory was made with `InventoryOptions::booking_cache`, answers are kept there
/// under `user:{id}:booking`, that a user has none (`-1`) too. The inventory itself marks a user in
/// the cache before it changes a booking and removes the mark and the entry afterwards, so that no
/// answer is older than a change that was acknowledged; who meets a mark is answered from the
/// store. Entries of holds end at their deadline, others after a time to live. Without it every
/// answer is one read of the store: on Redis one round trip, so that there a second copy is worth
/// nothing.
///
/// One inventory has one entry for each user: all its BookingCaches, in every process, must use the
/// same format. Several inventories need a cache store each, or one with a prefix each.
///
/// Where the cache store cannot be reached, bookings go on: this inventory's caches then ask the
/// store for the users concerned, until their entries are erased; other processes may answer them
/// from old entries until the time to live is over.
///
/// Thread safety: may be used from any number of threads at once. Blocks no longer than the call's
/// timeout (not set: the inventory's). Every call may answer: invalid_argument (the id, the
/// timeout) · those of SlotInventory::current_booking, and of the format, where the store is read.
class BookingCache {
 public:
  /// What is kept and answered of a booking; any bytes but `-1`. May be called from any thread.
  /// `json_cache.hpp` has the one of row 1.9.
  using Format = std::function<Result<std::string>(const Booking&)>;

  /// `limit`: how often one user may ask (row 1.12); nullptr: as often as they want.
  /// Throws std::invalid_argument when there is no format.
  BookingCache(SlotInventory inventory, Format format, std::shared_ptr<RefreshLimit> limit = {})
      : inventory_{std::move(inventory)}, format_{std::move(format)}, limit_{std::move(limit)} {
    if (!format_) detail::bad_construction("booking::BookingCache: there is no format");
  }

  /// The user's current booking as formatted; no value: the user has none.
  /// Errors: overloaded (about the user, who asks too often: see `retry_after`; answer HTTP 429).
  Result<Cached<std::string>> get(const UserId& user, CallOptions options = {}) {
    if (limit_) {
      if (auto allowed = limit_->allow(user); !allowed) return allowed.error();
    }
    detail::CacheCore* const core = inventory_.core_->booking_cache();
    if (core == nullptr) return read(user, options);
    const auto deadline = core->begin(options);
    if (!deadline) return deadline.error();
    const std::string key = detail::current_booking_key(user);
    if (key.empty()) return detail::check_user(user).error();
    const auto load = [&](const Deadline& left) { return loaded(user, left); };
    auto answer = core->get(key, load, *deadline);
    if (!answer) return std::move(answer).error();
    return Cached<std::string>{std::move(answer->value), answer->source, answer->age};
  }

  /// Counts since the inventory was made; all zero where nothing is kept.
  CacheStats stats() const noexcept {
    detail::CacheCore* const core = inventory_.core_->booking_cache();
    return core == nullptr ? CacheStats{} : core->stats();
  }

 private:
  Result<Cached<std::string>> read(const UserId& user, const CallOptions& options) const {
    const auto booking = inventory_.current_booking(user, options);
    if (!booking) return booking.error();
    Cached<std::string> answer{.value = {}, .source = CacheSource::loaded, .age = {}};
    answer.age = std::chrono::milliseconds{0};
    if (!*booking) return answer;
    auto text = format_(**booking);
    if (!text) return std::move(text).error();
    answer.value = *std::move(text);
    return answer;
  }

  Result<detail::CacheLoaded> loaded(const UserId& user, const Deadline& deadline) const {
    const CallOptions left{
        std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()),
                 std::chrono::milliseconds{1})};
    const auto booking = inventory_.current_booking(user, left);
    if (!booking) return booking.error();
    if (!*booking) return detail::CacheLoaded{};
    auto text = format_(**booking);
    if (!text) return std::move(text).error();
    detail::CacheLoaded kept{.value = *std::move(text), .at_most = {}};
    if ((*booking)->status != Status::held) return kept;
    const auto now = inventory_.core_->store_time(deadline);
    if (!now) return now.error();
    kept.at_most = std::max(*(*booking)->hold_until - *now, std::chrono::milliseconds{0});
    return kept;
  }

  SlotInventory inventory_;
  Format format_;
  std::shared_ptr<RefreshLimit> limit_;
};

}  // namespace booking::inline v0
