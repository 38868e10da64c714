// The cases of redis_bench, run round by round in turn, so that what counts are medians and their
// ratios. Used by redis_bench and all that makes its cases.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace booking_bench {

inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// What a round of a case comes to; `none` where it does not apply.
struct Figures {
  double rate = none;     ///< operations a second, all callers together
  double p50 = none;      ///< of a call, microseconds
  double p99 = none;      ///< of a call, microseconds
  double least = none;    ///< what the least served caller got of a fair part: 0 to 1
  double reads = none;    ///< of the server's sockets, for each operation
  double retries = none;  ///< for each operation
};
using Figure = double Figures::*;

struct Case {
  std::string group;
  std::string name;
  std::function<Figures()> round;
  std::vector<Figures> rounds{};

  /// `none` without rounds.
  double median(Figure figure) const;
};

class Table {
 public:
  void add(Case one) { cases_.push_back(std::move(one)); }
  /// Every round goes through all cases whose group contains `only`; then prints them by group.
  void run(int rounds, const std::string& only);
  /// Its median; `none` when there is no such case, or it was not run.
  double median(const std::string& group, const std::string& name, Figure figure) const;
  /// As the other benchmarks write it, one entry for each figure of each case.
  void write_json(const std::string& file) const;

 private:
  void print(const std::string& group) const;
  std::vector<std::string> groups() const;

  std::vector<Case> cases_;
};

}  // namespace booking_bench
