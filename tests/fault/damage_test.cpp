// A file that was damaged, cut short or taken apart while nobody had it open: refused as broken and
// left as it is where that shows at once; where it shows later, no call does worse than say so.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "support/healthy.hpp"
#include "support/rounds.hpp"
#include "support/scene.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// The inventory's file with a story in it, closed.
std::string told_file(const Scene& scene) {
  const Story story{1};
  {
    const auto inventory = scene.open();
    for (std::size_t step = 0; step < story.steps(); ++step)
      story.tell(step, *inventory, false).value();
  }
  return bytes_of(scene.path);
}

void damage(std::string& bytes, std::mt19937_64& random) {
  constexpr std::size_t page = 512;
  const std::size_t at = random() % bytes.size();
  const std::size_t start = at - at % page;
  switch (random() % 4) {
    case 0:  // a page of noise
      for (std::size_t i = 0; i < page; ++i) bytes[start + i] = static_cast<char>(random());
      break;
    case 1:  // a page of nothing
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(start), page, '\0');
      break;
    case 2:  // another page in its place
      bytes.replace(start, page, bytes.substr(random() % (bytes.size() / page) * page, page));
      break;
    default:  // some bytes
      for (std::size_t i = 0; i < 1 + random() % 8; ++i) {
        bytes[start + random() % page] = static_cast<char>(random());
      }
  }
}

template <class T>
void check_answer(const char* call, const Result<T>& result) {
  if (result) return;
  INFO(call << ": " << result.error().log_text());
  // Wrong numbers that look right cannot be told from right ones: a refusal may come of them.
  const ErrorKind kind = result.error().kind();
  CHECK((kind == ErrorKind::broken || kind == ErrorKind::refused || kind == ErrorKind::caller));
}

void use(SlotInventory& inventory) {
  check_answer("audit", inventory.audit());
  check_answer("bookings", inventory.bookings({}));
  check_answer("availability", inventory.availability(ten));
  check_answer("book", inventory.book({.id = BookingId{99}, .user = "zoe", .slot = ten}));
  check_answer("hold", inventory.hold({.id = BookingId{98}, .user = "yan", .slot = ten}));
  check_answer("cancel", inventory.cancel({.id = BookingId{99}}));
  check_answer("sweep", inventory.sweep(10));
  check_answer("purge", inventory.purge({.before = Instant{std::chrono::hours{1}}}));
}

}  // namespace

TEST_CASE("S5 a file damaged anywhere is refused as broken and left as it is, or says so later") {
  const Healthy healthy;
  const Scene scene;
  scene.restore();
  const std::string sound = told_file(scene);
  int refused = 0;
  for (int seed = 0; seed < rounds(500); ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{static_cast<std::uint64_t>(seed)};
    std::string bytes = sound;
    damage(bytes, random);
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(scene.path + tail);
    write_bytes(scene.path, bytes);
    Error error;
    const auto inventory = scene.try_open(error);
    if (inventory) {
      use(*inventory);
      continue;
    }
    ++refused;
    INFO(error.log_text());
    CHECK(error.code == ErrorCode::broken_store);
    CHECK(bytes_of(scene.path) == bytes);
  }
  CHECK(refused > 0);
}

TEST_CASE("S5 a file cut short at any page is broken_store, at once or when it is met") {
  const Healthy healthy;
  const Scene scene;
  scene.restore();
  const std::string sound = told_file(scene);
  for (std::size_t size = 0; size < sound.size(); size += size < 512 ? 100 : 512) {
    CAPTURE(size);
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(scene.path + tail);
    write_bytes(scene.path, sound.substr(0, size));
    Error error;
    const auto inventory = scene.try_open(error);
    if (inventory) {
      use(*inventory);
    } else {
      CHECK(error.code == ErrorCode::broken_store);
      CHECK(std::filesystem::file_size(scene.path) == size);
    }
  }
}
