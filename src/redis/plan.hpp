// Which facts a command will ask for, so that they are read in one round instead of one after the
// other. Only a matter of speed: what a plan forgets, the view asks for. Used by store.
#pragma once

#include <optional>

#include "booking/command.hpp"
#include "redis/facts.hpp"

namespace booking::inline v0::redis {

/// Asks for all that can be told from the command and from what is known already. `counted`: a
/// policy limits how many bookings a user may have.
void ask_ahead(Facts& facts, const Command& command, bool counted);
/// The rest that a transaction will want to know, of the commands that are given often. `seen_at`:
/// store time of what is known. Whether overdue holds were seen, which it will then return.
bool ask_ahead_to_watch(Facts& facts, const Command& command,
                        const std::optional<Instant>& seen_at);

}  // namespace booking::inline v0::redis
