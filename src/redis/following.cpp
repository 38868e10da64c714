// Following on a server: one sorted set for each user.
#include <utility>

#include "booking/redis_counters.hpp"
#include "redis/counter_client.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

OneCommand command(Step step, std::initializer_list<std::string_view> arguments) {
  OneCommand made{step};
  made.request().add(arguments);
  return made;
}

class RedisFollowingStore final : public FollowingStore {
 public:
  explicit RedisFollowingStore(CounterClient client) : client_{std::move(client)} {}

  Result<bool> add(const std::string& key, const Scored& added, Deadline deadline) override {
    return client_.change(deadline,
                          command(Step::commit, {"ZADD", client_.key(key), "NX",
                                                 score_text(added.score), added.name}),
                          read_change);
  }

  Result<bool> remove(const std::string& key, const std::string& name, Deadline deadline) override {
    return client_.change(deadline, command(Step::commit, {"ZREM", client_.key(key), name}),
                          read_change);
  }

  Result<Found> find(const std::string& key, const std::string& name, Deadline deadline) override {
    return client_.read(deadline, command(Step::read, {"ZSCORE", client_.key(key), name}),
                        [](const Reply& reply) -> Result<Found> {
                          if (reply.is(Reply::Kind::nil)) return Found{};
                          const auto score = read_score(reply);
                          if (!score) return score.error();
                          return Found{.score = *score};
                        });
  }

  Result<Size> size(const std::string& key, Deadline deadline) override {
    return client_.read(deadline, command(Step::read, {"ZCARD", client_.key(key)}),
                        [](const Reply& reply) -> Result<Size> {
                          if (!reply.is(Reply::Kind::integer)) return no_answer();
                          return Size{.value = reply.integer};
                        });
  }

  Result<ScoredPage> page(const std::string& key, const std::optional<Scored>& after,
                          std::int32_t most, Deadline deadline) override {
    return read_page(client_, key, after, most, deadline);
  }

 private:
  static Result<bool> read_change(const Reply& reply) {
    if (!reply.is(Reply::Kind::integer)) return no_answer();
    return reply.integer == 1;
  }

  const CounterClient client_;
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<FollowingStore>> redis_following_store(const RedisCounterOptions& options) {
  auto client = redis::CounterClient::reach(options);
  if (!client) return std::move(client).error();
  return std::static_pointer_cast<FollowingStore>(
      std::make_shared<redis::RedisFollowingStore>(*std::move(client)));
}

}  // namespace booking::inline v0
