// Turns and pauses.
#include "redis/backoff.hpp"

#include <algorithm>
#include <utility>

#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

Result<void> Backoff::wait_turn(const Deadline& deadline) {
  std::unique_lock guard{mutex_};
  for (;;) {
    const std::chrono::nanoseconds pause = next_ - Time::now();
    if (!trying_ && pause <= pause.zero()) break;
    if (!trying_ && (lasting_ || pause > deadline.remaining())) return latest();
    if (deadline.expired()) {
      return failure_ ? latest() : gave_up(deadline, "another call's attempt to connect");
    }
    const auto slice = deadline.next_wait();
    changed_.wait_for(guard, trying_ ? slice : std::min(slice, pause));
  }
  trying_ = true;
  return Result<void>::success();
}

void Backoff::succeeded() {
  const std::lock_guard guard{mutex_};
  failure_.reset();
  lasting_ = false;
  pause_ = first_pause;
  next_ = {};
}

Error Backoff::failed(Error error, bool lasting) {
  const std::lock_guard guard{mutex_};
  failure_ = std::move(error);
  lasting_ = lasting;
  const auto half = static_cast<std::uint64_t>(pause_.count() / 2);
  const auto left_out = static_cast<std::int64_t>(random_.next() % half);
  next_ = Time::now() + pause_ - std::chrono::nanoseconds{left_out};
  pause_ = std::min<std::chrono::nanoseconds>(pause_ * 2, longest_pause);
  return latest();
}

void Backoff::end_turn() noexcept {
  {
    const std::lock_guard guard{mutex_};
    trying_ = false;
  }
  changed_.notify_all();
}

Error Backoff::latest() const {
  Error error = *failure_;
  if (!lasting_) {
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next_ - Time::now());
    error.retry_after = std::max(pause, std::chrono::milliseconds{1});
  }
  return error;
}

}  // namespace booking::inline v0::redis
