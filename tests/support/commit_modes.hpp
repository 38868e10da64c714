// The ways in which a Redis store commits, by name: each fault is tried on all of them. Used by the
// fault tests and by their worker processes, which are told the name.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "booking/redis.hpp"

namespace booking_test {

struct CommitModeUnderTest {
  std::string name;
  void (*choose)(booking::RedisOptions&);
};

inline const std::vector<CommitModeUnderTest>& commit_modes() {
  static const std::vector<CommitModeUnderTest> modes = {
      {.name = "script", .choose = [](booking::RedisOptions&) {}},
      {.name = "watch",
       .choose = [](booking::RedisOptions& o) { o.commit = booking::CommitMode::watch; }},
  };
  return modes;
}

inline const CommitModeUnderTest& commit_mode(std::string_view name) {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    if (mode.name == name) return mode;
  }
  throw std::runtime_error{"there is no such commit mode"};
}

}  // namespace booking_test
