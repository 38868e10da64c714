// fork, a pipe, and always waited for.
#include "bench/redis/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace booking_bench {

namespace {

using Clock = std::chrono::steady_clock;

// The child: nothing but system calls until it is another program.
[[noreturn]] void become(const std::vector<char*>& argv, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  if (::getppid() == parent) ::execvp(argv[0], argv.data());
  ::_exit(127);
}

// All of it; false when time is over.
bool read_all(int descriptor, Clock::time_point until, std::string& output) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd readable{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) < 1) return false;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) return got == 0;
    output.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::optional<std::string> output_of(const std::vector<std::string>& line,
                                     std::chrono::seconds longest) {
  std::vector<std::string> copies = line;
  std::vector<char*> argv;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(argv, ends[1], parent);
  ::close(ends[1]);
  std::string output;
  // It has ended, or closed its output and is about to.
  const bool in_time = child > 0 && read_all(ends[0], Clock::now() + longest, output);
  ::close(ends[0]);
  if (child < 0) return std::nullopt;
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool good = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return good ? std::optional{std::move(output)} : std::nullopt;
}

}  // namespace booking_bench
