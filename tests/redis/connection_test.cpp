// One connection to a real server: signing in, exchanging, and never being used after an error.
#include <atomic>
#include <csignal>
#include <thread>

#include "redis/setup.hpp"

using namespace booking_test;

TEST_CASE("a pipeline is answered reply by reply, errors among them") {
  RedisServer server;
  const auto connection = connect(server.url());
  Request request;
  request.add({"SET", "a", "1"});
  request.add({"LPUSH", "a", "x"});
  request.add({"INCR", "a"});
  const auto replies = connection->exchange(request, within(seconds{10}));
  REQUIRE(replies.has_value());
  REQUIRE(replies->size() == 3);
  CHECK((*replies)[0].text == "OK");
  CHECK((*replies)[1].is(Reply::Kind::error));
  CHECK((*replies)[2].integer == 2);
  CHECK(connection->alive());
}

TEST_CASE("a server on a TCP port is reached by address and by name") {
  RedisServer server{{}, RedisServer::Where::loopback};
  CHECK(send(*connect(server.url()), {"PING"})->front().text == "PONG");
  const std::string by_name = "redis://localhost:" + std::to_string(server.port());
  CHECK(send(*connect(by_name), {"PING"})->front().text == "PONG");
}

TEST_CASE("the database, the user and the client's name are set before anything else") {
  RedisServer server;
  server.ask({"ACL", "SETUSER", "ann", "on", ">p:w", "allkeys", "allcommands"});
  const auto connection = connect(server.url() + "?db=3&user=ann&password=p%3Aw");
  REQUIRE(send(*connection, {"SET", "key", "value"})->front().text == "OK");
  CHECK(send(*connection, {"ACL", "WHOAMI"})->front().text == "ann");
  CHECK(send(*connection, {"CLIENT", "GETNAME"})->front().text == "booking");
  CHECK(server.ask({"GET", "key"}).empty());
  CHECK(server.ask({"INFO", "keyspace"}).find("db3:keys=1") != std::string::npos);
}

TEST_CASE("what a server says of itself is known after connecting") {
  RedisServer server;
  const auto connection = connect(server.url());
  CHECK(server.ask({"INFO", "server"}).find("run_id:" + connection->server().run_id) !=
        std::string::npos);
  CHECK(connection->server().version >= "6.2");
}

TEST_CASE("a request of many megabytes and its replies go through") {
  RedisServer server;
  const auto connection = connect(server.url());
  const std::string big(20 << 20, 'x');
  const auto replies = send(*connection, {"ECHO", big});
  REQUIRE(replies.has_value());
  CHECK(replies->front().text == big);
}

TEST_CASE("nothing is sent when the time is used up already, and it is timeout") {
  RedisServer server;
  Proxy proxy{server.path()};
  const auto connection = connect(proxy.url());
  proxy.heal();
  CHECK(code_of(connection->exchange(redis_command({"INCR", "a"}), within(milliseconds{0}))) ==
        ErrorCode::timeout);
  CHECK(proxy.requested() == 0);
  CHECK_FALSE(connection->alive());
}

TEST_CASE(
    "a call that is stopped ends at once: unavailable before, outcome_unknown after sending") {
  RedisServer server;
  const booking::Clock clock;
  std::atomic<bool> stop{true};
  const booking::Deadline stopped{clock, seconds{60}, &stop};
  CHECK(code_of(connect(server.url())->exchange(redis_command({"INCR", "a"}), stopped)) ==
        ErrorCode::unavailable);

  stop = false;
  const auto connection = connect(server.url());
  Outsider outsider{server.path()};
  std::thread stopper{[&] {
    while (outsider.ask({"INFO", "clients"}).find("blocked_clients:1") == std::string::npos) {
    }
    stop = true;
  }};
  const auto waiting = connection->exchange(redis_command({"BLPOP", "nothing", "0"}), stopped);
  stopper.join();
  CHECK(code_of(waiting) == ErrorCode::outcome_unknown);
}

TEST_CASE("a connection that was closed behind our back is seen to be dead") {
  RedisServer server;
  const auto connection = connect(server.url());
  CHECK(connection->alive());
  server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  CHECK_FALSE(connection->alive());
  CHECK(code_of(send(*connection, {"PING"})) == ErrorCode::unavailable);
}

TEST_CASE("after an error a connection stays closed, also when the reply comes later") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.pause();
  CHECK(code_of(connection->exchange(redis_command({"ECHO", "first"}), within(milliseconds{50}))) ==
        ErrorCode::outcome_unknown);
  server.resume();
  CHECK_FALSE(connection->alive());
  CHECK(code_of(send(*connection, {"ECHO", "second"})) == ErrorCode::unavailable);
}

TEST_CASE("no signal's handling is changed") {
  struct sigaction before {};
  struct sigaction after {};
  REQUIRE(::sigaction(SIGPIPE, nullptr, &before) == 0);
  RedisServer server;
  const auto connection = connect(server.url());
  REQUIRE(::sigaction(SIGPIPE, nullptr, &after) == 0);
  const bool same = before.sa_handler == after.sa_handler;
  CHECK(same);
}
