// Error replies of a real server, and what becomes of them.
#include "redis/script.hpp"
#include "redis/setup.hpp"

using namespace booking_test;
using booking::redis::outcome;

namespace {

// What the server answers to a write, and what we make of it.
std::string refused_write(Connection& connection, ErrorCode expected) {
  const auto replies = send(connection, {"SET", "key", "value"});
  REQUIRE(replies.has_value());
  REQUIRE_MESSAGE(replies->front().is(Reply::Kind::error), replies->front().text);
  CHECK(outcome(replies->front().text, Step::commit).code == expected);
  return replies->front().text.substr(0, replies->front().text.find(' '));
}

}  // namespace

TEST_CASE("E1 a master that became a replica refuses writes, and its connection is dropped") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "READONLY");
  CHECK_FALSE(connection->alive());
}

TEST_CASE("E1 a replica that has lost its master refuses reads, and its connection is dropped") {
  RedisServer server{{"--replica-serve-stale-data", "no"}};
  const auto connection = connect(server.url());
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  const auto replies = send(*connection, {"GET", "key"}, Step::read);
  REQUIRE(replies.has_value());
  CHECK(replies->front().text.starts_with("MASTERDOWN"));
  CHECK(outcome(replies->front().text, Step::read).code == ErrorCode::unavailable);
  CHECK_FALSE(connection->alive());
}

TEST_CASE("E2 a server out of memory refuses a write, and a script before its first write") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "OOM");
  const auto script = send(*connection, {"EVAL", "redis.call('SET', KEYS[1], 1)", "1", "key"});
  CHECK(outcome(script->front().text, Step::commit).code == ErrorCode::unavailable);
  CHECK(connection->alive());
  CHECK(server.ask({"EXISTS", "key"}) == "0");
}

TEST_CASE("E3 a server that cannot save its snapshots refuses writes") {
  RedisServer server{{"--enable-protected-configs", "yes"}};
  const auto connection = connect(server.url());
  const std::string gone = server.file("gone");
  std::filesystem::create_directory(gone);
  server.ask({"CONFIG", "SET", "dir", gone});
  std::filesystem::remove(gone);
  server.ask({"CONFIG", "SET", "save", "1 1"});
  server.ask({"BGSAVE"});
  while (server.ask({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") ==
         std::string::npos) {
  }
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "MISCONF");
}

TEST_CASE("E4 a server that misses its replicas refuses writes") {
  RedisServer server{{"--min-replicas-to-write", "1"}};
  CHECK(refused_write(*connect(server.url()), ErrorCode::unavailable) == "NOREPLICAS");
}

TEST_CASE("E5 a server that loads its data is waited for, as long as the call has time") {
  RedisServer server;
  server.ask({"EVAL", "for i = 1, 20000 do redis.call('SET', 'key' .. i, i) end", "0"});
  server.ask({"SAVE"});
  server.stop();
  server.start({"--key-load-delay", "100", "--loading-process-events-interval-bytes", "1024"},
               false);
  Connections connections{{.endpoint = endpoint(server.url())}};
  const auto early = connections.lend(Use::change, within(milliseconds{400}));
  CHECK(code_of(early) == ErrorCode::unavailable);
  CHECK(early.error().retry_after > milliseconds{0});
  CHECK_MESSAGE(early.error().detail.find("loading") != std::string::npos, early.error().detail);
  CHECK(connections.lend(Use::change, within(seconds{60})).has_value());
}

TEST_CASE("E6 a server busy with a script refuses others; a script that is killed did nothing") {
  RedisServer server{{"--busy-reply-threshold", "50"}};
  const auto connection = connect(server.url());
  const auto busy = connect(server.url());
  booking::Result<std::vector<Reply>> killed;
  std::thread looping{[&] { killed = send(*busy, {"EVAL", "while true do end", "0"}); }};
  while (!server.ask({"PING"}).starts_with("BUSY")) {
  }
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "BUSY");
  CHECK(server.ask({"SCRIPT", "KILL"}) == "OK");
  looping.join();
  REQUIRE(killed.has_value());
  CHECK_MESSAGE(outcome(killed->front().text, Step::commit).code == ErrorCode::unavailable,
                killed->front().text);
  CHECK(connection->alive());
}

TEST_CASE("E7 a script that the server has forgotten is run by its text, on the same connection") {
  RedisServer server;
  const auto connection = connect(server.url());
  const booking::redis::Script script{"return {KEYS[1], ARGV[1], ARGV[2]}"};
  CHECK(script.digest() == server.ask({"SCRIPT", "LOAD", "return {KEYS[1], ARGV[1], ARGV[2]}"}));
  const auto run = [&] {
    return script.run(*connection, {{"k"}}, {{"a", "b"}}, within(seconds{10}), Step::commit);
  };
  for (int i = 0; i < 3; ++i) {
    server.ask({"SCRIPT", "FLUSH"});
    const auto first = run();
    REQUIRE(first.has_value());
    CHECK(first->items[2].text == "b");
    CHECK(server.ask({"SCRIPT", "EXISTS", script.digest()}) == "1");
    CHECK(run()->items[0].text == "k");
  }
}

