// Batches of twins; and the general way, round by round: look, decide, look for what was missing,
// decide again; then one commit.
#include "redis/store.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "booking/rules.hpp"
#include "redis/outcome.hpp"
#include "redis/plan.hpp"
#include "redis/read.hpp"
#include "redis/transaction.hpp"
#include "redis/view.hpp"

namespace booking::inline v0::redis {

namespace {

constexpr int most_attempts = 1000;          // whatever the deadline
constexpr int most_rounds = 16;              // of one decision
constexpr std::int32_t swept_together = 64;  // holds of one commit; as many slots Facts::due reads
// Commands of one run. More would save little and keep all other clients of the server waiting.
constexpr std::size_t most_together = 64;

/// Whether a command gives back seats or memory: it goes on when the server has none left.
bool gives_back(const Command& command) {
  const Command::Body& body = command.body;
  return std::holds_alternative<command::Cancel>(body) ||
         std::holds_alternative<command::CancelAll>(body) ||
         std::holds_alternative<command::Reject>(body) ||
         std::holds_alternative<command::Sweep>(body) ||
         std::holds_alternative<command::Purge>(body);
}

Error contention() {
  return store_error(ErrorCode::contention, "others changed the same again and again");
}

/// A random part of a time that doubles with each attempt.
void pause(int attempt, const Deadline& deadline) {
  Random random;
  const auto ceiling = std::chrono::microseconds{50} * (1 << std::min(attempt, 8));
  const auto part = std::chrono::nanoseconds{static_cast<std::int64_t>(
      random.next() % static_cast<std::uint64_t>(std::chrono::nanoseconds{ceiling}.count()))};
  std::this_thread::sleep_for(std::min(part, deadline.next_wait()));
}

}  // namespace

/// What the rules came to on what was read.
struct RedisStore::Decision {
  bool complete = false;  ///< nothing is missing that they asked for
  std::string damage{};   ///< what was read contradicts itself, or no library wrote it
  Result<void> verdict{};
  Outcome outcome{};
  Changes changes{};
  CommitTerms terms{};
  std::optional<Instant> too_late{};  ///< from then on it would have come to something else

  Result<Outcome> answer() && {
    if (!verdict) return verdict.error();
    return std::move(outcome);
  }
};

/// What a command came to, and whether it wrote anything.
struct RedisStore::Done {
  Result<Outcome> answer{};
  bool wrote = false;
};

RedisStore::RedisStore(std::unique_ptr<Access> access, CommitMode mode, const Policy& policy,
                       std::size_t lanes)
    : access_{std::move(access)}, mode_{mode}, counted_{!policy.user_limit.counting.empty()} {
  for (std::size_t i = 0; i < lanes; ++i) {
    lanes_.push_back(std::make_unique<Lane>(most_together, Send{this}));
  }
}

Result<Outcome> RedisStore::execute(const Command& command, Deadline deadline) {
  if (std::holds_alternative<command::Sweep>(command.body)) return sweep(command, deadline);
  if (lanes_.empty() || !has_twin(command)) {
    return general(command, Known{Facts{access_->keys()}}, deadline);
  }
  return std::move(lane().execute({&command, 1}, deadline).front());
}

std::vector<Result<Outcome>> RedisStore::execute_each(std::span<const Command> commands,
                                                      Deadline deadline) {
  if (lanes_.empty() || !std::all_of(commands.begin(), commands.end(), has_twin)) {
    return Store::execute_each(commands, deadline);
  }
  return lane().execute(commands, deadline);
}

// ---- batches ------------------------------------------------------------------------------------

/// Each thread has its own, so that those who travel together once meet again.
RedisStore::Lane& RedisStore::lane() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return *lanes_[number % lanes_.size()];
}

/// The first job is answered in any case. Of the others those that were carried out or that the
/// rules refuse; the rest goes again.
void RedisStore::send(std::span<v0::detail::Job* const> jobs, const Deadline& deadline) {
  TwinRun twins{access_->keys()};
  std::vector<v0::detail::Job*> sent;
  for (v0::detail::Job* const job : jobs) {
    if (sent.size() == most_together || !twins.add(job->command)) break;
    sent.push_back(job);
  }
  auto rows = run(twins, deadline);
  if (!rows) {
    for (v0::detail::Job* const job : sent) job->answer.emplace(rows.error());
    return;
  }
  Known first{Facts{access_->keys()}};
  if (*rows) {
    std::vector<Reply>& items = (*rows)->items;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      Known known = settle(*sent[i], (*rows)->seen, items[0], std::move(items[i + 1]));
      if (i == 0) first = std::move(known);
    }
  }
  if (jobs.front()->answer) return;
  jobs.front()->answer.emplace(general(jobs.front()->command, std::move(first), deadline));
}

