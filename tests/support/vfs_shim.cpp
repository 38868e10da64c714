// The VFS itself: every method passes on to SQLite's own, after `struck` had its say.
#include "support/vfs_shim.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>

#include "support/unsynced.hpp"

namespace booking_test {

namespace {

// One open file: ours first, SQLite's own behind it.
struct File {
  sqlite3_file base;
  char name[500];       // empty: it has none; kept here because memory may run out in tests
  bool may_write;       // holds the WAL's write lock
  bool has_it_to_self;  // holds the file's exclusive lock
  std::string_view path() const { return name; }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct State {
  std::mutex mutex;
  sqlite3_vfs* real = nullptr;
  bool armed = false;
  bool struck = false;
  bool dead = false;  // the power is cut
  bool real_sync = true;
  bool forget_at_failed_sync = false;
  Fault fault;
  std::int64_t count = 0;
  Unsynced unsynced;
  std::string complaints;
};

State& state() {
  static State the_state;
  return the_state;
}

File& of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}

std::string_view kind_of(const File* file) {
  if (file == nullptr || file->path().empty()) return "other";
  const std::string_view path = file->path();
  if (path.ends_with("-wal")) return "wal";
  return path.ends_with("-journal") ? "journal" : "database";
}

int error_of(Io call) {
  switch (call) {
    case Io::open:
      return SQLITE_CANTOPEN;
    case Io::read:
      return SQLITE_IOERR_READ;
    case Io::write:
      return SQLITE_IOERR_WRITE;
    case Io::sync:
      return SQLITE_IOERR_FSYNC;
    case Io::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case Io::size:
      return SQLITE_IOERR_FSTAT;
    case Io::lock:
      return SQLITE_IOERR_LOCK;
    case Io::shm_map:
      return SQLITE_IOERR_SHMMAP;
    case Io::shm_lock:
      return SQLITE_IOERR_SHMLOCK;
    case Io::remove:
      return SQLITE_IOERR_DELETE;
    case Io::access:
      return SQLITE_IOERR_ACCESS;
  }
  return SQLITE_IOERR;
}

void report(const Fault& fault, Io call, const File* file) {
  if (fault.report_to < 0) return;
  std::string line{to_string(call)};
  line += ' ';
  line += kind_of(file);
  line += '\n';
  // Nothing to be done when this fails: the reader then misses the line.
  if (::write(fault.report_to, line.data(), line.size()) < 0) return;
}

// Counts a call and answers how it fails; no value: it goes on. `half` is run before the end of a
// write that is to be left half done. Under the mutex.
template <class Half>
std::optional<int> struck(State& s, Io call, const File* file, Half half) {
  if (s.dead) return error_of(call);
  if (!s.armed || !s.fault.calls.contains(call)) return std::nullopt;
  ++s.count;
  const bool hit = s.count == s.fault.nth || (s.fault.forever && s.count > s.fault.nth);
  if (!hit) return std::nullopt;
  if (!s.struck) report(s.fault, call, file);
  s.struck = true;
  if (s.fault.half_written) half();
  if (s.fault.act == Fault::Act::kill) ::kill(::getpid(), SIGKILL);
  s.dead = s.fault.act == Fault::Act::cut_power;
  return s.fault.act == Fault::Act::fail && s.fault.code != 0 ? s.fault.code : error_of(call);
}

std::optional<int> struck(State& s, Io call, const File* file) {
  return struck(s, call, file, [] {});
}

// A call that only passes on: `pass(real file)` carries it out.
template <class Pass>
int through(sqlite3_file* file, Io call, Pass pass) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  if (const auto code = struck(s, call, &of(file))) return *code;
  return pass(of(file).real());
}

// ---- methods of a file --------------------------------------------------------------------------

int close(sqlite3_file* file) {
  const int code = of(file).real()->pMethods->xClose(of(file).real());
  file->pMethods = nullptr;
  return code;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 from) {
  return through(file, Io::read,
                 [&](sqlite3_file* real) { return real->pMethods->xRead(real, to, size, from); });
}

int write_through(State& s, File& file, const void* bytes, int size, sqlite3_int64 at) {
  const int code = file.real()->pMethods->xWrite(file.real(), bytes, size, at);
  if (code == SQLITE_OK) {
    s.unsynced.write(file.path(), at,
                     {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  return code;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  const auto half = [&] { write_through(s, of(file), bytes, size / 2, at); };
  if (const auto code = struck(s, Io::write, &of(file), half)) return *code;
  if (kind_of(&of(file)) == "database" && !of(file).may_write && !of(file).has_it_to_self) {
    s.complaints += "a write to the database at " + std::to_string(at) + " without a lock; ";
  }
  return write_through(s, of(file), bytes, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  State& s = state();
  return through(file, Io::truncate, [&](sqlite3_file* real) {
    const int code = real->pMethods->xTruncate(real, size);
    if (code == SQLITE_OK) s.unsynced.truncate(of(file).path(), size);
    return code;
  });
}

int sync(sqlite3_file* file, int flags) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  if (const auto code = struck(s, Io::sync, &of(file))) {
    if (s.forget_at_failed_sync) s.unsynced.forget(of(file).path());
    return *code;
  }
  s.unsynced.sync(of(file).path());
  return s.real_sync ? of(file).real()->pMethods->xSync(of(file).real(), flags) : SQLITE_OK;
}

int size(sqlite3_file* file, sqlite3_int64* to) {
  return through(file, Io::size,
                 [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, to); });
}

int lock(sqlite3_file* file, int level) {
  return through(file, Io::lock, [&](sqlite3_file* real) {
    const int code = real->pMethods->xLock(real, level);
    if (code == SQLITE_OK) of(file).has_it_to_self = level == SQLITE_LOCK_EXCLUSIVE;
    return code;
  });
}

int unlock(sqlite3_file* file, int level) {
  of(file).has_it_to_self = false;
  return of(file).real()->pMethods->xUnlock(of(file).real(), level);
}

int check_reserved_lock(sqlite3_file* file, int* to) {
  return of(file).real()->pMethods->xCheckReservedLock(of(file).real(), to);
}

int control(sqlite3_file* file, int what, void* with) {
  return of(file).real()->pMethods->xFileControl(of(file).real(), what, with);
}

int sector_size(sqlite3_file* file) {
  return of(file).real()->pMethods->xSectorSize(of(file).real());
}

int characteristics(sqlite3_file* file) {
  return of(file).real()->pMethods->xDeviceCharacteristics(of(file).real());
}

int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return through(file, Io::shm_map, [&](sqlite3_file* real) {
    return real->pMethods->xShmMap(real, page, size, extend, to);
  });
}

constexpr int write_lock = 0;  // its place among the WAL's locks

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    if (first == write_lock) of(file).may_write = false;
    return of(file).real()->pMethods->xShmLock(of(file).real(), first, count, flags);
  }
  return through(file, Io::shm_lock, [&](sqlite3_file* real) {
    const int code = real->pMethods->xShmLock(real, first, count, flags);
    if (code == SQLITE_OK && first == write_lock) of(file).may_write = true;
    return code;
  });
}

