// What bad networks do to one exchange: cuts at every byte, silence, resets, dripping, replies that
// nobody asked for.
#include "redis/setup.hpp"

using namespace booking_test;

namespace {

// A counter behind a proxy, and a connection to it through the proxy.
struct Line {
  RedisServer server;
  Proxy proxy;
  std::unique_ptr<Connection> connection;

  explicit Line(Proxy::Where where = Proxy::Where::unix_socket) : proxy{server.path(), where} {
    reconnect();
  }
  void reconnect() {
    proxy.heal();
    server.ask({"SET", "counter", "0"});
    connection = connect(proxy.url());
  }
  booking::Result<std::vector<Reply>> increment(Step step = Step::commit,
                                                milliseconds time = seconds{10}) {
    return connection->exchange(redis_command({"INCR", "counter"}), within(time), step);
  }
  // Once all that was sent has been served: no other connection is left.
  std::string counter() {
    while (server.ask({"INFO", "clients"}).find("connected_clients:1\r") == std::string::npos) {
    }
    return server.ask({"GET", "counter"});
  }
};

const std::int64_t request_size =
    static_cast<std::int64_t>(redis_command({"INCR", "counter"}).bytes().size());
const std::int64_t reply_size = 4;  // ":1\r\n"

}  // namespace

TEST_CASE("N1 a request cut at any byte is outcome_unknown, and done only when it was whole") {
  for (const auto where : {Proxy::Where::unix_socket, Proxy::Where::loopback}) {
    Line line{where};
    for (std::int64_t at = 0; at <= request_size; ++at) {
      CAPTURE(at);
      line.reconnect();
      line.proxy.set({.cut_request_after = at, .reset = at % 2 == 1});
      CHECK(code_of(line.increment()) == ErrorCode::outcome_unknown);
      CHECK_FALSE(line.connection->alive());
      CHECK(line.counter() == (at == request_size ? "1" : "0"));
    }
  }
}

TEST_CASE("N1 a reply cut at any byte is outcome_unknown; whole, it counts") {
  for (const auto where : {Proxy::Where::unix_socket, Proxy::Where::loopback}) {
    Line line{where};
    for (std::int64_t at = 0; at <= reply_size; ++at) {
      CAPTURE(at);
      line.reconnect();
      line.proxy.set({.cut_reply_after = at});
      const auto answer = line.increment();
      if (at < reply_size) {
        CHECK(code_of(answer) == ErrorCode::outcome_unknown);
      } else {
        REQUIRE(answer.has_value());
        CHECK(answer->front().integer == 1);
      }
      CHECK(line.counter() == "1");
    }
  }
}

TEST_CASE("N1 a connection that was cut before the request is unavailable, and nothing is sent") {
  Line line;
  line.proxy.set({.cut_reply_after = reply_size});
  REQUIRE(line.increment().has_value());
  while (line.connection->alive()) {
  }
  line.proxy.heal();
  CHECK(code_of(line.increment()) == ErrorCode::unavailable);
  CHECK(line.proxy.requested() == 0);
  CHECK(line.counter() == "1");
}

TEST_CASE("N1 what only reads or prepares is unavailable, however far it got") {
  Line line;
  for (const Step step : {Step::read, Step::before_commit}) {
    for (std::int64_t at = 0; at < reply_size; ++at) {
      line.reconnect();
      line.proxy.set({.cut_reply_after = at});
      CHECK(code_of(line.increment(step)) == ErrorCode::unavailable);
      line.reconnect();
      line.proxy.set({.cut_request_after = at});
      CHECK(code_of(line.increment(step)) == ErrorCode::unavailable);
    }
  }
}

TEST_CASE("N1 a request of which the kernel took only a part is outcome_unknown") {
  RedisServer server;
  const auto connection = connect(server.url());
  server.pause();
  const Request big = redis_command({"SET", "key", std::string(32 << 20, 'x')});
  CHECK(code_of(connection->exchange(big, within(seconds{1}))) == ErrorCode::outcome_unknown);
  server.resume();
  CHECK(server.ask({"EXISTS", "key"}) == "0");
}

