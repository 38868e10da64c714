// One attempt of a command in CommitMode::watch: looks under WATCH, then MULTI, writes, EXEC. Used
// by store.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "redis/access.hpp"
#include "redis/writes.hpp"

namespace booking::inline v0::redis {

/// Each look is one round trip and the commit another. A look ends with MULTI, so that no write is
/// sent to a server that has not said that it will keep it for EXEC.
/// Thread safety: one thread at a time. Blocks until the deadline at the latest.
/// Errors: timeout, unavailable (nothing happened) · outcome_unknown (`commit` alone) ·
///   broken_store.
class Transaction {
 public:
  Transaction(Access& access, Connection& connection, const Deadline& deadline)
      : access_{access}, connection_{connection}, deadline_{deadline} {}
  /// Closes a connection that was left in the middle.
  ~Transaction() {
    if (open_) connection_.close();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Watches and reads all that `facts` has in use, and nothing of earlier looks counts any more.
  /// The facts are of one moment only if `leave` or `commit` then finds nothing changed.
  Result<Seen> look(Facts& facts);

  /// The next look watches the time that was relied on, too: it is to be set.
  void watch_relied_on() noexcept { relies_ = true; }

  /// Whether this may now be written, and will be refused from `too_late` on. False: look again,
  /// for more.
  Result<bool> covers(Facts& facts, const Writes& writes, const Changes& changes,
                      const std::optional<Instant>& too_late);

  /// Writes. False: something has changed since the look, or it is too late; nothing was written.
  Result<bool> commit(Facts& facts, const Writes& writes, const Changes& changes);

  /// The end of a command that writes nothing. False: something has changed.
  Result<bool> leave();

 private:
  /// A key that expires and makes EXEC fail by then.
  void add_guard(Request& request, Instant sent_at) const;
  std::string guard_key() const;
  Result<Seen> take(Facts& facts, std::vector<Reply> replies, std::optional<Instant> given,
                    std::uint64_t seq_before);
  Result<bool> judge(const std::vector<Reply>& replies, std::uint64_t seq_before);

  Access& access_;
  Connection& connection_;
  const Deadline& deadline_;
  bool open_ = false;  // from a look on until EXEC
  std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
  std::optional<Instant> guard_at_{};  // the guard is for this instant; not set: any near one
  std::optional<Instant> guarded_{};   // EXEC fails from then on; not set: the guard is gone
  std::optional<Instant> too_late_{};  // as the decision said
  bool relies_ = false;                // the commit will set the time that was relied on,
  bool relied_on_watched_ = false;     // which was watched by the latest look
  Instant relied_on_{};
};

/// The ids of bookings behind `after`, ascending, at most `most`, without a script and not as of
/// one moment.
Result<std::vector<BookingId>> list_ids(Connection& connection, const Keys& keys,
                                        const std::optional<BookingId>& after, std::int32_t most,
                                        const Deadline& deadline);

}  // namespace booking::inline v0::redis
