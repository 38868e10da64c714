// Makes an inventory's write-ahead log so long, by other means, that the library moves it into the
// file a few commits later. Used by the fault tests and their worker.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace booking_test {

inline void run_outside(const std::string& path, const char* sql) {
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  const std::unique_ptr<sqlite3, Close> db{opened};
  if (code != SQLITE_OK || sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error{sqlite3_errmsg(db.get())};
  }
}

// A table of our own in the file, to be filled; pages small enough for that to go fast.
inline void prepare_long_log(const std::string& path) {
  run_outside(path,
              "CREATE TABLE filler (bytes); INSERT INTO filler VALUES (zeroblob(8000));"
              "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;"
              "PRAGMA journal_mode = WAL");
}

// More than 999 pages, few of them different; at 1,000 the library acts. The inventory must be
// open.
inline void lengthen_log(const std::string& path) {
  std::string sql = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;";
  for (int i = 0; i < 63; ++i) sql += "UPDATE filler SET bytes = randomblob(8000);";
  run_outside(path, sql.c_str());
}

}  // namespace booking_test
