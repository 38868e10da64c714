// Row 1.9: "what is my booking?" from the cache, and never older than a change that was
// acknowledged; row 1.12: how often one user may ask.
#include "booking/booking_cache.hpp"

#include "booking/redis.hpp"
#include "booking/sqlite.hpp"
#include "booking/testing/faulty_store.hpp"
#include "booking/testing/manual_clock.hpp"
#include "cache/setup.hpp"
#include "support/proxy.hpp"
#include "support/temp_dir.hpp"

using namespace booking;
using namespace booking_test;

namespace {

const std::vector<Service> services{{.id = 1, .name = "Food Assistance"}};
const SlotKey morning{1, "2023-06-12 08:00"};
const SlotKey noon{1, "2023-06-12 12:00"};

// Counts what reaches the store.
class CountingStore final : public Store {
 public:
  explicit CountingStore(std::shared_ptr<Store> store) : store_{std::move(store)} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    if (before_) before_();
    return store_->execute(command, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    if (std::holds_alternative<query::Bookings>(query)) ++reads_;
    auto answer = store_->read(query, deadline);
    if (after_read_) std::exchange(after_read_, nullptr)();
    return answer;
  }
  int reads() const noexcept { return reads_; }
  // Set while nobody calls.
  void before_execute(std::function<void()> hook) { before_ = std::move(hook); }
  void after_read(std::function<void()> hook) { after_read_ = std::move(hook); }

 private:
  std::shared_ptr<Store> store_;
  std::function<void()> before_;
  std::function<void()> after_read_;
  std::atomic<int> reads_{0};
};

struct Page {
  std::shared_ptr<CountingStore> store;
  SlotInventory inventory;
  BookingCache cache;

  explicit Page(std::shared_ptr<Store> with, std::shared_ptr<CacheStore> cached,
                std::shared_ptr<Clock> clock = {}, std::shared_ptr<RefreshLimit> limit = {})
      : store{std::make_shared<CountingStore>(std::move(with))},
        inventory{store, InventoryOptions{.clock = std::move(clock),
                                          .booking_cache = {.store = std::move(cached)}}},
        cache{inventory, booking_document(services), std::move(limit)} {
    inventory.define_service(services[0]).value();
    inventory.define_slot({.slot = morning, .capacity = 25}).value();
    inventory.define_slot({.slot = noon, .capacity = 1}).value();
  }
  std::string text(const UserId& user) {
    const auto answer = cache.get(user);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().log_text());
    return answer->value.value_or("none");
  }
  CacheSource source(const UserId& user) { return cache.get(user).value().source; }
};

}  // namespace

TEST_CASE("1.9 a page refresh reads the booking from the cache, under the user's id, formatted") {
  const RedisServer server;
  Page page{memory_store(), redis_cache(server.url())};
  page.inventory.book({.id = BookingId{31}, .user = 2, .slot = morning}).value();
  const std::string document =
      R"({"booking_id": 31, "service_name": "Food Assistance", "date": "2023-06-12", )"
      R"("time": "08:00", "status": 1, "message": null})";
  CHECK(page.text(2) == document);
  CHECK(server.ask({"GET", "user:2:booking"}) == document);
  const int reads = page.store->reads();
  for (int refresh = 0; refresh < 1000; ++refresh) CHECK(page.source(2) == CacheSource::hit);
  CHECK(page.store->reads() == reads);
}

TEST_CASE("1.9 that a user has none is an answer too") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    CHECK(page.text(7) == "none");
    const int reads = page.store->reads();
    for (int refresh = 0; refresh < 100; ++refresh) CHECK(page.source(7) == CacheSource::negative);
    CHECK(page.store->reads() == reads);
    page.inventory.book({.user = 7, .slot = morning}).value();
    CHECK(page.text(7) != "none");
  });
}