TEST_CASE("scripts of every length have the digest that the server gives them") {
  RedisServer server;
  for (std::size_t length = 0; length < 130; ++length) {
    const std::string text = "--" + std::string(length, 'x');
    CHECK(booking::redis::Script{text}.digest() == server.ask({"SCRIPT", "LOAD", text}));
  }
}

TEST_CASE("E8 an unknown user, a wrong password and none are unavailable for good, untold") {
  RedisServer server{{"--requirepass", "right"}};
  for (const char* const sign_in :
       {"", "?password=s3cret", "?user=nobody&password=s3cret", "?user=s3cret"}) {
    CAPTURE(sign_in);
    bool lasting = false;
    const auto refused =
        Connection::open(endpoint(server.url() + sign_in), {}, within(seconds{10}), lasting);
    CHECK(code_of(refused) == ErrorCode::unavailable);
    CHECK(refused.error().log_text().find("s3cret") == std::string::npos);
    CHECK(lasting);
  }
}

TEST_CASE("E8 a server that repeats what it does not know does not make us repeat a password") {
  RedisServer server{{"--rename-command", "AUTH", ""}};
  const auto refused = try_connect(server.url() + "?user=zoe&password=s3cret");
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK(refused.error().log_text().find("s3cret") == std::string::npos);
  CHECK(refused.error().log_text().find("zoe") == std::string::npos);
}

TEST_CASE("E8 a permission taken away while connected refuses the command, and nothing is done") {
  RedisServer server;
  server.ask({"ACL", "SETUSER", "ann", "on", ">pw", "allkeys", "allcommands"});
  const auto connection = connect(server.url() + "?user=ann&password=pw");
  server.ask({"ACL", "SETUSER", "ann", "-set"});
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "NOPERM");
  server.ask({"ACL", "SETUSER", "ann", "+set", "resetkeys", "~other"});
  CHECK(refused_write(*connection, ErrorCode::unavailable) == "NOPERM");
  CHECK(server.ask({"EXISTS", "key"}) == "0");
}

TEST_CASE("E9 a server that has too many clients says so in the error, and is waited for") {
  RedisServer server;
  Outsider first{server.path()};
  REQUIRE(first.ask({"CONFIG", "SET", "maxclients", "1"}) == "OK");
  Proxy proxy{server.path()};
  Connections connections{{.endpoint = endpoint(proxy.url())}};
  const auto refused = connections.lend(Use::change, within(milliseconds{500}));
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK_MESSAGE(refused.error().detail.find("max number of clients") != std::string::npos,
                refused.error().detail);
  bool lent = false;
  std::thread caller{
      [&] { lent = connections.lend(Use::change, within(seconds{30})).has_value(); }};
  const int before = proxy.accepted();
  while (proxy.accepted() < before + 2) {
  }
  first.ask({"CONFIG", "SET", "maxclients", "100"});
  caller.join();
  CHECK(lent);
}

TEST_CASE("E10 a transaction with a refused command is discarded whole") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  Request request;
  request.add({"MULTI"});
  request.add({"SET", "key", "value"});
  request.add({"EXEC"});
  const auto replies = connection->exchange(request, within(seconds{10}));
  REQUIRE(replies.has_value());
  CHECK((*replies)[2].text.starts_with("EXECABORT"));
  CHECK(outcome((*replies)[2].text, Step::commit).code == ErrorCode::unavailable);
  CHECK(server.ask({"EXISTS", "key"}) == "0");
}

TEST_CASE("R14 a key of another kind, no number, and too large a number are broken_store") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.ask({"RPUSH", "list", "x"});
  server.ask({"SET", "word", "x"});
  server.ask({"SET", "most", "9223372036854775807"});
  for (const char* const key : {"list", "word", "most"}) {
    const auto plain = send(*connection, {"INCR", key});
    CHECK(outcome(plain->front().text, Step::commit).code == ErrorCode::broken_store);
    const auto script = send(*connection, {"EVAL", "redis.call('INCR', KEYS[1])", "1", key});
    CHECK(outcome(script->front().text, Step::commit).code == ErrorCode::broken_store);
  }
  const auto failed = send(*connection, {"EVAL", "return nil + 1", "0"});
  CHECK(outcome(failed->front().text, Step::commit).code == ErrorCode::broken_store);
}
