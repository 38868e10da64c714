// Reaching a server with a host's options. Used by open and erase, and by tests.
#pragma once

#include <memory>

#include "booking/redis.hpp"
#include "redis/access.hpp"

namespace booking::inline v0::redis {

/// Checks the options and looks the server up; connects to nothing yet. Errors: invalid_argument,
/// unavailable.
Result<std::unique_ptr<Access>> reach(const RedisOptions& options);

/// redis_store. Without `twins` every command goes the general way.
Result<std::shared_ptr<Store>> open_store(const RedisOptions& options, bool twins);

}  // namespace booking::inline v0::redis
