// What makes a file an inventory: its marks, its single row, and how a new one is made. Used by
// open (the public entry) and by store, which reconnects after a failure.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "booking/booking_record.hpp"
#include "booking/requests.hpp"
#include "sqlite/connection.hpp"

namespace booking::inline v0::sqlite {

/// The single row.
struct Inventory {
  std::string identity{};  ///< 16 random bytes from when it was made
  Policy policy{};
  Gate gate{};
  Instant relied_on{};  ///< store time never goes behind it
};

/// Reads it; a file without one fails the connection.
Inventory read_inventory(Connection& connection);

/// A connection ready for use, and what stands behind it.
struct Opened {
  std::unique_ptr<Connection> connection{};
  Inventory inventory{};
};

/// Connects to an inventory that exists. Changes nothing when it is something else.
Result<Opened> open_existing(const std::string& path, Connection::Access access,
                             const std::shared_ptr<Clock>& clock, const Deadline& deadline,
                             SqliteSync sync = SqliteSync::full);

/// What to do with an inventory found where one was to be made.
enum class IfFound { refuse, use };

/// Makes an inventory where there is no file or an empty database. When several processes do this
/// at once, one makes it and the others find it.
Result<Opened> make_or_find(const std::string& path, const Policy& policy, IfFound if_found,
                            const std::shared_ptr<Clock>& clock, const Deadline& deadline,
                            SqliteSync sync = SqliteSync::full);

}  // namespace booking::inline v0::sqlite
