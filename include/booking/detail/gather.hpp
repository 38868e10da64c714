// Callers that wait for the same store at the same time travel together: one leads, sends what all
// of them brought in one go, hands leadership on and wakes them. Used by stores whose commit costs
// far more than a decision (a disk that syncs, a network).
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "booking/command.hpp"
#include "booking/result.hpp"
#include "booking/time.hpp"

namespace booking::inline v0::detail {

/// A command on its way; a copy, because its caller may leave before it is answered.
struct Job {
  explicit Job(const Command& wanted) : command{wanted} {}
  Command command;
  std::optional<Result<Outcome>> answer{};
};

/// Brings callers together. `Send` is called as `send(span<Job* const>, const Deadline&)`, by one
/// thread at a time, with the leader's deadline and its jobs first. It answers at least the first
/// job; what it leaves unanswered has not happened and is sent again. Answers reach their callers
/// only after it has returned.
///
/// Thread safety: every member may be called from any thread. A caller leaves by its deadline:
/// `timeout` when its command was not sent, `outcome_unknown` when another caller has it on the
/// way. A leader's own commit is waited for.
template <class Send>
class Gather {
 public:
  /// At most `most` commands go together (more, when one caller brings more).
  Gather(std::size_t most, Send send) : most_{most}, send_{std::move(send)} {}

  std::vector<Result<Outcome>> execute(std::span<const Command> commands,
                                       const Deadline& deadline) {
    if (commands.empty()) return {};
    const auto own = std::make_shared<Caller>(commands);
    if (const auto failure = take_turn(own, deadline)) {
      return std::vector<Result<Outcome>>(commands.size(), *failure);
    }
    std::vector<Result<Outcome>> answers;
    answers.reserve(commands.size());
    for (Job& job : own->jobs) answers.push_back(*std::move(job.answer));
    return answers;
  }

 private:
  struct Caller {
    explicit Caller(std::span<const Command> commands) {
      jobs.reserve(commands.size());
      for (const Command& command : commands) jobs.emplace_back(command);
    }
    bool answered() const {
      return std::all_of(jobs.begin(), jobs.end(),
                         [](const Job& job) { return job.answer.has_value(); });
    }

    enum class State { waiting, leading, on_the_way, done, left };
    std::vector<Job> jobs;
    State state = State::waiting;  // under mutex_
    std::condition_variable wake;
  };
  using Callers = std::vector<std::shared_ptr<Caller>>;

  static constexpr std::size_t most_waiting = 10'000;

  /// Comes back when `own` is answered, or with why it was left without.
  std::optional<Error> take_turn(const std::shared_ptr<Caller>& own, const Deadline& deadline) {
    std::unique_lock guard{mutex_};
    if (!led_) {
      led_ = true;
      own->state = Caller::State::leading;
    } else if (waiting_.size() >= most_waiting) {
      return why(ErrorCode::overloaded, "10000 callers wait already");
    } else {
      waiting_.push_back(own);
    }
    while (own->state == Caller::State::waiting || own->state == Caller::State::on_the_way) {
      if (deadline.expired()) return leave(own, deadline);
      own->wake.wait_for(guard, deadline.next_wait());
    }
    if (own->state == Caller::State::leading) lead(own, deadline, guard);
    return std::nullopt;
  }

  std::optional<Error> leave(const std::shared_ptr<Caller>& own, const Deadline& deadline) {
    if (own->state == Caller::State::on_the_way) {
      own->state = Caller::State::left;
      return why(ErrorCode::outcome_unknown, "the commit was on its way when the time was up");
    }
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), own));
    if (deadline.stopped()) return why(ErrorCode::unavailable, "shut down");
    return why(ErrorCode::timeout, "waited for others to commit");
  }

  void lead(const std::shared_ptr<Caller>& own, const Deadline& deadline,
            std::unique_lock<std::mutex>& guard) {
    Callers together{own};
    // Also when memory runs out on the way: somebody must go on.
    struct HandOn {
      Gather& gather;
      Callers& together;
      std::unique_lock<std::mutex>& guard;
      ~HandOn() {
        if (!guard.owns_lock()) guard.lock();
        gather.hand_on(together, guard);
      }
    } const hand_on{*this, together, guard};
    gather_waiting(together);
    std::vector<Job*> open;
    while (!own->answered()) {
      guard.unlock();
      open.clear();
      for (const auto& caller : together) {
        for (Job& job : caller->jobs) {
          if (!job.answer) open.push_back(&job);
        }
      }
      send_(std::span<Job* const>{open}, deadline);
      guard.lock();
    }
  }

  void gather_waiting(Callers& together) {
    std::size_t count = together.front()->jobs.size();
    together.reserve(1 + std::min(most_, waiting_.size()));
    while (!waiting_.empty() && count + waiting_.front()->jobs.size() <= most_) {
      count += waiting_.front()->jobs.size();
      waiting_.front()->state = Caller::State::on_the_way;
      together.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }

  /// Whoever is not answered waits on, in the old order; the first of them leads. It is woken
  /// before those who may go, so that the store does not stand idle meanwhile.
  void hand_on(Callers& together, std::unique_lock<std::mutex>& guard) {
    for (auto caller = together.rbegin(); caller != together.rend(); ++caller) {
      if ((*caller)->state == Caller::State::left) continue;
      if ((*caller)->answered() || *caller == together.front()) {
        (*caller)->state = Caller::State::done;
      } else {
        (*caller)->state = Caller::State::waiting;
        waiting_.push_front(*caller);
      }
    }
    std::shared_ptr<Caller> next;
    led_ = !waiting_.empty();
    if (led_) {
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->state = Caller::State::leading;
    }
    guard.unlock();
    if (next) next->wake.notify_one();
    for (const auto& caller : together) caller->wake.notify_one();
  }

  static Error why(ErrorCode code, const char* detail) {
    Error error;
    error.code = code;
    error.subject = Subject::store;
    error.detail = detail;
    return error;
  }

  const std::size_t most_;
  Send send_;
  std::mutex mutex_;
  bool led_ = false;                             // somebody is sending, or was told to
  std::deque<std::shared_ptr<Caller>> waiting_;  // in order of arrival
};

}  // namespace booking::inline v0::detail
