// Replies cut out of streams: whole, split anywhere, and hostile.
#include "redis/reply.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using booking::redis::Replies;
using booking::redis::Reply;

namespace {

// In one line: `[text, 7, nil, !error, +status, [..]]`.
std::string line(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::text:
      return "'" + reply.text + "'";
    case Reply::Kind::status:
      return "+" + reply.text;
    case Reply::Kind::error:
      return "!" + reply.text;
    case Reply::Kind::array:
      break;
  }
  std::string all;
  for (const Reply& item : reply.items) all += (all.empty() ? "" : " ") + line(item);
  return "[" + all + "]";
}

std::string drain(Replies& replies) {
  std::string all;
  while (const auto reply = replies.next()) all += line(*reply) + ";";
  return all;
}

std::string read(std::string_view bytes) {
  Replies replies;
  replies.feed(bytes);
  const std::string all = drain(replies);
  return replies.failed() ? all + "failed" : all;
}

const std::string stream{
    "+OK\r\n:-9223372036854775808\r\n$-1\r\n$5\r\na\r\n\0b\r\n-ERR no\r\n"
    "*4\r\n*0\r\n*-1\r\n*2\r\n$0\r\n\r\n:7\r\n$1\r\nx\r\n$2\r\nyz\r\n",
    95};

}  // namespace

TEST_CASE("every kind of reply is read for what it is") {
  using namespace std::string_literals;
  CHECK(read(stream) ==
        "+OK;-9223372036854775808;nil;'a\r\n\0b';!ERR no;"s + "[[] nil ['' 7] 'x'];'yz';"s);
}

TEST_CASE("a stream may be split at any byte, and into single bytes") {
  const std::string whole = read(stream);
  for (std::size_t at = 0; at <= stream.size(); ++at) {
    Replies replies;
    replies.feed(std::string_view{stream}.substr(0, at));
    std::string all = drain(replies);
    replies.feed(std::string_view{stream}.substr(at));
    all += drain(replies);
    CHECK(all == whole);
    CHECK_FALSE(replies.pending());
  }
  Replies replies;
  std::string all;
  for (const char byte : stream) {
    replies.feed({&byte, 1});
    all += drain(replies);
  }
  CHECK(all == whole);
}

TEST_CASE("bytes behind the last whole reply are pending") {
  Replies replies;
  CHECK_FALSE(replies.pending());
  replies.feed("+OK\r\n+O");
  CHECK(replies.pending());
  CHECK(drain(replies) == "+OK;");
  CHECK(replies.pending());
  replies.feed("K\r\n");
  CHECK(drain(replies) == "+OK;");
  CHECK_FALSE(replies.pending());
}

TEST_CASE("K7 what is no RESP2 ends the stream, and nothing behind it is read") {
  const std::array<std::string, 15> junk = {"HTTP/1.1 400 Bad Request\r\n",
                                            "\r\n",
                                            "$-2\r\n",
                                            "$9223372036854775808\r\n",
                                            "$99999999999999999999999\r\n",
                                            "$12a\r\n",
                                            "*-2\r\n",
                                            "*2147483648\r\n",
                                            "*9223372036854775808\r\n",
                                            ":\r\n",
                                            ":1x\r\n",
                                            "%1\r\n+a\r\n+b\r\n",
                                            "~1\r\n+a\r\n",
                                            "(1\r\n",
                                            "=5\r\ntxt:a\r\n"};
  for (const std::string& bytes : junk) {
    CHECK_MESSAGE(read("+OK\r\n" + bytes + "+OK\r\n") == "+OK;failed", bytes);
  }
}

TEST_CASE("K7 arrays within arrays are read to a depth of 7 and no deeper") {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
    return bytes + ":1\r\n";
  };
  CHECK(read(nested(7)) == "[[[[[[[1]]]]]]];");
  CHECK(read(nested(8)) == "failed");
  CHECK(read(nested(100'000)) == "failed");
}

TEST_CASE("K7 a reply of more than a million items is refused, at whatever level they stand") {
  const std::string most = std::to_string(Replies::most_items);
  const std::string over = std::to_string(Replies::most_items + 1);
  CHECK(read("*" + over + "\r\n") == "failed");
  CHECK(read("*2147483647\r\n") == "failed");
  CHECK(read("*" + most + "\r\n") == "");  // may still come

  Replies replies;
  replies.feed("*3\r\n*" + most + "\r\n");
  std::string nils;
  for (std::size_t i = 0; i < Replies::most_items; ++i) nils += "$-1\r\n";
  replies.feed(nils);
  CHECK_FALSE(replies.next());
  CHECK(replies.failed());
}

TEST_CASE("K7 a reply of more bytes than the limit is refused before it is whole") {
  Replies replies;
  replies.feed("$4000000000\r\n");
  const std::string piece(1 << 20, 'x');
  std::size_t fed = 0;
  while (!replies.failed() && fed < 2 * Replies::most_bytes) {
    CHECK_FALSE(replies.next());
    replies.feed(piece);
    fed += piece.size();
  }
  CHECK(replies.failed());
  CHECK(fed <= Replies::most_bytes + 2 * piece.size());
}

TEST_CASE("the limit of bytes is for one reply, not for all of them") {
  Replies replies;
  const std::string one = "$1048576\r\n" + std::string(1 << 20, 'x') + "\r\n";
  for (std::size_t fed = 0; fed < Replies::most_bytes + 2 * one.size(); fed += one.size()) {
    replies.feed(one);
    const auto reply = replies.next();
    REQUIRE(reply.has_value());
    REQUIRE(reply->text.size() == 1 << 20);
  }
  CHECK_FALSE(replies.failed());
}
