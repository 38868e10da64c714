// The connections on which a store reads beside its writer: few, opened when first needed. Used by
// store.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "booking/result.hpp"
#include "sqlite/connection.hpp"

namespace booking::inline v0::sqlite {

/// Lends at most `most` connections at a time.
/// Thread safety: may be used from any thread; a Loan belongs to one.
class Readers {
 public:
  static constexpr std::size_t most = 4;
  using Connect = std::function<Result<std::unique_ptr<Connection>>(const Deadline&)>;

  /// A place among the readers; its connection is kept for the next one unless it failed.
  class Loan {
   public:
    explicit Loan(Readers& readers) : readers_{readers} {}
    ~Loan() { give_back(); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    /// Errors: timeout, unavailable, and those of connecting. Blocks until `deadline` at the
    /// latest.
    Result<void> take(const Deadline& deadline);
    Connection& connection() const { return *connection_; }

   private:
    Result<void> wait_for_place(const Deadline& deadline);
    void give_back() noexcept;

    Readers& readers_;
    bool placed_ = false;
    std::unique_ptr<Connection> connection_;
  };

  explicit Readers(Connect connect) : connect_{std::move(connect)} { idle_.reserve(most); }

  /// Closes the connections that nobody has; the next one to take a place connects anew.
  void close_idle() noexcept;

 private:
  const Connect connect_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace booking::inline v0::sqlite
