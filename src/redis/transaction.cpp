// Pipelines out, replies judged.
#include "redis/transaction.hpp"

#include <algorithm>
#include <utility>

#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

namespace {

using std::chrono::milliseconds;

// Transactions that look within the same so long share a guard, which lasts as long again.
constexpr milliseconds shared_for{5000};

const Reply* first_error(const std::vector<Reply>& replies) {
  const auto at = std::find_if(replies.begin(), replies.end(),
                               [](const Reply& reply) { return reply.is(Reply::Kind::error); });
  return at == replies.end() ? nullptr : &*at;
}

std::optional<Instant> time_of(const Reply& reply) {
  if (reply.items.size() != 2) return std::nullopt;
  const auto seconds = decode_integer(reply.items[0].text);
  const auto micros = decode_integer(reply.items[1].text);
  if (!seconds || !micros) return std::nullopt;
  return Instant{milliseconds{*seconds * 1000 + *micros / 1000}};
}

/// As INCR takes it, and far from where it would overflow.
bool can_be_raised(const std::string& seq) {
  const auto number = decode_integer(seq);
  return number && *number >= 0 && seq.size() <= 15 && std::to_string(*number) == seq;
}

/// A bucket's text without these ids.
std::string without(const std::string& bucket, const std::vector<std::string>& ids) {
  std::string left;
  for (std::size_t at = 0; at < bucket.size(); at += short_id_size) {
    const std::string id = bucket.substr(at, short_id_size);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) left += id;
  }
  return left;
}

}  // namespace

std::string Transaction::guard_key() const {
  if (guard_at_) return access_.keys().guard("at" + encode(*guard_at_));
  return access_.keys().guard(std::to_string(begun_.time_since_epoch() / shared_for));
}

void Transaction::add_guard(Request& request, Instant sent_at) const {
  const std::string key = guard_key();
  if (!guard_at_) {
    request.add({"SET", key, "", "NX", "PX", std::to_string((2 * shared_for).count())});
    return;
  }
  const Instant last = *guard_at_ - milliseconds{1};
  if (access_.clock()) {  // a test's time is not the server's
    const auto left = std::max(last - sent_at, milliseconds{1});
    request.add({"SET", key, "", "NX", "PX", std::to_string(left.count())});
  } else {
    request.add({"SET", key, "", "NX", "PXAT", encode(last)});
  }
}

// ---- looks --------------------------------------------------------------------------------------

Result<Seen> Transaction::look(Facts& facts) {
  const Keys& keys = access_.keys();
  const std::vector<Fact*>& wanted = facts.list(Facts::Which::used);
  const std::string guard = guard_key();
  std::vector<std::string> watched = {"WATCH", keys.gate(), guard};
  relied_on_watched_ = relies_;
  if (relies_) watched.push_back(keys.relied_on());
  for (const Fact* fact : wanted) {
    if (fact->compared) watched.push_back(fact->command[1]);
  }
  std::optional<Instant> given;
  if (access_.clock()) given = access_.clock()->now();

  Request request;
  if (open_) request.add({"DISCARD"});
  const std::size_t head = request.commands();
  add_guard(request, given.value_or(Instant{}));
  request.add(std::vector<std::string_view>(watched.begin(), watched.end()));
  request.add({"PTTL", guard});
  request.add({"TIME"});
  request.add({"GET", keys.gate()});
  request.add({"GET", keys.seq()});
  request.add({"GET", keys.relied_on()});
  for (const Fact* fact : wanted) {
    request.add(std::vector<std::string_view>(fact->command.begin(), fact->command.end()));
  }
  request.add({"MULTI"});

  const std::uint64_t seq_before = access_.seq_seen();
  open_ = true;
  auto replies = connection_.exchange(request, deadline_, Step::before_commit);
  if (!replies) return std::move(replies).error();
  if (const Reply* error = first_error(*replies)) {
    return outcome(error->text, Step::before_commit);
  }
  replies->erase(replies->begin(), replies->begin() + static_cast<std::ptrdiff_t>(head));
  return take(facts, *std::move(replies), given, seq_before);
}

Result<Seen> Transaction::take(Facts& facts, std::vector<Reply> replies,
                               std::optional<Instant> given, std::uint64_t seq_before) {
  constexpr std::ptrdiff_t before_facts = 7;
  const std::int64_t left = replies[2].integer;
  const auto time = time_of(replies[3]);
  const std::string gate = std::move(replies[4].text);
  const std::string seq = std::move(replies[5].text);
  const Reply relied_on = std::move(replies[6]);
  replies.erase(replies.begin(), replies.begin() + before_facts);
  replies.pop_back();
  if (!time || !facts.take(std::move(replies))) return unexpected("a look's answer", Step::read);

  auto head = access_.judge(gate, seq, seq_before);
  if (!head) return std::move(head).error();
  if (!can_be_raised(seq)) return broken("the sequence is not valid");
  const bool none_relied_on = relied_on.is(Reply::Kind::nil);
  const auto before = none_relied_on ? Instant{} : decode_instant(relied_on.text);
  if (!before) return broken("the time that was relied on is not valid");
  if (left == -1) return broken("a guard does not expire");

  relied_on_ = *before;
  const Instant now = given.value_or(*time);
  guarded_.reset();
  if (left >= 0) guarded_ = guard_at_.value_or(now + milliseconds{left + 1});
  facts.gate = gate;
  return Seen{*std::move(head), gate, std::max(now, relied_on_)};
}

