// The connections of one store: a few lanes for what changes the store and a few for reads, opened
// when first needed. Used by store.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "booking/result.hpp"
#include "redis/backoff.hpp"
#include "redis/connection.hpp"

namespace booking::inline v0::redis {

/// What a connection is wanted for; one kind never waits for the other.
enum class Use : std::uint8_t { change, read };

/// The most of one kind that a host may allow.
inline constexpr std::int32_t most_connections = 64;

/// Lends connections, each to one caller at a time. One that is dead is opened anew before it is
/// lent, in turns and with pauses (see Backoff). Places go to callers in order of arrival.
/// Thread safety: any thread; a Loan belongs to one, and must not outlive this.
class Connections {
 public:
  struct Options {
    Endpoint endpoint{};  ///< resolved
    Settings settings{};
    std::size_t lanes = 2;    ///< at least 1
    std::size_t readers = 2;  ///< at least 1
    /// Run on each new connection before it is lent: checks whose inventory is there. An error of
    /// kind broken is a lasting one.
    std::function<Result<void>(Connection&, const Deadline&)> on_connect{};
  };

  /// Goes back when it goes. Whoever leaves it within WATCH or MULTI closes it.
  class Loan {
   public:
    Loan(Loan&& other) noexcept
        : owner_{std::exchange(other.owner_, nullptr)},
          use_{other.use_},
          connection_{std::move(other.connection_)} {}
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (owner_ != nullptr) owner_->take_back(use_, std::move(connection_));
    }
    Connection& operator*() const noexcept { return *connection_; }
    Connection* operator->() const noexcept { return connection_.get(); }

   private:
    friend class Connections;
    Loan(Connections& owner, Use use) noexcept : owner_{&owner}, use_{use} {}

    Connections* owner_;
    Use use_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Connections(Options options);

  /// Waits for a place, and for the server to be there.
  ///
  /// Errors: timeout, unavailable · broken_store (see Connection::open) · those of on_connect.
  /// Blocks until `deadline` at the latest; no longer than the first attempt when the server
  /// refuses for good, or when it will not be asked again before then.
  Result<Loan> lend(Use use, const Deadline& deadline);

  /// Closes those that nobody has.
  void close_idle() noexcept;

  /// What the latest server connected to was warned of; none before the first connection.
  std::vector<std::string> warnings() const;

 private:
  // On its caller's stack. Each is woken by itself: a place that comes back is for one of them.
  struct Waiter {
    std::condition_variable wake{};
    bool served = false;
  };
  struct Group {
    std::size_t most = 0;
    std::size_t lent = 0;
    std::deque<Waiter*> waiting{};  // in order of arrival; while there are any, all places are lent
    std::vector<std::unique_ptr<Connection>> idle{};
  };

  Group& group(Use use) noexcept { return groups_[static_cast<std::size_t>(use)]; }
  Result<Loan> wait_for_place(Use use, const Deadline& deadline);
  std::unique_ptr<Connection> take_idle(Use use) noexcept;
  Result<std::unique_ptr<Connection>> connect(const Deadline& deadline);
  Result<std::unique_ptr<Connection>> attempt(const Deadline& deadline, bool& lasting);
  void take_back(Use use, std::unique_ptr<Connection> connection) noexcept;

  const Options options_;
  Backoff backoff_;
  mutable std::mutex mutex_;
  std::array<Group, 2> groups_;
  std::vector<std::string> warnings_;
};

}  // namespace booking::inline v0::redis
