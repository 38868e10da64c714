// Two callers want one slot at the same moment: the second is told so at once, as HTTP 423.
//   09_redis_lock [url of a Redis server]
#include <booking/booking.hpp>
#include <booking/redis_lock.hpp>
#include <functional>
#include <iostream>
#include <utility>

namespace {

// Passes every call on; before a change it does what others may do meanwhile. Here only so that the
// two callers are sure to meet.
class Meanwhile final : public booking::Store {
 public:
  explicit Meanwhile(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  std::function<void()> others;

  booking::Result<booking::Outcome> execute(const booking::Command& command,
                                            booking::Deadline deadline) override {
    if (const auto now = std::exchange(others, nullptr)) now();
    return store_->execute(command, deadline);
  }
  booking::Result<booking::Answer> read(const booking::Query& query,
                                        booking::Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
};

void show(const char* user, const booking::Result<booking::Receipt>& result) {
  std::cout << user << ": ";
  if (result) {
    std::cout << to_string(result->booking.status) << "\n";
    return;
  }
  std::cout << "HTTP " << booking::http_status(result.error().code) << ", "
            << result.error().message() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const char* url = argc > 1 ? argv[1] : "redis://127.0.0.1:6379";
  const auto store = std::make_shared<Meanwhile>(booking::memory_store());
  // Two inventories, as two processes would have them, each with a lock of its own.
  booking::SlotInventory one{store, booking::redis_lock({.url = url}).value()};
  booking::SlotInventory two{store, booking::redis_lock({.url = url}).value()};
  const booking::SlotKey ten{"haircut", "2026-06-01 10:00"};
  one.define_service({.id = "haircut", .name = "Haircut"}).value();
  one.define_slot({.slot = ten, .capacity = 2}).value();

  // Ann's booking holds the lock when Bob's arrives.
  store->others = [&] { show("bob", two.book({.user = "bob", .slot = ten})); };
  show("ann", one.book({.user = "ann", .slot = ten}));
  show("bob, a moment later", two.book({.user = "bob", .slot = ten}));
  std::cout << two.availability(ten)->remaining << " left\n";
}
