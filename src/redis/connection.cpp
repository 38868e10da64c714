// Exchanging pipelines for replies, and what is known when that fails.
#include "redis/connection.hpp"

#include <utility>

namespace booking::inline v0::redis {

Result<std::unique_ptr<Connection>> Connection::open(const Endpoint& endpoint,
                                                     const Settings& settings,
                                                     const Deadline& deadline, bool& lasting) {
  lasting = false;
  auto socket = Socket::connect(endpoint, deadline);
  if (!socket) return std::move(socket).error();
  std::unique_ptr<Connection> made{new Connection{*std::move(socket)}};
  Request request;
  add_handshake(endpoint, settings, request);
  const auto replies = made->exchange(request, deadline, Step::before_commit);
  if (!replies) return replies.error();
  auto server = check_handshake(endpoint, settings, *replies, lasting);
  if (!server) return std::move(server).error();
  made->server_ = *std::move(server);
  return made;
}

Result<std::vector<Reply>> Connection::exchange(const Request& request, const Deadline& deadline,
                                                Step step) {
  std::vector<Reply> replies;
  if (!open_ || !socket_.quiet()) {
    return fail(store_error(ErrorCode::unavailable, "the connection is closed"), false, step,
                replies);
  }
  replies.reserve(request.commands());
  std::size_t sent = 0;
  Result<void> done = socket_.send_all(request.bytes(), deadline, sent);
  if (done) done = collect(request.commands(), deadline, replies);
  if (!done) return fail(done.error(), sent > 0, step, replies);
  for (const Reply& reply : replies) {
    if (reply.is(Reply::Kind::error) && ends_connection(reply.text)) close();
  }
  return replies;
}

Result<void> Connection::send(const Request& request, const Deadline& deadline) {
  std::size_t sent = 0;
  auto done = socket_.send_all(request.bytes(), deadline, sent);
  if (!done) close();
  return done;
}

Result<std::optional<Reply>> Connection::receive(const Deadline& deadline) {
  for (;;) {
    if (auto reply = reader_.next()) return reply;
    if (reader_.failed()) {
      close();
      return store_error(ErrorCode::unavailable, "what the server says cannot be read");
    }
    const auto got = socket_.receive(buffer_, deadline);
    if (!got && deadline.expired()) return std::optional<Reply>{};
    if (!got) {
      close();
      return got.error();
    }
    reader_.feed({buffer_.data(), *got});
  }
}

Result<void> Connection::collect(std::size_t wanted, const Deadline& deadline,
                                 std::vector<Reply>& replies) {
  while (replies.size() < wanted) {
    if (auto reply = reader_.next()) {
      replies.push_back(*std::move(reply));
    } else if (reader_.failed()) {
      return store_error(ErrorCode::unavailable, "the server's answer cannot be read");
    } else {
      const auto got = socket_.receive(buffer_, deadline);
      if (!got) return got.error();
      reader_.feed({buffer_.data(), *got});
    }
  }
  // Which of them answers what is not known then.
  if (reader_.pending()) {
    return store_error(ErrorCode::unavailable, "the server answered more than was asked");
  }
  return Result<void>::success();
}

Error Connection::fail(Error error, bool handed_over, Step step, std::vector<Reply>& replies) {
  // A server that turns us away says why and closes, perhaps before it takes a byte.
  reader_.feed({buffer_.data(), socket_.receive_now(buffer_)});
  if (auto reply = reader_.next()) replies.push_back(*std::move(reply));
  close();
  if (!replies.empty() && replies.back().is(Reply::Kind::error)) {
    error.detail += ", after it had answered: " + shown(replies.back().text);
  }
  return lost(std::move(error), handed_over, step);
}

bool Connection::alive() noexcept {
  if (open_ && !socket_.quiet()) close();
  return open_;
}

void Connection::close() noexcept {
  open_ = false;
  socket_.close();
}

}  // namespace booking::inline v0::redis
