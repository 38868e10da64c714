// After each round the seats that are gone must be those that a peer says it booked.
#include "bench/redis/peers.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "bench/peers/seed_style.hpp"
#include "bench/redis/child.hpp"
#include "bench/redis/load.hpp"
#include "bench/redis/names.hpp"

using booking_test::RedisServer;

namespace booking_bench {

namespace {

using Line = std::vector<std::string>;

constexpr std::int64_t seats = 1'000'000'000;

void prepare(const RedisServer& server) {
  const SeedNames names;
  server.ask({"FLUSHALL"});
  server.ask({"HSET", names.slots, names.field, std::to_string(seats)});
}

void check(const RedisServer& server, std::uint64_t booked) {
  const SeedNames names;
  const std::string left = server.ask({"HGET", names.slots, names.field});
  must(std::atoll(left.c_str()) == seats - static_cast<std::int64_t>(booked), "a peer's seats");
}

Figures seed_round(const RedisServer& server, SeedPeer::Way way, Seconds time) {
  prepare(server);
  std::vector<std::unique_ptr<SeedPeer>> peers;
  for (std::size_t i = 0; i < crowd; ++i) {
    peers.push_back(std::make_unique<SeedPeer>(server.path(), way));
  }
  std::atomic<std::uint64_t> user{1};
  std::atomic<std::uint64_t> retries{0};
  const auto book = [&](std::size_t caller) { return peers[caller]->book(user.fetch_add(1)); };
  const Carried carried =
      carry_out({.callers = crowd,
                 .time = time,
                 .before = [&](std::size_t caller) { book(caller); },
                 .call = [&](std::size_t caller, std::size_t) { retries += book(caller); }},
                server);
  check(server, carried.done + crowd);
  Figures figures = carried.figures;
  figures.retries = static_cast<double>(retries) / static_cast<double>(carried.done);
  return figures;
}

/// The number behind `name` in what a program printed.
double number_of(const std::string& name, const std::string& printed) {
  std::istringstream words{printed};
  std::string word;
  double number = none;
  while (words >> word >> number) {
    if (word == name) return number;
  }
  return none;
}

Figures program_round(const RedisServer& server, const Line& line) {
  prepare(server);
  const std::optional<std::string> printed = output_of(line, std::chrono::seconds{90});
  must(printed.has_value(), "a peer's program");
  const double done = number_of("done", *printed);
  check(server, static_cast<std::uint64_t>(done));
  const double counted = number_of("counted", *printed);
  return {.rate = counted / number_of("seconds", *printed),
          .p50 = number_of("p50", *printed),
          .p99 = number_of("p99", *printed),
          .least = number_of("least", *printed) * crowd / counted,
          .retries = number_of("retries", *printed) / done};
}

void skip(const std::string& name, const std::string& why) {
  std::printf("skipped: %s: %s\n", name.c_str(), why.c_str());
}

void add_program(Table& table, const RedisServer& server, const std::string& name,
                 const Line& line) {
  table.add({peer_group, name, [&server, line] { return program_round(server, line); }});
}

constexpr const char* find_redis =
    "import importlib.util, sys; sys.exit(importlib.util.find_spec('redis') is None)";
constexpr const char* find_redlock =
    "try { require('ioredis'); require('redlock') } catch { process.exit(1) }";

std::string file(const char* name) {
  return std::string{BOOKING_BENCH_PEERS} + "/" + name;
}

void add_python(Table& table, const RedisServer& server, const std::string& python,
                const std::string& seconds) {
  if (!output_of({python, "-c", find_redis}, std::chrono::seconds{30})) {
    skip("redis-py", python + " finds no package redis, see tests/bench/README.md");
    return;
  }
  const auto add = [&](const std::string& name, const char* way, const char* pause) {
    for (const char* const kind : {"threads", "processes"}) {
      add_program(table, server, name + ", " + kind,
                  {python, file("redis_py.py"), way, server.path(), kind, std::to_string(crowd),
                   seconds, pause});
    }
  };
  add(python_watch, "watch", "0");
  add(python_lock + short_pause, "lock", "0.001");
  add(python_lock + default_pause, "lock", "0.1");
}

void add_node(Table& table, const RedisServer& server, const std::string& modules,
              const std::string& seconds) {
  Line node{"env"};
  if (!modules.empty()) node.push_back("NODE_PATH=" + modules);
  node.emplace_back("node");
  Line probe = node;
  probe.insert(probe.end(), {"-e", find_redlock});
  if (!output_of(probe, std::chrono::seconds{30})) {
    skip(node_redlock, "node finds no such packages, see tests/bench/README.md");
    return;
  }
  const auto add = [&](const std::string& name, const char* pause) {
    Line line = node;
    line.insert(line.end(),
                {file("ioredis_redlock.js"), server.path(), std::to_string(crowd), seconds, pause});
    add_program(table, server, name, line);
  };
  add(node_redlock + short_pause, "2");
  add(node_redlock + default_pause, "200");
}

}  // namespace

void add_peers(Table& table, const RedisServer& server, const PeerPrograms& programs,
               Seconds time) {
  for (const auto way : {SeedPeer::Way::watch, SeedPeer::Way::lock}) {
    table.add({peer_group, way == SeedPeer::Way::watch ? seed_watch : seed_lock,
               [&server, way, time] { return seed_round(server, way, time); }});
  }
  if (!programs.wanted) {
    skip("redis-py, ioredis + redlock", "asked for with --peers");
    return;
  }
  const std::string seconds = std::to_string(time.count());
  add_python(table, server, programs.python, seconds);
  add_node(table, server, programs.node_modules, seconds);
}

}  // namespace booking_bench
