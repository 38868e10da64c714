// A redis-server of the test's own: in a temporary directory, on a unix socket and, when asked, a
// loopback port; stopped when the test ends, also when it fails. Used by every test that needs
// Redis.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace booking_test {

// Of the loopback address, taken by nobody at the moment.
int free_port();

class RedisServer {
 public:
  using Arguments = std::vector<std::string>;
  enum class Where { unix_socket, loopback };

  // Keeps nothing on disk unless `arguments`, as on redis-server's command line, say otherwise.
  explicit RedisServer(Arguments arguments = {}, Where where = Where::unix_socket);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // For parse_url.
  std::string url() const;
  // The unix socket, there in either case.
  std::string path() const { return dir_.path("redis"); }
  std::string file(std::string_view name) const { return dir_.path(name); }
  int port() const noexcept { return port_; }
  pid_t pid() const noexcept { return pid_; }

  // In the same place again, after stop() or kill(); `more` is added to the arguments this once.
  // The server dies with the thread that started it, so that none is left behind by a test that is
  // killed.
  // Returns when it answers PING, or, with `wait` false, anything at all.
  void start(const Arguments& more = {}, bool wait = true);
  // In good order, and waits for its end.
  void stop() { end(SIGTERM); }
  void kill() { end(SIGKILL); }
  // Stops and lets go on by signal, as a process that gets no time would be.
  void pause() const;
  void resume() const;

  // What the server answers to one command, as an outsider: the text of a status, error, text or
  // integer, the items of an array with blanks between. Throws when there is no answer.
  std::string ask(std::initializer_list<std::string_view> command) const;
  // Every key that does not expire with what it holds, as the server would save it, in one text.
  std::string everything() const;

 private:
  void end(int signal) noexcept;
  bool answers(bool wait) const;

  TempDir dir_;
  Arguments arguments_;
  Where where_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// A connection of an outsider, kept open until it goes.
class Outsider {
 public:
  explicit Outsider(const std::string& path);
  ~Outsider();
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;

  bool connected() const noexcept { return descriptor_ >= 0; }
  std::string ask(std::initializer_list<std::string_view> command);

 private:
  int descriptor_ = -1;
};

}  // namespace booking_test
