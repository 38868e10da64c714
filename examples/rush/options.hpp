// What the user asked rush for. Filled from the arguments, read by everything else.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rush {

// Bad arguments or unreadable input: the message says what is wrong and how to mend it. Exit 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::string services = RUSH_SAMPLE;
  std::string history{};   // set: replay instead of a crowd
  std::string capacity{};  // goes with history
  std::string db{};        // empty: a temporary file
  std::string redis{};     // set: a server's URL; sold from there instead of SQLite
  std::string commit{};    // script or watch; empty: script
  std::string lock{};      // empty: none
  bool memory = false;
  std::int32_t users = 2000;
  std::optional<std::int32_t> threads{};  // not set: 8 for a crowd, 1 for a history
  std::uint64_t seed = 1;
  bool json = false;
  bool help = false;
};

extern const char* const usage;

std::string in_quotes(std::string_view text);  // 'text', for messages

Options parse_options(int argc, char** argv);  // throws UsageError

}  // namespace rush
