// Ratios of medians of one run.
#include "bench/redis/aims.hpp"

#include <cmath>
#include <cstdio>
#include <string>

#include "bench/redis/names.hpp"
#include "bench/redis/report.hpp"

namespace booking_bench {

namespace {

class Aims {
 public:
  Aims(Report& report, const Table& table, Wire wire)
      : report_{report}, table_{table}, wire_{wire}, on_{name_of(wire)} {}

  void alone() const {
    const std::string ours = book_name(1, wire_);
    report_.line("1 caller, " + on_ + ": round trips",
                 table_.median(one_caller, ours, &Figures::reads), Wanted::at_most, 1.005, "");
    report_.line("1 caller, " + on_ + ": p50 / that of -c1 -P1 of (a)",
                 table_.median(one_caller, ours, &Figures::p50) /
                     table_.median(one_caller, limit_name("a", "-c1 -P1", wire_), &Figures::p50),
                 Wanted::at_most, 1.1, "x");
  }

  void together(const std::string& group, double of_a, double of_b) const {
    const std::string ours = book_name(crowd, wire_);
    const std::string what = "32 callers, " + group + ", " + on_ + ": ";
    const double rate = table_.median(group, ours, &Figures::rate);
    report_.line(what + "/ (a)", rate / limit("a", group), Wanted::at_least, of_a, "x");
    report_.line(what + "/ (b)", rate / limit("b", group), Wanted::at_least, of_b, "x");
    report_.line(what + "p99", table_.median(group, ours, &Figures::p99), Wanted::at_most, 900,
                 " us");
    report_.line(what + "retries a booking", table_.median(group, ours, &Figures::retries),
                 Wanted::at_most, 0, "");
  }

  void each(const std::string& group, double of_a) const {
    for (const std::size_t window : {std::size_t{64}, std::size_t{256}}) {
      const std::string ours = each_name(window, wire_);
      report_.line("book_each of " + std::to_string(window) + ", " + group + ", " + on_ + ": / (a)",
                   table_.median(group, ours, &Figures::rate) / limit("a", group), Wanted::at_least,
                   of_a, "x");
    }
  }

  void reading() const {
    report_.line("availability of 30 days x 24 times, " + on_ + ": round trips",
                 table_.median(other_calls, month + on_, &Figures::reads), Wanted::at_most, 1.005,
                 "");
  }

 private:
  double limit(const std::string& script, const std::string& group) const {
    const auto rate = [&](const char* how) {
      return table_.median(group, limit_name(script, how, wire_), &Figures::rate);
    };
    return std::fmax(rate("-c1 -P64"), rate("-c50 -P64"));
  }

  Report& report_;
  const Table& table_;
  Wire wire_;
  std::string on_;
};

void print_peers(Report& report, const Table& table) {
  const auto peer = [&](const std::string& name) {
    return table.median(peer_group, name, &Figures::rate);
  };
  const double script = table.median(one_slot, book_name(crowd, Wire::unix_socket), &Figures::rate);
  const double watch = table.median(one_slot, watch_mode, &Figures::rate);
  const auto against = [&](const std::string& name, double aim) {
    report.line("32 callers, one slot, unix: / " + name, script / peer(name), Wanted::at_least, aim,
                "x");
  };
  against(seed_watch, 80);
  report.line("the same in watch mode: / " + seed_watch, watch / peer(seed_watch), Wanted::at_least,
              4, "x");
  for (const char* const kind : {", threads", ", processes"}) {
    against(python_watch + kind, 200);
    against(python_lock + short_pause + kind, 400);
    against(python_lock + default_pause + kind, 400);
  }
  against(node_redlock + short_pause, 250);
  against(node_redlock + default_pause, 250);
}

void print_market(Report& report, const Table& table) {
  const auto rate = [&](const std::string& name) {
    return table.median(market_group, name, &Figures::rate);
  };
  report.line("32 buyers, purchases by script: / " + seed_watch,
              rate(market_script) / rate(seed_watch), Wanted::at_least, 20, "x");
}

}  // namespace

void print_aims(const Table& table, const Bytes& bytes) {
  std::printf("\naims (ratios of medians; limits: the better of -c1 and -c50)\n");
  Report report;
  for (const Wire wire : {Wire::unix_socket, Wire::tcp}) {
    const Aims aims{report, table, wire};
    aims.alone();
    aims.together(one_slot, 2, 0.8);
    aims.together(spread, 1.5, 0.6);
    aims.each(one_slot, 2.5);
    aims.each(spread, 1.7);
    aims.reading();
  }
  print_peers(report, table);
  print_market(report, table);
  report.line("bytes a booking, 10,000 slots", bytes.booking, Wanted::at_most, 220, "");
  report.line("bytes a slot", bytes.slot, Wanted::at_most, 120, "");
}

}  // namespace booking_bench
