// The Redis store beside what its server can do at all, and beside peers. On a server of its own,
// on this machine, in memory only unless asked otherwise.
//
//   redis_bench [--rounds N] [--seconds S] [--only TEXT] [--json FILE] [--appendonly
//   always|everysec]
//               [--peers] [--python PROGRAM] [--node-modules FOLDER]
//
// README.md beside this file says how the peers' packages are installed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/bench.hpp"
#include "bench/redis/aims.hpp"
#include "bench/redis/limits.hpp"
#include "bench/redis/market.hpp"
#include "bench/redis/names.hpp"
#include "bench/redis/ours.hpp"
#include "bench/redis/peers.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

using namespace booking_bench;
using booking_test::RedisServer;

namespace {

struct Wishes {
  int rounds = 5;
  Seconds seconds{0.5};
  std::string only{};
  std::string json{};
  std::string appendonly{};
  PeerPrograms peers{};
};

[[noreturn]] void refuse(std::string_view what) {
  std::fprintf(stderr, "redis_bench: unknown option, or one without its value: %s\n",
               std::string{what}.c_str());
  std::exit(2);
}

void set(Wishes& wishes, std::string_view name, const char* value) {
  if (name == "--rounds") {
    wishes.rounds = std::clamp(std::atoi(value), 1, 100);
  } else if (name == "--seconds") {
    wishes.seconds = Seconds{std::clamp(std::atof(value), 0.01, 10.0)};
  } else if (name == "--only") {
    wishes.only = value;
  } else if (name == "--json") {
    wishes.json = value;
  } else if (name == "--appendonly") {
    wishes.appendonly = value;
  } else if (name == "--python") {
    wishes.peers.python = value;
  } else if (name == "--node-modules") {
    wishes.peers.node_modules = value;
  } else {
    refuse(name);
  }
}

Wishes wishes_of(int count, char** arguments) {
  Wishes wishes;
  for (int i = 1; i < count; ++i) {
    if (std::string_view{arguments[i]} == "--peers") {
      wishes.peers.wanted = true;
    } else if (i + 1 == count) {
      refuse(arguments[i]);
    } else {
      set(wishes, arguments[i], arguments[i + 1]);
      ++i;
    }
  }
  return wishes;
}

RedisServer::Arguments arguments_for(const Wishes& wishes) {
  if (wishes.appendonly.empty()) return {};
  return {"--appendonly", "yes", "--appendfsync", wishes.appendonly};
}

Bytes measure_bytes(const RedisServer& server) {
  const Bytes bytes{.booking = bytes_a_booking(server, many_slots),
                    .slot = bytes_a_slot(server, slots_of_a_service)};
  std::printf("\nmemory of the server, bytes\n");
  std::printf("  a booking: %.0f with 10,000 slots, %.0f with one\n", bytes.booking,
              bytes_a_booking(server, 1));
  std::printf("  a slot: %.0f with 100 in each service, %.0f with 1,000\n", bytes.slot,
              bytes_a_slot(server, 1'000));
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  const Wishes wishes = wishes_of(count, arguments);
  // Static, so that it is stopped when a case ends the program too.
  static const RedisServer server{arguments_for(wishes), RedisServer::Where::loopback};
  Table table;
  add_limits(table, server, wishes.seconds);
  add_ours(table, server, wishes.seconds);
  add_market(table, server, wishes.seconds);
  add_peers(table, server, wishes.peers, wishes.seconds);
  table.run(wishes.rounds, wishes.only);
  print_aims(table, wishes.only.empty() ? measure_bytes(server) : Bytes{});
  if (!wishes.json.empty()) table.write_json(wishes.json);
}
