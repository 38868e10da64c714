// One of several processes on one inventory and one lock, both on a Redis server. Started by the
// tests of redis_lock as
//   lock_worker stop <url> <ttl in ms>
//     books once, and stops itself (SIGSTOP) when it has the lock and is about to commit; exits
//     with the error's code, 100 for success
//   lock_worker book <url> <file>
//     stops itself when it is ready; then books in each slot until it is sold out, from two
//     threads, and writes how often that worked
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "booking/booking.hpp"
#include "booking/redis.hpp"
#include "booking/redis_lock.hpp"

using namespace booking;

namespace {

class StoppingStore final : public Store {
 public:
  explicit StoppingStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    std::raise(SIGSTOP);
    return store_->execute(command, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
};

int stop(std::shared_ptr<Store> store, const std::string& url, int ttl) {
  const auto lock = redis_lock({.url = url, .ttl = std::chrono::milliseconds{ttl}}).value();
  SlotInventory inventory{
      std::make_shared<StoppingStore>(std::move(store)), lock, {.timeout = std::chrono::hours{1}}};
  const auto booked =
      inventory.book({.user = "old", .slot = SlotKey{"clinic", "2026-06-01 10:00"}});
  return booked ? 100 : static_cast<int>(booked.error().code);
}

// Another one for each thread of each process.
std::int64_t first_user(std::size_t thread) {
  return (std::int64_t{::getpid()} * 10 + static_cast<std::int64_t>(thread)) * 1'000'000;
}

bool sell_out(SlotInventory& inventory, const SlotKey& slot, std::int64_t user,
              std::atomic<int>& sold) {
  for (std::int64_t i = 0;; ++i) {
    const auto booked = inventory.book({.user = user + i, .slot = slot});
    if (booked) {
      ++sold;
    } else if (booked.error().code == ErrorCode::sold_out) {
      return true;
    } else if (booked.error().code != ErrorCode::locked) {
      std::fprintf(stderr, "lock_worker: %s\n", booked.error().log_text().c_str());
      return false;
    }
  }
}

int book(std::shared_ptr<Store> store, const std::string& url, const char* file) {
  const auto wait = std::chrono::seconds{20};
  SlotInventory inventory{
      std::move(store), redis_lock({.url = url, .wait = wait}).value(), {.timeout = wait}};
  const auto page = inventory.availability({"clinic", "0001-01-01", "9999-12-31"}).value();
  std::raise(SIGSTOP);
  std::atomic<int> sold{0};
  std::atomic<bool> good{true};
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread{[&, i] {
      for (const Availability& slot : page.items) {
        if (!sell_out(inventory, slot.slot, first_user(i), sold)) {
          good = false;
        }
      }
    }};
  }
  for (std::thread& thread : threads) thread.join();
  std::ofstream{file} << sold << '\n';
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 255;
  const std::string url = argv[2];
  auto store = redis_store({.url = url});
  if (!store) {
    std::fprintf(stderr, "lock_worker: %s\n", store.error().log_text().c_str());
    return 254;
  }
  return std::string_view{argv[1]} == "stop" ? stop(*std::move(store), url, std::atoi(argv[3]))
                                             : book(*std::move(store), url, argv[3]);
}
