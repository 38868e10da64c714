// The public entry: checks the options, connects, then finds or makes the inventory.
#include "redis/open.hpp"

#include <utility>

#include "booking/detail/checks.hpp"
#include "redis/outcome.hpp"
#include "redis/socket.hpp"
#include "redis/store.hpp"

namespace booking::inline v0 {

namespace {

Result<void> check_options(const RedisOptions& options) {
  if (!redis::good_prefix(options.prefix)) {
    return detail::invalid(Subject::store, "a prefix is 1 to 64 letters, digits and _.:-");
  }
  for (const std::int32_t count : {options.write_connections, options.read_connections}) {
    if (count < 1 || count > redis::most_connections) {
      return detail::invalid(Subject::store, "a store has 1 to 64 connections of a kind");
    }
  }
  if (options.open_timeout.count() <= 0 || options.open_timeout > detail::max_timeout) {
    return detail::invalid(Subject::store, "a timeout must be above 0 and at most 1 hour");
  }
  return options.policy ? detail::check(*options.policy) : Result<void>::success();
}

/// Makes the inventory, or finds one where that will do.
Result<void> make(redis::Access& access, redis::Connection& connection, const RedisOptions& options,
                  const Deadline& deadline) {
  Random random;
  const redis::Head head{.identity = redis::short_bits(random.next(), random.next()),
                         .change_set = options.change_set};
  const auto made = access.create(connection, head, options.policy.value_or(Policy{}), deadline);
  if (!made) return made.error();
  if (*made == "made") return Result<void>::success();
  if (*made == "remains") {
    return redis::broken("there are remains of an inventory under this prefix, but no gate");
  }
  if (options.mode == StoreMode::create_if_missing) return Result<void>::success();
  return redis::store_error(ErrorCode::already_exists, "there is an inventory under this prefix");
}

/// Whether the change set has an element for each commit that was not trimmed.
Result<void> check_change_set(redis::Access& access, redis::Connection& connection,
                              const Deadline& deadline) {
  redis::Facts facts{access.keys()};
  facts.seq();
  facts.trimmed();
  facts.changes();
  const auto seen = access.look(connection, facts, redis::Facts::Which::missing, deadline);
  if (!seen) return seen.error();
  const auto seq = redis::decode_integer(facts.seq()->text);
  const auto trimmed = redis::decode_integer(facts.trimmed()->text);
  const std::int64_t left = facts.changes()->integer;
  if (seq && trimmed && *trimmed >= 0 && *trimmed <= *seq && *seq - *trimmed == left) {
    return Result<void>::success();
  }
  return redis::broken("the change set has lost commits, or was written to by others (sequence " +
                       redis::shown(facts.seq()->text) +
                       ", trimmed: " + redis::shown(facts.trimmed()->text) +
                       ", left: " + std::to_string(left) + ")");
}

}  // namespace

Result<std::unique_ptr<redis::Access>> redis::reach(const RedisOptions& options) {
  if (auto good = check_options(options); !good) return good.error();
  auto parsed = parse_url(options.url);
  if (!parsed) return std::move(parsed).error();
  auto endpoint = resolve(*std::move(parsed));
  if (!endpoint) return std::move(endpoint).error();
  return std::make_unique<Access>(
      Keys{options.prefix},
      Connections::Options{
          .endpoint = *std::move(endpoint),
          .settings = {.client_name = options.client_name, .refuse_unsafe = options.refuse_unsafe},
          .lanes = static_cast<std::size_t>(options.write_connections),
          .readers = static_cast<std::size_t>(options.read_connections),
          .on_connect = {}},
      options.clock);
}

Result<std::shared_ptr<Store>> redis::open_store(const RedisOptions& options, bool twins) {
  auto reached = redis::reach(options);
  if (!reached) return std::move(reached).error();
  std::unique_ptr<redis::Access> access = *std::move(reached);
  const Clock steady;
  const Deadline deadline{steady, options.open_timeout};
  auto connection = access->lend(redis::Use::change, deadline);
  if (!connection) return std::move(connection).error();
  if (options.mode != StoreMode::open) {
    if (auto made = make(*access, **connection, options, deadline); !made) return made.error();
  }

  redis::Facts facts{access->keys()};
  facts.policy();
  const auto seen = access->look(**connection, facts, redis::Facts::Which::missing, deadline);
  if (!seen) return seen.error();
  const auto policy = redis::decode_policy(facts.policy()->text);
  if (!policy) {
    return redis::broken("the policy is missing or not valid");
  }
  if (options.policy && *options.policy != *policy) {
    return detail::invalid(Subject::store,
                           "the inventory has another policy; SlotInventory::change_policy "
                           "changes it");
  }
  if (options.change_set && !seen->head.change_set) {
    return detail::invalid(Subject::store, "the inventory was made without a change set");
  }
  access->expect(seen->head);
  if (access->change_set()) {
    if (auto whole = check_change_set(*access, **connection, deadline); !whole) {
      return whole.error();
    }
  }
  const bool batches = twins && options.commit == CommitMode::script;
  const std::size_t lanes = batches ? static_cast<std::size_t>(options.write_connections) : 0;
  return std::static_pointer_cast<Store>(
      std::make_shared<redis::RedisStore>(std::move(access), options.commit, *policy, lanes));
}

Result<std::shared_ptr<Store>> redis_store(const RedisOptions& options) {
  return redis::open_store(options, true);
}

}  // namespace booking::inline v0
