// What a forked child may still do: have randomness of its own, be told to make a new inventory.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <set>

#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"

using namespace booking;

namespace {

// The exit code of a child that runs `work`.
template <class Work>
int in_child(Work work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(work());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

SlotInventory small_inventory() {
  SlotInventory inventory{memory_store()};
  REQUIRE(inventory.define_service({.id = "haircut"}));
  REQUIRE(inventory.define_slot({.slot = {"haircut", "2026-06-01"}, .capacity = 2}));
  return inventory;
}

}  // namespace

TEST_CASE("a forked child never repeats its parent's random numbers") {
  Random random;
  random.next();  // so that some are in store
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  std::array<std::uint64_t, 64> childs{};
  CHECK(in_child([&] {
          for (std::uint64_t& number : childs) number = random.next();
          return write(pipe_ends[1], childs.data(), sizeof childs) == sizeof childs ? 0 : 1;
        }) == 0);
  REQUIRE(read(pipe_ends[0], childs.data(), sizeof childs) == sizeof childs);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  std::set<std::uint64_t> seen(childs.begin(), childs.end());
  CHECK(seen.size() == childs.size());
  for (std::size_t i = 0; i < childs.size(); ++i) CHECK(seen.insert(random.next()).second);
}

TEST_CASE("random numbers of one thread do not repeat, however many are asked for") {
  Random random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) CHECK(seen.insert(random.next()).second);
  CHECK_FALSE(seen.contains(0));
}

TEST_CASE("a call in a forked child is internal and says so, and the parent sells on") {
  SlotInventory inventory = small_inventory();
  CHECK(in_child([&] {
          const auto booked = inventory.book({.user = 1, .slot = {"haircut", "2026-06-01"}});
          if (booked || booked.error().code != ErrorCode::internal) return 1;
          return booked.error().detail.starts_with("forked") ? 0 : 2;
        }) == 0);
  CHECK(inventory.book({.user = 1, .slot = {"haircut", "2026-06-01"}}).has_value());
}

TEST_CASE("an inventory made in a forked child works, and the parent's may go there") {
  auto inventory = std::make_unique<SlotInventory>(small_inventory());
  CHECK(in_child([&] {
          inventory.reset();
          SlotInventory own{memory_store()};
          const bool defined = own.define_service({.id = 1}) &&
                               own.define_slot({.slot = {1, "2026-06-01"}, .capacity = 1});
          return defined && own.book({.user = 1, .slot = {1, "2026-06-01"}}) ? 0 : 1;
        }) == 0);
  CHECK(inventory->book({.user = 1, .slot = {"haircut", "2026-06-01"}}).has_value());
}
