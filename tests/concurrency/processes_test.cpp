// Several processes on one SQLite file: nothing oversold, nothing acknowledged and lost.
#ifdef BOOKING_TEST_SQLITE
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "booking/sqlite.hpp"
#include "concurrency/setup.hpp"
#include "support/process.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int processes = 8;
constexpr int threads_each = 4;

struct Wanted {
  int status = 0;
  std::int32_t seats = 0;
};

// The last acknowledged word on each booking of one log; false when a line cannot be read.
bool read_log(const std::string& path, std::map<BookingId, Wanted>& wanted) {
  std::ifstream log{path};
  std::string id;
  Wanted line;
  while (log >> id >> line.status >> line.seats) wanted[BookingId{id}] = line;
  return log.eof() && !wanted.contains(BookingId{});
}

// One state of the file, looked at from outside the library for as long as this lives.
class Snapshot {
 public:
  explicit Snapshot(const std::string& path) {
    REQUIRE(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db_, "BEGIN", nullptr, nullptr, nullptr) == SQLITE_OK);
    first_ = count();
  }
  ~Snapshot() { sqlite3_close(db_); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // How many bookings have come to be seen since.
  int bookings() { return count() - first_; }

 private:
  int count() {
    int found = -1;
    const auto take = [](void* to, int, char** values, char**) {
      *static_cast<int*>(to) = std::atoi(values[0]);
      return 0;
    };
    REQUIRE(sqlite3_exec(db_, "SELECT count(*) FROM bookings", take, &found, nullptr) == SQLITE_OK);
    return found;
  }
  sqlite3* db_ = nullptr;
  int first_ = 0;
};

int seconds_to_run() {
  const char* text = std::getenv("BOOKING_SECONDS");
  return text == nullptr ? 20 : std::atoi(text);
}

}  // namespace

TEST_CASE("S3 8 processes with 4 threads each on one SQLite file oversell and lose nothing") {
  const TempDir dir;
  const std::string path = dir.path("inventory.db");
  const auto store =
      sqlite_store({.path = path, .mode = StoreMode::create, .policy = {}, .clock = {}});
  REQUIRE(store.has_value());
  SlotInventory inventory{*store};
  open_clinic(inventory, 6, 2, Approval::required);

  const int seconds = seconds_to_run();
  const std::uint32_t seed = std::random_device{}();
  std::list<Process> workers;
  for (int i = 0; i < processes; ++i) {
    workers.emplace_back(std::vector<std::string>{
        BOOKING_TEST_WORKER, path, to_string(clinic), std::to_string(seed + 1000U * unsigned(i)),
        std::to_string(seconds), dir.path("log" + std::to_string(i))});
  }
  // Somebody who reads for long, again and again, beside them; and somebody who looks at one state
  // of the file half the time, so that the log cannot be emptied.
  std::atomic<bool> over{false};
  std::thread reader{[&] {
    SlotInventory other{sqlite_store({.path = path, .policy = {}, .clock = {}}).value()};
    while (!over) CHECK(other.audit()->clean());
  }};
  std::optional<Snapshot> snapshot{std::in_place, path};
  std::this_thread::sleep_for(std::chrono::milliseconds{seconds * 500});
  const auto stale = snapshot->bookings();
  snapshot.reset();
  for (Process& worker : workers) {
    CHECK(worker.wait(std::chrono::seconds{seconds + 60}) == 0);
  }

  over = true;
  reader.join();
  CHECK(stale == 0);
  CHECK(std::filesystem::file_size(path + "-wal") < 50'000'000);

  std::map<BookingId, Wanted> wanted;
  std::size_t made_by_the_laziest = 1000000;
  for (int i = 0; i < processes; ++i) {
    const std::size_t before = wanted.size();
    for (int thread = 0; thread < threads_each; ++thread) {
      CHECK(read_log(dir.path("log" + std::to_string(i) + "." + std::to_string(thread)), wanted));
    }
    made_by_the_laziest = std::min(made_by_the_laziest, wanted.size() - before);
  }
  const std::vector<Booking> stored = all_bookings(inventory);
  CHECK(stored.size() == wanted.size());
  std::map<Status, int> by_status;
  int as_acknowledged = 0;
  for (const Booking& booking : stored) {
    ++by_status[booking.status];
    const auto line = wanted.find(booking.id);
    if (line != wanted.end() && line->second.status == static_cast<int>(booking.status) &&
        line->second.seats == booking.seats) {
      ++as_acknowledged;
    }
  }
  CHECK(as_acknowledged == static_cast<int>(wanted.size()));
  check_conservation(inventory, clinic, {});
  MESSAGE(stored.size() << " bookings, at least " << made_by_the_laziest << " by each process");
  CHECK(made_by_the_laziest > 0);
  CHECK(by_status[Status::cancelled] > 0);
  CHECK(by_status[Status::rejected] > 0);
}
#endif
