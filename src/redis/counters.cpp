// Counters on a server: plain reads, and one script for every change.
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "booking/detail/counter_rules.hpp"
#include "booking/redis_counters.hpp"
#include "embedded/counter_lua.hpp"
#include "redis/counter_client.hpp"
#include "redis/records.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

bool is_count(double score) {
  return std::abs(score) <= static_cast<double>(most_count) && score == std::trunc(score);
}

Error no_count(std::string_view text) {
  return broken("a count is no whole number up to 2^53: " + shown(text));
}

Result<std::int64_t> read_count(CounterSet::Kind kind, const Reply& reply) {
  if (reply.is(Reply::Kind::nil)) return 0;
  if (!reply.is(Reply::Kind::text)) return no_answer();
  if (kind == CounterSet::Kind::hash) {
    const auto count = decode_integer(reply.text);
    const bool good = count && *count >= -most_count && *count <= most_count;
    if (!good || std::to_string(*count) != reply.text) return no_count(reply.text);
    return *count;
  }
  const auto score = read_score(reply);
  if (!score) return score.error();
  if (!is_count(*score)) return no_count(reply.text);
  return static_cast<std::int64_t>(*score);
}

class RedisCounterStore final : public CounterStore {
 public:
  explicit RedisCounterStore(CounterClient client) : client_{std::move(client)} {}

  Result<Counts> get(const CounterSet& set, std::span<const std::string> names,
                     Deadline deadline) override {
    OneCommand command{Step::read};
    command.request().begin(2 + names.size());
    command.request().argument(set.kind == CounterSet::Kind::hash ? "HMGET" : "ZMSCORE");
    command.request().argument(client_.key(set.key));
    for (const std::string& name : names) command.request().argument(name);
    return client_.read(deadline, command, [&](const Reply& reply) -> Result<Counts> {
      if (!reply.is(Reply::Kind::array) || reply.items.size() != names.size()) return no_answer();
      Counts counts;
      for (const Reply& one : reply.items) {
        const auto count = read_count(set.kind, one);
        if (!count) return count.error();
        counts.values.push_back(*count);
      }
      return counts;
    });
  }

  Result<Incremented> increment(const CounterSet& set, const Increment& wanted,
                                Deadline deadline) override {
    const auto changed = run(set, wanted.name, "add", wanted.by, wanted.event, deadline);
    if (!changed) return changed.error();
    if (changed->word == "beyond") return v0::detail::beyond_count();
    return Incremented{changed->after, changed->word == "changed"};
  }

  Result<Corrected> correct(const CounterSet& set, const Correction& wanted,
                            Deadline deadline) override {
    const auto changed = run(set, wanted.name, "set", wanted.aggregate, wanted.as_of, deadline);
    if (!changed) return changed.error();
    if (changed->word == "beyond") return v0::detail::beyond_count();
    Corrected corrected{changed->before, changed->after, Exactness::exact};
    if (changed->word == "approximate") corrected.how = Exactness::approximate;
    if (changed->word == "overtaken") corrected.how = Exactness::overtaken;
    return corrected;
  }

  Result<ScoredPage> page(const CounterSet& set, const std::optional<Scored>& after,
                          std::int32_t most, Deadline deadline) override {
    auto page = read_page(client_, set.key, after, most, deadline);
    if (!page) return page;
    for (const Scored& one : page->items) {
      if (!is_count(one.score)) return no_count(score_text(one.score));
    }
    return page;
  }

 private:
  struct Changed {
    std::string word{};
    std::int64_t before = 0;
    std::int64_t after = 0;
  };

  Result<Changed> run(const CounterSet& set, const std::string& name, std::string_view verb,
                      std::int64_t amount, const std::optional<std::int64_t>& number,
                      const Deadline& deadline) const {
    static const Script script{embedded::counter_lua};
    const std::string key = client_.key(set.key);
    const std::string companion = key + ":applied:" + name;
    const std::string given = std::to_string(amount);
    const std::string known = number ? std::to_string(*number) : "";
    const std::string most = std::to_string(most_events);
    const std::string_view kind = set.kind == CounterSet::Kind::hash ? "hash" : "zset";
    return client_.change(
        deadline,
        [&](Connection& connection, const Deadline& until) {
          return script.run(connection, {{key, companion}},
                            {{kind, name, verb, given, known, most}}, until, Step::commit);
        },
        [](const Reply& reply) -> Result<Changed> {
          if (reply.items.size() != 3) return no_answer();
          const auto before = decode_integer(reply.items[1].text);
          const auto after = decode_integer(reply.items[2].text);
          if (!before || !after) return no_answer();
          return Changed{reply.items[0].text, *before, *after};
        });
  }

  const CounterClient client_;
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<CounterStore>> redis_counter_store(const RedisCounterOptions& options) {
  auto client = redis::CounterClient::reach(options);
  if (!client) return std::move(client).error();
  return std::static_pointer_cast<CounterStore>(
      std::make_shared<redis::RedisCounterStore>(*std::move(client)));
}

}  // namespace booking::inline v0
