// A program that is run to its end, for what it prints. Used for redis-benchmark and for peers in
// other languages.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace booking_bench {

/// Its standard output; no value: it could not be started, failed, or was killed after `longest`.
/// `line` begins with the program, which is looked for in PATH. It dies with the calling thread.
std::optional<std::string> output_of(const std::vector<std::string>& line,
                                     std::chrono::seconds longest);

}  // namespace booking_bench
