// A connected stream socket, every wait of which ends at a deadline. Used by connection.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "booking/result.hpp"
#include "booking/time.hpp"
#include "redis/url.hpp"

namespace booking::inline v0::redis {

/// Fills in the addresses. A name is looked up, which blocks for as long as the system likes; a
/// literal address and a unix path are not.
///
/// Errors: unavailable (no such name, no answer).
Result<Endpoint> resolve(Endpoint endpoint);

/// Never raises SIGPIPE, closed on exec. Nothing of it works after an error: close it.
/// Errors are those of a call of which nothing was sent: timeout, unavailable.
/// Thread safety: one thread at a time.
class Socket {
 public:
  Socket() = default;
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : descriptor_{other.descriptor_} { other.descriptor_ = -1; }
  Socket& operator=(Socket&& other) noexcept;

  /// To the first address that answers; each gets its share of the time.
  static Result<Socket> connect(const Endpoint& endpoint, const Deadline& deadline);

  /// Sends all. `sent` is how much the kernel took, also after an error.
  Result<void> send_all(std::string_view bytes, const Deadline& deadline, std::size_t& sent);
  /// Waits for at least one byte; how many there are.
  Result<std::size_t> receive(std::span<char> into, const Deadline& deadline);
  /// The same, without waiting; 0: nothing there, or the end.
  std::size_t receive_now(std::span<char> into) noexcept;

  /// Open on both sides, and nothing has come.
  bool quiet() const noexcept;
  void close() noexcept;

 private:
  explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
  static Result<Socket> connect_to(const Address& address, const Deadline& deadline);
  Result<void> finish_connect(const Deadline& deadline);
  Result<void> wait(short events, const Deadline& deadline, std::string_view waited_for) const;

  int descriptor_ = -1;
};

}  // namespace booking::inline v0::redis
