// One function for each query of command.hpp.
#include "sqlite/read.hpp"

#include <algorithm>
#include <utility>

#include "sqlite/file.hpp"
#include "sqlite/statements.hpp"
#include "sqlite/values.hpp"

namespace booking::inline v0::sqlite {

namespace {

template <class Read>
auto read_all(Statement& statement, Read read) {
  std::vector<decltype(read(statement))> rows;
  while (statement.step()) rows.push_back(read(statement));
  return rows;
}

template <class Read>
auto read_one(Statement& statement, Read read) {
  std::optional<decltype(read(statement))> row;
  if (statement.step()) row = read(statement);
  return row;
}

struct Reader {
  Connection& connection;
  const Instant clock;

  std::optional<SlotReading> operator()(const query::Slot& q) const {
    Statement statement{connection, sql::slot_reading};
    bind_all(statement, clock, q.slot);
    return read_one(statement, read_reading);
  }

  std::vector<SlotReading> operator()(const query::Slots& q) const {
    Statement statement{connection, sql::slots_of_service};
    bind_all(statement, clock, q.service, q.from, q.to, q.limit);
    return read_all(statement, read_reading);
  }

  std::optional<Booking> operator()(const query::FindBooking& q) const {
    Statement statement{connection, sql::booking_reading};
    bind_all(statement, clock, q.id);
    return read_one(statement, read_seen_booking);
  }

  std::vector<Booking> operator()(const query::Bookings& q) const {
    Statement statement{connection, sql::bookings(q)};
    bind(statement, clock);
    if (q.after) {
      bind(statement, *q.after);
    } else if (q.order == query::Order::ascending) {
      statement.bind_lowest();
    } else {
      statement.bind_highest();
    }
    bind(statement, q.match.status.value_or(StatusSet::from_bits(0xFFFF)));
    if (q.match.user) bind(statement, *q.match.user);
    if (q.match.slot) bind(statement, *q.match.slot);
    bind(statement, q.limit);
    return read_all(statement, read_seen_booking);
  }

  std::vector<SlotTally> operator()(const query::SlotTallies& q) const {
    Statement statement{connection, sql::slot_tallies};
    if (q.from) {
      bind(statement, *q.from);
    } else {
      statement.bind_lowest();
      statement.bind_text("");
    }
    bind_all(statement, seat_statuses, q.limit);
    return read_all(statement, read_tally);
  }

  std::vector<UserTally> operator()(const query::UserTallies& q) const {
    const Policy policy = read_inventory(connection).policy;
    Statement statement{connection, sql::user_tallies};
    bind(statement, clock);
    q.after ? bind(statement, *q.after) : statement.bind_lowest();
    bind_all(statement, policy.user_limit.counting, q.limit);
    return read_all(statement, [](Statement& row) {
      const UserId user = read_user(row);
      return UserTally{.user = user, .counting = row.next_integer()};
    });
  }

  Policy operator()(const query::ReadPolicy& /*q*/) const {
    return read_inventory(connection).policy;
  }

  GateReading operator()(const query::ReadGate& /*q*/) const {
    const Inventory inventory = read_inventory(connection);
    return {.gate = inventory.gate, .now = std::max(clock, inventory.relied_on)};
  }
};

}  // namespace

Answer answer(Connection& connection, const Query& query, const Clock& clock) {
  const Reader reader{connection, clock.now()};
  return std::visit([&](const auto& q) { return Answer{reader(q)}; }, query);
}

}  // namespace booking::inline v0::sqlite
