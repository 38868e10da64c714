// Answers to queries, each one SELECT and so one snapshot. Used by store.
#pragma once

#include "booking/command.hpp"
#include "sqlite/connection.hpp"

namespace booking::inline v0::sqlite {

/// The answer to `query`; worth nothing when the connection has failed.
Answer answer(Connection& connection, const Query& query, const Clock& clock);

}  // namespace booking::inline v0::sqlite
