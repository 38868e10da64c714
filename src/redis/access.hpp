// What is done on the server: a look at facts, a reading script, a commit, twins. Each makes sure
// that it is still the inventory that was opened, and has not gone back. Used by store,
// transaction, read and open.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "booking/detail/wipe_on_fork.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"
#include "redis/commit.hpp"
#include "redis/connections.hpp"
#include "redis/facts.hpp"
#include "redis/keys.hpp"
#include "redis/records.hpp"
#include "redis/script.hpp"
#include "redis/twin.hpp"

namespace booking::inline v0::redis {

/// What stands at the head of every read.
struct Seen {
  Head head{};
  std::string gate{};  ///< the text of `head`
  Instant now{};       ///< store time
};

/// What a reading script answers behind its head.
struct Rows {
  Seen seen{};
  std::vector<Reply> items{};
};

enum class ReadScript : std::uint8_t { look, slots, bookings, tallies };

/// Thread safety: any thread. Blocks until the deadlines given at the latest.
/// Errors: timeout, unavailable, contention (nothing happened) · outcome_unknown (`commit` and
/// `run` alone)
///   · broken_store · internal (in a forked child).
class Access {
 public:
  /// `clock` is store time; nullptr: the server's.
  Access(Keys keys, Connections::Options options, std::shared_ptr<Clock> clock);

  const Keys& keys() const noexcept { return keys_; }
  /// The inventory that every call must find from now on. Before: whichever is there.
  void expect(const Head& head) {
    identity_ = head.identity;
    change_set_ = head.change_set;
  }
  /// Whether it has one.
  bool change_set() const noexcept { return change_set_; }

  /// Of store time; nullptr: the server's.
  const std::shared_ptr<Clock>& clock() const noexcept { return clock_; }

  Result<Connections::Loan> lend(Use use, const Deadline& deadline);

  /// Reads facts as of one moment.
  Result<Seen> look(Connection& connection, Facts& facts, Facts::Which which,
                    const Deadline& deadline);
  /// False: something it rested on has changed, nothing was written.
  Result<bool> commit(Connection& connection, const Facts& facts, const Changes& changes,
                      CommitTerms terms, const Deadline& deadline);
  /// Runs commands by twin.lua: behind the head the policy, then what it answers each. No value:
  /// they cannot be run together, nothing was written.
  Result<std::optional<Rows>> run(Connection& connection, const TwinRun& twins,
                                  const Deadline& deadline);
  /// `keys` and `arguments` behind those that all reading scripts begin with.
  Result<Rows> read(Connection& connection, ReadScript script, std::span<const std::string> keys,
                    std::span<const std::string> arguments, const Deadline& deadline);
  /// Makes the inventory. What the script answers.
  Result<std::string> create(Connection& connection, const Head& head, const Policy& policy,
                             const Deadline& deadline);

  /// The highest sequence seen.
  std::uint64_t seq_seen() const noexcept { return seq_seen_.load(); }
  void saw(std::uint64_t seq) noexcept;
  /// Judges what a read saw when `seq_before` was the highest seen before it was sent.
  Result<Head> judge(std::string_view gate, std::string_view seq, std::uint64_t seq_before);

 private:
  std::string given_time() const;
  Result<Rows> rows_of(std::vector<Reply> items, std::uint64_t seq_before);

  const Keys keys_;
  const std::shared_ptr<Clock> clock_;
  std::string identity_{};
  bool change_set_ = false;
  std::atomic<std::uint64_t> seq_seen_{0};
  const v0::detail::ForkCheck fork_check_{};
  Connections connections_;
};

}  // namespace booking::inline v0::redis
