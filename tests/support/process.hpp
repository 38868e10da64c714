// A child process: started by posix_spawn, so that a process with threads may start one; always
// waited for, and killed when it takes too long. Used by tests of several processes on one file.
#pragma once

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace booking_test {

class Process {
 public:
  // `arguments` begin with the program's path.
  explicit Process(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
      throw std::runtime_error{"cannot start " + arguments[0]};
    }
  }
  ~Process() {
    if (!running_) return;
    kill();
    reap();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void kill() noexcept { ::kill(pid_, SIGKILL); }

  // Its exit code; no value when a signal ended it, ours included after `longest`.
  std::optional<int> wait(std::chrono::milliseconds longest) {
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    pollfd ended{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (descriptor < 0 || ::poll(&ended, 1, static_cast<int>(longest.count())) != 1) kill();
    if (descriptor >= 0) ::close(descriptor);
    const int status = reap();
    return WIFEXITED(status) ? std::optional{WEXITSTATUS(status)} : std::nullopt;
  }

 private:
  int reap() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    running_ = false;
    return status;
  }

  pid_t pid_ = -1;
  bool running_ = true;
};

}  // namespace booking_test
