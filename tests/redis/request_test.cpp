// The bytes of a pipeline.
#include "redis/request.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using booking::redis::Request;

TEST_CASE("a command goes out as an array of counted texts") {
  Request request;
  request.add({"SET", "key", ""});
  CHECK(request.bytes() == "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");
  CHECK(request.commands() == 1);
}

TEST_CASE("a pipeline is its commands one after the other, however they were added") {
  const std::array<std::string_view, 2> get = {"GET", "a"};
  Request request;
  request.add({"PING"});
  request.add(get);
  request.begin(2);
  request.argument("GET");
  request.argument("b");
  CHECK(request.bytes() ==
        "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n");
  CHECK(request.commands() == 3);
}

TEST_CASE("arguments may hold any bytes, counted and not escaped") {
  const std::string bytes{"a\r\n\0*9\xFF", 7};
  Request request;
  request.add({"ECHO", bytes});
  CHECK(request.bytes() == "*2\r\n$4\r\nECHO\r\n$7\r\n" + bytes + "\r\n");
}

TEST_CASE("a cleared pipeline is empty and can be filled again") {
  Request request;
  request.add({"PING"});
  request.clear();
  CHECK(request.bytes().empty());
  CHECK(request.commands() == 0);
  request.add({"PING"});
  CHECK(request.bytes() == "*1\r\n$4\r\nPING\r\n");
}
