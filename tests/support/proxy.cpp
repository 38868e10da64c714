// The proxy's thread: one poll() over all sockets.
#include "support/proxy.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace booking_test {

namespace {

using Time = std::chrono::steady_clock;

sockaddr_un unix_name(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  return name;
}

int connect_unix(const std::string& path) {
  const sockaddr_un name = unix_name(path);
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return made;
  ::close(made);
  return -1;
}

int listen_unix(const std::string& path) {
  const sockaddr_un name = unix_name(path);
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(made, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::listen(made, SOMAXCONN) != 0) {
    throw std::runtime_error{"the proxy cannot listen"};
  }
  return made;
}

int listen_loopback(int& port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (::bind(made, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      ::listen(made, SOMAXCONN) != 0 ||
      ::getsockname(made, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw std::runtime_error{"the proxy cannot listen"};
  }
  port = ntohs(name.sin_port);
  return made;
}

void send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return;  // gone: noticed when next read
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
}

std::size_t room(std::size_t came, std::int64_t limit, std::int64_t passed) {
  if (limit == Trouble::never) return came;
  return std::min(came, static_cast<std::size_t>(std::max<std::int64_t>(limit - passed, 0)));
}

}  // namespace

struct Proxy::Pair {
  Pair(int client_side, int server_side) : client{client_side}, server{server_side} {}
  ~Pair() { close(false); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  void close(bool reset) {
    if (client < 0) return;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (reset) ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(client, -1));
    ::close(std::exchange(server, -1));
  }

  // Whether what comes is swallowed: then so is all that follows, as a stream has no gaps.
  bool loses(const Trouble& trouble) { return lost = lost || trouble.swallow; }

  int client;
  int server;
  bool lost = false;
  bool answered = true;  // nothing was asked since the latest reply
  std::string late{};    // replies that wait for their time
  Time::time_point due{};
};

Proxy::Proxy(std::string server, Where where) : server_{std::move(server)} {
  listener_ = where == Where::loopback ? listen_loopback(port_) : listen_unix(dir_.path("proxy"));
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error{"no pipe"};
  thread_ = std::thread{[this] { run(); }};
}

Proxy::~Proxy() {
  stop_ = true;
  wake();
  thread_.join();
  pairs_.clear();
  for (const int descriptor : {listener_, wake_[0], wake_[1]}) ::close(descriptor);
}

std::string Proxy::url() const {
  return port_ != 0 ? "redis://127.0.0.1:" + std::to_string(port_) : "unix://" + dir_.path("proxy");
}

void Proxy::set(const Trouble& trouble) {
  const std::lock_guard guard{mutex_};
  trouble_ = trouble;
  pieces_ = 0;
  requested_ = 0;
  replied_ = 0;
  round_trips_ = 0;
}

void Proxy::say(std::string_view bytes) {
  std::unique_lock guard{mutex_};
  to_say_ = bytes;
  wake();
  said_.wait(guard, [this] { return to_say_.empty(); });
}

void Proxy::wake() const {
  const char byte = 0;
  static_cast<void>(::write(wake_[1], &byte, 1));
}

Trouble Proxy::trouble() {
  const std::lock_guard guard{mutex_};
  return trouble_;
}

void Proxy::run() {
  while (!stop_) {
    std::vector<pollfd> polled = {{.fd = wake_[0], .events = POLLIN, .revents = 0},
                                  {.fd = listener_, .events = POLLIN, .revents = 0}};
    bool waiting = false;
    for (const auto& pair : pairs_) {
      waiting = waiting || !pair->late.empty();
      polled.push_back({.fd = pair->client, .events = POLLIN, .revents = 0});
      polled.push_back({.fd = pair->server, .events = POLLIN, .revents = 0});
    }
    ::poll(polled.data(), polled.size(), waiting ? 1 : -1);
    if (polled[0].revents != 0) say_it();
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = *pairs_[i];
      if (polled[2 + 2 * i].revents != 0) request_came(pair);
      if (pair.client >= 0 && polled[3 + 2 * i].revents != 0) reply_came(pair);
      if (pair.client >= 0) send_late(pair);
    }
    std::erase_if(pairs_, [](const auto& pair) { return pair->client < 0; });
    if (polled[1].revents != 0) accept_one();
  }
}

void Proxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = connect_unix(server_);
  ++accepted_;
  if (server < 0) {
    ::close(client);
  } else {
    pairs_.push_back(std::make_unique<Pair>(client, server));
  }
}

void Proxy::say_it() {
  std::array<char, 64> ignored{};
  static_cast<void>(::read(wake_[0], ignored.data(), ignored.size()));
  const std::lock_guard guard{mutex_};
  for (const auto& pair : pairs_) send_all(pair->client, to_say_);
  to_say_.clear();
  said_.notify_all();
}

void Proxy::request_came(Pair& pair) {
  std::array<char, 64 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(pair.client, buffer.data(), buffer.size(), 0);
  if (got <= 0) return pair.close(false);
  const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
  const Trouble trouble = this->trouble();
  const std::int64_t before = requested_.fetch_add(got);
  if (std::exchange(pair.answered, false)) ++round_trips_;
  if (kills(trouble, pair, pair.server, bytes)) return;
  if (pair.loses(trouble)) return;
  if (!trouble.answer.empty()) return send_all(pair.client, trouble.answer);
  send_all(pair.server, bytes.substr(0, room(bytes.size(), trouble.cut_request_after, before)));
  const bool cut = trouble.cut_request_after != Trouble::never;
  if (cut && before + got >= trouble.cut_request_after) pair.close(trouble.reset);
}

void Proxy::reply_came(Pair& pair) {
  std::array<char, 64 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(pair.server, buffer.data(), buffer.size(), 0);
  if (got <= 0) return pair.close(false);
  std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
  pair.answered = true;
  const Trouble trouble = this->trouble();
  if (pair.loses(trouble) || kills(trouble, pair, pair.client, bytes)) return;
  bytes = bytes.substr(0, room(bytes.size(), trouble.cut_reply_after, replied_));
  replied_ += got;
  if (trouble.drip || trouble.pause.count() > 0) {
    if (pair.late.empty()) pair.due = Time::now() + trouble.pause;
    pair.late += bytes;
    return;
  }
  const std::string again{trouble.twice ? bytes : std::string_view{}};
  send_all(pair.client, std::string{bytes} + again);  // one piece, so that both come together
  const bool cut = trouble.cut_reply_after != Trouble::never;
  if (cut && replied_ >= trouble.cut_reply_after) pair.close(trouble.reset);
}

bool Proxy::kills(const Trouble& trouble, Pair& pair, int to, std::string_view bytes) {
  if (trouble.kill_at == Trouble::never || ++pieces_ != trouble.kill_at) return false;
  ucred peer{};
  socklen_t size = sizeof peer;
  ::getsockopt(pair.client, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  if (peer.pid <= 0 || peer.pid == ::getpid()) return false;
  ++killed_;  // before whoever waits for its end can look
  if (trouble.kill_behind) send_all(to, bytes);
  ::kill(peer.pid, SIGKILL);
  pair.close(false);
  return true;
}

void Proxy::send_late(Pair& pair) {
  const Trouble trouble = this->trouble();
  if (pair.late.empty() || Time::now() < pair.due) return;
  const std::size_t count = trouble.drip ? 1 : pair.late.size();
  send_all(pair.client, std::string_view{pair.late}.substr(0, count));
  pair.late.erase(0, count);
  pair.due = Time::now() + trouble.pause;
}

}  // namespace booking_test
