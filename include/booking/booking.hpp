// Everything of booking::core in one include: the inventory, caches, counters, the market, the
// memory stores and the locks. A single header of the folder may be included instead; each stands
// alone. Where a comment says "row 1.3", that is a row of docs/requirements.md, which says what the
// library has to do.
#pragma once

#include "booking/booking_cache.hpp"
#include "booking/booking_record.hpp"
#include "booking/cache_refresher.hpp"
#include "booking/counters.hpp"
#include "booking/error.hpp"
#include "booking/following.hpp"
#include "booking/http.hpp"
#include "booking/ids.hpp"
#include "booking/lock.hpp"
#include "booking/marketplace.hpp"
#include "booking/memory_cache_store.hpp"
#include "booking/memory_counter_store.hpp"
#include "booking/memory_market_store.hpp"
#include "booking/memory_store.hpp"
#include "booking/observer.hpp"
#include "booking/options.hpp"
#include "booking/process_mutex.hpp"
#include "booking/read_through_cache.hpp"
#include "booking/reconcile.hpp"
#include "booking/refresh_limit.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"
#include "booking/slot.hpp"
#include "booking/slot_inventory.hpp"
#include "booking/store.hpp"
#include "booking/time.hpp"
#include "booking/user_cache.hpp"
#include "booking/version.hpp"
