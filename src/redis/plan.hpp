// Which facts a command will ask for, so that they are read in one round instead of one after the
// other. Only a matter of speed: what a plan forgets, the view asks for. Used by store.
#pragma once

#include "booking/command.hpp"
#include "redis/facts.hpp"

namespace booking::inline v0::redis {

/// Asks for all that can be told from the command and from what is known already. `counted`: a
/// policy limits how many bookings a user may have.
void ask_ahead(Facts& facts, const Command& command, bool counted);
/// The rest that a transaction will want to know, of the commands that are given often.
void ask_ahead_to_watch(Facts& facts, const Command& command);

}  // namespace booking::inline v0::redis
