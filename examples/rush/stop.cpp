#include "stop.hpp"

#include <atomic>
#include <csignal>

namespace rush {

namespace {

std::atomic<bool> wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // else a signal handler may not set it

}  // namespace

void watch_for_stop() {
  struct sigaction action {};
  action.sa_handler = [](int) { wanted.store(true, std::memory_order_relaxed); };
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  // A reader that goes away (`rush | head -1`) must not leave the temporary file behind.
  std::signal(SIGPIPE, SIG_IGN);
}

bool stop_wanted() noexcept {
  return wanted.load(std::memory_order_relaxed);
}

}  // namespace rush
