// One of several processes on one inventory file: books, approves, rejects and cancels at random
// from four threads, and writes down what was acknowledged. Started by the concurrency tests as
//   worker <inventory file> <service> <seed> <seconds> <log file prefix>
// Thread n writes <prefix>.n, a line for each acknowledged change: booking id, status code, seats.
// Exits with 1 when an answer was neither success nor a refusal, nor, at its deadline, "nothing
// happened".
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"

using namespace booking;

namespace {

constexpr std::chrono::seconds timeout{20};

class Worker {
 public:
  Worker(SlotInventory inventory, std::vector<SlotKey> slots, std::uint64_t seed,
         const std::string& log)
      : inventory_{std::move(inventory)}, slots_{std::move(slots)}, random_{seed}, log_{log} {}

  // False when something must not have been answered.
  bool work_until(std::chrono::steady_clock::time_point end) {
    while (good_ && std::chrono::steady_clock::now() < end) {
      if (mine_.empty() || below(100) < 45) {
        book();
      } else {
        move(static_cast<std::size_t>(below(static_cast<int>(mine_.size()))));
      }
    }
    log_.flush();
    return good_ && log_.good();
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<std::uint64_t>(end)); }

  void book() {
    // Few users for all processes, so that they meet at the user limit as well as at the seats.
    const auto slot = static_cast<std::size_t>(below(static_cast<int>(slots_.size())));
    const BookRequest request{.user = below(12), .slot = slots_[slot], .seats = 1 + below(2)};
    note([&] { return inventory_.book(request); });
  }

  // Moves are made on this thread's own bookings only: it alone knows how they must end.
  void move(std::size_t at) {
    const BookingId id = mine_[at];
    const int choice = below(4);
    if (choice == 0) {
      note([&] { return inventory_.approve({.id = id}); });
      return;
    }
    const bool ended = note([&] {
      return choice == 1 ? inventory_.reject({.id = id, .message = "no"})
                         : inventory_.cancel({.id = id});
    });
    if (ended) mine_.erase(mine_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // Writes an acknowledged change down; true for those.
  template <class Call>
  bool note(Call call) {
    const auto asked = std::chrono::steady_clock::now();
    const Result<Receipt> result = call();
    if (!result) {
      const Error& error = result.error();
      if (error.kind() == ErrorKind::refused) return false;
      const bool late = std::chrono::steady_clock::now() - asked >= timeout;
      if (error.kind() == ErrorKind::transient && late) return false;
      std::fprintf(stderr, "worker: %s\n", error.log_text().c_str());
      good_ = false;
      return false;
    }
    const Booking& booking = result->booking;
    if (booking.version == 1 && result->changed) mine_.push_back(booking.id);
    log_ << to_string(booking.id) << ' ' << static_cast<int>(booking.status) << ' ' << booking.seats
         << '\n';
    return true;
  }

  SlotInventory inventory_;
  std::vector<SlotKey> slots_;
  std::mt19937_64 random_;
  std::ofstream log_;
  std::vector<BookingId> mine_;
  bool good_ = true;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  auto store = sqlite_store({.path = argv[1], .mode = StoreMode::open, .policy = {}, .clock = {}});
  if (!store) {
    std::fprintf(stderr, "worker: %s\n", store.error().log_text().c_str());
    return 1;
  }
  const SlotInventory inventory{*store, no_lock(), {.timeout = timeout}};
  const auto page = inventory.availability({argv[2], "0001-01-01", "9999-12-31"});
  if (!page || page->items.empty()) return 1;
  std::vector<SlotKey> slots;
  for (const Availability& slot : page->items) slots.push_back(slot.slot);

  const std::uint64_t seed = std::strtoull(argv[3], nullptr, 10);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{std::atoi(argv[4])};
  std::atomic<bool> good{true};
  std::array<std::thread, 4> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread{[&, i] {
      Worker worker{inventory, slots, seed + i, std::string{argv[5]} + "." + std::to_string(i)};
      if (!worker.work_until(end)) good = false;
    }};
  }
  for (std::thread& thread : threads) thread.join();
  return good ? 0 : 1;
}
