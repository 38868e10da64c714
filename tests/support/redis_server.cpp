// Starting, watching and ending a redis-server.
#include "support/redis_server.hpp"

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "redis/reply.hpp"
#include "redis/request.hpp"

namespace booking_test {

namespace {

constexpr std::chrono::seconds patience{20};
constexpr timeval longest_answer{.tv_sec = 10, .tv_usec = 0};

std::string flat(const booking::redis::Reply& reply) {
  using Kind = booking::redis::Reply::Kind;
  if (reply.is(Kind::integer)) return std::to_string(reply.integer);
  if (!reply.is(Kind::array)) return reply.text;
  std::string all;
  for (const auto& item : reply.items) all += (all.empty() ? "" : " ") + flat(item);
  return all;
}

// The child: nothing but system calls until it is another program.
[[noreturn]] void become(const std::vector<char*>& argv, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == parent) ::execvp(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&name), size) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error{"no free port"};
  return ntohs(name.sin_port);
}

RedisServer::RedisServer(Arguments arguments, Where where)
    : arguments_{std::move(arguments)},
      where_{where},
      port_{where == Where::loopback ? free_port() : 0} {
  start();
}

RedisServer::~RedisServer() {
  kill();
}

std::string RedisServer::url() const {
  return where_ == Where::loopback ? "redis://127.0.0.1:" + std::to_string(port_)
                                   : "unix://" + path();
}

void RedisServer::start(const Arguments& more, bool wait) {
  const std::string port = std::to_string(port_);
  // The title makes it known by its directory, should one be left behind.
  Arguments line = {"redis-server", "--port", port, "--bind", "127.0.0.1"};
  line.insert(line.end(), {"--unixsocket", path(), "--dir", file(""), "--logfile", file("log")});
  line.insert(line.end(), {"--proc-title-template", "{title} {unixsocket}"});
  line.insert(line.end(), {"--save", "", "--appendonly", "no"});
  line.insert(line.end(), arguments_.begin(), arguments_.end());
  line.insert(line.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (std::string& argument : line) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(argv, parent);
  if (pid_ < 0) throw std::runtime_error{"cannot fork"};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!answers(wait)) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error{"redis-server ended at once"};
    }
    if (std::chrono::steady_clock::now() > until) {
      kill();
      throw std::runtime_error{"redis-server does not answer"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

bool RedisServer::answers(bool wait) const {
  Outsider outsider{path()};
  if (!outsider.connected()) return false;
  try {
    const std::string answer = outsider.ask({"PING"});
    return !wait || answer == "PONG" || answer.starts_with("NOAUTH");
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::end(int signal) noexcept {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  if (signal != SIGKILL) ::kill(pid_, SIGCONT);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void RedisServer::pause() const {
  ::kill(pid_, SIGSTOP);
  int status = 0;  // the signal takes effect some time after kill() returns
  ::waitpid(pid_, &status, WUNTRACED);
}

void RedisServer::resume() const {
  ::kill(pid_, SIGCONT);
}

std::string RedisServer::ask(std::initializer_list<std::string_view> command) const {
  return Outsider{path()}.ask(command);
}

std::string RedisServer::everything() const {
  return ask({"EVAL",
              "local keys = redis.call('KEYS', '*') table.sort(keys) local all = {} "
              "for _, key in ipairs(keys) do if redis.call('PTTL', key) == -1 then "
              "all[#all + 1] = key all[#all + 1] = redis.call('DUMP', key) end end return all",
              "0"});
}

Outsider::Outsider(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &longest_answer, sizeof longest_answer);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
    ::close(std::exchange(descriptor_, -1));
  }
}

Outsider::~Outsider() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string Outsider::ask(std::initializer_list<std::string_view> command) {
  booking::redis::Request request;
  request.add(command);
  if (::send(descriptor_, request.bytes().data(), request.bytes().size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error{"cannot send to redis-server"};
  }
  booking::redis::Replies replies;
  for (;;) {
    if (const auto reply = replies.next()) return flat(*reply);
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) throw std::runtime_error{"redis-server does not answer"};
    replies.feed({buffer.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace booking_test
