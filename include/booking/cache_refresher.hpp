// The other way of row 2.5: whoever wants an entry renewed puts its id into a queue, and a single
// consumer loads. For what is read so often that nobody should wait for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "booking/detail/wipe_on_fork.hpp"
#include "booking/read_through_cache.hpp"

namespace booking::inline v0 {

/// A bounded queue of ids and one thread that renews their entries by `save`, each id once however
/// often it is asked for meanwhile. Give it the id when an answer's `age` says that it is time.
///
/// Thread safety: may be used from any number of threads at once. Only the destructor blocks: for
/// as long as the load that is under way takes; what still waits is dropped. In a forked child
/// nothing is renewed.
template <class Id, class Value>
class CacheRefresher {
 public:
  /// `max_waiting`: 1 or more. Throws std::system_error when no thread can be had.
  explicit CacheRefresher(ReadThroughCache<Id, Value> cache, std::size_t max_waiting = 1000)
      : cache_{std::move(cache)}, max_waiting_{max_waiting}, consumer_{[this] { run(); }} {}
  CacheRefresher(const CacheRefresher&) = delete;
  CacheRefresher& operator=(const CacheRefresher&) = delete;
  ~CacheRefresher() {
    if (fork_check_.forked()) {
      consumer_.detach();  // it has stayed with the parent
      return;
    }
    {
      const std::lock_guard lock{mutex_};
      stop_ = true;
    }
    changed_.notify_one();
    consumer_.join();
  }

  /// True: the entry will be renewed. False: too many wait already.
  bool request(const Id& id) {
    if (fork_check_.forked()) return false;
    {
      const std::lock_guard lock{mutex_};
      if (waiting_.contains(id)) return true;
      if (queue_.size() >= max_waiting_) return false;
      queue_.push_back(id);
      waiting_.insert(id);
    }
    changed_.notify_one();
    return true;
  }

  /// How many entries were renewed, and how many could not be (the loader failed or threw).
  std::uint64_t renewed() const noexcept { return renewed_.load(std::memory_order_relaxed); }
  std::uint64_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (stop_) return;
      const Id id = queue_.front();
      queue_.pop_front();
      waiting_.erase(id);  // what changes from here on is asked for anew
      lock.unlock();
      const bool done = renew(id);
      (done ? renewed_ : failed_).fetch_add(1, std::memory_order_relaxed);
      lock.lock();
    }
  }

  /// Whatever a loader throws: it must not leave the thread, for it would end the host.
  bool renew(const Id& id) {
#if defined(__cpp_exceptions)
    try {
      return cache_.save(id).has_value();
    } catch (...) {
      return false;
    }
#else
    return cache_.save(id).has_value();
#endif
  }

  ReadThroughCache<Id, Value> cache_;
  const std::size_t max_waiting_;
  const detail::ForkCheck fork_check_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Id> queue_;            // under mutex_, as the next two
  std::unordered_set<Id> waiting_;  // the ids of queue_
  bool stop_ = false;
  std::atomic<std::uint64_t> renewed_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::thread consumer_;  // last: it uses all of them
};

}  // namespace booking::inline v0