Result<std::optional<Rows>> RedisStore::run(const TwinRun& twins, const Deadline& deadline) {
  auto connection = access_->lend(Use::change, deadline);
  if (!connection) return std::move(connection).error();
  return access_->run(**connection, twins, deadline);
}

/// Answers a job from its part of a batch's reply, if that is enough. What is known of it.
RedisStore::Known RedisStore::settle(v0::detail::Job& job, const Seen& seen, const Reply& policy,
                                     Reply reply) {
  Known known{Facts{access_->keys()}};
  if (reply.is(Reply::Kind::text)) {
    auto booking = carried_out(job.command, reply);
    if (!booking) {
      job.answer.emplace(broken("a booking is not valid"));
      return known;
    }
    Outcome outcome;
    outcome.receipt = {.booking = *std::move(booking), .changed = true};
    job.answer.emplace(std::move(outcome));
    return known;
  }
  if (!take_facts(job.command, std::move(reply), known.facts)) return known;
  known.facts.put_policy(policy);
  known.facts.gate = seen.gate;
  known.seen = seen;
  Decision decision = decide_once(known.facts, seen, job.command);
  if (decision.complete && decision.damage.empty() && decision.changes.empty()) {
    job.answer.emplace(std::move(decision).answer());
  }
  return known;
}

// ---- the general way ----------------------------------------------------------------------------

Result<Outcome> RedisStore::general(const Command& command, Known known, const Deadline& deadline) {
  auto done = carry_out(command, std::move(known), deadline);
  if (!done) return std::move(done).error();
  return std::move(done->answer);
}

/// In pieces, so that no commit is too long for the others or meets too many of them.
Result<Outcome> RedisStore::sweep(const Command& command, const Deadline& deadline) {
  Command piece = command;
  auto& max = std::get<command::Sweep>(piece.body).max;
  Outcome all = Outcome::for_command(command);
  for (std::int32_t left = max; left > 0; left -= swept_together) {
    max = std::min(left, swept_together);
    auto done = carry_out(piece, Known{Facts{access_->keys()}}, deadline);
    if (!done) return std::move(done).error();
    if (!done->answer) return std::move(done->answer);
    all.count += done->answer->count;
    if (!done->wrote || all.count >= std::get<command::Sweep>(command.body).max) break;
  }
  return all;
}

Result<RedisStore::Done> RedisStore::carry_out(const Command& command, Known known,
                                               const Deadline& deadline) {
  for (int attempts = 0; attempts < most_attempts; ++attempts) {
    if (attempts > 0 && deadline.expired()) break;
    if (attempts > 1) pause(attempts, deadline);
    auto connection = access_->lend(Use::change, deadline);
    if (!connection) return std::move(connection).error();
    Done done;
    const auto through = mode_ == CommitMode::watch
                             ? attempt_watching(**connection, command, known, deadline, done)
                             : attempt(**connection, command, known, attempts > 0, deadline, done);
    if (!through) return through.error();
    if (*through) return done;
  }
  return contention();
}

/// False: something changed meanwhile.
Result<bool> RedisStore::attempt(Connection& connection, const Command& command, Known& known,
                                 bool again, const Deadline& deadline, Done& done) {
  auto decision = decide(connection, command, known, again, deadline);
  if (!decision) return std::move(decision).error();
  if (!decision->changes.empty()) {
    const auto committed =
        access_->commit(connection, known.facts, decision->changes, decision->terms, deadline);
    if (!committed) return committed.error();
    if (!*committed) return false;
    done.wrote = true;
  }
  done.answer = (*std::move(decision)).answer();
  return true;
}

/// Decides on facts that are all there. A decision without changes, that is one no commit will
/// compare, rests on facts of one moment; so does the finding that something is broken.
Result<RedisStore::Decision> RedisStore::decide(Connection& connection, const Command& command,
                                                Known& known, bool again,
                                                const Deadline& deadline) {
  Facts& facts = known.facts;
  if (const auto* purge = std::get_if<command::Purge>(&command.body)) {
    auto run = read_ids(*access_, connection, purge->request.after, purge->request.max, deadline);
    if (!run) return std::move(run).error();
    facts.run = *std::move(run);
  }
  Facts::Which which = again ? Facts::Which::used : Facts::Which::missing;
  if (again) known.seen.reset();
  bool one_moment = true;
  for (int round = 0; round < most_rounds; ++round) {
    ask_ahead(facts, command, counted_.load(std::memory_order_relaxed));
    if (!known.seen || !facts.complete()) {
      if (known.seen) one_moment = false;
      auto seen = access_->look(connection, facts, which, deadline);
      if (!seen) return std::move(seen).error();
      known.seen = *std::move(seen);
    }
    Decision decision = decide_once(facts, *known.seen, command);
    if (!decision.complete) {
      which = Facts::Which::missing;
      continue;
    }
    if (!one_moment && (!decision.damage.empty() || decision.changes.empty())) {
      which = Facts::Which::used;
      known.seen.reset();
      one_moment = true;
      continue;
    }
    if (!decision.damage.empty()) return broken(decision.damage);
    return decision;
  }
  return contention();
}

