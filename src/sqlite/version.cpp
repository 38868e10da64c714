// Which SQLite is linked, and what is to be known about it.
#include <sqlite3.h>

#include "booking/sqlite.hpp"

namespace booking::inline v0 {

namespace {

constexpr int reset_race_mended = 3051003;  // 3.51.3

}  // namespace

std::string sqlite_version_warning() {
  // Asked at run time: a shared SQLite need not be the one that was compiled against.
  if (sqlite3_libversion_number() >= reset_race_mended) return {};
  return std::string{"SQLite "} + sqlite3_libversion() +
         " can lose pages when one connection resets the write-ahead log while another checkpoints "
         "it (mended in 3.51.3); this library avoids that by one writer per process, no automatic "
         "checkpoints, and checkpoints only as FULL or TRUNCATE under the write lock without mmap, "
         "but "
         "update SQLite when other programs write the same file too";
}

}  // namespace booking::inline v0