Result<bool> Transaction::covers(Facts& facts, const Writes& writes, const Changes& changes,
                                 const std::optional<Instant>& too_late) {
  for (const auto& [key, wanted] : writes.types()) {
    const Reply* type = facts.type(key);
    if (type != nullptr && type->text != "none" && type->text != wanted) {
      return broken("WRONGTYPE " + std::string{wanted} + " expected, found a " + shown(type->text));
    }
  }
  for (const auto& [bucket, ids] : writes.cuts()) facts.bucket(bucket);
  too_late_ = too_late;
  bool enough = facts.complete();
  if (changes.relied_on && !relied_on_watched_) enough = false;
  if (!guarded_ || (too_late && *too_late < *guarded_)) {
    guard_at_ = guarded_ ? too_late : std::nullopt;
    begun_ = std::chrono::system_clock::now();
    enough = false;
  }
  return enough;
}

// ---- ends ---------------------------------------------------------------------------------------

Result<bool> Transaction::commit(Facts& facts, const Writes& writes, const Changes& changes) {
  // The server cannot tell that a test's time has passed.
  if (access_.clock() && too_late_ && access_.clock()->now() >= *too_late_) return false;
  const Keys& keys = access_.keys();
  Request request;
  request.add({"INCR", keys.seq()});
  if (changes.relied_on && *changes.relied_on > relied_on_) {
    request.add({"SET", keys.relied_on(), encode(*changes.relied_on)});
  }
  for (const Write& write : writes.all()) {
    request.add(std::vector<std::string_view>(write.begin(), write.end()));
  }
  for (const auto& [bucket, ids] : writes.cuts()) {
    const std::string left = without(facts.bucket(bucket)->text, ids);
    if (!left.empty()) {
      request.add({"SET", keys.bucket(bucket), left});
    } else {
      request.add({"DEL", keys.bucket(bucket)});
      request.add({"ZREM", keys.buckets(), bucket});
    }
  }
  request.add({"EXEC"});
  const std::uint64_t seq_before = access_.seq_seen();
  const auto replies = connection_.exchange(request, deadline_, Step::commit);
  if (!replies) return replies.error();
  return judge(*replies, seq_before);
}

Result<bool> Transaction::judge(const std::vector<Reply>& replies, std::uint64_t seq_before) {
  const Reply& done = replies.back();
  if (done.is(Reply::Kind::nil)) {
    open_ = false;
    return false;
  }
  if (done.is(Reply::Kind::error)) {
    // What was refused says why; EXEC itself only that something was.
    open_ = !done.text.starts_with("EXECABORT");
    return outcome(first_error(replies)->text, Step::before_commit);
  }
  if (done.items.size() + 1 != replies.size()) {
    return unexpected("to EXEC", Step::commit);
  }
  open_ = false;
  if (const Reply* error = first_error(done.items)) {
    return broken("only a part of a commit was written: " + shown(error->text));
  }
  const std::int64_t seq = done.items.front().integer;
  if (seq <= static_cast<std::int64_t>(seq_before)) {
    return broken("the server has lost commits that it had acknowledged (sequence " +
                  std::to_string(seq) + ", seen: " + std::to_string(seq_before) + ")");
  }
  access_.saw(static_cast<std::uint64_t>(seq));
  return true;
}

Result<bool> Transaction::leave() {
  Request request;
  request.add({"EXEC"});
  const auto replies = connection_.exchange(request, deadline_, Step::before_commit);
  if (!replies) return replies.error();
  const Reply& done = replies->front();
  if (done.is(Reply::Kind::error)) return outcome(done.text, Step::before_commit);
  open_ = false;
  return !done.is(Reply::Kind::nil);
}

// ---- the run of a purge -------------------------------------------------------------------------

Result<std::vector<BookingId>> list_ids(Connection& connection, const Keys& keys,
                                        const std::optional<BookingId>& after, std::int32_t most,
                                        const Deadline& deadline) {
  constexpr int together = 64;  // buckets
  const std::string first = after ? "[" + bucket_of(*after) : "-";
  std::vector<BookingId> ids;
  for (int offset = 0; ids.size() < static_cast<std::size_t>(most); offset += together) {
    Request request;
    request.add({"ZRANGEBYLEX", keys.buckets(), first, "+", "LIMIT", std::to_string(offset),
                 std::to_string(together)});
    const auto names = connection.exchange(request, deadline, Step::read);
    if (!names) return names.error();
    if (const Reply* error = first_error(*names)) return outcome(error->text, Step::read);
    if (names->front().items.empty()) break;
    request.clear();
    for (const Reply& name : names->front().items) request.add({"GET", keys.bucket(name.text)});
    const auto buckets = connection.exchange(request, deadline, Step::read);
    if (!buckets) return buckets.error();
    if (const Reply* error = first_error(*buckets)) return outcome(error->text, Step::read);
    for (const Reply& bucket : *buckets) {
      for (std::size_t at = 0; at < bucket.text.size(); at += short_id_size) {
        const BookingId id = long_id(std::string_view{bucket.text}.substr(at, short_id_size));
        if (!id.valid()) return broken("the list of bookings is not valid");
        if (!after || *after < id) ids.push_back(id);
      }
    }
  }
  std::sort(ids.begin(), ids.end());
  if (ids.size() > static_cast<std::size_t>(most)) ids.resize(static_cast<std::size_t>(most));
  return ids;
}

}  // namespace booking::inline v0::redis
