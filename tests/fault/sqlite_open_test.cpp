// Opening and making an inventory's file: whatever stands at the path, the answer is clear and
// nothing foreign is changed.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/sqlite_file.hpp"
#include "support/temp_dir.hpp"

using namespace booking;
using booking_test::bytes_of;
using booking_test::SqliteFile;
using booking_test::TempDir;
using booking_test::write_bytes;

namespace {

Result<std::shared_ptr<Store>> open(const std::string& path, StoreMode mode = StoreMode::open,
                                    std::optional<UserLimit> limit = {}) {
  std::optional<Policy> policy;
  if (limit) policy = Policy{.user_limit = *limit};
  return sqlite_store({.path = path, .mode = mode, .policy = policy, .clock = {}});
}

ErrorCode code_of(const Result<std::shared_ptr<Store>>& opened) {
  REQUIRE_FALSE(opened.has_value());
  CHECK_FALSE(opened.error().detail.empty());
  return opened.error().code;
}

bool says(const Result<std::shared_ptr<Store>>& opened, const std::string& words) {
  INFO(opened.error().detail);
  return opened.error().detail.find(words) != std::string::npos;
}

// The path of an inventory with nothing in it, closed.
std::string made_in(const TempDir& dir) {
  const std::string path = dir.path("inventory.db");
  REQUIRE(open(path, StoreMode::create).has_value());
  return path;
}

}  // namespace

TEST_CASE("S5 open on a missing file is broken_store and makes nothing") {
  const TempDir dir;
  const auto opened = open(dir.path("gone.db"));
  CHECK(code_of(opened) == ErrorCode::broken_store);
  CHECK(says(opened, "there is no file"));
  CHECK(std::filesystem::is_empty(dir.path("")));
}

TEST_CASE("S5 open on a file of no bytes is broken_store and leaves it empty") {
  const TempDir dir;
  const std::string path = dir.path("empty.db");
  write_bytes(path, "");
  const auto opened = open(path);
  CHECK(code_of(opened) == ErrorCode::broken_store);
  CHECK(says(opened, "is empty"));
  CHECK(std::filesystem::file_size(path) == 0);
}

TEST_CASE("S5 open on an empty database is broken_store and leaves it without tables") {
  const TempDir dir;
  const std::string path = dir.path("empty.db");
  SqliteFile{path}.ask("CREATE TABLE t (a); DROP TABLE t");
  CHECK(code_of(open(path)) == ErrorCode::broken_store);
  CHECK(SqliteFile{path}.ask("SELECT count(*) FROM sqlite_schema") == "0");
}

TEST_CASE("S5 a file that is no database is broken_store in every mode and is left as it is") {
  const TempDir dir;
  const std::string path = dir.path("letter.txt");
  const std::string letter(5000, 'x');
  write_bytes(path, letter);
  CHECK(code_of(open(path)) == ErrorCode::broken_store);
  CHECK(code_of(open(path, StoreMode::create_if_missing)) == ErrorCode::broken_store);
  CHECK(bytes_of(path) == letter);
}

