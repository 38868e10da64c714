// What a conformance case works with: inventories on fresh stores, and checks that note failures as
// sentences instead of stopping. Used by the conformance_*.hpp files; a host needs conformance.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "booking/memory_store.hpp"
#include "booking/slot_inventory.hpp"

namespace booking::inline v0::testing {

/// How the suite gets what it checks.
struct ConformanceHost {
  /// Makes a new, empty store with this policy. Called several times for one case.
  std::function<Result<std::shared_ptr<Store>>(const UserLimit&)> make_store{};
  /// Makes the lock to pair it with; not set: no_lock().
  std::function<std::shared_ptr<Lock>()> make_lock{};
  /// Moves the time of every store made so far; not set: the suite waits in earnest.
  std::function<void(std::chrono::milliseconds)> pass_time{};
};

/// A line of a case; made by the compiler at the place of the check.
struct Place {
  std::string_view file{};
  int line = 0;
  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

namespace detail {

template <class T>
std::string describe(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return '"' + std::string{std::string_view{value}} + '"';
  } else if constexpr (requires { value.has_value(); }) {
    return value.has_value() ? describe(*value) : "nothing";
  } else if constexpr (std::is_same_v<T, Booking>) {
    return "booking " + to_string(value.id) + " of " + to_string(value.user) + " in " +
           to_string(value.slot) + ", " + std::to_string(value.seats) + " seats, " +
           std::string{to_string(value.status)} + ", version " + std::to_string(value.version);
  } else if constexpr (std::is_same_v<T, SlotStatus>) {
    return value == SlotStatus::open ? "open" : value == SlotStatus::closed ? "closed" : "past";
  } else if constexpr (requires { value.begin(); }) {
    std::string text;
    for (const auto& item : value) text += (text.empty() ? "" : ", ") + describe(item);
    return "[" + text + "]";
  } else {
    return std::string{to_string(value)};
  }
}

}  // namespace detail

/// Given to each case. Checks are made from one thread; `together` starts more and waits for them.
class Conformance {
 public:
  explicit Conformance(const ConformanceHost& host) : host_{host} {}

  // ---- things to check ----

  std::shared_ptr<Store> store(const UserLimit& limit = {}, Place place = Place::here()) {
    Result<std::shared_ptr<Store>> made = host_.make_store(limit);
    if (made && *made) return *made;
    fail("the host made no store: " + (made ? "null" : made.error().message()), place);
    return memory_store(
        {.policy = {.user_limit = limit}, .clock = {}});  // so that the case can go on
  }
  /// A span of store time long enough to do something in, and to let pass.
  std::chrono::milliseconds span() const {
    return host_.pass_time ? std::chrono::minutes{10} : std::chrono::seconds{2};
  }
  void pass(std::chrono::milliseconds duration) {
    host_.pass_time ? host_.pass_time(duration) : std::this_thread::sleep_for(duration);
  }
  std::shared_ptr<Lock> lock() { return host_.make_lock ? host_.make_lock() : no_lock(); }

  /// An inventory on a new, empty store. Its limits are wide: a slow machine is no failure.
  SlotInventory inventory(const UserLimit& limit = {}, Place place = Place::here()) {
    return share(store(limit, place), lock());
  }
  /// One more inventory on a store and a lock that exist.
  static SlotInventory share(std::shared_ptr<Store> store, std::shared_ptr<Lock> lock) {
    InventoryOptions options;
    options.timeout = std::chrono::minutes{1};
    options.retry.attempts = 1'000;
    options.retry.longest_pause = std::chrono::milliseconds{20};
    return SlotInventory{std::move(store), std::move(lock), std::move(options)};
  }
  /// An open slot of one of two services: "haircut" confirms at once, "passport" needs approval.
  SlotKey slot(SlotInventory& inventory, std::int32_t capacity,
               Approval approval = Approval::automatic, SlotLabel label = "2026-06-01 10:00",
               Place place = Place::here()) {
    const SlotKey key{approval == Approval::automatic ? "haircut" : "passport", label};
    need(inventory.define_service({.id = key.service, .approval = approval}), place);
    need(inventory.define_slot({.slot = key, .capacity = capacity}), place);
    return key;
  }

  // ---- checks ----

  /// The value, which must be there; a default-made one when it is not.
  template <class T>
  T need(Result<T> result, Place place = Place::here()) {
    if (result) return std::move(*result);
    fail("expected success, got " + said(result.error()), place);
    return T{};
  }
  /// The error, which must be there with this code.
  template <class T>
  Error refused(const Result<T>& result, ErrorCode code, Place place = Place::here()) {
    if (!result) {
      if (result.error().code != code) {
        fail("expected " + std::string{to_string(code)} + ", got " + said(result.error()), place);
      }
      return result.error();
    }
    fail("expected " + std::string{to_string(code)} + ", got success", place);
    return {};
  }
  template <class T>
  void equal(const T& got, const std::type_identity_t<T>& expected, Place place = Place::here()) {
    if (got == expected) return;
    fail("expected " + detail::describe(expected) + ", got " + detail::describe(got), place);
  }
  void check(bool holds, std::string_view claim, Place place = Place::here()) {
    if (!holds) fail("not so: " + std::string{claim}, place);
  }

  // ---- checks made often ----

  void remaining(const SlotInventory& inventory, const SlotKey& slot, std::int32_t expected,
                 Place place = Place::here()) {
    equal(need(inventory.availability(slot), place).remaining, expected, place);
  }
  void status(const SlotInventory& inventory, BookingId id, Status expected,
              Place place = Place::here()) {
    if (const auto found = there(inventory, id, place)) equal(found->status, expected, place);
  }
  /// The booking as it is now, which must be there.
  std::optional<Booking> there(const SlotInventory& inventory, BookingId id,
                               Place place = Place::here()) {
    std::optional<Booking> found = need(inventory.find(id), place);
    check(found.has_value(), "booking " + to_string(id) + " is there", place);
    return found;
  }
  void clean(const SlotInventory& inventory, Place place = Place::here()) {
    const AuditReport report = need(inventory.audit(), place);
    check(report.clean(), "the audit finds nothing", place);
  }

  // ---- many callers at once ----

  /// Runs `work(0)` … `work(count - 1)` on as many threads, started together; waits for all.
  template <class Work>
  static void together(int count, Work work) {
    std::latch start{count};
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&start, &work, i] {
        start.arrive_and_wait();
        work(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  const std::vector<std::string>& failures() const noexcept { return failures_; }

 private:
  static std::string said(const Error& error) {
    return std::string{to_string(error.code)} + " (" + error.message() + ")";
  }
  void fail(const std::string& what, Place place) {
    const std::string_view name = place.file.substr(place.file.find_last_of("/\\") + 1);
    failures_.push_back(std::string{name} + ":" + std::to_string(place.line) + ": " + what);
  }

  const ConformanceHost& host_;
  std::vector<std::string> failures_;
};

/// One behaviour that every store must have.
struct ConformanceCase {
  std::string_view name;
  void (*run)(Conformance&);
};

}  // namespace booking::inline v0::testing
