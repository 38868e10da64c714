// Threads that are started once and set off together, again and again. Used by the concurrency
// tests, so that a round costs no thread starts and all threads arrive at the same moment.
#pragma once

#include <barrier>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace booking_test {

class Crew {
 public:
  explicit Crew(int size) : size_{size}, start_{size + 1}, end_{size + 1} {
    for (int member = 0; member < size; ++member) {
      threads_.emplace_back([this, member] { work(member); });
    }
  }
  ~Crew() {
    task_ = nullptr;
    start_.arrive_and_wait();
    for (std::thread& thread : threads_) thread.join();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Every thread calls `task(its number)` at once; returns when all are done.
  void run(std::function<void(int)> task) {
    task_ = std::move(task);
    start_.arrive_and_wait();
    end_.arrive_and_wait();
  }

  // The same, with each thread's answer in its place.
  template <class Task>
  auto collect(Task task) {
    std::vector<decltype(task(0))> answers(static_cast<std::size_t>(size_));
    run([&](int member) { answers[static_cast<std::size_t>(member)] = task(member); });
    return answers;
  }

 private:
  void work(int member) {
    for (;;) {
      start_.arrive_and_wait();
      if (!task_) return;
      task_(member);
      end_.arrive_and_wait();
    }
  }

  const int size_;
  std::barrier<> start_;
  std::barrier<> end_;
  std::function<void(int)> task_;  // written only while every thread waits at start_
  std::vector<std::thread> threads_;
};

}  // namespace booking_test
