// A process that dies or forks with an inventory's file open. Started by the fault tests as
//   fault_worker story <file> <seed> <nth> whole|checkpoint <report>
//     tells a story with that plot and is killed by SIGKILL at its nth counted call on the disk;
//     writes into <report> "step n" before and "done n" after each step, and which call it was
//     killed at
//   fault_worker fork <file> idle|busy
//     forks while the file is open; the child must be refused, the parent goes on
//   fault_worker book <file> <user>
//     books one seat and says how it went by its exit code
//   fault_worker as_nobody <file>
//     opens the file without the rights of root and prints the error's code and detail
// Exits with 0 when all was as it should be, 1 when not, 3 where it cannot be tried.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/long_log.hpp"
#include "support/story.hpp"
#include "support/vfs_shim.hpp"

using namespace booking;
using namespace booking_test;

namespace {

const SlotKey ten{"haircut", "2026-06-01 10:00"};

int failed(const char* where, const Error& error) {
  std::fprintf(stderr, "fault_worker: %s: %s\n", where, error.log_text().c_str());
  return 1;
}

Result<std::shared_ptr<Store>> open(const char* path) {
  return sqlite_store({.path = path, .mode = StoreMode::open, .policy = {}, .clock = {}});
}

// The report is written with one write(2) a line: it is there however the process ends.
bool put(int report, const std::string& line) {
  return ::write(report, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

int tell(char** argv) {
  const Plot plot = argv[5] == std::string_view{"whole"} ? Plot::whole : Plot::checkpoint;
  const auto seed = std::strtoull(argv[3], nullptr, 10);
  const Story story = story_of(plot, seed);
  const int report = ::open(argv[6], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (report < 0) return 1;
  shim::install();
  shim::sync_for_real(false);  // a process that dies takes no write back that it has made
  {
    auto store = open(argv[2]);
    if (!store) return failed("open", store.error());
    SlotInventory inventory{*store};
    *store = nullptr;
    if (plot == Plot::checkpoint) lengthen_log(argv[2]);
    shim::arm({.act = Fault::Act::kill,
               .nth = std::strtoll(argv[4], nullptr, 10),
               .half_written = seed % 2 != 0,
               .report_to = report});
    for (std::size_t step = 0; step < story.steps(); ++step) {
      if (!put(report, "step " + std::to_string(step) + '\n')) return 1;
      if (auto done = story.tell(step, inventory, false); !done) {
        return failed(Story::name(step), done.error());
      }
      if (!put(report, "done " + std::to_string(step) + '\n')) return 1;
    }
  }
  return shim::disarm() ? 1 : 0;  // closing was counted too
}

int book(const char* path, const char* user) {
  auto store = open(path);
  if (!store) return failed("open", store.error());
  SlotInventory inventory{*store, no_lock(), {.timeout = std::chrono::milliseconds{300}}};
  const auto booked = inventory.book({.user = user, .slot = ten});
  if (booked) return 0;
  const ErrorCode code = booked.error().code;
  const bool kept_waiting = code == ErrorCode::contention || code == ErrorCode::timeout;
  return kept_waiting ? 2 : failed("book", booked.error());
}

// In the child of a fork: every call is refused, and letting go harms nobody.
int refused_in_child(std::unique_ptr<SlotInventory> inventory) {
  const auto check = [](const char* what, const auto& result) {
    if (!result && result.error().code == ErrorCode::internal &&
        result.error().detail.find("fork") != std::string::npos) {
      return true;
    }
    std::fprintf(stderr, "fault_worker: the child's %s: %s\n", what,
                 result ? "was carried out" : result.error().log_text().c_str());
    return false;
  };
  bool good = check("book", inventory->book({.user = "child", .slot = ten}));
  good = check("find", inventory->find(BookingId{1})) && good;
  const auto each = inventory->book_each({{.user = "child", .slot = ten}});
  good = check("book_each", each.at(0)) && good;
  inventory.reset();
  return good ? 0 : 1;
}

int fork_with_open_file(const char* path, bool busy) {
  auto store = open(path);
  if (!store) return failed("open", store.error());
  auto inventory = std::make_unique<SlotInventory>(*store);
  *store = nullptr;
  if (auto booked = inventory->book({.id = BookingId{1}, .user = "before", .slot = ten}); !booked) {
    return failed("before", booked.error());
  }
  // Somebody else's thread is inside the store while we fork.
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> calls{0};
  std::atomic<bool> good{true};
  std::thread other;
  if (busy) {
    other = std::thread{[&, copy = *inventory]() mutable {
      while (!stop) {
        const BookingId id{100 + calls};
        if (!copy.book({.id = id, .user = "other", .slot = ten}) || !copy.cancel({.id = id})) {
          good = false;
        }
        ++calls;
      }
    }};
  }
  for (int round = 0; round < 10; ++round) {
    for (const auto before = calls.load(); busy && calls < before + 5;) std::this_thread::yield();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(refused_in_child(std::move(inventory)));
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return 1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) good = false;
    const auto id = BookingId{1000 + round};
    auto booked = inventory->book({.id = id, .user = "after", .slot = ten});
    if (!booked) return failed("after", booked.error());
    if (auto done = inventory->cancel({.id = id}); !done) return failed("after", done.error());
  }
  stop = true;
  if (other.joinable()) other.join();
  return good ? 0 : 1;
}

int open_as_nobody(const char* path) {
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 3;
  const auto store = open(path);
  if (store) {
    SlotInventory inventory{*store};
    const auto booked = inventory.book({.user = "nobody", .slot = ten});
    if (booked) return 1;
    std::printf("%s\n", booked.error().log_text().c_str());
    return booked.error().code == ErrorCode::unavailable ? 0 : 1;
  }
  std::printf("%s\n", store.error().log_text().c_str());
  return store.error().code == ErrorCode::unavailable ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "story" && argc == 7) return tell(argv);
  if (what == "book" && argc == 4) return book(argv[2], argv[3]);
  if (what == "fork" && argc == 4) return fork_with_open_file(argv[2], argv[3][0] == 'b');
  if (what == "as_nobody" && argc == 3) return open_as_nobody(argv[2]);
  std::fprintf(stderr, "fault_worker: how is this meant?\n");
  return 1;
}
