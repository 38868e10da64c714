// Inventories on a real cluster of three nodes: each lives wholly on one of them. A node that does
// not have it, has half of it, or has lost touch, refuses, and nothing is done.
#include <array>
#include <sstream>

#include "booking/redis_lock.hpp"
#include "redis_fault/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int hash_slots = 16384;

class Cluster {
 public:
  static constexpr int size = 3;

  Cluster() {
    for (int i = 0; i < size; ++i) {
      node(i).ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
      node(i).ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first_of(i)),
                   std::to_string(first_of(i + 1) - 1)});
      if (i > 0) {
        node(0).ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port()),
                     std::to_string(buses_[static_cast<std::size_t>(i)])});
      }
    }
    wait_until_well();
  }

  RedisServer& node(int number) { return nodes_[static_cast<std::size_t>(number)]; }

  void wait_until_well() {
    for (RedisServer& one : nodes_) {
      wait_until([&] {
        const std::string info = one.ask({"CLUSTER", "INFO"});
        return info.find("cluster_state:ok") != std::string::npos &&
               info.find("cluster_known_nodes:3") != std::string::npos &&
               info.find("cluster_slots_ok:16384") != std::string::npos;
      });
    }
  }

  int hash_slot(const std::string& key) {
    return std::stoi(node(0).ask({"CLUSTER", "KEYSLOT", key}));
  }
  // The node that has the inventory of a prefix.
  int home(const std::string& prefix) {
    int number = 0;
    while (hash_slot("{" + prefix + "}") >= first_of(number + 1)) ++number;
    return number;
  }
  // A prefix whose inventory is on that node; another one for each `nth`.
  std::string prefix_on(int number, int nth = 0) {
    for (int i = 0;; ++i) {
      const std::string prefix = "shop" + std::to_string(i);
      if (home(prefix) == number && nth-- == 0) return prefix;
    }
  }

 private:
  static int first_of(int number) { return hash_slots * number / size; }
  static RedisServer::Arguments arguments(int bus) {
    return {"--cluster-enabled",      "yes",  "--cluster-port", std::to_string(bus),
            "--cluster-node-timeout", "2000", "--save",         ""};
  }

  std::array<int, size> buses_ = {free_port(), free_port(), free_port()};
  std::array<RedisServer, size> nodes_ = {
      RedisServer{arguments(buses_[0]), RedisServer::Where::loopback},
      RedisServer{arguments(buses_[1]), RedisServer::Where::loopback},
      RedisServer{arguments(buses_[2]), RedisServer::Where::loopback}};
};

SlotInventory shop_at(const RedisServer& server, const std::string& prefix,
                      const CommitModeUnderTest& mode, StoreMode how = StoreMode::open) {
  return SlotInventory{open_store(server.url(), mode, how, prefix), no_lock(), one_attempt()};
}

std::vector<std::string> keys_of(const RedisServer& server, const std::string& prefix) {
  std::istringstream words{server.ask({"KEYS", "{" + prefix + "}:*"})};
  std::vector<std::string> keys;
  for (std::string key; words >> key;) keys.push_back(key);
  return keys;
}

// A call of every kind, and each of them works.
void use_everything(SlotInventory& shop, const RedisServer& server, const std::string& prefix) {
  open_clinic(shop, 2, 10);
  const BookingId ann = shop.book({.user = "ann", .slot = slot(0)}).value().booking.id;
  const BookingId bob = shop.hold({.user = "bob", .slot = slot(0)}).value().booking.id;
  CHECK(shop.confirm({.id = bob}));
  CHECK(shop.reschedule({.id = bob, .slot = slot(1)}));
  CHECK(shop.cancel({.id = ann}));
  CHECK(shop.hold({.user = "cid", .slot = slot(1), .ttl = std::chrono::seconds{1}}));
  CHECK(shop.resolve(BookingId::generate()));
  CHECK(shop.book_each({{.user = "dan", .slot = slot(0)}, {.user = "eve", .slot = slot(1)}})
            .at(1)
            .has_value());
  CHECK(shop.find(ann).value()->status == Status::cancelled);
  CHECK(shop.change_slot({.slot = slot(0), .capacity = 20}));
  CHECK(shop.change_policy({.user_limit = UserLimit{.max = 9}}));
  CHECK(shop.sweep(10));
  CHECK(shop.purge({.before = Instant{}}));
  CHECK(shop.gate());
  CHECK(all_bookings(shop).size() == 6);
  CHECK(all_slots(shop, clinic).size() == 2);
  CHECK(shop.audit().value().clean());
  SlotInventory locking{open_store(server.url(), commit_modes().front(), StoreMode::open, prefix),
                        redis_lock({.url = server.url(), .prefix = prefix}).value()};
  CHECK(locking.book({.user = "fay", .slot = slot(0)}));
}

