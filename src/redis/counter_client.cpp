// Reaching the servers of counters, and pages of sorted sets.
#include "redis/counter_client.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "booking/detail/checks.hpp"
#include "embedded/scored_page_lua.hpp"

namespace booking::inline v0::redis {

Result<CounterClient> CounterClient::reach(const RedisCounterOptions& options) {
  using v0::detail::LineBreaks;
  if (auto good = v0::detail::check_text(options.prefix, v0::detail::max_name_bytes,
                                         LineBreaks::refuse, "a prefix");
      !good) {
    return good.error();
  }
  if (options.master_patience.count() <= 0 || options.master_patience > v0::detail::max_timeout) {
    return v0::detail::invalid(Subject::store,
                               "the patience with a master is above 0 and at most 1 hour");
  }
  CounterClient made;
  made.prefix_ = options.prefix;
  made.patience_ = options.master_patience;
  auto master = Client::reach(options.master);
  if (!master) return std::move(master).error();
  made.master_ = *std::move(master);
  if (options.replica) {
    auto replica = Client::reach(*options.replica, Role::any);
    if (!replica) return std::move(replica).error();
    made.replica_ = *std::move(replica);
  }
  return made;
}

Result<Reply> OneCommand::operator()(Connection& connection, const Deadline& deadline) const {
  auto replies = connection.exchange(request_, deadline, step_);
  if (!replies) return std::move(replies).error();
  return std::move(replies->front());
}

Result<ScoredPage> read_page(const CounterClient& client, std::string_view key,
                             const std::optional<Scored>& after, std::int32_t most,
                             const Deadline& deadline) {
  static const Script script{embedded::scored_page_lua};
  const std::string name = client.key(key);
  std::vector<std::string> arguments{std::to_string(most)};
  if (after) {
    arguments.push_back(score_text(after->score));
    arguments.push_back(after->name);
  }
  const std::vector<std::string_view> texts{arguments.begin(), arguments.end()};
  return client.read(
      deadline,
      [&](Connection& connection, const Deadline& until) {
        return script.run(connection, {{name}}, texts, until, Step::read);
      },
      [](const Reply& reply) -> Result<ScoredPage> {
        if (!reply.is(Reply::Kind::array) || reply.items.size() % 2 != 0) return no_answer();
        ScoredPage page;
        for (std::size_t i = 0; i < reply.items.size(); i += 2) {
          const auto score = read_score(reply.items[i + 1]);
          if (!score) return score.error();
          page.items.push_back({reply.items[i].text, *score});
        }
        return page;
      });
}

std::string score_text(double score) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), score).ptr;
  return {digits.data(), end};
}

Result<double> read_score(const Reply& reply) {
  if (!reply.is(Reply::Kind::text)) return no_answer();
  double score = 0;
  const char* const begin = reply.text.data();
  const char* const end = begin + reply.text.size();
  const auto [at, error] = std::from_chars(begin, end, score);
  if (error != std::errc{} || at != end || !std::isfinite(score)) {
    return broken("a score is no finite number: " + shown(reply.text));
  }
  return score;
}

}  // namespace booking::inline v0::redis
