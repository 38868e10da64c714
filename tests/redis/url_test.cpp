// Which URLs are read, and that a refused one is never repeated.
#include "redis/url.hpp"

#include <doctest/doctest.h>

#include <array>

#include "redis/socket.hpp"

using booking::ErrorCode;
using booking::redis::parse_url;

TEST_CASE("a URL with everything is read, each part decoded") {
  const auto read = parse_url("redis://us%40er:p%3Aw%2F%25@cache-1.example:7000/3");
  REQUIRE(read.has_value());
  CHECK(read->user == "us@er");
  CHECK(read->password == "p:w/%");
  CHECK(read->host == "cache-1.example");
  CHECK(read->port == 7000);
  CHECK(read->database == 3);
  CHECK(read->path.empty());
  CHECK(read->name() == "cache-1.example:7000");
}

TEST_CASE("a URL of a host alone means port 6379, database 0 and nobody in particular") {
  for (const char* const url : {"redis://localhost", "redis://localhost/", "redis://localhost:6379",
                                "redis://@localhost:6379/0"}) {
    const auto read = parse_url(url);
    REQUIRE_MESSAGE(read.has_value(), url);
    CHECK(read->name() == "localhost:6379");
    CHECK(read->database == 0);
    CHECK(read->user.empty());
    CHECK(read->password.empty());
  }
}

TEST_CASE("a password without a user name is the default user's") {
  const auto read = parse_url("redis://:secret@localhost");
  REQUIRE(read.has_value());
  CHECK(read->user.empty());
  CHECK(read->password == "secret");
}

TEST_CASE("the last '@' ends the password") {
  CHECK(parse_url("redis://u:a@b@host")->password == "a@b");
}

TEST_CASE("an IPv6 address stands in brackets") {
  const auto read = parse_url("redis://[::1]:7000");
  REQUIRE(read.has_value());
  CHECK(read->host == "::1");
  CHECK(read->name() == "[::1]:7000");
}

TEST_CASE("a unix socket's options follow its path") {
  const auto read = parse_url("unix:///run/a%20b.sock?db=2&user=ann&password=x%26y");
  REQUIRE(read.has_value());
  CHECK(read->path == "/run/a b.sock");
  CHECK(read->name() == "/run/a b.sock");
  CHECK(read->database == 2);
  CHECK(read->user == "ann");
  CHECK(read->password == "x&y");
}

TEST_CASE("a bad URL is invalid_argument, and its error repeats no part of it") {
  const std::string longest(108, 's');
  const std::array<std::string, 26> bad = {"",
                                           "s3cret",
                                           "http://s3cret",
                                           "rediss://u:s3cret@host",
                                           "redis://",
                                           "redis://u:s3cret@",
                                           "redis://u:s3cret@/0",
                                           "redis://u:s3cret@host:s3cret",
                                           "redis://u:s3cret@host:0",
                                           "redis://u:s3cret@host:65536",
                                           "redis://u:s3cret@host:",
                                           "redis://u:s3cret@host/s3cret",
                                           "redis://u:s3cret@host/-1",
                                           "redis://u:s3cret@host/99999999999",
                                           "redis://u:s3cret@host/0?s3cret",
                                           "redis://u:s3c/ret@host",
                                           "redis://u:s3cret%2@host",
                                           "redis://u:s3cret%zz@host",
                                           "redis://u:s3cret%00@host",
                                           "redis://u:s3cret@[::1",
                                           "redis://u:s3cret@ho st",
                                           "unix://s3cret",
                                           "unix:///" + longest,
                                           "unix:///run/s3cret?s3cret=1",
                                           "unix:///run/s3cret?db=s3cret",
                                           std::string{"redis://ho\0st", 13}};
  for (const std::string& url : bad) {
    const auto read = parse_url(url);
    REQUIRE_MESSAGE(!read.has_value(), url);
    CHECK(read.error().code == ErrorCode::invalid_argument);
    CHECK(read.error().log_text().find("s3c") == std::string::npos);
    CHECK(read.error().message().find("sss") == std::string::npos);
  }
}

TEST_CASE("literal addresses and unix paths are resolved without a look-up") {
  for (const char* const url : {"redis://127.0.0.1", "redis://[::1]", "unix:///run/redis"}) {
    const auto resolved = booking::redis::resolve(parse_url(url).value());
    REQUIRE_MESSAGE(resolved.has_value(), url);
    CHECK(resolved->addresses.size() == 1);
  }
}

TEST_CASE("a host that does not exist is unavailable") {
  const auto resolved = booking::redis::resolve(parse_url("redis://u:s3cret@no.invalid").value());
  REQUIRE_FALSE(resolved.has_value());
  CHECK(resolved.error().code == ErrorCode::unavailable);
  CHECK(resolved.error().detail.find("s3cret") == std::string::npos);
}
