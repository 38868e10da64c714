// Which servers are accepted, warned of and refused.
#include "redis/handshake.hpp"

#include <string>

#include "redis/setup.hpp"

using namespace booking_test;
using booking::redis::Settings;

namespace {

Reply array(std::initializer_list<Reply> items) {
  return {.kind = Reply::Kind::array, .items = items};
}
Reply text(std::string words) {
  return {.kind = Reply::Kind::text, .text = std::move(words)};
}

// A handshake with a server that is safe and of `version`.
booking::Result<booking::redis::ServerInfo> judge(const std::string& version, bool& lasting) {
  const std::vector<Reply> replies = {
      array({text("master"), {.kind = Reply::Kind::integer}, array({})}),
      text("# Server\r\nredis_version:" + version +
           "\r\nmaxmemory_policy:noeviction\r\nloading:0\r\naof_enabled:1\r\n"),
      array({text("appendfsync"), text("always")})};
  return booking::redis::check_handshake({.host = "h"}, {.client_name = ""}, replies, lasting);
}

}  // namespace

TEST_CASE("a server older than 6.2 is broken_store, for good") {
  for (const char* const version : {"2.8.24", "5.0.14", "6.0.16", "6.1", "unknown", ""}) {
    CAPTURE(version);
    bool lasting = false;
    CHECK(code_of(judge(version, lasting)) == ErrorCode::broken_store);
    CHECK(lasting);
  }
  for (const char* const version : {"6.2.0", "7.0.15", "8.2.1", "10.0"}) {
    CAPTURE(version);
    bool lasting = true;
    const auto server = judge(version, lasting);
    REQUIRE(server.has_value());
    CHECK(server->version == version);
    CHECK(server->warnings.empty());
    CHECK_FALSE(lasting);
  }
}

TEST_CASE("a handshake whose replies have another shape is unavailable") {
  bool lasting = false;
  CHECK(code_of(booking::redis::check_handshake({.host = "h"}, {}, {}, lasting)) ==
        ErrorCode::unavailable);
  const std::vector<Reply> odd(4, Reply{.kind = Reply::Kind::integer});
  CHECK(code_of(booking::redis::check_handshake({.host = "h"}, {}, odd, lasting)) ==
        ErrorCode::unavailable);
}

TEST_CASE("a refusal lasts unless the server will mend it by itself") {
  struct Case {
    const char* text;
    bool lasts;
  };
  for (const Case& one :
       {Case{"LOADING Redis is loading the dataset in memory", false},
        Case{"BUSY Redis is busy running a script.", false},
        Case{"MASTERDOWN Link with MASTER is down", false},
        Case{"ERR max number of clients reached", false},
        Case{"NOAUTH Authentication required.", true},
        Case{"NOPERM this user has no permissions to run the 'role' command", true}}) {
    CAPTURE(one.text);
    const std::vector<Reply> replies(4, Reply{.kind = Reply::Kind::error, .text = one.text});
    bool lasting = !one.lasts;
    CHECK(code_of(booking::redis::check_handshake({.host = "h"}, {}, replies, lasting)) ==
          ErrorCode::unavailable);
    CHECK(lasting == one.lasts);
  }
}

TEST_CASE("a replica is unavailable, as it may become the master") {
  RedisServer server;
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  bool lasting = true;
  const auto refused = Connection::open(endpoint(server.url()), {}, within(seconds{10}), lasting);
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK(refused.error().detail.find("no master: slave") != std::string::npos);
  CHECK_FALSE(lasting);
}

TEST_CASE("a server that keeps everything and evicts nothing is without warnings") {
  RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
  const auto connection = try_connect(server.url(), {.refuse_unsafe = true});
  REQUIRE(connection.has_value());
  CHECK((*connection)->server().warnings.empty());
}

TEST_CASE("an append-only file synced once a second is a warning, never a refusal") {
  RedisServer server{{"--appendonly", "yes"}};
  const auto connection = try_connect(server.url(), {.refuse_unsafe = true});
  REQUIRE(connection.has_value());
  REQUIRE((*connection)->server().warnings.size() == 1);
  CHECK((*connection)->server().warnings[0].find("appendfsync is everysec") != std::string::npos);
}

TEST_CASE("a server without an append-only file is a warning, and refused where the host says so") {
  RedisServer server;
  const auto connection = connect(server.url());
  REQUIRE(connection->server().warnings.size() == 1);
  CHECK(connection->server().warnings[0].find("no append-only file") != std::string::npos);
  CHECK(code_of(try_connect(server.url(), {.refuse_unsafe = true})) == ErrorCode::broken_store);
}

TEST_CASE("R5 a server that evicts keys is a warning, and refused where the host says so") {
  RedisServer server{
      {"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru"}};
  const auto connection = connect(server.url());
  REQUIRE(connection->server().warnings.size() == 1);
  CHECK(connection->server().warnings[0].find("maxmemory-policy is allkeys-lru") !=
        std::string::npos);
  const auto refused = try_connect(server.url(), {.refuse_unsafe = true});
  CHECK(code_of(refused) == ErrorCode::broken_store);
  CHECK(refused.error().detail.find("allkeys-lru") != std::string::npos);
}

TEST_CASE("a user who may not read the configuration is served, with a warning") {
  RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
  server.ask({"ACL", "SETUSER", "ann", "on", ">pw", "allkeys", "allcommands", "-config"});
  const auto connection = connect(server.url() + "?user=ann&password=pw");
  REQUIRE(connection->server().warnings.size() == 1);
  CHECK(connection->server().warnings[0].find("could not be read") != std::string::npos);
}

TEST_CASE("a database that the server does not have is unavailable, for good") {
  RedisServer server;
  bool lasting = false;
  const auto refused =
      Connection::open(endpoint(server.url() + "?db=99"), {}, within(seconds{10}), lasting);
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK(refused.error().detail.find("DB index is out of range") != std::string::npos);
  CHECK(lasting);
}