void shm_barrier(sqlite3_file* file) {
  of(file).real()->pMethods->xShmBarrier(of(file).real());
}

int shm_unmap(sqlite3_file* file, int remove) {
  return of(file).real()->pMethods->xShmUnmap(of(file).real(), remove);
}

// Version 2: shared memory for the WAL, but no memory-mapped files.
const sqlite3_io_methods methods = {2,
                                    close,
                                    read,
                                    write,
                                    truncate,
                                    sync,
                                    size,
                                    lock,
                                    unlock,
                                    check_reserved_lock,
                                    control,
                                    sector_size,
                                    characteristics,
                                    shm_map,
                                    shm_lock,
                                    shm_barrier,
                                    shm_unmap,
                                    nullptr,
                                    nullptr};

// ---- methods of the VFS -------------------------------------------------------------------------

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  File& opened = of(file);
  opened.base.pMethods = nullptr;
  const std::string_view name = path != nullptr ? path : "";
  opened.name[name.copy(opened.name, sizeof opened.name - 1)] = '\0';
  opened.may_write = false;
  opened.has_it_to_self = false;
  if (const auto code = struck(s, Io::open, nullptr)) return *code;
  s.unsynced.open(name);
  const int code = s.real->xOpen(s.real, path, opened.real(), flags, flags_out);
  if (opened.real()->pMethods == nullptr) return code;
  opened.base.pMethods = &methods;
  return code;
}

int remove(sqlite3_vfs*, const char* path, int sync_folder) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  if (const auto code = struck(s, Io::remove, nullptr)) return *code;
  const int code = s.real->xDelete(s.real, path, s.real_sync ? sync_folder : 0);
  if (code == SQLITE_OK) s.unsynced.remove(path, sync_folder != 0);
  return code;
}

int access(sqlite3_vfs*, const char* path, int flags, int* to) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  if (const auto code = struck(s, Io::access, nullptr)) return *code;
  return s.real->xAccess(s.real, path, flags, to);
}

sqlite3_vfs& vfs_of_shim() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
    state().real = real;
    sqlite3_vfs made = *real;  // what is not named below works on no file
    made.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    made.zName = "booking_test_shim";
    made.pNext = nullptr;
    made.xOpen = open;
    made.xDelete = remove;
    made.xAccess = access;
    return made;
  }();
  return vfs;
}

}  // namespace

std::string_view to_string(Io call) {
  constexpr std::array<std::string_view, kinds_of_io> names = {
      "open", "read",    "write",    "sync",   "truncate", "size",
      "lock", "shm_map", "shm_lock", "remove", "access"};
  return names[static_cast<std::size_t>(call)];
}

namespace shim {

void install() {
  sqlite3_vfs_register(&vfs_of_shim(), 1);
}

void arm(const Fault& fault) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.fault = fault;
  s.armed = true;
  s.struck = false;
  s.count = 0;
}

bool disarm() {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.armed = false;
  s.dead = false;
  return s.struck;
}

std::int64_t counted() {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  return s.count;
}

void sync_for_real(bool on) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.real_sync = on;
}

void watch_for_power_cut(const std::string& folder) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.unsynced = Unsynced{folder};
}

void forget_at_failed_sync(bool on) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.forget_at_failed_sync = on;
}

void lose_power(Kept kept, std::uint64_t seed) {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  s.unsynced.lose_power(kept, seed);
  s.unsynced = Unsynced{};
}

std::string writes_without_lock() {
  State& s = state();
  const std::lock_guard guard{s.mutex};
  return std::exchange(s.complaints, {});
}

}  // namespace shim

}  // namespace booking_test
