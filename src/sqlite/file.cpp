// Checks before the first change: a foreign file is left as it is.
#include "sqlite/file.hpp"

#include <utility>

#include "embedded/migrate_2_sql.hpp"
#include "embedded/schema_sql.hpp"
#include "sqlite/statements.hpp"
#include "sqlite/values.hpp"

namespace booking::inline v0::sqlite {

namespace {

constexpr std::int64_t our_application_id = 0x626F6F6B;  // as sql::mark_as_inventory
constexpr std::int64_t our_format = 2;                   // as sql::set_format

void check_marks(Connection& connection) {
  const std::int64_t id = connection.integer(sql::application_id);
  const std::int64_t format = connection.integer(sql::format);
  if (connection.failed()) return;
  if (id != our_application_id) {
    connection.fail_broken("the file is a SQLite database, but not an inventory (application_id " +
                           std::to_string(id) + ")");
  } else if (format > our_format) {
    connection.fail_broken("the inventory was made by a newer version of the library (format " +
                           std::to_string(format) + ", known: " + std::to_string(our_format) + ")");
  } else if (format < 1) {
    connection.fail_broken("the inventory has the unknown format " + std::to_string(format));
  }
}

/// Brings an older format up to ours, in one transaction; of several processes one does it.
void migrate(Connection& connection) {
  if (connection.integer(sql::format) == our_format || connection.failed()) return;
  const Transaction transaction{connection};
  if (connection.integer(sql::format) == our_format) return;
  connection.run_script(embedded::migrate_2_sql);
  connection.run(sql::set_format);
  connection.commit();
}

bool is_empty(Connection& connection) {
  return connection.integer(sql::application_id) == 0 && connection.integer(sql::format) == 0 &&
         connection.integer(sql::count_tables) == 0 && !connection.failed();
}

void insert_inventory(Connection& connection, const Policy& policy, const Clock& clock) {
  Random random;
  std::string identity;
  for (int i = 0; i < 16; ++i) identity += static_cast<char>(random.next() & 0xFFU);
  Statement statement{connection, sql::insert_inventory};
  statement.bind_bytes(identity);
  bind_all(statement, policy, clock.now());
  statement.change_one();
}

/// True: this call made it. False: another process was faster, or the connection has failed.
bool make(Connection& connection, const Policy& policy, const Clock& clock) {
  const Transaction transaction{connection};
  if (!is_empty(connection)) return false;
  connection.run_script(embedded::schema_sql);
  connection.run_script(embedded::migrate_2_sql);
  connection.run(sql::mark_as_inventory);
  connection.run(sql::set_format);
  insert_inventory(connection, policy, clock);
  connection.commit();
  return !connection.failed();
}

Error already_there() {
  Error error;
  error.code = ErrorCode::already_exists;
  error.subject = Subject::store;
  error.detail = "another process has just made an inventory there";
  return error;
}

/// Checks and configures `connection`, within the caller's Call.
Result<Inventory> check(Connection& connection, Connection::Access access, SqliteSync sync) {
  check_marks(connection);
  if (!connection.failed()) connection.configure(access, sync);
  if (access != Connection::Access::read) {
    migrate(connection);
    // A process that died between writing a commit and syncing it leaves it to us in the WAL: it
    // must be on the disk before anybody is told of it.
    if (!connection.failed()) connection.checkpoint(Connection::Wal::shorten);
  }
  Inventory inventory = read_inventory(connection);
  if (connection.failed()) return connection.failure();
  return inventory;
}

}  // namespace

Inventory read_inventory(Connection& connection) {
  Inventory inventory;
  Statement statement{connection, sql::inventory};
  if (statement.step()) {
    inventory.identity = statement.next_bytes();
    inventory.policy = read_policy(statement);
    inventory.gate = read_gate(statement);
    inventory.relied_on = read_instant(statement);
  } else {
    connection.fail_broken("the file has the tables of an inventory, but no inventory row");
  }
  return inventory;
}

Result<Opened> open_existing(const std::string& path, Connection::Access access,
                             const std::shared_ptr<Clock>& clock, const Deadline& deadline,
                             SqliteSync sync) {
  auto opened = Connection::open(path, access, clock);
  if (!opened) return std::move(opened).error();
  const Call call{**opened, deadline};
  auto inventory = check(**opened, access, sync);
  if (!inventory) return std::move(inventory).error();
  return Opened{*std::move(opened), *std::move(inventory)};
}

Result<Opened> make_or_find(const std::string& path, const Policy& policy, IfFound if_found,
                            const std::shared_ptr<Clock>& clock, const Deadline& deadline,
                            SqliteSync sync) {
  auto opened = Connection::open(path, Connection::Access::create, clock);
  if (!opened) return std::move(opened).error();
  Connection& connection = **opened;
  const Call call{connection, deadline};
  bool made = false;
  if (is_empty(connection)) {
    // Before the tables: a file is never an inventory without a write-ahead log.
    connection.configure(Connection::Access::create, sync);
    made = make(connection, policy, *clock);
  }
  if (connection.failed()) return connection.failure();
  if (!made && if_found == IfFound::refuse) return already_there();
  auto inventory = check(connection, Connection::Access::create, sync);
  if (!inventory) return std::move(inventory).error();
  return Opened{*std::move(opened), *std::move(inventory)};
}

}  // namespace booking::inline v0::sqlite