TEST_CASE("1.9 every call that moves a booking is seen by the next refresh") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    SlotInventory& inventory = page.inventory;
    const auto status = [&](const UserId& user) {
      const std::string text = page.text(user);
      CHECK(page.text(user) == text);
      CHECK(page.source(user) != CacheSource::loaded);
      const auto at = text.find("\"status\": ");
      return at == std::string::npos ? text : text.substr(at + 10, 1);
    };
    const BookingId first = inventory.book({.user = 1, .slot = morning}).value().booking.id;
    CHECK(status(1) == "1");
    const BookingId moved = inventory.reschedule({.id = first, .slot = noon}).value().booking.id;
    CHECK(page.text(1).find("12:00") != std::string::npos);
    inventory.cancel({.id = moved}).value();
    CHECK(status(1) == "none");

    const auto hold = [&] {
      return inventory.hold({.user = 1, .slot = morning, .ttl = seconds{60}}).value().booking.id;
    };
    const BookingId held = hold();
    CHECK(status(1) == "7");
    inventory.extend({.id = held, .ttl = seconds{120}}).value();
    inventory.confirm({.id = held}).value();
    CHECK(status(1) == "1");
    inventory.complete({.id = held}).value();
    CHECK(status(1) == "none");
    const BookingId missed = inventory.book({.user = 1, .slot = morning}).value().booking.id;
    CHECK(status(1) == "1");
    inventory.no_show({.id = missed}).value();
    CHECK(status(1) == "none");

    inventory.update_service({.id = 1, .name = "Food Assistance", .approval = Approval::required})
        .value();
    const BookingId asked = inventory.book({.user = 1, .slot = morning}).value().booking.id;
    CHECK(status(1) == "0");
    inventory.approve({.id = asked}).value();
    CHECK(status(1) == "1");
    inventory.cancel_all({asked}).value();
    CHECK(status(1) == "none");
    const BookingId refused = inventory.book({.user = 1, .slot = morning}).value().booking.id;
    CHECK(status(1) == "0");
    inventory.reject({.id = refused, .message = "no"}).value();
    CHECK(status(1) == "none");

    inventory.book_all({{.user = 1, .slot = morning}, {.user = 2, .slot = morning}}).value();
    CHECK(status(1) == "0");
    CHECK(status(2) == "0");
    CHECK(status(3) == "none");
    for (const auto& result :
         inventory.book_each({{.user = 3, .slot = morning}, {.user = 4, .slot = morning}})) {
      CHECK(result.has_value());
    }
    CHECK(status(3) == "0");
    CHECK(status(4) == "0");
  });
}

TEST_CASE("1.9 a booking that was refused leaves the answer as it was") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    page.inventory.book({.user = 1, .slot = noon}).value();
    const std::string before = page.text(1);
    CHECK(page.inventory.book({.user = 1, .slot = morning}).error().code == ErrorCode::user_limit);
    CHECK(page.inventory.book({.user = 2, .slot = noon}).error().code == ErrorCode::sold_out);
    CHECK(page.text(1) == before);
    CHECK(page.text(2) == "none");
  });
}

TEST_CASE("1.9 what is kept of a hold ends with it") {
  const auto clock = std::make_shared<testing::ManualClock>();
  Page page{memory_store({.clock = clock}), memory_cache_store({.max_entries = 10, .clock = clock}),
            clock};
  page.inventory.hold({.user = 1, .slot = noon, .ttl = seconds{30}}).value();
  CHECK(page.text(1) != "none");
  CHECK(page.source(1) == CacheSource::hit);
  clock->advance(seconds{29});
  CHECK(page.source(1) == CacheSource::hit);
  clock->advance(seconds{1});
  CHECK(page.text(1) == "none");
}

TEST_CASE("1.9 a refresh during a booking is answered from the store, and keeps nothing") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    CHECK(page.text(1) == "none");
    page.store->before_execute([&] {
      CHECK(page.text(1) == "none");
      CHECK(page.source(1) != CacheSource::negative);
    });
    page.inventory.book({.user = 1, .slot = noon}).value();
    page.store->before_execute(nullptr);
    CHECK(page.text(1) != "none");
  });
}

TEST_CASE("1.9 a refresh that read before a booking keeps nothing after it") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    page.store->after_read([&] { page.inventory.book({.user = 1, .slot = noon}).value(); });
    CHECK(page.text(1) == "none");  // as it was when the refresh began
    CHECK(page.text(1) != "none");
  });
}

