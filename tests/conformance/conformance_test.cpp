// Runs the public conformance suite on every store, without a lock and with each.
#include "booking/testing/conformance.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "booking/testing/faulty_store.hpp"
#include "booking/testing/manual_clock.hpp"
#include "support/stores.hpp"

using namespace booking;
using booking_test::stores_under_test;
using booking_test::StoreUnderTest;
using testing::ConformanceCase;
using testing::ConformanceHost;

namespace {

ConformanceHost host(const StoreUnderTest& store, std::function<std::shared_ptr<Lock>()> lock) {
  const auto clock = std::make_shared<testing::ManualClock>();
  return {.make_store = [make = store.make_at, clock](const UserLimit& limit)
              -> Result<std::shared_ptr<Store>> { return make(limit, clock); },
          .make_lock = std::move(lock),
          .pass_time = [clock](std::chrono::milliseconds time) { clock->advance(time); }};
}

void run_all(const std::vector<ConformanceCase>& cases, const ConformanceHost& on) {
  for (const ConformanceCase& one : cases) {
    std::string failures;
    for (const std::string& failure : run_case(one, on)) failures += "\n  " + failure;
    CHECK_MESSAGE(failures.empty(), "case \"" << std::string{one.name} << "\"" << failures);
  }
}

}  // namespace

TEST_CASE("every store keeps the whole contract without a lock") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    run_all(testing::conformance_cases(), host(store, no_lock));
  }
}

TEST_CASE("every store keeps the pairing contract with process_mutex") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    run_all(testing::pairing_cases(), host(store, [] { return process_mutex(); }));
  }
}

TEST_CASE("every store keeps the pairing contract with a process_mutex of one stripe") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    run_all(testing::pairing_cases(), host(store, [] { return process_mutex(1); }));
  }
}

#ifdef BOOKING_TEST_REDIS_SERVER
TEST_CASE("every store keeps the pairing contract with redis_lock") {
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    run_all(testing::pairing_cases(), host(store, booking_test::waiting_redis_lock));
  }
}
#endif

TEST_CASE("the memory store keeps the whole contract with process_mutex") {
  run_all(testing::conformance_cases(),
          host(stores_under_test().front(), [] { return process_mutex(); }));
}

TEST_CASE("the pairing suite has at least 12 cases, all of them part of the contract") {
  std::set<std::string_view> contract;
  for (const ConformanceCase& one : testing::conformance_cases()) {
    CHECK_MESSAGE(contract.insert(one.name).second, "named twice: " << std::string{one.name});
  }
  CHECK(testing::pairing_cases().size() >= 12);
  for (const ConformanceCase& one : testing::pairing_cases()) CHECK(contract.contains(one.name));
}

TEST_CASE("no conformance case passes on a store that does nothing") {
  ConformanceHost dead{.make_store = [](const UserLimit&) -> Result<std::shared_ptr<Store>> {
    const auto store = std::make_shared<testing::FaultyStore>(memory_store());
    Error error;
    error.code = ErrorCode::unavailable;
    store->fail_next(error, 10'000);
    store->fail_next_reads(error, 10'000);
    return std::shared_ptr<Store>{store};
  }};
  dead.pass_time = [](std::chrono::milliseconds) {};
  for (const ConformanceCase& one : testing::conformance_cases()) {
    CHECK_MESSAGE(!run_case(one, dead).empty(), "passes: " << std::string{one.name});
  }
}

TEST_CASE("a host that makes no store fails every conformance case") {
  ConformanceHost none{.make_store = [](const UserLimit&) -> Result<std::shared_ptr<Store>> {
    return Error{.code = ErrorCode::unavailable};
  }};
  none.pass_time = [](std::chrono::milliseconds) {};
  for (const ConformanceCase& one : testing::conformance_cases()) {
    CHECK_MESSAGE(!run_case(one, none).empty(), "passes: " << std::string{one.name});
  }
}
