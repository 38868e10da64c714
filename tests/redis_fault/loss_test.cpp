// A server that dies and comes back with less than it had acknowledged: stores that know better say
// so and sell nothing, one opened afterwards finds an inventory that adds up and goes on.
#include <atomic>
#include <filesystem>
#include <thread>

#include "redis_fault/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// Bookings one after another, each acknowledged.
std::vector<BookingId> sell(SlotInventory& inventory, int number) {
  std::vector<BookingId> sold;
  for (int i = 0; i < number; ++i) {
    const BookingId id = BookingId::generate();
    const auto booked = inventory.book({.id = id, .user = UserId{to_string(id)}, .slot = slot(0)});
    REQUIRE_MESSAGE(booked.has_value(), booked.error().log_text());
    sold.push_back(id);
  }
  return sold;
}

// As calls are answered once the server is there again.
template <class Call>
auto patiently(Call call) {
  auto answer = call();
  for (const Watch watch; !answer && answer.error().kind() == ErrorKind::transient &&
                          watch.elapsed() < far_too_long;) {
    answer = call();
  }
  return answer;
}

bool reports_loss(SlotInventory& inventory, BookingId any) {
  const auto seen = patiently([&] { return inventory.availability(slot(0)); });
  const auto booked = patiently([&] { return inventory.book({.user = "new", .slot = slot(0)}); });
  const auto cancelled = patiently([&] { return inventory.cancel({.id = any}); });
  const bool broken = !seen && seen.error().code == ErrorCode::broken_store;
  CHECK((!booked && booked.error().code == ErrorCode::broken_store) == broken);
  CHECK((!cancelled && cancelled.error().code == ErrorCode::broken_store) == broken);
  return broken;
}

// How many of them are there: the first ones, without a gap, and nothing else.
std::size_t what_is_left(const SlotInventory& inventory, const std::vector<BookingId>& sold) {
  std::size_t left = 0;
  while (left < sold.size() && inventory.find(sold[left]).value()) ++left;
  for (std::size_t i = left; i < sold.size(); ++i) CHECK_FALSE(inventory.find(sold[i]).value());
  CHECK(look(inventory, 0).used == static_cast<int>(left));
  return left;
}

// The part of the log that the server adds to.
std::filesystem::path end_of_log(const RedisServer& server) {
  std::filesystem::path latest;
  int highest = 0;
  for (const auto& entry : std::filesystem::directory_iterator{server.file("appendonlydir")}) {
    const auto name = entry.path().filename().string();  // appendonly.aof.<number>.incr.aof
    if (!name.ends_with(".incr.aof")) continue;
    const int number = std::stoi(name.substr(std::string{"appendonly.aof."}.size()));
    if (number > highest) latest = entry.path();
    highest = std::max(highest, number);
  }
  REQUIRE(highest > 0);
  return latest;
}

// Redis 7.0 leaves the beginning of a torn commit in its log, and would carry that half out when it
// is started for the next time. So who finds a log torn has to have it written anew.
void rewrite_log(const RedisServer& server) {
  server.ask({"BGREWRITEAOF"});
  wait_until([&] {
    const std::string info = server.ask({"INFO", "persistence"});
    return info.find("aof_rewrite_in_progress:0") != std::string::npos &&
           info.find("aof_rewrite_scheduled:0") != std::string::npos;
  });
}

void check_goes_on(const RedisServer& server, const CommitModeUnderTest& mode,
                   const std::string& gate) {
  CHECK(server.ask({"GET", "{booking}:gate"}) == gate);  // the same inventory
  SlotInventory newcomer{open_store(server.url(), mode), one_attempt()};
  CHECK(newcomer.audit().value().clean());
  sell(newcomer, 3);
  CHECK(newcomer.audit().value().clean());
}

}  // namespace

