// The lock on a Redis server: one script takes, one gives back. All its keys are in keys.hpp.
#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "booking/detail/checks.hpp"
#include "booking/redis_lock.hpp"
#include "embedded/lock_enter_lua.hpp"
#include "embedded/lock_leave_lua.hpp"
#include "redis/client.hpp"
#include "redis/keys.hpp"
#include "redis/outcome.hpp"
#include "redis/records.hpp"
#include "redis/script.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

constexpr std::chrono::milliseconds first_wait{1};
constexpr std::chrono::milliseconds longest_wait{32};
constexpr std::chrono::milliseconds shortest_release{50};
// A server that is silent for so long is left to the ttl: who was shut down is not to wait for it.
constexpr std::chrono::seconds longest_release{1};

// So that who gives back never waits behind those who want to have.
constexpr Use taking = Use::change;
constexpr Use giving_back = Use::read;

class RedisLock final : public Lock {
 public:
  RedisLock(const RedisLockOptions& options, std::unique_ptr<Client> client)
      : keys_{options.prefix}, ttl_{options.ttl}, wait_{options.wait}, client_{std::move(client)} {}

  Result<Lease> enter(std::span<const SlotKey> slots, Deadline deadline) override {
    auto held = std::make_unique<Held>(hold_for(slots, deadline));
    const auto end_of_wait = clock_.steady_now() + wait_;
    std::optional<Error> busy;
    for (std::chrono::nanoseconds ceiling = first_wait;;
         ceiling = std::min<std::chrono::nanoseconds>(ceiling * 2, longest_wait)) {
      const auto taken = take(*held, deadline);
      if (!taken) return busy && taken.error().code == ErrorCode::timeout ? *busy : taken.error();
      if (taken->number != 0) {
        return Lease{shared_from_this(), reinterpret_cast<std::uintptr_t>(held.release()),
                     taken->number};
      }
      busy = locked(taken->left);
      const auto pause = part_of(ceiling);
      if (clock_.steady_now() + pause >= end_of_wait || pause >= deadline.remaining()) break;
      std::this_thread::sleep_for(pause);
      if (deadline.stopped()) break;
    }
    return deadline.stopped() ? gave_up(deadline, "a lock") : *busy;
  }

 private:
  /// What a lease's token points at.
  struct Held {
    std::vector<std::string> keys{};  // sorted, each once; before them the key of the number
    std::string token{};
    std::chrono::steady_clock::time_point until{};  // the caller's deadline
  };

  struct Taken {
    std::uint64_t number = 0;  // 0: others hold it
    std::chrono::milliseconds left{0};
  };

  Held hold_for(std::span<const SlotKey> slots, const Deadline& deadline) {
    Held held{.keys = {},
              .token = short_bits(random_.next(), random_.next()),
              .until = clock_.steady_now() + deadline.remaining()};
    held.keys.reserve(slots.size() + 1);
    for (const SlotKey& slot : slots) held.keys.push_back(keys_.lock(slot));
    std::sort(held.keys.begin(), held.keys.end());
    held.keys.erase(std::unique(held.keys.begin(), held.keys.end()), held.keys.end());
    held.keys.insert(held.keys.begin(), keys_.lease());
    return held;
  }

  Result<Taken> take(const Held& held, const Deadline& deadline) {
    static const Script script{embedded::lock_enter_lua};
    auto connection = client_->lend(deadline, taking);
    if (!connection) return std::move(connection).error();
    const std::vector<std::string_view> keys{held.keys.begin(), held.keys.end()};
    const std::string ttl = std::to_string(ttl_.count());
    const std::string highest = std::to_string(highest_.load());
    auto reply =
        script.run(**connection, keys, {{held.token, ttl, highest}}, deadline, Step::commit);
    if (!reply) return not_taken(held, std::move(reply).error(), deadline);
    if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::before_commit);
    const auto number =
        reply->items.size() == 2 ? decode_integer(reply->items[1].text) : std::nullopt;
    if (!number || *number < 0) {
      (*connection)->close();
      return unexpected("to who wants a lock", Step::before_commit);
    }
    if (reply->items[0].text != "held") return Taken{.left = std::chrono::milliseconds{*number}};
    saw(static_cast<std::uint64_t>(*number));
    return Taken{.number = static_cast<std::uint64_t>(*number)};
  }

  /// Nothing has happened to the inventory, though perhaps the lock is ours.
  Error not_taken(const Held& held, Error error, const Deadline& deadline) noexcept {
    if (error.code == ErrorCode::outcome_unknown) {
      give_back(held);
      error.code =
          deadline.expired() && !deadline.stopped() ? ErrorCode::timeout : ErrorCode::unavailable;
      error.retry_after = ttl_;
    }
    return error;
  }

  void leave(std::uint64_t token) noexcept override {
    // The pointer that `enter` let go.
    const std::unique_ptr<const Held> held{
        reinterpret_cast<const Held*>(static_cast<std::uintptr_t>(token))};  // NOLINT
    give_back(*held);
  }

  /// Where that fails, the ttl does it.
  void give_back(const Held& held) noexcept {
    try {
      static const Script script{embedded::lock_leave_lua};
      const auto left = std::clamp<std::chrono::nanoseconds>(held.until - clock_.steady_now(),
                                                             shortest_release, longest_release);
      const Deadline deadline{clock_, left};
      const auto connection = client_->lend(deadline, giving_back);
      if (!connection) return;
      const std::vector<std::string_view> keys{held.keys.begin() + 1, held.keys.end()};
      static_cast<void>(
          script.run(**connection, keys, {{held.token}}, deadline, Step::before_commit));
    } catch (const std::exception&) {
      // No memory.
    }
  }

  static Error locked(std::chrono::milliseconds left) {
    Error error;
    error.code = ErrorCode::locked;
    error.subject = Subject::slot;
    error.retry_after = std::max(left, std::chrono::milliseconds{1});
    return error;
  }

  std::chrono::nanoseconds part_of(std::chrono::nanoseconds ceiling) {
    return std::chrono::nanoseconds{
        static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(ceiling.count()))};
  }

  void saw(std::uint64_t number) noexcept {
    std::uint64_t highest = highest_.load(std::memory_order_relaxed);
    while (number > highest && !highest_.compare_exchange_weak(highest, number)) {
    }
  }

  const Keys keys_;
  const std::chrono::milliseconds ttl_;
  const std::chrono::milliseconds wait_;
  const Clock clock_{};
  Random random_{};
  std::atomic<std::uint64_t> highest_{0};
  const std::unique_ptr<Client> client_;
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<Lock>> redis_lock(const RedisLockOptions& options) {
  using std::chrono::milliseconds;
  if (!redis::good_prefix(options.prefix)) {
    return detail::invalid(Subject::request, "a prefix is 1 to 64 letters, digits and _.:-");
  }
  if (options.ttl.count() <= 0 || options.ttl > detail::max_timeout) {
    return detail::invalid(Subject::request, "a lock's ttl must be above 0 and at most 1 hour");
  }
  if (options.wait.count() < 0 || options.wait > detail::max_timeout) {
    return detail::invalid(Subject::request, "a wait for a lock must be 0 to 1 hour");
  }
  auto client = redis::Client::reach(
      {.url = options.url, .client_name = options.client_name, .connections = options.connections});
  if (!client) return std::move(client).error();
  return std::static_pointer_cast<Lock>(
      std::make_shared<redis::RedisLock>(options, *std::move(client)));
}

}  // namespace booking::inline v0
