// What stands on a disk for sure, and what only its cache holds: for each file the bytes of the
// last sync and the changes since. Used by vfs_shim to cut the power.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/vfs_shim.hpp"

namespace booking_test {

class Unsynced {
 public:
  Unsynced() = default;  // watches nothing
  explicit Unsynced(std::string folder) : folder_{std::move(folder)} {}

  // What stands at `path` when it is first seen is taken as synced.
  void open(std::string_view path);
  void write(std::string_view path, std::int64_t at, std::string_view bytes);
  void truncate(std::string_view path, std::int64_t size);
  void remove(std::string_view path, bool synced);
  void sync(std::string_view path);
  void forget(std::string_view path);
  void lose_power(Kept kept, std::uint64_t seed);

 private:
  struct Change {
    enum class What : std::uint8_t { write, truncate, remove };
    What what = What::write;
    std::int64_t at = 0;  // for truncate: the new size
    std::string bytes{};
  };
  using Bytes = std::optional<std::string>;  // not set: there is no such file
  struct File {
    Bytes synced{};
    std::vector<Change> since{};
  };

  File* watched(std::string_view path);
  void sync_removals();
  static void apply(const Change& change, Bytes& to);
  static Bytes survivor(const File& file, Kept kept, std::mt19937_64& random);

  std::string folder_{};
  std::map<std::string, File, std::less<>> files_{};
};

}  // namespace booking_test
