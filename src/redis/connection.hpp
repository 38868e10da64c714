// One connection to the server, on which pipelines are exchanged for replies. Used by connections,
// script and store.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "booking/result.hpp"
#include "booking/time.hpp"
#include "redis/handshake.hpp"
#include "redis/outcome.hpp"
#include "redis/reply.hpp"
#include "redis/request.hpp"
#include "redis/socket.hpp"
#include "redis/url.hpp"

namespace booking::inline v0::redis {

/// Closed after any error and never opened again: replies still on their way must reach nobody.
/// Thread safety: one thread at a time. Calls block until their deadline at the latest.
class Connection {
 public:
  /// Connects, signs in and checks the server.
  ///
  /// Errors: timeout, unavailable · broken_store (see check_handshake, also for `lasting`).
  static Result<std::unique_ptr<Connection>> open(const Endpoint& endpoint,
                                                  const Settings& settings,
                                                  const Deadline& deadline, bool& lasting);

  /// Sends the pipeline; a reply for each command. Error replies are values too (see outcome.hpp).
  ///
  /// Errors: timeout, unavailable (at a commit: not a byte was handed over; otherwise also when the
  ///   replies were lost) · outcome_unknown (at a commit: some were).
  Result<std::vector<Reply>> exchange(const Request& request, const Deadline& deadline,
                                      Step step = Step::commit);

  /// For a server that speaks unasked, as to who has subscribed: the two halves of an exchange.
  /// Errors: timeout, unavailable.
  Result<void> send(const Request& request, const Deadline& deadline);
  /// What comes next; none: nothing came until the deadline. Errors: unavailable.
  Result<std::optional<Reply>> receive(const Deadline& deadline);

  /// False after an error, and once the server has closed it or has sent what nobody asked for.
  bool alive() noexcept;
  /// To be called when replies make no sense.
  void close() noexcept;

  const ServerInfo& server() const noexcept { return server_; }

 private:
  explicit Connection(Socket socket) noexcept : socket_{std::move(socket)} {}
  Error fail(Error error, bool handed_over, Step step, std::vector<Reply>& replies);
  Result<void> collect(std::size_t wanted, const Deadline& deadline, std::vector<Reply>& replies);

  Socket socket_;
  bool open_ = true;
  Replies reader_;
  ServerInfo server_;
  std::array<char, 16 * 1024> buffer_{};
};

}  // namespace booking::inline v0::redis
