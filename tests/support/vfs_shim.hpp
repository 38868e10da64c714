// A disk that fails as planned: SQLite's own VFS with a count on its calls, which at the planned
// one kills the process, answers an error or cuts the power. Used by the fault tests and their
// worker. Stands in front of every file that SQLite opens in this process, once installed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace booking_test {

// What is counted. Closing and unlocking are not: a process that ends does them anyway.
enum class Io : std::uint8_t {
  open,
  read,
  write,
  sync,
  truncate,
  size,
  lock,
  shm_map,
  shm_lock,
  remove,
  access
};
inline constexpr int kinds_of_io = 11;

std::string_view to_string(Io call);

class IoSet {
 public:
  constexpr IoSet(std::initializer_list<Io> calls) {
    for (const Io call : calls) bits_ |= 1U << static_cast<unsigned>(call);
  }
  static constexpr IoSet all() {
    IoSet set{};
    set.bits_ = (1U << kinds_of_io) - 1;
    return set;
  }
  constexpr bool contains(Io call) const {
    return (bits_ >> static_cast<unsigned>(call) & 1U) != 0;
  }

 private:
  unsigned bits_ = 0;
};

// What goes wrong, and when.
struct Fault {
  enum class Act : std::uint8_t {
    kill,       // SIGKILL to this process
    fail,       // the call answers `code` and does nothing
    cut_power,  // as `fail`, and so does every call after it
  };
  Act act = Act::fail;
  IoSet calls = IoSet::all();
  std::int64_t nth = 1;       // of those calls, from 1
  bool forever = false;       // for `fail`: every one from there on
  int code = 0;               // for `fail`; 0: the I/O error of that call
  bool half_written = false;  // a write that is hit leaves its first half behind
  int report_to = -1;         // a descriptor that is told which call was hit, as "write wal\n"
};

// What the disk kept of writes that were not synced when the power went.
enum class Kept : std::uint8_t { nothing, everything, first_part, any_writes, any_sectors };
inline constexpr int kinds_of_kept = 5;

// There is one, because SQLite's list of VFSs is the process's. Thread safety: all members.
namespace shim {

void install();  // as SQLite's default; again is nothing

void arm(const Fault& fault);  // counts anew from here
// Back to health. True: the fault has struck since it was armed.
bool disarm();
std::int64_t counted();  // calls of the armed fault's kinds since then

// Without it syncs are only counted: nothing but a loss of power needs them, and they are slow.
void sync_for_real(bool on);

// From here on remembers what is synced and what is not, for files in `folder` opened later.
void watch_for_power_cut(const std::string& folder);
// A sync that fails loses what it was to write, for good: the next one has nothing left to do.
void forget_at_failed_sync(bool on);
// Puts onto the disk what it kept, and stops watching. All connections must be closed.
void lose_power(Kept kept, std::uint64_t seed);

// A sentence for each write into a database while its connection had neither the right to write
// nor the file to itself; since the last call. Empty is how it must be (SQLite's WAL-reset race).
std::string writes_without_lock();

}  // namespace shim

}  // namespace booking_test
