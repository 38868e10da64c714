// A copy of a live inventory, by SQLite's backup interface.
//
// That starts over whenever the source has changed between two steps, so on a busy inventory it
// might never end. Here the source's connection keeps one read transaction open all the while:
// every step then reads the same snapshot, and between steps there is time to look at the deadline.
// (VACUUM INTO has a snapshot too, but builds every index anew and gives up the file's log mode.)
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/sqlite.hpp"
#include "sqlite/file.hpp"
#include "sqlite/path.hpp"
#include "sqlite/statements.hpp"

namespace booking::inline v0 {

namespace sqlite {
namespace {

constexpr int pages_a_step = 100;
constexpr std::chrono::milliseconds busy_pause{2};

/// The file that becomes the copy; gone with this object.
struct PartFile {
  explicit PartFile(const std::string& to) {
    Random random;
    path = to + ".part-" + std::to_string(random.next());
  }
  ~PartFile() {
    std::error_code ignored;
    for (const char* tail : {"", "-journal", "-wal", "-shm"}) {
      std::filesystem::remove(path + tail, ignored);
    }
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::string path;
};

struct Finish {
  void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
};

/// Within both connections' Calls; errors of the copying are those of `to`.
void copy_pages(const Connection& from, Connection& to, Clock& clock, const Deadline& deadline) {
  for (;;) {
    const std::unique_ptr<sqlite3_backup, Finish> backup{
        sqlite3_backup_init(to.handle(), "main", from.handle(), "main")};
    if (!backup) return to.fail(sqlite3_errcode(to.handle()));
    int code = SQLITE_OK;
    while (code == SQLITE_OK && !deadline.expired()) {
      code = sqlite3_backup_step(backup.get(), pages_a_step);
    }
    if (code == SQLITE_DONE) return;
    const bool busy = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
    if (code != SQLITE_OK && !busy) return to.fail(code);
    if (deadline.expired()) return to.fail(SQLITE_INTERRUPT);
    // A page that could not be read for the moment is left out by SQLite: all of them again.
    clock.sleep_for(deadline.next_wait(busy_pause));
  }
}

Result<void> copy(Connection& from, const std::string& part, const std::shared_ptr<Clock>& clock,
                  const Deadline& deadline) {
  auto made = Connection::open(part, Connection::Access::create, clock);
  if (!made) return std::move(made).error();
  Connection& to = **made;
  const Call reading{from, deadline};
  const Call writing{to, deadline};
  to.run(sql::use_full_sync);
  from.run(sql::begin_reading);
  from.integer(sql::count_tables);  // the snapshot is taken by the first read
  if (!from.failed() && !to.failed()) copy_pages(from, to, *clock, deadline);
  from.roll_back();
  if (from.failed()) return from.failure();
  if (to.failed()) return to.failure();
  return Result<void>::success();
}

/// A name that is to survive a loss of power needs its folder synced.
bool sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

Result<void> put_in_place(const std::string& part, const std::string& to) {
  std::error_code problem;
  std::filesystem::create_hard_link(part, to, problem);  // rename would replace what is there
  if (problem == std::errc::file_exists) {
    return store_error(ErrorCode::already_exists, to + " is there already");
  }
  if (problem) return store_error(ErrorCode::unavailable, to + ": " + problem.message());
  if (!sync_folder(std::filesystem::path{to}.parent_path())) {
    std::filesystem::remove(to, problem);
    return store_error(ErrorCode::unavailable, to + ": its folder cannot be synced");
  }
  return Result<void>::success();
}

}  // namespace
}  // namespace sqlite

Result<void> sqlite_backup(const std::string& path, const std::string& to,
                           std::chrono::milliseconds timeout) {
  for (const std::string& each : {path, to}) {
    if (auto good = sqlite::check_path(each); !good) return good;
  }
  if (timeout <= timeout.zero() || timeout > std::chrono::hours{24}) {
    return detail::invalid(Subject::store, "the timeout must be above 0 and at most 24 hours");
  }
  if (auto file = sqlite::check_file(path, StoreMode::open); !file) return file;
  if (auto file = sqlite::check_file(to, StoreMode::create); !file) return file;

  const auto clock = std::make_shared<Clock>();
  const Deadline deadline{*clock, timeout};
  auto source = sqlite::open_existing(path, sqlite::Connection::Access::read, clock, deadline);
  if (!source) return std::move(source).error();
  const sqlite::PartFile part{to};
  auto copied = sqlite::copy(*source->connection, part.path, clock, deadline);
  return copied ? sqlite::put_in_place(part.path, to) : copied;
}

}  // namespace booking::inline v0
