// A harness for benchmarks that compare. On a shared machine single figures move by half within
// minutes, so all contenders of a group take turns, round by round, and what counts are medians and
// their ratios.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace booking_bench {

using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

/// What a round comes to: nanoseconds for each operation of each thread, or any other figure.
using Round = std::function<double()>;

struct Contender {
  std::string name;
  Round round;
  std::vector<double> figures{};

  double median() const {
    std::vector<double> sorted = figures;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// Contenders for one thing; the first is what the others are compared with.
struct Group {
  std::string name;
  std::string unit;
  std::vector<Contender> contenders;
};

/// `--rounds N` (5), `--json FILE`, `--only TEXT`: groups whose name contains it.
struct Options {
  int rounds = 5;
  std::string json;
  std::string only;

  static Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
      const std::string_view name = arguments[i];
      if (name == "--rounds") options.rounds = std::max(1, std::atoi(arguments[i + 1]));
      if (name == "--json") options.json = arguments[i + 1];
      if (name == "--only") options.only = arguments[i + 1];
    }
    return options;
  }
  bool wants(const Group& group) const { return group.name.find(only) != std::string::npos; }
};

inline void run(Group& group, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (Contender& contender : group.contenders) contender.figures.push_back(contender.round());
  }
  std::printf("\n%s (%s, median of %d)\n", group.name.c_str(), group.unit.c_str(), rounds);
  const double first = group.contenders.front().median();
  for (const Contender& contender : group.contenders) {
    const auto [least, most] =
        std::minmax_element(contender.figures.begin(), contender.figures.end());
    std::printf("  %-44s %12.1f   x%-7.2f  %.1f to %.1f\n", contender.name.c_str(),
                contender.median(), contender.median() / first, *least, *most);
  }
  std::fflush(stdout);
}

inline void write_json(const std::vector<Group>& groups, const std::string& file) {
  std::ofstream out{file};
  out << "[\n";
  const char* comma = "";
  for (const Group& group : groups) {
    for (const Contender& contender : group.contenders) {
      if (contender.figures.empty()) continue;
      out << comma << R"(  {"group": ")" << group.name << R"(", "name": ")" << contender.name
          << R"(", "unit": ")" << group.unit << R"(", "median": )" << contender.median()
          << R"(, "rounds": [)";
      for (std::size_t i = 0; i < contender.figures.size(); ++i) {
        out << (i == 0 ? "" : ", ") << contender.figures[i];
      }
      out << "]}";
      comma = ",\n";
    }
  }
  out << "\n]\n";
}

/// Runs every wanted group and reports; what `main` returns.
inline int run_all(std::vector<Group> groups, const Options& options) {
  for (Group& group : groups) {
    if (options.wants(group)) run(group, options.rounds);
  }
  if (!options.json.empty()) write_json(groups, options.json);
  return 0;
}

/// Nanoseconds for each of `count` calls of `work(i)`.
template <class Work>
double time_each(std::size_t count, Work work) {
  const auto start = Steady::now();
  for (std::size_t i = 0; i < count; ++i) work(i);
  return Seconds{Steady::now() - start}.count() * 1e9 / static_cast<double>(count);
}

/// The same on several threads, each with `count` calls of `work(thread, i)`: nanoseconds for each
/// call over all of them, so that half the figure of one thread means twice the throughput.
template <class Work>
double time_on_threads(std::size_t threads, std::size_t count, Work work) {
  std::vector<std::thread> crew;
  const auto start = Steady::now();
  for (std::size_t t = 0; t < threads; ++t) {
    crew.emplace_back([&work, t, count] {
      for (std::size_t i = 0; i < count; ++i) work(t, i);
    });
  }
  for (std::thread& thread : crew) thread.join();
  return Seconds{Steady::now() - start}.count() * 1e9 / static_cast<double>(threads * count);
}

/// Keeps a result from being optimised away.
template <class T>
void use(const T& value) {
  __asm__ __volatile__("" : : "g"(&value) : "memory");
}

/// Ends the program where a contender does not do its work: a benchmark of failures says nothing.
inline void must(bool done, const char* what) {
  if (done) return;
  static std::mutex first;
  first.lock();  // of several threads that fail, one ends the program
  std::fprintf(stderr, "benchmark broken: %s\n", what);
  std::exit(1);
}

}  // namespace booking_bench
