// Threads that work side by side, the first error that stops them all, and the progress line
// meanwhile. Used by the crowd and by the replay.
#pragma once

#include <atomic>
#include <booking/error.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "progress.hpp"

namespace rush {

class Team {
 public:
  // Thread safety: any thread.
  void fail(const booking::Error& error);  // the first one is kept
  bool stopping() const;                   // somebody failed, or the user wants to stop

  // Runs `work(0)` to `work(threads - 1)` side by side and then returns. `standing` is asked for
  // ten times a second. Throws std::runtime_error when somebody failed.
  void run(std::int32_t threads, const std::function<void(std::size_t)>& work, Progress& progress,
           const std::function<Standing(double seconds)>& standing);
  double seconds() const { return seconds_; }  // how long run took

 private:
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_{};
  std::optional<booking::Error> error_{};
  double seconds_ = 0;
};

}  // namespace rush
