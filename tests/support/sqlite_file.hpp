// A look at an inventory's file from outside the library, with SQLite's own interface. Used by the
// fault tests.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace booking_test {

class SqliteFile {
 public:
  explicit SqliteFile(const std::string& path) {
    sqlite3* db = nullptr;
    const int code = sqlite3_open(path.c_str(), &db);
    db_.reset(db);
    REQUIRE(code == SQLITE_OK);
  }

  // The rows that `sql` answers: columns parted by '|', rows by ';', NULL as "null".
  std::string ask(const std::string& sql) {
    std::string answer;
    const auto collect = [](void* to, int count, char** values, char**) {
      auto& text = *static_cast<std::string*>(to);
      if (!text.empty()) text += ';';
      for (int i = 0; i < count; ++i) {
        if (i > 0) text += '|';
        text += values[i] != nullptr ? values[i] : "null";
      }
      return 0;
    };
    const int code = sqlite3_exec(db_.get(), sql.c_str(), collect, &answer, nullptr);
    return code == SQLITE_OK ? answer : sqlite3_errmsg(db_.get());
  }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

}  // namespace booking_test