TEST_CASE("S5 another program's database is broken_store in every mode and is left as it is") {
  const TempDir dir;
  const std::string path = dir.path("foreign.db");
  SqliteFile{path}.ask("PRAGMA application_id = 7; CREATE TABLE theirs (a)");
  const std::string before = bytes_of(path);
  const auto opened = open(path);
  CHECK(code_of(opened) == ErrorCode::broken_store);
  CHECK(says(opened, "not an inventory (application_id 7)"));
  CHECK(code_of(open(path, StoreMode::create_if_missing)) == ErrorCode::broken_store);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("S5 a database with tables but no marks is not taken for an empty one") {
  const TempDir dir;
  const std::string path = dir.path("foreign.db");
  SqliteFile{path}.ask("CREATE TABLE theirs (a)");
  CHECK(code_of(open(path, StoreMode::create_if_missing)) == ErrorCode::broken_store);
  CHECK(SqliteFile{path}.ask("SELECT name FROM sqlite_schema") == "theirs");
}

TEST_CASE("an inventory of a newer version is refused by name") {
  const TempDir dir;
  const std::string path = made_in(dir);
  SqliteFile{path}.ask("PRAGMA user_version = 3");
  const auto opened = open(path);
  CHECK(code_of(opened) == ErrorCode::broken_store);
  CHECK(says(opened, "newer version"));
}

TEST_CASE("S5 an inventory without its row is broken_store") {
  const TempDir dir;
  const std::string path = made_in(dir);
  SqliteFile{path}.ask("DELETE FROM inventory");
  CHECK(code_of(open(path)) == ErrorCode::broken_store);
  CHECK(code_of(open(path, StoreMode::create_if_missing)) == ErrorCode::broken_store);
}

TEST_CASE("S5 a damaged header is broken_store and is left as it is") {
  const TempDir dir;
  const std::string path = made_in(dir);
  std::string bytes = bytes_of(path);
  std::fill_n(bytes.begin(), 100, '\xFF');
  write_bytes(path, bytes);
  CHECK(code_of(open(path)) == ErrorCode::broken_store);
  CHECK(bytes_of(path) == bytes);
}

TEST_CASE("S5 a damaged schema page is broken_store") {
  const TempDir dir;
  const std::string path = made_in(dir);
  std::string bytes = bytes_of(path);
  std::fill_n(bytes.begin() + 100, 3000, '\xFF');  // behind the header, where the tables are named
  write_bytes(path, bytes);
  CHECK(code_of(open(path)) == ErrorCode::broken_store);
}

TEST_CASE("create refuses whatever is there already") {
  const TempDir dir;
  const std::string path = made_in(dir);
  CHECK(code_of(open(path, StoreMode::create)) == ErrorCode::already_exists);
  write_bytes(dir.path("empty.db"), "");
  CHECK(code_of(open(dir.path("empty.db"), StoreMode::create)) == ErrorCode::already_exists);
}

TEST_CASE("create_if_missing fills the empty file that a crash left") {
  const TempDir dir;
  const std::string path = dir.path("inventory.db");
  write_bytes(path, "");
  CHECK(open(path, StoreMode::create_if_missing).has_value());
  CHECK(open(path).has_value());
}

TEST_CASE("two that create at once end up with one inventory") {
  for (const StoreMode mode : {StoreMode::create, StoreMode::create_if_missing}) {
    for (int round = 0; round < 10; ++round) {
      const TempDir dir;
      const std::string path = dir.path("inventory.db");
      std::vector<Result<std::shared_ptr<Store>>> opened(8);
      std::vector<std::thread> crew;
      for (auto& one : opened) crew.emplace_back([&] { one = open(path, mode); });
      for (auto& thread : crew) thread.join();
      std::size_t made = 0;
      for (const auto& one : opened) {
        if (one) {
          ++made;
        } else {
          CHECK(code_of(one) == ErrorCode::already_exists);
        }
      }
      CHECK(made == (mode == StoreMode::create ? 1U : opened.size()));
      CHECK(SqliteFile{path}.ask("SELECT count(*) FROM inventory") == "1");
    }
  }
}

TEST_CASE("the user limit is kept with the inventory and another is refused") {
  const TempDir dir;
  const std::string path = dir.path("inventory.db");
  const UserLimit three{.max = 3};
  REQUIRE(open(path, StoreMode::create, three).has_value());
  CHECK(open(path).has_value());
  CHECK(open(path, StoreMode::open, three).has_value());
  CHECK(code_of(open(path, StoreMode::open, UserLimit{})) == ErrorCode::invalid_argument);
  CHECK(code_of(open(path, StoreMode::create_if_missing, UserLimit::none())) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("a user limit that makes no sense is invalid_argument before a file is made") {
  const TempDir dir;
  const std::string path = dir.path("inventory.db");
  CHECK(code_of(open(path, StoreMode::create, UserLimit{.max = 0})) == ErrorCode::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a path that names no file is invalid_argument and points to memory_store") {
  const std::string with_nul("a\0b", 3);
  for (const std::string& path :
       {std::string{}, std::string{":memory:"}, std::string{"file:x?mode=memory"}, with_nul}) {
    const auto opened = open(path, StoreMode::create_if_missing);
    CHECK(code_of(opened) == ErrorCode::invalid_argument);
    CHECK(says(opened, "memory_store"));
  }
}

TEST_CASE("a folder that does not exist is unavailable; a folder in place of the file is refused") {
  const TempDir dir;
  write_bytes(dir.path("file"), "x");
  CHECK(code_of(open(dir.path("file/inventory.db"), StoreMode::create)) == ErrorCode::unavailable);
  CHECK(code_of(open(dir.path("none/inventory.db"), StoreMode::create)) == ErrorCode::unavailable);
  CHECK(code_of(open(dir.path(""), StoreMode::open)) == ErrorCode::broken_store);
}

TEST_CASE("a new file carries the marks of format 2 and a write-ahead log") {
  const TempDir dir;
  SqliteFile file{made_in(dir)};
  CHECK(file.ask("PRAGMA application_id") == std::to_string(0x626F6F6B));
  CHECK(file.ask("PRAGMA user_version") == "2");
  CHECK(file.ask("PRAGMA journal_mode") == "wal");
}
