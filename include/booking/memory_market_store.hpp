// A market in the process's memory: for tests, tools and single-process hosts.
#pragma once

#include <memory>

#include "booking/market_store.hpp"
#include "booking/time.hpp"

namespace booking::inline v0 {

/// Makes an empty market in memory. Everything is lost with the last handle on it. `clock`
/// (nullptr: the system's) says when op ids are forgotten. One call at a time, each for
/// microseconds.
std::shared_ptr<MarketStore> memory_market_store(std::shared_ptr<Clock> clock = nullptr);

}  // namespace booking::inline v0

#include "booking/detail/memory_market.hpp"
