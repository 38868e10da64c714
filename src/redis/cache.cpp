// The cache store on a Redis server: plain commands, one pipeline a call, and a script where a
// lease must be compared.
#include <algorithm>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/redis_cache.hpp"
#include "embedded/cache_settle_lua.hpp"
#include "redis/client.hpp"
#include "redis/keys.hpp"
#include "redis/outcome.hpp"
#include "redis/script.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

/// Nothing a cache does is worth an unknown outcome: it is done again, or its end is waited for.
constexpr Step any_step = Step::read;

class RedisCacheStore final : public CacheStore {
 public:
  RedisCacheStore(std::string prefix, std::unique_ptr<Client> client)
      : prefix_{std::move(prefix)}, client_{std::move(client)} {}

  Result<std::vector<std::optional<CacheEntry>>> get(std::span<const std::string> keys,
                                                     const Deadline& deadline) override {
    std::vector<std::optional<CacheEntry>> found(keys.size());
    if (keys.empty()) return found;
    Request request;
    // Unlike GET, MGET takes what is no string for nothing.
    request.begin(keys.size() + 1);
    request.argument("MGET");
    for (const std::string& key : keys) request.argument(prefix_ + key);
    const bool with_time = keys.size() == 1;
    if (with_time) request.add({"PTTL", prefix_ + keys[0]});
    auto replies = exchange(request, deadline);
    if (!replies) return std::move(replies).error();
    std::vector<Reply>& values = replies->front().items;
    if (values.size() != keys.size()) return unexpected("to MGET is none", any_step);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (values[i].is(Reply::Kind::text)) found[i] = CacheEntry{std::move(values[i].text), {}};
    }
    // Between the two commands the entry may have ended or been replaced: what is left is then that
    // of the later one, or unknown.
    if (with_time && found[0] && replies->back().integer >= 0) {
      found[0]->left = std::chrono::milliseconds{replies->back().integer};
    }
    return found;
  }

  Result<void> set(std::span<const CacheItem> items, const Deadline& deadline) override {
    Request request;
    for (const CacheItem& item : items) {
      request.add({"SET", prefix_ + item.key, item.value, "PX", std::to_string(item.ttl.count())});
    }
    return done(request, deadline);
  }

  Result<std::vector<bool>> add(std::span<const CacheItem> items,
                                const Deadline& deadline) override {
    Request request;
    for (const CacheItem& item : items) {
      request.add(
          {"SET", prefix_ + item.key, item.value, "PX", std::to_string(item.ttl.count()), "NX"});
    }
    return each(request, deadline, [](const Reply& reply) { return !reply.is(Reply::Kind::nil); });
  }

  Result<std::vector<bool>> settle(std::span<const CacheLease> leases,
                                   const Deadline& deadline) override {
    static const Script script{embedded::cache_settle_lua};
    if (leases.empty()) return std::vector<bool>{};
    const auto held = [](const Reply& reply) { return reply.integer == 1; };
    // The first brings the script's text along, where the server does not know it yet.
    const auto first = settle_one(script, leases.front(), deadline);
    if (!first) return first.error();
    Request request;
    for (const CacheLease& lease : leases.subspan(1)) add_settle(script, lease, request);
    auto rest = each(request, deadline, held);
    if (!rest) return rest;
    rest->insert(rest->begin(), held(*first));
    return rest;
  }

  Result<void> erase(std::span<const std::string> keys, const Deadline& deadline) override {
    if (keys.empty()) return Result<void>::success();
    Request request;
    request.begin(keys.size() + 1);
    request.argument("DEL");
    for (const std::string& key : keys) request.argument(prefix_ + key);
    return done(request, deadline);
  }

 private:
  Result<std::vector<Reply>> exchange(const Request& request, const Deadline& deadline) {
    if (request.commands() == 0) return std::vector<Reply>{};
    auto replies = client_->exchange(request, deadline, any_step);
    if (!replies) return replies;
    for (const Reply& reply : *replies) {
      if (reply.is(Reply::Kind::error)) return outcome(reply.text, any_step);
    }
    return replies;
  }

  Result<void> done(const Request& request, const Deadline& deadline) {
    const auto replies = exchange(request, deadline);
    return replies ? Result<void>::success() : Result<void>{replies.error()};
  }

  template <class Judge>
  Result<std::vector<bool>> each(const Request& request, const Deadline& deadline, Judge judge) {
    const auto replies = exchange(request, deadline);
    if (!replies) return replies.error();
    std::vector<bool> answers;
    for (const Reply& reply : *replies) answers.push_back(judge(reply));
    return answers;
  }

  Result<Reply> settle_one(const Script& script, const CacheLease& lease,
                           const Deadline& deadline) {
    const std::string key = prefix_ + lease.key;
    if (!lease.fill) return client_->run(script, {{key}}, {{lease.token}}, deadline, any_step);
    const std::string entry = prefix_ + lease.fill->key;
    const std::string ttl = std::to_string(lease.fill->ttl.count());
    return client_->run(script, {{key, entry}}, {{lease.token, lease.fill->value, ttl}}, deadline,
                        any_step);
  }

  void add_settle(const Script& script, const CacheLease& lease, Request& request) const {
    const std::string key = prefix_ + lease.key;
    if (!lease.fill) {
      request.add({"EVALSHA", script.digest(), "1", key, lease.token});
      return;
    }
    request.add({"EVALSHA", script.digest(), "2", key, prefix_ + lease.fill->key, lease.token,
                 lease.fill->value, std::to_string(lease.fill->ttl.count())});
  }

  const std::string prefix_;
  const std::unique_ptr<Client> client_;
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<CacheStore>> redis_cache_store(const RedisCacheOptions& options) {
  if (!redis::good_key_prefix(options.prefix)) {
    return detail::invalid(Subject::store,
                           "a cache's prefix is at most 64 printable bytes without blanks");
  }
  auto client = redis::Client::reach(options.server);
  if (!client) return std::move(client).error();
  return std::static_pointer_cast<CacheStore>(
      std::make_shared<redis::RedisCacheStore>(options.prefix, *std::move(client)));
}

}  // namespace booking::inline v0
