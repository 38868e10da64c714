// Short ways to the parts under test, for the tests of booking::redis.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "redis/connection.hpp"
#include "redis/connections.hpp"
#include "support/proxy.hpp"
#include "support/redis_server.hpp"

namespace booking_test {

using booking::ErrorCode;
using booking::redis::Connection;
using booking::redis::Connections;
using booking::redis::Reply;
using booking::redis::Request;
using booking::redis::Step;
using booking::redis::Use;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline booking::Deadline within(milliseconds time) {
  static const booking::Clock clock;
  return {clock, time};
}

inline booking::redis::Endpoint endpoint(std::string_view url) {
  return booking::redis::resolve(booking::redis::parse_url(url).value()).value();
}

inline booking::Result<std::unique_ptr<Connection>> try_connect(
    std::string_view url, const booking::redis::Settings& settings = {},
    milliseconds time = seconds{10}) {
  bool lasting = false;
  return Connection::open(endpoint(url), settings, within(time), lasting);
}

inline std::unique_ptr<Connection> connect(std::string_view url) {
  auto connection = try_connect(url);
  REQUIRE_MESSAGE(connection.has_value(), connection.error().log_text());
  return *std::move(connection);
}

inline Request redis_command(std::initializer_list<std::string_view> arguments) {
  Request request;
  request.add(arguments);
  return request;
}

// One command on one connection, with ample time.
inline booking::Result<std::vector<Reply>> send(Connection& connection,
                                                std::initializer_list<std::string_view> arguments,
                                                Step step = Step::commit) {
  return connection.exchange(redis_command(arguments), within(seconds{10}), step);
}

template <class T>
ErrorCode code_of(const booking::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                       std::filesystem::directory_iterator{});
}

// The time since it was made; far more than a deadline is a call that ignored it.
class Watch {
 public:
  milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

constexpr seconds far_too_long{5};

}  // namespace booking_test
