// What a run came to beside its aims. Used by redis_bench and cache_bench.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace booking_bench {

enum class Wanted { at_least, at_most };

/// Prints a line for each aim, and how many could not be told of.
class Report {
 public:
  void line(const std::string& what, double value, Wanted wanted, double aim, const char* unit) {
    if (std::isnan(value)) {
      ++not_measured_;
      return;
    }
    const bool met = wanted == Wanted::at_least ? value >= aim : value <= aim;
    std::printf("  %-76s %10.2f%-3s  aim %s %g%s: %s\n", what.c_str(), value, unit,
                wanted == Wanted::at_least ? ">=" : "<=", aim, unit, met ? "met" : "NOT met");
  }
  ~Report() {
    if (not_measured_ > 0) std::printf("  not measured: %d\n", not_measured_);
  }

 private:
  int not_measured_ = 0;
};

}  // namespace booking_bench
