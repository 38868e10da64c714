// System calls. All sockets are non-blocking; waiting is done in slices, so that a shutdown of the
// inventory is noticed.
#include "redis/socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

namespace {

// A peer that vanished without a word is noticed after a minute, also between calls.
constexpr int keepalive_idle = 30;  // seconds
constexpr int keepalive_interval = 10;
constexpr int keepalive_count = 3;

Error system_error(std::string_view doing, int code) {
  return store_error(ErrorCode::unavailable,
                     std::string{doing} + ": " + std::generic_category().message(code));
}

Address unix_address(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  Address address;
  address.length = sizeof name;
  std::memcpy(&address.storage, &name, sizeof name);
  return address;
}

// Asks getaddrinfo and adds what it answers; its code.
int look_up(Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int code =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &first);
  if (code != 0) return code;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found{first, &::freeaddrinfo};
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    Address address;
    address.length = one->ai_addrlen;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    endpoint.addresses.push_back(address);
  }
  return 0;
}

void set(int descriptor, int level, int option, int value) noexcept {
  // A missing option only makes a dead peer be noticed later.
  static_cast<void>(::setsockopt(descriptor, level, option, &value, sizeof value));
}

void configure_tcp(int descriptor) noexcept {
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
#if defined(__linux__)
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
#endif
}

bool try_later(int code) noexcept {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

Result<Endpoint> resolve(Endpoint endpoint) {
  endpoint.addresses.clear();
  if (endpoint.host.empty()) {
    endpoint.addresses.push_back(unix_address(endpoint.path));
    return endpoint;
  }
  if (look_up(endpoint, AI_NUMERICHOST) == 0) return endpoint;
  if (const int code = look_up(endpoint, AI_ADDRCONFIG); code != 0) {
    return store_error(ErrorCode::unavailable,
                       "cannot find the host " + endpoint.host + ": " + ::gai_strerror(code));
  }
  return endpoint;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void Socket::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<Socket> Socket::connect(const Endpoint& endpoint, const Deadline& deadline) {
  Error last = store_error(ErrorCode::internal, "no address to connect to");
  std::int64_t left = static_cast<std::int64_t>(endpoint.addresses.size());
  for (const Address& address : endpoint.addresses) {
    auto connected = connect_to(address, deadline.at_most(deadline.remaining() / left--));
    if (connected) return connected;
    last = std::move(connected).error();
  }
  last.detail = "cannot connect to " + endpoint.name() + ": " + last.detail;
  return last;
}

Result<Socket> Socket::connect_to(const Address& address, const Deadline& deadline) {
  const int family = address.storage.ss_family;
  Socket socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.descriptor_ < 0) return system_error("socket", errno);
  if (family != AF_UNIX) configure_tcp(socket.descriptor_);
  for (;;) {
    const auto* const to = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(socket.descriptor_, to, address.length) == 0) return socket;
    if (errno == EINPROGRESS || (errno == EINTR && family != AF_UNIX)) break;
    if (!try_later(errno)) return system_error("connect", errno);
    // A unix socket whose queue is full says so at once instead of letting us wait for room.
    if (deadline.expired()) return gave_up(deadline, "room in the server's queue");
    const auto pause = deadline.next_wait(std::chrono::milliseconds{1});
    const timespec length{.tv_sec = 0, .tv_nsec = static_cast<long>(pause.count())};
    ::nanosleep(&length, nullptr);
  }
  if (auto done = socket.finish_connect(deadline); !done) return done.error();
  return socket;
}

Result<void> Socket::finish_connect(const Deadline& deadline) {
  if (auto ready = wait(POLLOUT, deadline, "the connection"); !ready) return ready;
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) return system_error("connect", code);
  return Result<void>::success();
}

Result<void> Socket::send_all(std::string_view bytes, const Deadline& deadline, std::size_t& sent) {
  sent = 0;
  if (deadline.expired()) return gave_up(deadline, "the server");
  while (sent < bytes.size()) {
    const ssize_t taken =
        ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (taken >= 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (!try_later(errno)) {
      return system_error("send", errno);
    } else if (auto ready = wait(POLLOUT, deadline, "the server to take the request"); !ready) {
      return ready;
    }
  }
  return Result<void>::success();
}

Result<std::size_t> Socket::receive(std::span<char> into, const Deadline& deadline) {
  for (;;) {
    const ssize_t got = ::recv(descriptor_, into.data(), into.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) {
      return store_error(ErrorCode::unavailable, "the server closed the connection");
    }
    if (!try_later(errno)) return system_error("receive", errno);
    if (auto ready = wait(POLLIN, deadline, "the server's answer"); !ready) return ready.error();
  }
}

std::size_t Socket::receive_now(std::span<char> into) noexcept {
  const ssize_t got = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool Socket::quiet() const noexcept {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  return got < 0 && try_later(errno);
}

Result<void> Socket::wait(short events, const Deadline& deadline,
                          std::string_view waited_for) const {
  for (;;) {
    const std::chrono::nanoseconds slice = deadline.next_wait();
    if (slice == std::chrono::nanoseconds{}) return gave_up(deadline, waited_for);
    const timespec length{.tv_sec = 0, .tv_nsec = static_cast<long>(slice.count())};
    pollfd socket{.fd = descriptor_, .events = events, .revents = 0};
    const int ready = ::ppoll(&socket, 1, &length, nullptr);
    if (ready > 0) return Result<void>::success();
    if (ready < 0 && errno != EINTR) return system_error("poll", errno);
  }
}

}  // namespace booking::inline v0::redis
