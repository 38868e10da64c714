// One function for each query of command.hpp.
#include "sqlite/read.hpp"

#include <utility>

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
  const UserLimit& user_limit;

  std::optional<SlotState> operator()(const query::Slot& q) const {
    Statement statement{connection, sql::slot};
    bind(statement, q.slot);
    return read_one(statement, read_slot);
  }

  std::vector<SlotState> operator()(const query::Slots& q) const {
    Statement statement{connection, sql::slots_of_service};
    bind_all(statement, q.service, q.from, q.to, q.limit);
    return read_all(statement, read_slot);
  }

  std::optional<Booking> operator()(const query::FindBooking& q) const {
    Statement statement{connection, sql::booking};
    bind(statement, q.id);
    return read_one(statement, read_booking);
  }

  std::vector<Booking> operator()(const query::Bookings& q) const {
    Statement statement{connection, sql::bookings(q)};
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
    return read_all(statement, read_booking);
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
    return read_all(statement, [](Statement& row) {
      SlotState state = read_slot(row);
      return SlotTally{.state = state, .taken = row.next_integer()};
    });
  }

  std::vector<UserTally> operator()(const query::UserTallies& q) const {
    Statement statement{connection, sql::user_tallies};
    q.after ? bind(statement, *q.after) : statement.bind_lowest();
    bind_all(statement, user_limit.counting, q.limit);
    return read_all(statement, [](Statement& row) {
      const UserId user = read_user(row);
      return UserTally{.user = user, .counting = row.next_integer()};
    });
  }

  UserLimit operator()(const query::Policy& /*q*/) const { return user_limit; }
};

}  // namespace

Answer answer(Connection& connection, const Query& query, const UserLimit& user_limit) {
  const Reader reader{connection, user_limit};
  return std::visit([&](const auto& q) { return Answer{reader(q)}; }, query);
}

}  // namespace booking::inline v0::sqlite
