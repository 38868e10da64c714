// What is said about the SQLite that is linked.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>

#include "booking/sqlite.hpp"

TEST_CASE("a SQLite with the race of the write-ahead log is named in a warning") {
  const std::string warning = booking::sqlite_version_warning();
  INFO(warning);
  if (sqlite3_libversion_number() >= 3051003) {
    CHECK(warning.empty());
  } else {
    CHECK(warning.find(sqlite3_libversion()) != std::string::npos);
    CHECK(warning.find("3.51.3") != std::string::npos);
    CHECK(warning.find("update") != std::string::npos);
    CHECK(warning.find('\n') == std::string::npos);
  }
}