TEST_CASE("1.9 inventories of two processes on one file and one cache see each other's bookings") {
  const TempDir dir;
  const RedisServer server;
  const auto open = [&] {
    return sqlite_store({.path = dir.path("bookings.db"), .mode = StoreMode::create_if_missing})
        .value();
  };
  Page one{open(), redis_cache(server.url())};
  Page two{open(), redis_cache(server.url())};
  for (int round = 0; round < 20; ++round) {
    CHECK(one.text(1) == "none");
    const BookingId id = two.inventory.book({.user = 1, .slot = noon}).value().booking.id;
    CHECK(one.text(1) != "none");
    CHECK(two.text(1) == one.text(1));
    one.inventory.cancel({.id = id}).value();
    CHECK(two.text(1) == "none");
  }
}

TEST_CASE("1.9 two changes of one user at once leave no old answer behind") {
  const RedisServer server;
  const auto limit = UserLimit::none();
  for (int round = 0; round < 30; ++round) {
    server.ask({"FLUSHALL"});
    const auto store = memory_store({.policy = {.user_limit = limit}});
    Page one{store, redis_cache(server.url())};
    Page two{store, redis_cache(server.url())};
    std::atomic<bool> stop{false};
    std::thread reader{[&] {
      while (!stop) static_cast<void>(one.text(1));
    }};
    std::thread other{[&] { two.inventory.book({.user = 1, .slot = morning}).value(); }};
    one.inventory.book({.user = 1, .slot = noon}).value();
    other.join();
    stop = true;
    reader.join();
    const auto current = one.inventory.current_booking(1).value();
    CHECK(one.text(1).find(to_string(current->id)) != std::string::npos);
    CHECK(two.text(1) == one.text(1));
  }
}

TEST_CASE("1.9 while one change is under way the end of another lets nobody fill the cache") {
  // Should the first never come to its end, an answer kept now would be old for good.
  const RedisServer server;
  const auto store = memory_store({.policy = {.user_limit = UserLimit::none()}});
  Page one{store, redis_cache(server.url())};
  Page two{store, redis_cache(server.url())};
  one.store->before_execute([&] {
    two.inventory.book({.user = 1, .slot = morning}).value();
    CHECK(two.text(1).find("08:00") != std::string::npos);
    CHECK(server.ask({"EXISTS", "user:1:booking"}) == "0");
  });
  one.inventory.book({.user = 1, .slot = noon}).value();
  one.store->before_execute(nullptr);
  const std::string newest = to_string(one.inventory.current_booking(1).value()->id);
  CHECK(one.text(1).find(newest) != std::string::npos);
  CHECK(two.text(1).find(newest) != std::string::npos);
  CHECK(server.ask({"EXISTS", "user:1:booking"}) == "0");
  CHECK(std::stol(server.ask({"TTL", "user:1:booking:lock"})) > 60);
}

TEST_CASE("1.9 an unknown outcome keeps the user from the cache for as long as it may happen") {
  const RedisServer server;
  const auto faulty = std::make_shared<testing::FaultyStore>(memory_store());
  const auto store = std::make_shared<CountingStore>(faulty);
  SlotInventory inventory{store,
                          InventoryOptions{.retry = {.attempts = 1},
                                           .booking_cache = {.store = redis_cache(server.url())}}};
  inventory.define_service(services[0]).value();
  inventory.define_slot({.slot = noon, .capacity = 1}).value();
  BookingCache cache{inventory, booking_document(services)};
  CHECK_FALSE(cache.get(1).value().value.has_value());
  faulty->lose_reply_of(1);
  CHECK(inventory.book({.user = 1, .slot = noon}).error().code == ErrorCode::outcome_unknown);
  CHECK(cache.get(1).value().value.has_value());
  CHECK(cache.get(1).value().source == CacheSource::loaded);
  CHECK(server.ask({"EXISTS", "user:1:booking"}) == "0");
  CHECK(std::stol(server.ask({"TTL", "user:1:booking:lock"})) > 60);
}