TEST_CASE("N2 a line that swallows everything ends each call at its deadline") {
  Line line;
  line.proxy.set({.swallow = true});
  const Watch watch;
  CHECK(code_of(line.increment(Step::commit, milliseconds{100})) == ErrorCode::outcome_unknown);
  CHECK(watch.elapsed() >= milliseconds{100});
  CHECK_FALSE(line.connection->alive());

  CHECK(code_of(try_connect(line.proxy.url(), {}, milliseconds{100})) == ErrorCode::timeout);
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("N2 a read through a line that swallows everything is timeout") {
  Line line;
  line.proxy.set({.swallow = true});
  CHECK(code_of(line.increment(Step::read, milliseconds{50})) == ErrorCode::timeout);
}

TEST_CASE("N3 a port where nobody listens, and a socket that is not there, are unavailable") {
  int port = 0;
  std::string path;
  {
    RedisServer server{{}, RedisServer::Where::loopback};
    port = server.port();
    path = server.path();
  }
  CHECK(code_of(try_connect("redis://127.0.0.1:" + std::to_string(port))) ==
        ErrorCode::unavailable);
  CHECK(code_of(try_connect("unix://" + path)) == ErrorCode::unavailable);
}

TEST_CASE("N3 an address to which there is no way ends by the deadline") {
  const Watch watch;
  // 240.0.0.0/4 is reserved: refused at once, or never answered.
  const ErrorCode code = code_of(try_connect("redis://240.0.0.1", {}, milliseconds{100}));
  CHECK((code == ErrorCode::timeout || code == ErrorCode::unavailable));
  CHECK(watch.elapsed() < far_too_long);
}

TEST_CASE("N3 a connection reset while a request is sent raises no signal") {
  const std::string big(8 << 20, 'x');
  for (const auto where : {Proxy::Where::unix_socket, Proxy::Where::loopback}) {
    Line line{where};
    line.proxy.set({.cut_request_after = 1, .reset = true});
    CHECK(code_of(send(*line.connection, {"SET", "key", big})) == ErrorCode::outcome_unknown);
  }
}

TEST_CASE("N4 replies in single bytes are read as the same replies") {
  Line line;
  line.proxy.set({.drip = true});
  const auto replies = send(*line.connection, {"EVAL", "return {1, {'two', false}, 'three'}", "0"});
  REQUIRE(replies.has_value());
  const Reply& reply = replies->front();
  REQUIRE(reply.items.size() == 3);
  CHECK(reply.items[1].items[0].text == "two");
  CHECK(reply.items[1].items[1].is(Reply::Kind::nil));
  CHECK(reply.items[2].text == "three");
}

TEST_CASE("N4 a reply that drips ends at the deadline of the whole call") {
  Line line;
  const std::string big(1000, 'x');  // in all 10 s
  line.proxy.set({.drip = true, .pause = milliseconds{10}});
  const Watch watch;
  CHECK(
      code_of(line.connection->exchange(redis_command({"ECHO", big}), within(milliseconds{200}))) ==
      ErrorCode::outcome_unknown);
  CHECK(watch.elapsed() < far_too_long);
  CHECK_FALSE(line.connection->alive());
}

TEST_CASE("N5 a reply that is only slow is awaited") {
  Line line;
  line.proxy.set({.pause = milliseconds{100}});
  const auto reply = line.increment();
  REQUIRE(reply.has_value());
  CHECK(reply->front().integer == 1);
}

TEST_CASE("N6 more replies than commands: outcome_unknown, and the connection is closed") {
  Line line;
  line.proxy.set({.twice = true});
  CHECK(code_of(line.increment()) == ErrorCode::outcome_unknown);
  CHECK_FALSE(line.connection->alive());
  CHECK(line.counter() == "1");
}

TEST_CASE("N6 a reply that comes unasked closes the connection before it can answer anything") {
  Line line;
  line.proxy.say("+OK\r\n");
  CHECK(code_of(line.increment()) == ErrorCode::unavailable);
  CHECK(line.counter() == "0");
}

TEST_CASE("a server that turns a client away before it has asked is quoted in the error") {
  Line line;
  line.proxy.say("-ERR max number of clients reached\r\n");
  const auto refused = line.increment();
  CHECK(code_of(refused) == ErrorCode::unavailable);
  CHECK(refused.error().detail.find("max number of clients") != std::string::npos);
}

TEST_CASE("K7 junk instead of a reply is outcome_unknown at a commit and closes the connection") {
  Line line;
  for (const char* const junk : {"HTTP/1.1 400 Bad Request\r\n\r\n", "$-2\r\n", "*2147483647\r\n",
                                 "$9223372036854775808\r\n"}) {
    CAPTURE(junk);
    line.reconnect();
    line.proxy.set({.answer = junk});
    CHECK(code_of(line.increment()) == ErrorCode::outcome_unknown);
    CHECK_FALSE(line.connection->alive());
  }
}

TEST_CASE("E12 error replies of any text are values; they end up short and printable") {
  Line line;
  const std::string huge = "-ERR " + std::string(1 << 20, '\x01') + "\r\n";
  for (const std::string& text : {std::string{"-\r\n"}, std::string{"-WHAT\r\n"}, huge}) {
    line.reconnect();
    line.proxy.set({.answer = text});
    const auto replies = line.increment();
    REQUIRE(replies.has_value());
    REQUIRE(replies->front().is(Reply::Kind::error));
    const auto error = booking::redis::outcome(replies->front().text, Step::commit);
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.detail.size() < 250);
  }
}
