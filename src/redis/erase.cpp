// Removing an inventory: key by key, as they are found.
#include <algorithm>

#include "booking/detail/checks.hpp"
#include "booking/redis.hpp"
#include "redis/connection.hpp"
#include "redis/keys.hpp"
#include "redis/open.hpp"
#include "redis/outcome.hpp"

namespace booking::inline v0 {

namespace {

constexpr std::string_view keys_together = "1000";

/// One step of the scan: what it found is gone afterwards. The next cursor; "0": all was seen.
Result<std::string> erase_some(redis::Connection& connection, const std::string& pattern,
                               const std::string& cursor, const Deadline& deadline) {
  redis::Request scan;
  scan.add({"SCAN", cursor, "MATCH", pattern, "COUNT", keys_together});
  auto found = connection.exchange(scan, deadline, redis::Step::read);
  if (!found) return std::move(found).error();
  const redis::Reply& reply = found->front();
  if (reply.is(redis::Reply::Kind::error)) return redis::outcome(reply.text, redis::Step::read);
  if (reply.items.size() != 2) return redis::unexpected("SCAN's answer", redis::Step::read);
  const std::vector<redis::Reply>& keys = reply.items[1].items;
  if (keys.empty()) return reply.items[0].text;

  redis::Request unlink;
  unlink.begin(keys.size() + 1);
  unlink.argument("UNLINK");
  for (const redis::Reply& key : keys) unlink.argument(key.text);
  const auto gone = connection.exchange(unlink, deadline, redis::Step::commit);
  if (!gone) return gone.error();
  if (gone->front().is(redis::Reply::Kind::error)) {
    return redis::outcome(gone->front().text, redis::Step::commit);
  }
  return reply.items[0].text;
}

}  // namespace

Result<void> redis_erase(const RedisOptions& options) {
  auto access = redis::reach(options);
  if (!access) return std::move(access).error();
  const Clock steady;
  const Deadline deadline{steady, options.open_timeout};
  auto connection = (*access)->lend(redis::Use::change, deadline);
  if (!connection) return std::move(connection).error();
  // A prefix holds nothing that means something in a pattern.
  const std::string pattern = (*access)->keys().begin() + "*";
  std::string cursor = "0";
  do {
    auto next = erase_some(**connection, pattern, cursor, deadline);
    if (!next) return std::move(next).error();
    cursor = *std::move(next);
  } while (cursor != "0");
  return Result<void>::success();
}

}  // namespace booking::inline v0