TEST_CASE("1.9 bookings go on while the cache is away, and nobody here is told old things") {
  RedisServer server;
  Page page{memory_store(), redis_cache(server.url())};
  CHECK(page.text(1) == "none");
  server.pause();
  page.inventory.book({.user = 1, .slot = noon}).value();
  CHECK(page.text(1) != "none");
  CHECK(page.source(1) == CacheSource::fallback);
  server.resume();
  while (page.cache.stats().pending != 0) {
    CHECK(page.text(1) != "none");
    std::this_thread::sleep_for(milliseconds{1});
  }
  CHECK(page.text(1) != "none");
}

TEST_CASE("1.9 on Redis the answer is the store's own, in one round trip") {
  const RedisServer server;
  Proxy proxy{server.path()};
  Page page{redis_store({.url = proxy.url(), .mode = StoreMode::create}).value(), nullptr};
  CHECK(page.text(1) == "none");
  page.inventory.book({.user = 1, .slot = noon}).value();
  for (const char* user : {"1", "2"}) {
    proxy.set({});
    static_cast<void>(page.text(user));
    CHECK(proxy.round_trips() == 1);
  }
  CHECK(page.text(1).find("12:00") != std::string::npos);
  CHECK(server.ask({"KEYS", "user:*"}).empty());
}

TEST_CASE("1.9 what cannot be formatted is an error and not kept") {
  on_each_cache_store([](const std::shared_ptr<CacheStore>& cached) {
    Page page{memory_store(), cached};
    page.inventory.define_service({.id = 2}).value();
    page.inventory.define_slot({.slot = {2, "2023-06-12"}, .capacity = 1}).value();
    page.inventory.book({.user = 1, .slot = {2, "2023-06-12"}}).value();
    CHECK(page.cache.get(1).error().code == ErrorCode::invalid_argument);
    CHECK(page.cache.get(UserId{""}).error().code == ErrorCode::invalid_argument);
    BookingCache marker{page.inventory, [](const Booking&) { return std::string{"-1"}; }};
    CHECK(marker.get(1).error().code == ErrorCode::invalid_argument);
    CHECK_THROWS_AS(BookingCache(page.inventory, nullptr), std::invalid_argument);
  });
}

TEST_CASE("1.12 a user who asks too often is told when to ask again, and nobody else is") {
  const auto clock = std::make_shared<testing::ManualClock>();
  const auto limit = std::make_shared<RefreshLimit>(
      RefreshLimitOptions{.burst = 3, .every = milliseconds{100}, .clock = clock});
  Page page{memory_store(), memory_cache_store(), {}, limit};
  for (int i = 0; i < 3; ++i) CHECK(page.cache.get(1).has_value());
  const auto refused = page.cache.get(1);
  CHECK(refused.error().code == ErrorCode::overloaded);
  CHECK(refused.error().subject == Subject::user);
  CHECK(refused.error().retry_after == milliseconds{100});
  CHECK(page.cache.get(2).has_value());
  clock->advance(milliseconds{99});
  CHECK(page.cache.get(1).error().retry_after == milliseconds{1});
  clock->advance(milliseconds{1});
  CHECK(page.cache.get(1).has_value());
  CHECK_FALSE(page.cache.get(1).has_value());
  clock->advance(seconds{10});
  for (int i = 0; i < 3; ++i) CHECK(page.cache.get(1).has_value());
  CHECK_FALSE(page.cache.get(1).has_value());
}

TEST_CASE(
    "1.12 the limit remembers no more users than it may, and each for as long as it matters") {
  const auto clock = std::make_shared<testing::ManualClock>();
  RefreshLimit limit{{.burst = 2, .every = milliseconds{100}, .max_users = 10, .clock = clock}};
  const auto allows = [&](int user) { return limit.allow(user).has_value(); };
  CHECK(allows(1));
  clock->advance(milliseconds{190});
  CHECK(allows(1));
  clock->advance(milliseconds{20});  // a turn: user 1 is among the old, and not forgotten
  CHECK(allows(1));
  CHECK_FALSE(allows(1));
  for (int user = 100; user < 200; ++user) CHECK(allows(user));
  for (int i = 0; i < 5; ++i) CHECK(allows(199));  // beyond those it knows
  CHECK_FALSE(allows(1));
  CHECK_THROWS_AS(RefreshLimit({.burst = 0}), std::invalid_argument);
  CHECK_THROWS_AS(RefreshLimit({.every = milliseconds{0}}), std::invalid_argument);
}
