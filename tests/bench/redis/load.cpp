// A barrier, then everybody calls until the time is over.
#include "bench/redis/load.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

namespace booking_bench {

namespace {

struct Diary {
  std::vector<float> micros{};  // of each call
  std::size_t in_time = 0;
  Steady::time_point ended{};
};

/// From when to when it is measured. Who has done all its calls ends it for everybody.
struct Span {
  Steady::time_point start{};
  std::atomic<Steady::time_point> end{};

  void end_at(Steady::time_point now) {
    auto known = end.load();
    while (now < known && !end.compare_exchange_weak(known, now)) {
    }
  }
};

double at(const std::vector<float>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double fair_part(std::size_t least, std::size_t all, std::size_t callers) {
  return all == 0 ? none : static_cast<double>(least * callers) / static_cast<double>(all);
}

void call_until(const Load& load, std::size_t caller, Span& span, Diary& diary) {
  auto before = Steady::now();
  for (std::size_t i = 0; i < load.most && before < span.end.load(); ++i) {
    load.call(caller, i);
    const auto after = Steady::now();
    diary.micros.push_back(static_cast<float>(Seconds{after - before}.count() * 1e6));
    if (after <= span.end.load()) ++diary.in_time;
    before = after;
  }
  diary.ended = before;
  span.end_at(before);
}

Carried sum_up(const Load& load, const std::vector<Diary>& diaries, const Span& span) {
  std::vector<float> all;
  std::size_t in_time = 0;
  std::size_t least = load.most;
  for (const Diary& diary : diaries) {
    least = std::min(least, diary.in_time);
    all.insert(all.end(), diary.micros.begin(), diary.micros.end());
    in_time += diary.in_time;
  }
  must(!all.empty(), "no call was carried out");
  std::sort(all.begin(), all.end());
  // One caller alone is measured to the end of its last call, which may be a long one.
  const bool alone = diaries.size() == 1;
  const Seconds took = (alone ? diaries.front().ended : span.end.load()) - span.start;
  const std::size_t counted = (alone ? all.size() : in_time) * load.operations;
  return {.figures = {.rate = static_cast<double>(counted) / took.count(),
                      .p50 = at(all, 0.5),
                      .p99 = at(all, 0.99),
                      .least = alone ? none : fair_part(least, in_time, diaries.size())},
          .done = all.size() * load.operations};
}

}  // namespace

Carried carry_out(const Load& load, const booking_test::RedisServer& server) {
  std::vector<Diary> diaries(load.callers);
  Span span;
  std::barrier ready{static_cast<std::ptrdiff_t>(load.callers + 1)};
  std::vector<std::thread> crew;
  for (std::size_t caller = 0; caller < load.callers; ++caller) {
    crew.emplace_back([&, caller] {
      diaries[caller].micros.reserve(std::min<std::size_t>(load.most, 100'000));
      if (load.before) load.before(caller);
      ready.arrive_and_wait();  // all connections are open
      ready.arrive_and_wait();  // the clock has been read
      call_until(load, caller, span, diaries[caller]);
    });
  }
  ready.arrive_and_wait();
  const std::uint64_t reads_before = socket_reads(server);
  span.start = Steady::now();
  span.end = span.start + std::chrono::duration_cast<Steady::duration>(load.time);
  ready.arrive_and_wait();
  for (std::thread& thread : crew) thread.join();
  const std::uint64_t own_reads = 2;  // the second question, and the end of the first one's socket
  const std::uint64_t reads = socket_reads(server) - reads_before - own_reads;

  Carried carried = sum_up(load, diaries, span);
  carried.figures.reads = static_cast<double>(reads) / static_cast<double>(carried.done);
  return carried;
}

std::uint64_t info_number(const booking_test::RedisServer& server, const char* section,
                          const char* name) {
  const std::string info = server.ask({"INFO", section});
  const std::string line = std::string{"\n"} + name + ":";
  const std::size_t place = info.find(line);
  must(place != std::string::npos, "INFO lacks a line");
  return std::strtoull(info.c_str() + place + line.size(), nullptr, 10);
}

std::uint64_t socket_reads(const booking_test::RedisServer& server) {
  return info_number(server, "stats", "total_reads_processed");
}

}  // namespace booking_bench
