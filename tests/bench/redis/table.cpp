// Running in turn, medians, a line for each case.
#include "bench/redis/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/bench.hpp"

namespace booking_bench {

namespace {

struct Column {
  Figure figure;
  const char* unit;
};
constexpr Column columns[] = {{&Figures::rate, "operations/s"},
                              {&Figures::p50, "p50 us"},
                              {&Figures::p99, "p99 us"},
                              {&Figures::least, "least served, of a fair part"},
                              {&Figures::reads, "server reads an operation"},
                              {&Figures::retries, "retries an operation"}};

std::string shown(double value, int places) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

std::vector<double> values(const Case& one, Figure figure) {
  std::vector<double> all;
  for (const Figures& round : one.rounds) {
    if (!std::isnan(round.*figure)) all.push_back(round.*figure);
  }
  return all;
}

}  // namespace

double Case::median(Figure figure) const {
  std::vector<double> all = values(*this, figure);
  if (all.empty()) return none;
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

void Table::run(int rounds, const std::string& only) {
  std::vector<std::string> wanted = groups();
  std::erase_if(wanted, [&](const std::string& group) { return group.find(only) == group.npos; });
  for (int round = 1; round <= rounds; ++round) {
    std::fprintf(stderr, "round %d of %d\n", round, rounds);
    // Those that are compared run close to each other.
    for (const std::string& group : wanted) {
      for (Case& one : cases_) {
        if (one.group == group) one.rounds.push_back(one.round());
      }
    }
  }
  for (const std::string& group : wanted) print(group);
}

void Table::print(const std::string& group) const {
  std::printf("\n%s\n  %-44s %11s %22s %10s %10s %7s %7s %8s\n", group.c_str(), "medians",
              "operations/s", "lowest to highest", "p50 us", "p99 us", "least", "reads", "retries");
  for (const Case& one : cases_) {
    if (one.group != group) continue;
    std::vector<double> rates = values(one, &Figures::rate);
    std::string span = "-";
    if (!rates.empty()) {
      std::sort(rates.begin(), rates.end());
      span = shown(rates.front(), 0) + " to " + shown(rates.back(), 0);
    }
    std::printf("  %-44s %12s %22s %10s %10s %7s %7s %8s\n", one.name.c_str(),
                shown(one.median(&Figures::rate), 0).c_str(), span.c_str(),
                shown(one.median(&Figures::p50), 1).c_str(),
                shown(one.median(&Figures::p99), 1).c_str(),
                shown(one.median(&Figures::least), 2).c_str(),
                shown(one.median(&Figures::reads), 2).c_str(),
                shown(one.median(&Figures::retries), 2).c_str());
  }
  std::fflush(stdout);
}

std::vector<std::string> Table::groups() const {
  std::vector<std::string> names;
  for (const Case& one : cases_) {
    if (std::find(names.begin(), names.end(), one.group) == names.end()) names.push_back(one.group);
  }
  return names;
}

double Table::median(const std::string& group, const std::string& name, Figure figure) const {
  for (const Case& one : cases_) {
    if (one.group == group && one.name == name) return one.median(figure);
  }
  return none;
}

void Table::write_json(const std::string& file) const {
  std::vector<Group> written;
  for (const std::string& name : groups()) {
    for (const Column& column : columns) {
      Group group{.name = name, .unit = column.unit, .contenders = {}};
      for (const Case& one : cases_) {
        if (one.group != name) continue;
        group.contenders.push_back({one.name, {}, values(one, column.figure)});
      }
      written.push_back(std::move(group));
    }
  }
  booking_bench::write_json(written, file);
}

}  // namespace booking_bench
