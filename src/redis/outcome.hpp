// What an error reply, a lost reply or an impossible one means to the caller: the whole map. Used
// by connection, script and store.
#pragma once

#include <string>
#include <string_view>

#include "booking/error.hpp"
#include "booking/time.hpp"

namespace booking::inline v0::redis {

/// What was sent when things went wrong.
enum class Step {
  before_commit,  ///< something that changes nothing by itself: reads, WATCH, queueing, signing in
  commit,         ///< the one script, EXEC or command that changes the store
  read,           ///< a call that only reads
};

/// The error for an error reply.
Error outcome(std::string_view reply, Step step);

/// For a connection that broke, or a reply that did not come: at a commit of which a byte was
/// handed over nobody knows whether it was done, otherwise `error` as it is.
Error lost(Error error, bool handed_over, Step step);

/// For replies that are no answer to what was sent. The connection must be closed.
Error unexpected(std::string_view what, Step step);

/// For a wait that ended at `deadline`: timeout, or unavailable when shut down. Nothing was sent.
Error gave_up(const Deadline& deadline, std::string_view waited_for);

/// An error of this component with `code`.
Error store_error(ErrorCode code, std::string detail);

/// What is stored, or what the server says of it, cannot be.
Error broken(std::string detail);

/// Whether a connection on which the server answered this is of no more use: it closes it, is no
/// longer the master, or knows the user no more.
bool ends_connection(std::string_view reply) noexcept;

/// A server's text as it may be shown: at most 200 bytes, anything but printable ASCII escaped, and
/// without the arguments that some errors repeat, as they may hold a secret.
std::string shown(std::string_view text);

}  // namespace booking::inline v0::redis
