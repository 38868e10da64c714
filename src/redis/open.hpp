// Reaching a server with a host's options. Used by open and erase.
#pragma once

#include <memory>

#include "booking/redis.hpp"
#include "redis/access.hpp"

namespace booking::inline v0::redis {

/// Checks the options and looks the server up; connects to nothing yet. Errors: invalid_argument,
/// unavailable.
Result<std::unique_ptr<Access>> reach(const RedisOptions& options);

}  // namespace booking::inline v0::redis
