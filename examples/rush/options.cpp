#include "options.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace rush {

const char* const usage =
    R"(rush: sends a crowd at a small inventory and proves that nothing was oversold or lost

  rush [--services FILE.json] [--users N] [options]
      N users compete for the services of a file; without one, for the sample that ships.
  rush --history FILE.csv --capacity FILE.csv [options]
      replays recorded bookings and prints their summary and checksum.

  --services FILE  what is sold, as JSON
  --users N        1 to 1000000 (default 2000)
  --history FILE   requests: id,service,made,first,nights,cancelled
  --capacity FILE  seats per day: service,capacity
  --db FILE        keep the SQLite inventory in this new file (default: a temporary one)
  --memory         no SQLite, all in memory
  --redis URL      no SQLite, on this Redis server, under keys of its own that go at the end
  --commit KIND    goes with --redis: by script (default), or watch (by WATCH, MULTI and EXEC)
  --lock KIND      behind a lock: mutex (of this process), or redis (goes with --redis)
  --threads N      1 to 256 (default 8; for a history 1, which replays in exact order)
  --seed S         0 to 18446744073709551615 (default 1): who comes when and wants what
  --json           print only one JSON object
  --help           this text

exit status: 0 nothing oversold, nothing lost, audit clean · 1 otherwise · 2 bad arguments or input
             130 interrupted
)";

std::string in_quotes(std::string_view text) {
  std::string result{"'"};
  result += text;
  return result += "'";
}

namespace {

template <class Number>
Number to_number(std::string_view option, std::string_view text, Number least, Number most) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) {
    throw UsageError{std::string{option} + " takes a whole number from " + std::to_string(least) +
                     " to " + std::to_string(most) + ", not " + in_quotes(text)};
  }
  return value;
}

void refuse_together(const std::set<std::string_view>& given, std::string_view a,
                     std::string_view b) {
  if (given.contains(a) && given.contains(b)) {
    throw UsageError{std::string{a} + " and " + std::string{b} +
                     " do not go together; leave one out"};
  }
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  std::set<std::string_view> given;
  int at = 0;
  const auto value = [&]() -> std::string_view {
    if (at + 1 == argc) throw UsageError{std::string{argv[at]} + " needs a value behind it"};
    return argv[++at];
  };
  const auto text = [&](std::string& field) {
    return [&] {
      const std::string name = argv[at];
      field = value();
      if (field.empty()) throw UsageError{name + " needs a value that is not empty"};
    };
  };
  const auto flag = [](bool& field) { return [&field] { field = true; }; };
  const std::map<std::string_view, std::function<void()>> known = {
      {"--services", text(options.services)},
      {"--history", text(options.history)},
      {"--capacity", text(options.capacity)},
      {"--db", text(options.db)},
      {"--redis", text(options.redis)},
      {"--commit", text(options.commit)},
      {"--lock", text(options.lock)},
      {"--memory", flag(options.memory)},
      {"--json", flag(options.json)},
      {"--help", flag(options.help)},
      {"--users", [&] { options.users = to_number("--users", value(), 1, 1'000'000); }},
      {"--threads", [&] { options.threads = to_number("--threads", value(), 1, 256); }},
      {"--seed",
       [&] { options.seed = to_number<std::uint64_t>("--seed", value(), 0, UINT64_MAX); }},
  };
  for (at = 1; at < argc; ++at) {
    const std::string_view option = argv[at];
    const auto found = known.find(option);
    if (found == known.end()) throw UsageError{in_quotes(option) + " is not an option of rush"};
    if (!given.insert(option).second) throw UsageError{std::string{option} + " is given twice"};
    found->second();
  }
  refuse_together(given, "--db", "--memory");
  refuse_together(given, "--db", "--redis");
  refuse_together(given, "--memory", "--redis");
  refuse_together(given, "--history", "--services");
  refuse_together(given, "--history", "--users");
  if (given.contains("--history") != given.contains("--capacity")) {
    throw UsageError{"--history and --capacity go together; give both or neither"};
  }
  if (given.contains("--commit") && options.commit != "script" && options.commit != "watch") {
    throw UsageError{"--commit takes script or watch, not " + in_quotes(options.commit)};
  }
  if (given.contains("--commit") && options.redis.empty()) {
    throw UsageError{"--commit goes with --redis; say which server"};
  }
  if (given.contains("--lock") && options.lock != "mutex" && options.lock != "redis") {
    throw UsageError{"--lock takes mutex or redis, not " + in_quotes(options.lock)};
  }
  if (options.lock == "redis" && options.redis.empty()) {
    throw UsageError{"--lock redis goes with --redis; say which server"};
  }
  return options;
}

}  // namespace rush
