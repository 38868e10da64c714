// Single flight: callers who miss the same key at the same time share one load. Private: used by
// cache_core.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "booking/time.hpp"

namespace booking::inline v0::detail {

/// `Answer` is what a flight brings to all who joined it.
/// Thread safety: any thread. `Flight::wait` blocks until its deadline at the latest.
template <class Answer>
class CacheFlights {
  struct State {
    bool ended = false;
    std::optional<Answer> answer{};
    std::condition_variable changed{};
  };

 public:
  /// A place in a flight. Whoever leads it ends it: by `share`, or by leaving, after which those
  /// who wait begin anew.
  class Flight {
   public:
    Flight(Flight&&) noexcept = default;
    Flight& operator=(Flight&&) = delete;
    ~Flight() {
      if (state_ != nullptr && leads_) owner_->end(key_, state_, std::nullopt);
    }
    bool leads() const noexcept { return leads_; }
    /// Nobody joins any more.
    void close() { owner_->close(key_, state_); }
    void share(Answer answer) {
      owner_->end(key_, std::exchange(state_, nullptr), std::move(answer));
    }
    /// What was shared; none: begin anew, or the deadline has passed.
    std::optional<Answer> wait(const Deadline& deadline) {
      std::unique_lock lock{owner_->mutex_};
      while (!state_->ended && !deadline.expired()) {
        state_->changed.wait_for(lock, deadline.next_wait());
      }
      return state_->answer;
    }

   private:
    friend class CacheFlights;
    Flight(CacheFlights& owner, std::string key, std::shared_ptr<State> state, bool leads)
        : owner_{&owner}, key_{std::move(key)}, state_{std::move(state)}, leads_{leads} {}

    CacheFlights* owner_;
    std::string key_;
    std::shared_ptr<State> state_;
    bool leads_;
  };

  /// Joins the flight of `key`, or leads a new one.
  Flight join(const std::string& key) {
    const std::lock_guard lock{mutex_};
    auto& state = flights_[key];
    const bool leads = state == nullptr;
    if (leads) state = std::make_shared<State>();
    return {*this, key, state, leads};
  }
  /// From now on callers begin a new flight: what the old one brings may be out of date.
  void detach(const std::string& key) {
    const std::lock_guard lock{mutex_};
    flights_.erase(key);
  }

 private:
  void close(const std::string& key, const std::shared_ptr<State>& state) {
    const std::lock_guard lock{mutex_};
    forget(key, state);
  }
  void end(const std::string& key, const std::shared_ptr<State>& state,
           std::optional<Answer> answer) {
    const std::lock_guard lock{mutex_};
    forget(key, state);
    state->ended = true;
    state->answer = std::move(answer);
    state->changed.notify_all();
  }
  void forget(const std::string& key, const std::shared_ptr<State>& state) {
    const auto at = flights_.find(key);
    if (at != flights_.end() && at->second == state) flights_.erase(at);
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<State>> flights_;
};

}  // namespace booking::inline v0::detail
