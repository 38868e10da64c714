// Callers that wait for the same store at the same time travel together: one leads, sends what all
// of them brought in one go, hands leadership on and wakes them. Used by stores whose commit costs
// far more than a decision (a disk that syncs, a network).
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
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
  /// One caller. Linked to the next one that waits, or that travels in the same batch: so queueing
  /// and handing on need no memory and cannot fail half-way.
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
    State state = State::waiting;  // this and next: under mutex_
    std::shared_ptr<Caller> next;
    std::condition_variable wake;
  };

  /// Callers in order.
  class Line {
   public:
    bool empty() const { return first_ == nullptr; }
    std::size_t size() const { return size_; }
    Caller* first() const { return first_.get(); }
    void append(std::shared_ptr<Caller> caller) {
      Caller* const last = caller.get();
      (last_ == nullptr ? first_ : last_->next) = std::move(caller);
      last_ = last;
      ++size_;
    }
    std::shared_ptr<Caller> take_first() {
      std::shared_ptr<Caller> taken = std::move(first_);
      first_ = std::move(taken->next);
      if (first_ == nullptr) last_ = nullptr;
      --size_;
      return taken;
    }
    void remove(const Caller* caller) {
      Line rest;
      while (!empty()) {
        if (auto taken = take_first(); taken.get() != caller) rest.append(std::move(taken));
      }
      *this = std::move(rest);
    }

   private:
    std::shared_ptr<Caller> first_;
    Caller* last_ = nullptr;
    std::size_t size_ = 0;
  };

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
      waiting_.append(own);
    }
    while (own->state == Caller::State::waiting || own->state == Caller::State::on_the_way) {
      if (deadline.expired()) return leave(*own, deadline);
      own->wake.wait_for(guard, deadline.next_wait());
    }
    if (own->state == Caller::State::leading) lead(own, deadline, guard);
    return std::nullopt;
  }

  std::optional<Error> leave(Caller& own, const Deadline& deadline) {
    if (own.state == Caller::State::on_the_way) {
      own.state = Caller::State::left;
      return why(ErrorCode::outcome_unknown, "the commit was on its way when the time was up");
    }
    waiting_.remove(&own);
    if (deadline.stopped()) return why(ErrorCode::unavailable, "shut down");
    return why(ErrorCode::timeout, "waited for others to commit");
  }

  void lead(const std::shared_ptr<Caller>& own, const Deadline& deadline,
            std::unique_lock<std::mutex>& guard) {
    // Also when memory runs out on the way: somebody must go on.
    struct Batch {
      Gather& gather;
      std::unique_lock<std::mutex>& guard;
      Line callers{};
      ~Batch() {
        if (!guard.owns_lock()) guard.lock();
        gather.hand_on(callers, guard);
      }
    } batch{*this, guard};
    batch.callers.append(own);
    std::size_t count = own->jobs.size();
    while (!waiting_.empty() && count + waiting_.first()->jobs.size() <= most_) {
      count += waiting_.first()->jobs.size();
      waiting_.first()->state = Caller::State::on_the_way;
      batch.callers.append(waiting_.take_first());
    }
    guard.unlock();
    std::vector<Job*> open;
    open.reserve(count);
    while (!own->answered()) {
      open.clear();
      for (Caller* caller = own.get(); caller != nullptr; caller = caller->next.get()) {
        for (Job& job : caller->jobs) {
          if (!job.answer) open.push_back(&job);
        }
      }
      send_(std::span<Job* const>{open}, deadline);
    }
  }

  /// Whoever is not answered waits on, in the old order; the first of them leads. It is woken
  /// before those who may go, so that the store does not stand idle meanwhile.
  void hand_on(Line& batch, std::unique_lock<std::mutex>& guard) {
    Line waiting;
    Line done;
    batch.first()->state = Caller::State::done;  // the leader
    while (!batch.empty()) {
      std::shared_ptr<Caller> caller = batch.take_first();
      if (caller->state == Caller::State::left) continue;
      const bool goes = caller->state == Caller::State::done || caller->answered();
      caller->state = goes ? Caller::State::done : Caller::State::waiting;
      (goes ? done : waiting).append(std::move(caller));
    }
    while (!waiting_.empty()) waiting.append(waiting_.take_first());
    waiting_ = std::move(waiting);
    std::shared_ptr<Caller> next;
    led_ = !waiting_.empty();
    if (led_) {
      next = waiting_.take_first();
      next->state = Caller::State::leading;
    }
    guard.unlock();
    if (next) next->wake.notify_one();
    while (!done.empty()) done.take_first()->wake.notify_one();
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
  bool led_ = false;  // somebody is sending, or was told to
  Line waiting_;      // in order of arrival
};

}  // namespace booking::inline v0::detail
