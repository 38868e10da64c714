// Two processes sell the same ten seats on one Redis server, as fast as they can: ten are sold.
//   08_two_processes [URL]
#include <spawn.h>
#include <sys/wait.h>

#include <booking/booking.hpp>
#include <booking/redis.hpp>
#include <iostream>
#include <string>

namespace {

const booking::SlotKey slot{"tour", "2026-06-01 10:00"};

booking::SlotInventory open(const std::string& url, booking::StoreMode mode) {
  return booking::SlotInventory{
      booking::redis_store({.url = url, .prefix = "two-processes", .mode = mode}).value()};
}

// What each of the two does: twenty users want a seat. Its exit status: how many got one.
int sell(const std::string& url, int first_user) {
  booking::SlotInventory inventory = open(url, booking::StoreMode::open);
  int sold = 0;
  for (int user = first_user; user < first_user + 20; ++user) {
    const auto booked = inventory.book({.user = user, .slot = slot});
    if (booked) ++sold;
    if (!booked && booked.error().code != booking::ErrorCode::sold_out) return 255;
  }
  return sold;
}

// This program once more, as a seller.
pid_t start(const char* program, const std::string& url, const char* first_user) {
  std::string address = url;
  std::string user = first_user;
  std::string name = program;
  char* arguments[] = {name.data(), address.data(), user.data(), nullptr};
  pid_t child = 0;
  return posix_spawn(&child, program, nullptr, nullptr, arguments, environ) == 0 ? child : -1;
}

int sold_by(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 255;
  return WEXITSTATUS(status);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string url = count > 1 ? arguments[1] : "redis://127.0.0.1:6379";
  if (count > 2) return sell(url, std::stoi(arguments[2]));

  booking::SlotInventory inventory = open(url, booking::StoreMode::create);
  inventory.define_service({.id = "tour", .name = "City tour"}).value();
  inventory.define_slot({.slot = slot, .capacity = 10}).value();

  const pid_t one = start("/proc/self/exe", url, "100");
  const pid_t other = start("/proc/self/exe", url, "200");
  const int sold = sold_by(one) + sold_by(other);
  std::cout << sold << " sold by two processes, " << inventory.availability(slot).value().remaining
            << " left, audit " << (inventory.audit().value().clean() ? "clean" : "NOT CLEAN")
            << "\n";
  booking::redis_erase({.url = url, .prefix = "two-processes"}).value();
  return sold == 10 ? 0 : 1;
}