TEST_CASE("R2 a server that went back to its last snapshot is not sold from by who knows better") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    RedisServer server;
    Witness witness{server, 1, 1000};
    SlotInventory inventory{open_store(server.url(), mode), one_attempt(seconds{5})};
    const std::string gate = server.ask({"GET", "{booking}:gate"});
    std::vector<BookingId> sold = sell(inventory, 5);
    server.ask({"SAVE"});
    for (const BookingId id : sell(inventory, 5)) sold.push_back(id);
    server.kill();
    server.start();
    CHECK(reports_loss(inventory, sold[0]));
    const SlotInventory newcomer{open_store(server.url(), mode), one_attempt()};
    CHECK(what_is_left(newcomer, sold) == 5);
    check_goes_on(server, mode, gate);
  }
}

TEST_CASE(
    "R2 a log that lost its end, cut anywhere, never holds half a commit, and the loss is told") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    // With each second the server might keep some for later, and that would be lost as well.
    RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
    Witness witness{server, 1, 1000};
    const std::string gate = server.ask({"GET", "{booking}:gate"});
    const std::uint32_t seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::vector<BookingId> sold;
    for (int round = 0; round < rounds(20); ++round) {
      SlotInventory inventory{open_store(server.url(), mode), one_attempt(seconds{5})};
      for (const BookingId id : sell(inventory, 5)) sold.push_back(id);
      server.kill();
      const auto log = end_of_log(server);
      const auto lost = 1 + random() % 2000;
      CAPTURE(lost);
      std::filesystem::resize_file(log, std::filesystem::file_size(log) - lost);
      server.start();
      CHECK(reports_loss(inventory, sold[0]));
      SlotInventory newcomer{open_store(server.url(), mode), one_attempt()};
      const std::size_t left = what_is_left(newcomer, sold);
      CHECK(left < sold.size());
      CHECK(left + 5 >= sold.size());
      sold.resize(left);
      CHECK(newcomer.audit().value().clean());
      rewrite_log(server);
    }
    check_goes_on(server, mode, gate);
  }
}

TEST_CASE("R2 a server that saves now and then and is killed under load loses nothing in silence") {
  const RedisServer::Arguments each_second = {"--appendonly", "yes", "--appendfsync", "everysec"};
  for (const bool logs : {true, false}) {
    for (const CommitModeUnderTest& mode : commit_modes()) {
      CAPTURE(logs);
      CAPTURE(mode.name);
      RedisServer server{logs ? each_second : RedisServer::Arguments{}};
      Witness witness{server, 1, 1'000'000};
      const std::string gate = server.ask({"GET", "{booking}:gate"});
      std::set<BookingId> sold;
      std::size_t all_lost = 0;
      Crew crew{4};
      const int kills = rounds(3);
      for (int round = 0; round < kills; ++round) {
        if (!logs) server.ask({"SAVE"});
        SlotInventory inventory{open_store(server.url(), mode), one_attempt(seconds{5})};
        std::atomic<int> booked{0};
        std::atomic<bool> over{false};
        std::thread killer{[&] {
          while (booked < 100 && !over) std::this_thread::yield();
          server.kill();
        }};
        const auto found = crew.collect([&](int) {
          std::vector<BookingId> mine;
          for (;; ++booked) {
            const BookingId id = BookingId::generate();
            if (!inventory.book({.id = id, .user = UserId{to_string(id)}, .slot = slot(0)},
                                {.timeout = milliseconds{500}})) {
              return mine;
            }
            mine.push_back(id);
          }
        });
        over = true;
        killer.join();
        for (const auto& mine : found) sold.insert(mine.begin(), mine.end());
        server.start();
        const SlotInventory newcomer{open_store(server.url(), mode), one_attempt()};
        const std::size_t lost = std::erase_if(
            sold, [&](BookingId id) { return !newcomer.find(id).value().has_value(); });
        all_lost += lost;
        const auto seen = patiently([&] { return inventory.availability(slot(0)); });
        if (lost > 0) CHECK_FALSE(seen.has_value());
        if (!seen) CHECK(seen.error().code == ErrorCode::broken_store);
        CHECK(newcomer.audit().value().clean());
      }
      CHECK(sold.size() + all_lost >= 100 * static_cast<std::size_t>(kills));
      if (!logs) CHECK(all_lost > 0);
      MESSAGE(all_lost << " of " << sold.size() + all_lost << " bookings were lost, and told");
      check_goes_on(server, mode, gate);
    }
  }
}
