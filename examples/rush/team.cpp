#include "team.hpp"

#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <thread>
#include <vector>

#include "stop.hpp"

namespace rush {

void Team::fail(const booking::Error& error) {
  const std::lock_guard guard{mutex_};
  if (!error_) error_ = error;
  failed_ = true;
}

bool Team::stopping() const {
  return failed_ || stop_wanted();
}

void Team::run(std::int32_t threads, const std::function<void(std::size_t)>& work,
               Progress& progress, const std::function<Standing(double)>& standing) {
  using SteadyClock = std::chrono::steady_clock;
  const auto start = SteadyClock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
  };

  std::mutex mutex;
  std::condition_variable somebody_left;
  std::int32_t working = threads;
  std::vector<std::thread> members;
  members.reserve(static_cast<std::size_t>(threads));
  for (std::int32_t i = 0; i < threads; ++i) {
    members.emplace_back([&, i] {
      work(static_cast<std::size_t>(i));
      const std::lock_guard guard{mutex};
      --working;
      somebody_left.notify_one();
    });
  }
  {
    std::unique_lock guard{mutex};
    while (!somebody_left.wait_for(guard, std::chrono::milliseconds{100},
                                   [&] { return working == 0; })) {
      progress.show(standing(elapsed()));
    }
  }
  for (std::thread& member : members) member.join();
  seconds_ = elapsed();
  progress.finish(standing(seconds_));
  if (error_) throw std::runtime_error{"stopped by an error: " + error_->message()};
}

}  // namespace rush
