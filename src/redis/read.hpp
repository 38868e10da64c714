// Answers queries. Used by store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "booking/command.hpp"
#include "redis/access.hpp"

namespace booking::inline v0::redis {

/// Errors: as Access.
Result<Answer> answer(Access& access, Connection& connection, const Query& query,
                      const Deadline& deadline);

/// The ids of bookings behind `after`, ascending, at most `most`.
Result<std::vector<BookingId>> read_ids(Access& access, Connection& connection,
                                        const std::optional<BookingId>& after, std::int32_t most,
                                        const Deadline& deadline);

}  // namespace booking::inline v0::redis
