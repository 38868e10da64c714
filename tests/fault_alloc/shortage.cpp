// The program's own operator new, and what SQLite allocates with.
#include "fault_alloc/shortage.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace booking_test::shortage {

namespace {

std::atomic<Who> whose{Who::nobody};
std::atomic<long> left{0};  // allocations until then
std::atomic<bool> for_good{false};
std::atomic<bool> struck{false};

bool strikes(Who asking) {
  if (whose != asking) return false;
  const long now = --left;
  const bool hit = now == 0 || (for_good && now < 0);
  if (hit) struck = true;
  return hit;
}

sqlite3_mem_methods sqlites_own;

}  // namespace

void* allocate(std::size_t size) {
  void* const memory = strikes(Who::library) ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

void count_sqlite() {
  static const bool once = [] {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlites_own);
    sqlite3_mem_methods counting = sqlites_own;
    counting.xMalloc = [](int size) {
      return strikes(Who::sqlite) ? nullptr : sqlites_own.xMalloc(size);
    };
    counting.xRealloc = [](void* old, int size) {
      return strikes(Who::sqlite) ? nullptr : sqlites_own.xRealloc(old, size);
    };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
    return true;
  }();
  static_cast<void>(once);
}

void arm(Who who, long nth, bool forever) {
  left = nth;
  for_good = forever;
  struck = false;
  whose = who;
}

bool disarm() {
  whose = Who::nobody;
  return struck;
}

}  // namespace booking_test::shortage

void* operator new(std::size_t size) {
  return booking_test::shortage::allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
