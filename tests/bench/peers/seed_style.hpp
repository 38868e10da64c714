// Booking as the source designs do it on Redis, written over hiredis: optimistic with WATCH, or
// behind a lock key. They check that a seat is left and that the user has no booking, and no more:
// no identity, no gate, no clock, no deadline, no unknown outcome.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct redisContext;
struct redisReply;

namespace booking_bench {

/// The slots of a service are a hash of what remains, a user's booking is a key of its own.
struct SeedNames {
  std::string slots = "seed:slots:1";
  std::string field = "2026-06-01T10:00";
  std::string user(std::uint64_t number) const { return "seed:user:" + std::to_string(number); }
};

/// Thread safety: one thread at a time.
class SeedPeer {
 public:
  enum class Way { watch, lock };

  /// On a unix socket.
  SeedPeer(const std::string& path, Way way);

  /// Books for a user who has no booking; how often it had to begin again.
  std::uint64_t book(std::uint64_t user);
  /// Buys on the market (row 3.4), without an op; how often it had to begin again.
  std::uint64_t purchase(const std::string& buyer, const std::string& item,
                         const std::string& seller, std::int64_t price);

 private:
  struct Close {
    void operator()(redisContext* context) const noexcept;
  };
  struct Free {
    void operator()(redisReply* reply) const noexcept;
  };
  using Reply = std::unique_ptr<redisReply, Free>;

  template <class... Texts>
  void send(const Texts&... texts);
  Reply answer();
  template <class... Texts>
  Reply ask(const Texts&... texts);
  bool sells(const std::string& user);
  bool try_watch(const std::string& user);
  bool try_lock(const std::string& user);

  std::unique_ptr<redisContext, Close> context_;
  Way way_;
  std::string token_;
  SeedNames names_;
};

}  // namespace booking_bench
