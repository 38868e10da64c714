// "What is my booking?", ten thousand page refreshes, no read of the database (row 1.9); and a user
// who refreshes too often (row 1.12).
#include <booking/booking.hpp>
#include <booking/json_cache.hpp>
#include <booking/sqlite.hpp>
#include <iostream>

using namespace booking;

// Counts the reads that reach the database.
class Counting final : public Store {
 public:
  explicit Counting(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    return store_->execute(command, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    ++reads;
    return store_->read(query, deadline);
  }
  int reads = 0;

 private:
  std::shared_ptr<Store> store_;
};

int main() {
  const auto database = std::make_shared<Counting>(
      sqlite_store({.path = "bookings.db", .mode = StoreMode::create_if_missing}).value());
  // Several processes would share a redis_cache_store.
  SlotInventory inventory{database,
                          InventoryOptions{.booking_cache = {.store = memory_cache_store()}}};
  const Service food{.id = 1, .name = "Food Assistance"};
  inventory.define_service(food).value();
  inventory.define_slot({.slot = {1, "2023-06-12 08:00"}, .capacity = 25}).value();
  BookingCache page{inventory, booking_document({food})};

  inventory.book({.id = BookingId{31}, .user = 2, .slot = {1, "2023-06-12 08:00"}}).value();
  std::cout << page.get(2).value().value.value_or("none") << "\n";
  std::cout << page.get(3).value().value.value_or("none") << "\n";
  const int before = database->reads;
  for (int refresh = 0; refresh < 5000; ++refresh) {
    page.get(2).value();
    page.get(3).value();  // has none: kept too
  }
  std::cout << "10000 refreshes, " << database->reads - before << " reads of the database\n";

  inventory.cancel({.id = BookingId{31}}).value();
  std::cout << "after the cancellation: " << page.get(2).value().value.value_or("none") << "\n";

  BookingCache limited{inventory, booking_document({food}),
                       std::make_shared<RefreshLimit>(
                           RefreshLimitOptions{.burst = 3, .every = std::chrono::minutes{1}})};
  for (int refresh = 0; refresh < 3; ++refresh) limited.get(2).value();
  const auto refused = limited.get(2);
  std::cout << "the fourth refresh within a minute: " << to_string(refused.error().code) << "\n";
}
