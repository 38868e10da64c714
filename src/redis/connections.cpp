// Lending connections, and opening them anew.
#include "redis/connections.hpp"

#include <cassert>
#include <optional>

namespace booking::inline v0::redis {

namespace {

// So that one patient caller, stuck with a server that swallows everything, does not keep all
// others waiting behind it after the server has come back.
constexpr std::chrono::seconds longest_attempt{2};

struct EndTurn {
  Backoff& backoff;
  ~EndTurn() { backoff.end_turn(); }
};

}  // namespace

Connections::Connections(Options options) : options_{std::move(options)} {
  assert(options_.lanes > 0 && options_.readers > 0);
  group(Use::change).most = options_.lanes;
  group(Use::read).most = options_.readers;
  for (Group& one : groups_) one.idle.reserve(one.most);
}

Result<Connections::Loan> Connections::lend(Use use, const Deadline& deadline) {
  auto loan = wait_for_place(use, deadline);
  if (!loan) return loan;
  while (auto idle = take_idle(use)) {
    if (!idle->alive()) continue;
    loan->connection_ = std::move(idle);
    return loan;
  }
  auto connected = connect(deadline);
  if (!connected) return std::move(connected).error();
  loan->connection_ = *std::move(connected);
  return loan;
}

Result<Connections::Loan> Connections::wait_for_place(Use use, const Deadline& deadline) {
  std::unique_lock guard{mutex_};
  Group& wanted = group(use);
  if (wanted.lent < wanted.most) {
    ++wanted.lent;
    return Loan{*this, use};
  }
  Waiter own;
  wanted.waiting.push_back(&own);
  while (!own.served) {
    if (deadline.expired()) {
      std::erase(wanted.waiting, &own);
      return gave_up(deadline, "a connection that is free");
    }
    own.wake.wait_for(guard, deadline.next_wait());
  }
  return Loan{*this, use};
}

std::unique_ptr<Connection> Connections::take_idle(Use use) noexcept {
  const std::lock_guard guard{mutex_};
  auto& idle = group(use).idle;
  if (idle.empty()) return nullptr;
  auto taken = std::move(idle.back());
  idle.pop_back();
  return taken;
}

Result<std::unique_ptr<Connection>> Connections::connect(const Deadline& deadline) {
  std::optional<Error> told;  // by an earlier attempt
  for (;;) {
    if (auto turn = backoff_.wait_turn(deadline); !turn) return turn.error();
    const EndTurn whatever_happens{backoff_};
    bool lasting = false;
    auto made = attempt(deadline.at_most(longest_attempt), lasting);
    if (made) {
      backoff_.succeeded();
      return made;
    }
    Error error = backoff_.failed(std::move(made).error(), lasting);
    if (lasting) return error;
    if (!deadline.expired()) {
      told = std::move(error);
      continue;
    }
    // That the time was up says less than what the server has said.
    return error.code == ErrorCode::timeout && told ? *std::move(told) : error;
  }
}

Result<std::unique_ptr<Connection>> Connections::attempt(const Deadline& deadline, bool& lasting) {
  auto made = Connection::open(options_.endpoint, options_.settings, deadline, lasting);
  if (!made) return made;
  if (options_.on_connect) {
    if (auto checked = options_.on_connect(**made, deadline); !checked) {
      lasting = checked.error().kind() == ErrorKind::broken;
      return checked.error();
    }
  }
  const std::lock_guard guard{mutex_};
  warnings_ = (*made)->server().warnings;
  return made;
}

void Connections::take_back(Use use, std::unique_ptr<Connection> connection) noexcept {
  const std::lock_guard guard{mutex_};
  Group& from = group(use);
  if (connection) from.idle.push_back(std::move(connection));
  if (from.waiting.empty()) {
    --from.lent;
    return;
  }
  // The place is handed over, never set free: nobody can overtake those who wait.
  Waiter& next = *from.waiting.front();
  from.waiting.pop_front();
  next.served = true;
  next.wake.notify_one();
}

void Connections::close_idle() noexcept {
  const std::lock_guard guard{mutex_};
  for (Group& one : groups_) one.idle.clear();
}

std::vector<std::string> Connections::warnings() const {
  const std::lock_guard guard{mutex_};
  return warnings_;
}

}  // namespace booking::inline v0::redis
