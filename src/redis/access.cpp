// Requests out, replies judged.
#include "redis/access.hpp"

#include <algorithm>
#include <utility>

#include "embedded/commit_lua.hpp"
#include "embedded/create_lua.hpp"
#include "embedded/look_lua.hpp"
#include "embedded/read_bookings_lua.hpp"
#include "embedded/read_slots_lua.hpp"
#include "embedded/read_tallies_lua.hpp"
#include "embedded/store_time_lua.hpp"
#include "embedded/twin_lua.hpp"
#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

namespace {

/// A script with store_time.lua before it.
struct TimedScript {
  explicit TimedScript(const char* behind) : text{std::string{embedded::store_time_lua} + behind} {}
  std::string text;
  Script script{text};
};

const Script& commit_script() {
  static const TimedScript commit{embedded::commit_lua};
  return commit.script;
}

const Script& twin_script() {
  static const TimedScript twin{embedded::twin_lua};
  return twin.script;
}

const Script& read_script(ReadScript which) {
  static const TimedScript look{embedded::look_lua};
  static const TimedScript slots{embedded::read_slots_lua};
  static const TimedScript bookings{embedded::read_bookings_lua};
  static const TimedScript tallies{embedded::read_tallies_lua};
  switch (which) {
    case ReadScript::look:
      return look.script;
    case ReadScript::slots:
      return slots.script;
    case ReadScript::bookings:
      return bookings.script;
    case ReadScript::tallies:
      break;
  }
  return tallies.script;
}

std::vector<std::string_view> views(std::span<const std::string> texts) {
  return {texts.begin(), texts.end()};
}

constexpr std::size_t head_size = 4;  // of what a reading script or a run of twins answers

}  // namespace

Access::Access(Keys keys, Connections::Options options, std::shared_ptr<Clock> clock)
    : keys_{std::move(keys)}, clock_{std::move(clock)}, connections_{std::move(options)} {}

Result<Connections::Loan> Access::lend(Use use, const Deadline& deadline) {
  if (fork_check_.forked()) {
    return store_error(ErrorCode::internal,
                       "this process was forked after the store was opened; open it anew");
  }
  return connections_.lend(use, deadline);
}

std::string Access::given_time() const {
  return clock_ ? encode(clock_->now()) : std::string{};
}

void Access::saw(std::uint64_t seq) noexcept {
  std::uint64_t highest = seq_seen_.load(std::memory_order_relaxed);
  while (seq > highest && !seq_seen_.compare_exchange_weak(highest, seq)) {
  }
}

Result<Head> Access::judge(std::string_view gate, std::string_view seq, std::uint64_t seq_before) {
  if (gate.empty())
    return broken(
        "there is no inventory under this prefix: it was never made, or the server lost it");
  std::optional<Head> head = decode_head(gate);
  const std::optional<std::int64_t> number = decode_integer(seq);
  if (!head || !number || *number < 0) return broken("the gate or the sequence is not valid");
  if (head->format > our_format) {
    return broken("the inventory was made by a newer version of the library (format " +
                  std::to_string(head->format) + ", known: " + std::to_string(our_format) + ")");
  }
  if (!identity_.empty() && head->identity != identity_) {
    return broken("another inventory has taken the place of the one that was opened");
  }
  if (static_cast<std::uint64_t>(*number) < seq_before) {
    return broken("the server has lost commits that it had acknowledged (sequence " +
                  std::to_string(*number) + ", seen: " + std::to_string(seq_before) + ")");
  }
  saw(static_cast<std::uint64_t>(*number));
  return *std::move(head);
}

Result<Seen> Access::look(Connection& connection, Facts& facts, Facts::Which which,
                          const Deadline& deadline) {
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
  for (const Fact* fact : facts.list(which)) {
    keys.push_back(fact->command[1]);
    arguments.push_back(fact->command[0]);
    arguments.push_back(std::to_string(fact->command.size() - 2));
    arguments.insert(arguments.end(), fact->command.begin() + 2, fact->command.end());
  }
  auto rows = read(connection, ReadScript::look, keys, arguments, deadline);
  if (!rows) return std::move(rows).error();
  if (!facts.take(std::move(rows->items))) {
    connection.close();
    return unexpected("a look's answer", Step::read);
  }
  facts.gate = rows->seen.gate;
  return std::move(rows->seen);
}

