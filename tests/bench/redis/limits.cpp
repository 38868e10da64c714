// Each run is checked by what it left on the server; (a) by an audit of the library too.
#include "bench/redis/limits.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/redis/child.hpp"
#include "bench/redis/fixture.hpp"
#include "bench/redis/names.hpp"
#include "embedded/bare_lua.hpp"
#include "embedded/whole_contract_lua.hpp"
#include "redis/keys.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

namespace {

using Line = std::vector<std::string>;

/// How redis-benchmark is run.
struct Drive {
  Wire wire = Wire::unix_socket;
  int clients = 1;
  int pipeline = 64;
  std::size_t slots = 1;
};

Figures figures_in(const std::string& csv) {
  // The last line, from behind: the command in front of it may hold commas.
  std::vector<double> fields;
  std::size_t end = csv.find_last_of('"');
  while (fields.size() < 7 && end != std::string::npos && end > 0) {
    const std::size_t begin = csv.rfind('"', end - 1);
    if (begin == std::string::npos || begin == 0) break;
    fields.push_back(std::strtod(csv.c_str() + begin + 1, nullptr));
    end = csv.rfind('"', begin - 1);
  }
  // From behind: max, p99, p95, p50, min, average in ms, requests a second.
  must(fields.size() == 7 && fields[6] > 0, "redis-benchmark's answer");
  return {.rate = fields[6], .p50 = fields[3] * 1000, .p99 = fields[1] * 1000};
}

Figures benchmark(const RedisServer& server, const Drive& drive, std::size_t requests,
                  const Line& command) {
  Line line{"redis-benchmark", "--csv", "-r", "2147483647"};
  const Line where = drive.wire == Wire::tcp
                         ? Line{"-h", "127.0.0.1", "-p", std::to_string(server.port())}
                         : Line{"-s", server.path()};
  line.insert(line.end(), where.begin(), where.end());
  line.insert(line.end(), {"-c", std::to_string(drive.clients), "-P",
                           std::to_string(drive.pipeline), "-n", std::to_string(requests)});
  line.insert(line.end(), command.begin(), command.end());
  const auto output = output_of(line, std::chrono::seconds{60});
  must(output.has_value(), "redis-benchmark");
  return figures_in(*output);
}

/// The script, loaded; the random number and what else it takes.
class WholeContract {
 public:
  WholeContract(const RedisServer& server, const Drive& drive)
      : server_{server}, slots_{drive.slots} {}

  Line prepare() {
    inventory_ = std::make_unique<SlotInventory>(
        fresh_inventory(server_, {.wire = Wire::unix_socket, .slots = slots_}));
    const redis::Keys keys{prefix};
    const BookingId id = BookingId::generate();
    const auto late = Clock{}.now() + std::chrono::hours{1};
    const auto ms = [](Instant at) { return std::to_string(at.time_since_epoch().count()); };
    return {"EVALSHA",
            server_.ask({"SCRIPT", "LOAD", embedded::whole_contract_lua}),
            "5",
            keys.gate(),
            keys.seq(),
            keys.relied_on(),
            keys.policy(),
            keys.buckets(),
            "__rand_int__",
            server_.ask({"GET", keys.gate()}),
            "0",
            ms(late),
            keys.begin(),
            std::to_string(slots_),
            redis::short_id(id).substr(0, 12),
            ms(id.made_at()),
            redis::bucket_of(id)};
  }
  std::uint64_t booked() const { return seats_used(*inventory_, slots_); }
  void check_records() const {
    const auto audit = inventory_->audit();
    must(audit && audit->clean() && audit->users > 0, "what whole_contract.lua wrote");
  }

 private:
  const RedisServer& server_;
  std::size_t slots_;
  std::unique_ptr<SlotInventory> inventory_;
};

class Bare {
 public:
  Bare(const RedisServer& server, const Drive& drive) : server_{server}, slots_{drive.slots} {}

  Line prepare() const {
    server_.ask({"FLUSHALL"});
    server_.ask({"EVAL", "for i = 0, ARGV[1] - 1 do redis.call('SET', '{bare}:' .. i, 1e9) end",
                 "0", std::to_string(slots_)});
    return {"EVALSHA",
            server_.ask({"SCRIPT", "LOAD", embedded::bare_lua}),
            "1",
            "{bare}:users",
            "__rand_int__",
            std::string(40, 'r'),
            std::to_string(slots_)};
  }
  std::uint64_t booked() const {
    return std::strtoull(server_.ask({"HLEN", "{bare}:users"}).c_str(), nullptr, 10);
  }
  void check_records() const {}

 private:
  const RedisServer& server_;
  std::size_t slots_;
};

/// Of so many requests that they take about `time`.
template <class Script>
std::function<Figures()> rounds(const RedisServer& server, const Drive& drive, Seconds time) {
  constexpr std::size_t first_requests = 640;
  return [&server, drive, time, expected = 0.0]() mutable {
    Script script{server, drive};
    const auto run = [&](std::size_t requests) {
      // Anew each time: runs of one second may have the same random numbers.
      const Figures figures = benchmark(server, drive, requests, script.prepare());
      const std::uint64_t booked = script.booked();
      const std::uint64_t repeated = requests / 100;  // random numbers of one run, at most
      must(booked <= requests && booked + repeated >= requests, "bookings by redis-benchmark");
      return figures;
    };
    if (expected == 0) {
      expected = run(first_requests).rate;
      script.check_records();
    }
    // In whole pipelines, as it sends them.
    const double pipelines = std::clamp(expected * time.count(), 640.0, 1e6) / drive.pipeline;
    const Figures figures =
        run(static_cast<std::size_t>(pipelines) * static_cast<std::size_t>(drive.pipeline));
    expected = figures.rate;
    return figures;
  };
}

}  // namespace

void add_limits(Table& table, const RedisServer& server, Seconds time) {
  for (const Wire wire : {Wire::unix_socket, Wire::tcp}) {
    const Drive alone{.wire = wire, .pipeline = 1};
    table.add(
        {one_caller, limit_name("a", "-c1 -P1", wire), rounds<WholeContract>(server, alone, time)});
    for (const std::size_t slots : {std::size_t{1}, many_slots}) {
      for (const int clients : {1, 50}) {
        const Drive drive{.wire = wire, .clients = clients, .slots = slots};
        const char* const how = clients == 1 ? "-c1 -P64" : "-c50 -P64";
        table.add({slots == 1 ? one_slot : spread, limit_name("a", how, wire),
                   rounds<WholeContract>(server, drive, time)});
        table.add({slots == 1 ? one_slot : spread, limit_name("b", how, wire),
                   rounds<Bare>(server, drive, time)});
      }
    }
  }
}

}  // namespace booking_bench
