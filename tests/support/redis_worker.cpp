// One of several processes on one inventory and one lock, both on a Redis server. Started by tests,
// with the commit mode by its name, as
//   redis_worker stop <url> <mode> <lock's ttl in ms>
//     books once, and stops itself (SIGSTOP) when it has the lock and is about to commit; exits
//     with the error's code, 100 for success
//   redis_worker sell <url> <mode> <file>
//     stops itself when it is ready; then books under the lock in each slot until it is sold out,
//     from two threads, and writes how often that worked
//   redis_worker once <url> <mode> <lock's ttl in ms, 0: no lock>
//                     book|hold|confirm|cancel <booking id>
//     one call, with a new op, a hold for an hour; its exit code as above
//   redis_worker call <url> <mode> <lock's ttl in ms, 0: no lock> <seed> <ms> <history file>
//     calls at random from four threads for so long, or until SIGTERM, which shuts the inventory
//     down in the middle of calls; exits with 3 when descriptors are left
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "booking/booking.hpp"
#include "booking/redis.hpp"
#include "booking/redis_lock.hpp"
#include "support/commit_modes.hpp"
#include "support/random_callers.hpp"

using namespace booking;
using namespace booking_test;

namespace {

using std::chrono::milliseconds;

constexpr int success = 100;
constexpr std::chrono::seconds patience{60};
const SlotKey first_slot{"clinic", "2026-06-01 10:00"};

class StoppingStore final : public Store {
 public:
  explicit StoppingStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    std::raise(SIGSTOP);
    return store_->execute(command, deadline);
  }
  Result<booking::Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
};

template <class T>
int exit_code(const Result<T>& result) {
  return result ? success : static_cast<int>(result.error().code);
}

std::shared_ptr<Lock> make_lock(const std::string& url, const char* ttl) {
  const milliseconds life{std::atoi(ttl)};
  if (life.count() == 0) return no_lock();
  return redis_lock({.url = url, .ttl = life, .wait = patience}).value();
}

std::vector<SlotKey> slots_of(const SlotInventory& inventory) {
  std::vector<SlotKey> slots;
  const auto page = inventory.availability({"clinic", "0001-01-01", "9999-12-31"}).value();
  for (const Availability& slot : page.items) slots.push_back(slot.slot);
  return slots;
}

int stop(std::shared_ptr<Store> store, const std::string& url, const char* ttl) {
  SlotInventory inventory{std::make_shared<StoppingStore>(std::move(store)),
                          make_lock(url, ttl),
                          {.timeout = std::chrono::hours{1}}};
  return exit_code(inventory.book({.user = "old", .slot = first_slot}));
}

int once(SlotInventory inventory, std::string_view verb, const char* text) {
  const BookingId id{text};
  if (verb == "cancel") return exit_code(inventory.cancel({.id = id}));
  if (verb == "confirm") return exit_code(inventory.confirm({.id = id, .user = {}, .seats = {}}));
  if (verb == "hold") {
    return exit_code(
        inventory.hold({.id = id, .user = text, .slot = first_slot, .ttl = std::chrono::hours{1}}));
  }
  return exit_code(inventory.book({.id = id, .user = text, .slot = first_slot}));
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
      std::fprintf(stderr, "redis_worker: %s\n", booked.error().log_text().c_str());
      return false;
    }
  }
}

int sell(SlotInventory inventory, const char* file) {
  const std::vector<SlotKey> slots = slots_of(inventory);
  std::raise(SIGSTOP);
  std::atomic<int> sold{0};
  std::atomic<bool> good{true};
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread{[&, i] {
      for (const SlotKey& slot : slots) {
        if (!sell_out(inventory, slot, first_user(i), sold)) good = false;
      }
    }};
  }
  for (std::thread& thread : threads) thread.join();
  std::ofstream{file} << sold << '\n';
  return good ? 0 : 1;
}

// Of four slots that all processes move on from together.
int current_slot(std::size_t slots) {
  constexpr milliseconds stay{800};
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<int>(static_cast<std::size_t>(now / stay) % (slots / 4) * 4);
}

int call(SlotInventory inventory, const char* seed, const char* time, const char* file) {
  const std::vector<SlotKey> slots = slots_of(inventory);
  Recorder recorder{seed, file};
  SharedBookings shared;
  std::atomic<bool> over{false};
  std::array<std::thread, 4> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 10) + i);
    threads[i] = std::thread{[&, number] {
      const auto slot_of = [&](int nth) { return slots.at(static_cast<std::size_t>(nth)); };
      RandomCaller caller{{inventory, recorder, slot_of}, 4, shared, number};
      while (!over) {
        caller.move_to(current_slot(slots.size()));
        caller.make_calls(1);
      }
    }};
  }
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  const milliseconds wait{std::atoi(time)};
  const timespec longest{.tv_sec = wait.count() / 1000, .tv_nsec = wait.count() % 1000 * 1'000'000};
  const bool terminated = ::sigtimedwait(&terminate, nullptr, &longest) == SIGTERM;
  over = true;
  if (terminated) inventory.shutdown();
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int run(char** argv, int argc) {
  const std::string_view what = argv[1];
  const std::string url = argv[2];
  RedisOptions options{.url = url, .open_timeout = patience, .client_name = "worker"};
  commit_mode(argv[3]).choose(options);
  auto store = redis_store(options);
  if (!store) {
    std::fprintf(stderr, "redis_worker: %s\n", store.error().log_text().c_str());
    return 254;
  }
  if (what == "stop" && argc == 5) return stop(*std::move(store), url, argv[4]);
  // One attempt each: no id is given up with nobody told (see Call).
  const InventoryOptions how{.timeout = patience, .retry = {.attempts = 1}};
  const char* const ttl = what == "sell" ? "10000" : argv[4];
  SlotInventory inventory{*std::move(store), make_lock(url, ttl), how};
  if (what == "sell" && argc == 5) return sell(std::move(inventory), argv[4]);
  if (what == "once" && argc == 7) return once(std::move(inventory), argv[5], argv[6]);
  if (what == "call" && argc == 8) return call(std::move(inventory), argv[5], argv[6], argv[7]);
  return 255;
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                       std::filesystem::directory_iterator{});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 255;
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &terminate, nullptr);  // of all threads: one asks for it
  const auto before = open_descriptors();
  const int code = run(argv, argc);
  return open_descriptors() == before ? code : 3;
}