/// The rules on what is known so far.
RedisStore::Decision RedisStore::decide_once(Facts& facts, const Seen& seen,
                                             const Command& command) {
  facts.forget_use();
  RedisView view{facts, seen.head, seen.now};
  Decision decision{.outcome = Outcome::for_command(command)};
  decision.verdict = rules::decide(view, command, decision.outcome);
  decision.complete = facts.complete();
  decision.damage = view.failure();
  decision.changes = view.changes();
  const bool timed = !std::holds_alternative<command::SetGate>(command.body);
  const bool limited = timed && command.guard.not_after != Instant{};
  const auto* change = std::get_if<command::ChangeSlot>(&command.body);
  decision.terms = {
      .decided_at = seen.now,
      .not_after = limited ? std::optional{command.guard.not_after} : std::nullopt,
      .boundary = view.boundary(),
      .lease = command.guard.lease,
      .exact = !decision.verdict || std::holds_alternative<command::Repair>(command.body),
      .redefines = change != nullptr,
      .forced = change != nullptr && change->change.force,
      .gives_back = gives_back(command),
      .change_set = seen.head.change_set};
  decision.too_late = view.too_late();
  if (limited) {
    const Instant behind = command.guard.not_after + std::chrono::milliseconds{1};
    decision.too_late = std::min(decision.too_late.value_or(behind), behind);
  }
  const Reply* reply = facts.policy_if_known();
  const auto policy = reply == nullptr ? std::nullopt : decode_policy(reply->text);
  if (policy) counted_.store(!policy->user_limit.counting.empty(), std::memory_order_relaxed);
  return decision;
}

/// The same by WATCH, MULTI and EXEC. False: something changed meanwhile.
Result<bool> RedisStore::attempt_watching(Connection& connection, const Command& command,
                                          Known& known, const Deadline& deadline, Done& done) {
  Facts& facts = known.facts;
  if (const auto* purge = std::get_if<command::Purge>(&command.body)) {
    auto run =
        list_ids(connection, access_->keys(), purge->request.after, purge->request.max, deadline);
    if (!run) return std::move(run).error();
    facts.run = *std::move(run);
  }
  Transaction transaction{*access_, connection, deadline};
  for (int round = 0; round < most_rounds; ++round) {
    ask_ahead(facts, command, counted_.load(std::memory_order_relaxed));
    const auto seen_at = known.seen ? std::optional{known.seen->now} : std::nullopt;
    if (ask_ahead_to_watch(facts, command, seen_at)) transaction.watch_relied_on();
    if (access_->change_set()) facts.type(access_->keys().changes());
    auto seen = transaction.look(facts);
    if (!seen) return std::move(seen).error();
    known.seen = *std::move(seen);
    Decision decision = decide_once(facts, *known.seen, command);
    if (decision.changes.relied_on) transaction.watch_relied_on();
    if (!decision.complete) continue;
    if (!decision.damage.empty() || decision.changes.empty()) {
      auto left = transaction.leave();
      if (!left || !*left) return left;
      if (!decision.damage.empty()) return broken(decision.damage);
      done.answer = std::move(decision).answer();
      return true;
    }
    decision.terms.exact = true;
    decision.terms.now = access_->clock() ? std::optional{known.seen->now} : std::nullopt;
    const Writes writes{facts, decision.changes, decision.terms};
    const auto covered = transaction.covers(facts, writes, decision.changes, decision.too_late);
    if (!covered) return covered.error();
    if (!*covered) continue;
    auto committed = transaction.commit(facts, writes, decision.changes);
    if (!committed || !*committed) return committed;
    done.wrote = true;
    done.answer = std::move(decision).answer();
    return true;
  }
  return contention();
}

Result<Answer> RedisStore::read(const Query& query, Deadline deadline) {
  auto connection = access_->lend(Use::read, deadline);
  if (!connection) return std::move(connection).error();
  return answer(*access_, **connection, query, deadline);
}

}  // namespace booking::inline v0::redis