Result<bool> Access::commit(Connection& connection, const Facts& facts, const Changes& changes,
                            CommitTerms terms, const Deadline& deadline) {
  if (clock_) terms.now = clock_->now();
  terms.seq_seen = seq_seen_.load();
  const Commit commit{facts, changes, terms};
  auto reply =
      commit_script().run(connection, commit.keys(), commit.arguments(), deadline, Step::commit);
  if (!reply) return std::move(reply).error();
  // The script catches what it can; beyond it nothing is known.
  if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::commit);
  const std::vector<Reply>& items = reply->items;
  if (items.size() == 1 && items[0].text == "conflict") return false;
  if (items.size() == 2 && items[0].text == "failed") {
    return outcome(items[1].text, Step::before_commit);
  }
  const auto seq =
      items.size() == 2 && items[0].text == "done" ? decode_integer(items[1].text) : std::nullopt;
  if (!seq) {
    connection.close();
    return unexpected("a commit's answer", Step::commit);
  }
  saw(static_cast<std::uint64_t>(*seq));
  return true;
}

Result<Rows> Access::read(Connection& connection, ReadScript script,
                          std::span<const std::string> keys, std::span<const std::string> arguments,
                          const Deadline& deadline) {
  std::vector<std::string> all_keys = {keys_.gate(), keys_.seq(), keys_.relied_on()};
  all_keys.insert(all_keys.end(), keys.begin(), keys.end());
  std::vector<std::string> all_arguments = {given_time()};
  all_arguments.insert(all_arguments.end(), arguments.begin(), arguments.end());
  const std::uint64_t seq_before = seq_seen_.load();
  auto reply = read_script(script).run(connection, views(all_keys), views(all_arguments), deadline,
                                       Step::read);
  if (!reply) return std::move(reply).error();
  if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::read);
  std::vector<Reply>& items = reply->items;
  if (items.size() < head_size) {
    connection.close();
    return unexpected("a read's answer", Step::read);
  }
  if (!items[3].text.empty()) return outcome(items[3].text, Step::read);
  return rows_of(std::move(items), seq_before);
}

Result<Rows> Access::rows_of(std::vector<Reply> items, std::uint64_t seq_before) {
  auto head = judge(items[0].text, items[1].text, seq_before);
  if (!head) return std::move(head).error();
  const std::optional<Instant> now = decode_instant(items[2].text);
  if (!now) return broken("store time is not valid");
  Rows rows{.seen = {*std::move(head), std::move(items[0].text), *now}};
  items.erase(items.begin(), items.begin() + head_size);
  rows.items = std::move(items);
  return rows;
}

Result<std::optional<Rows>> Access::run(Connection& connection, const TwinRun& twins,
                                        const Deadline& deadline) {
  std::vector<std::string> keys = {keys_.gate(), keys_.seq(),    keys_.relied_on(),
                                   keys_.due(),  keys_.policy(), keys_.buckets()};
  keys.insert(keys.end(), twins.keys().begin(), twins.keys().end());
  const std::uint64_t seq_before = seq_seen_.load();
  std::vector<std::string> arguments = {given_time(), identity_, std::to_string(seq_before),
                                        keys_.begin()};
  arguments.insert(arguments.end(), twins.arguments().begin(), twins.arguments().end());
  auto reply = twin_script().run(connection, views(keys), views(arguments), deadline, Step::commit);
  if (!reply) return std::move(reply).error();
  if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::commit);
  std::vector<Reply>& items = reply->items;
  if (items.size() >= head_size && !items[3].text.empty()) return std::optional<Rows>{};
  const std::size_t whole = head_size + 1 + twins.keys().size();
  if (items.size() != head_size + 1 && items.size() != whole) {
    connection.close();
    return unexpected("an answer to a batch", Step::commit);
  }
  const bool looked = items.size() == whole;
  auto rows = rows_of(std::move(items), seq_before);
  if (!rows) return std::move(rows).error();
  return looked ? std::optional{*std::move(rows)} : std::nullopt;
}

Result<std::string> Access::create(Connection& connection, const Head& head, const Policy& policy,
                                   const Deadline& deadline) {
  static const Script script{embedded::create_lua};
  // Remains of an inventory that lost its gate: nothing may be sold on top of them.
  const std::vector<std::string> keys = {
      keys_.gate(), keys_.seq(),      keys_.policy(),  keys_.trimmed(), keys_.relied_on(),
      keys_.due(),  keys_.services(), keys_.buckets(), keys_.voids(),   keys_.changes()};
  const std::vector<std::string> arguments = {encode(head), encode(policy),
                                              head.change_set ? "1" : ""};
  auto reply = script.run(connection, views(keys), views(arguments), deadline, Step::commit);
  if (!reply) return std::move(reply).error();
  if (reply->is(Reply::Kind::error)) return outcome(reply->text, Step::commit);
  return std::move(reply->text);
}

}  // namespace booking::inline v0::redis
