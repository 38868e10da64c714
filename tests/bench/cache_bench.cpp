// The caches beside bare commands of the same server, and beside a plain map. On a redis-server of
// its own, on this machine, in memory only.
//
//   cache_bench [--rounds N] [--only TEXT] [--json FILE]
#include <cstdio>
#include <string>

#include "bench/bench.hpp"
#include "bench/cache/cases.hpp"
#include "bench/cache/users.hpp"
#include "bench/redis/report.hpp"
#include "bench/redis/table.hpp"
#include "support/redis_server.hpp"

using namespace booking_bench;
using booking_test::RedisServer;

namespace {

void print_near(Report& report, const Table& table) {
  const auto rate = [&](const std::string& how, Keys keys, std::size_t threads) {
    return table.median(near_group, near_name(how, keys, threads), &Figures::rate);
  };
  const double get_and_parse = table.median(read_group, bare_get_parse, &Figures::rate);
  for (const std::string& how : {near_visit, near_get}) {
    const double hot = rate(how, Keys::hot, 1);
    report.line("near, one user, " + how, 1e9 / hot, Wanted::at_most, 60, " ns");
    for (const Keys keys : {Keys::hot, Keys::all}) {
      const std::string what = std::string{"near, "} +
                               (keys == Keys::hot ? "one user, " : "10,000 users, ") + how + ": ";
      report.line(what + "2 threads / 1 thread", rate(how, keys, 2) / rate(how, keys, 1),
                  Wanted::at_least, 1.6, "x");
      report.line(what + "/ bare GET + parse", rate(how, keys, 1) / get_and_parse, Wanted::at_least,
                  400, "x");
    }
  }
}

void print_reads(Report& report, const Table& table) {
  const auto p50 = [&](const std::string& group, const std::string& name) {
    return table.median(group, name, &Figures::p50);
  };
  for (const std::string& name : {cache_get, cache_near_miss}) {
    report.line(name + ": p50 / that of a bare GET",
                p50(read_group, name) / p50(read_group, bare_get), Wanted::at_most, 1.1, "x");
    report.line(name + ": p50 / that of a bare GET + parse",
                p50(read_group, name) / p50(read_group, bare_get_parse), Wanted::at_most, 1.1, "x");
  }
  report.line("get_many of 64, for each user: / get",
              table.median(read_group, cache_get_many, &Figures::rate) /
                  table.median(read_group, cache_get, &Figures::rate),
              Wanted::at_least, 7, "x");
  report.line("a SET by others, until it is no longer near: p99",
              table.median(change_group, change_name, &Figures::p99), Wanted::at_most, 1000, " us");
  for (const std::string& name : {booking_hit, booking_read, booking_document_read}) {
    report.line(name + ": round trips", table.median(booking_group, name, &Figures::reads),
                Wanted::at_most, 1.005, "");
  }
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = Options::parse(count, arguments);
  // Static, so that it is stopped when a case ends the program too.
  static const RedisServer server;
  Table table;
  add_bookings(table, server);
  put_users(server);
  add_near(table, server);
  add_reads(table, server);
  add_changes(table, server);
  table.run(options.rounds, options.only);
  std::printf("\naims (ratios of medians)\n");
  Report report;
  print_near(report, table);
  print_reads(report, table);
  if (!options.json.empty()) table.write_json(options.json);
}
