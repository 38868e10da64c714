// An inventory in the process's memory: for tests, tools and single-process hosts.
#pragma once

#include <memory>

#include "booking/booking_record.hpp"
#include "booking/store.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Options of memory_store.
struct MemoryOptions {
  /// How many bookings one user may have, over all slots (1, unless you say otherwise:
  /// `{.user_limit = UserLimit::none()}`), and how long final bookings are kept.
  Policy policy{};
  /// Store time; nullptr: the system's, as of its last tick (up to 10 ms ago).
  std::shared_ptr<Clock> clock{};
};

/// Makes an empty inventory in memory. Everything is lost with the last handle on it.
///
/// Commands on different slots and users do not wait for each other; a batch, a definition, a
/// reschedule or a sweep lets nobody else in for as long as it takes, mostly microseconds. A call
/// that cannot get in by its deadline answers timeout, shut down it answers unavailable: nothing
/// happened. Reads of one slot are linearizable, lists so for each slot, user or booking in them.
/// A user limit that is not valid makes every call answer invalid_argument.
std::shared_ptr<Store> memory_store(MemoryOptions options = {});

}  // namespace booking::inline v0

#include "booking/detail/memory_store_impl.hpp"