// Refused by the server with this word, and nothing is done on any node.
template <class Act>
void check_refused(Cluster& cluster, const std::string& word, const std::string& named, Act act) {
  std::array<std::string, Cluster::size> before;
  for (int i = 0; i < Cluster::size; ++i) {
    before[static_cast<std::size_t>(i)] = cluster.node(i).everything();
  }
  const auto result = act();
  REQUIRE_FALSE(result.has_value());
  INFO(result.error().log_text());
  CHECK(result.error().code == ErrorCode::unavailable);
  CHECK(result.error().detail.find(word) != std::string::npos);
  CHECK(result.error().detail.find(named) != std::string::npos);
  for (int i = 0; i < Cluster::size; ++i) {
    CHECK(cluster.node(i).everything() == before[static_cast<std::size_t>(i)]);
  }
}

std::string address(const RedisServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

TEST_CASE("E11 inventories spread over a cluster's nodes work, each wholly on one of them") {
  Cluster cluster;
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    for (int number = 0; number < Cluster::size; ++number) {
      for (int nth = 0; nth < 2; ++nth) {
        const std::string prefix = cluster.prefix_on(number, nth);
        CAPTURE(prefix);
        const RedisServer& home = cluster.node(number);
        SlotInventory shop = shop_at(home, prefix, mode, StoreMode::create);
        use_everything(shop, home, prefix);
        CHECK(keys_of(home, prefix).size() > 10);
        for (const std::string& key : keys_of(home, prefix)) {
          CHECK_MESSAGE(cluster.hash_slot(key) == cluster.hash_slot("{" + prefix + "}"), key);
        }
        CHECK(redis_erase({.url = home.url(), .prefix = prefix}));
        CHECK(keys_of(home, prefix).empty());
      }
    }
  }
}

TEST_CASE("E11 a node that has not got the inventory names the one that has, and does nothing") {
  Cluster cluster;
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    const std::string prefix = cluster.prefix_on(1);
    for (const StoreMode how : {StoreMode::create, StoreMode::open}) {
      check_refused(cluster, "MOVED", address(cluster.node(1)), [&] {
        RedisOptions options{.url = cluster.node(0).url(), .prefix = prefix, .mode = how};
        mode.choose(options);
        return redis_store(options);
      });
    }
    const auto lock = redis_lock({.url = cluster.node(2).url(), .prefix = prefix}).value();
    check_refused(cluster, "MOVED", address(cluster.node(1)),
                  [&] { return lock->enter(std::vector{slot(0)}, within(seconds{10})); });
  }
}

TEST_CASE("E11 an inventory on its way to another node is unavailable, then gone, and sold there") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    Cluster cluster;
    RedisServer& from = cluster.node(0);
    RedisServer& to = cluster.node(2);
    const std::string prefix = cluster.prefix_on(0);
    const std::string number = std::to_string(cluster.hash_slot("{" + prefix + "}"));
    SlotInventory shop = shop_at(from, prefix, mode, StoreMode::create);
    open_clinic(shop, 1, 10);
    const BookingId ann = shop.book({.user = "ann", .slot = slot(0)}).value().booking.id;
    const auto book = [&] { return shop.book({.user = "bob", .slot = slot(0)}); };
    const auto cancel = [&] { return shop.cancel({.id = ann}); };

    const std::string from_id = from.ask({"CLUSTER", "MYID"});
    const std::string to_id = to.ask({"CLUSTER", "MYID"});
    to.ask({"CLUSTER", "SETSLOT", number, "IMPORTING", from_id});
    from.ask({"CLUSTER", "SETSLOT", number, "MIGRATING", to_id});
    check_refused(cluster, "TRYAGAIN", "", book);  // its new keys are nowhere yet
    for (const std::string& key : keys_of(from, prefix)) {
      from.ask({"MIGRATE", "127.0.0.1", std::to_string(to.port()), key, "0", "5000"});
    }
    REQUIRE(keys_of(from, prefix).empty());
    check_refused(cluster, "ASK", address(to), book);
    check_refused(cluster, "ASK", address(to), cancel);
    to.ask({"CLUSTER", "SETSLOT", number, "NODE", to_id});
    from.ask({"CLUSTER", "SETSLOT", number, "NODE", to_id});
    check_refused(cluster, "MOVED", address(to), book);
    check_refused(cluster, "MOVED", address(to), cancel);

    SlotInventory moved = shop_at(to, prefix, mode);
    CHECK(look(moved, 0).used == 1);
    CHECK(moved.book({.user = "bob", .slot = slot(0)}));
    CHECK(moved.cancel({.id = ann}));
    CHECK(moved.audit().value().clean());
  }
}

TEST_CASE(
    "E11 a cluster that is down refuses, does nothing, and is sold from again when it is up") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    Cluster cluster;
    const std::string prefix = cluster.prefix_on(0);
    SlotInventory shop = shop_at(cluster.node(0), prefix, mode, StoreMode::create);
    open_clinic(shop, 1, 10);
    const std::string number = std::to_string(cluster.hash_slot("{" + prefix + "}"));
    cluster.node(0).ask({"CLUSTER", "DELSLOTS", number});
    check_refused(cluster, "CLUSTERDOWN", "",
                  [&] { return shop.book({.user = "ann", .slot = slot(0)}); });
    cluster.node(0).ask({"CLUSTER", "ADDSLOTS", number});
    cluster.wait_until_well();
    CHECK(shop.book({.user = "ann", .slot = slot(0)}));
    CHECK(look(shop, 0).used == 1);
  }
}
