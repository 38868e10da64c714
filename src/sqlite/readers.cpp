// Lending readers.
#include "sqlite/readers.hpp"

namespace booking::inline v0::sqlite {

Result<void> Readers::Loan::take(const Deadline& deadline) {
  if (auto place = wait_for_place(deadline); !place) return place;
  if (connection_) return Result<void>::success();
  auto connected = readers_.connect_(deadline);
  if (!connected) return std::move(connected).error();
  connection_ = *std::move(connected);
  return Result<void>::success();
}

Result<void> Readers::Loan::wait_for_place(const Deadline& deadline) {
  std::unique_lock guard{readers_.mutex_};
  while (readers_.lent_ == most) {
    if (deadline.expired()) return gave_up(deadline, "a reader");
    readers_.freed_.wait_for(guard, deadline.next_wait());
  }
  ++readers_.lent_;
  placed_ = true;
  if (!readers_.idle_.empty()) {
    connection_ = std::move(readers_.idle_.back());
    readers_.idle_.pop_back();
  }
  return Result<void>::success();
}

void Readers::Loan::give_back() noexcept {
  if (!placed_) return;
  const bool keep = connection_ && connection_->reusable();
  {
    const std::lock_guard guard{readers_.mutex_};
    --readers_.lent_;
    if (keep) readers_.idle_.push_back(std::move(connection_));
  }
  readers_.freed_.notify_one();
}

void Readers::close_idle() noexcept {
  const std::lock_guard guard{mutex_};
  idle_.clear();
}

}  // namespace booking::inline v0::sqlite
