// Counts, rankings and following in Redis, and how a nightly job sets counts right while others go
// on counting.
//   14_rankings [URL of a Redis server]
#include <booking/counters.hpp>
#include <booking/following.hpp>
#include <booking/redis_counters.hpp>
#include <iostream>
#include <optional>
#include <string>

namespace {

// Stands for the host's database: its numbers of events, and its grouped aggregate.
booking::Result<booking::RecountPage> aggregate(const std::optional<booking::UserId>& /*after*/,
                                                std::int32_t /*page_size*/,
                                                booking::Deadline /*deadline*/) {
  // Ann's third article is committed; its increment is still on its way.
  return booking::RecountPage{
      .items = {{.user = "ann", .value = 3, .as_of = 3}, {.user = "bob", .value = 2, .as_of = 2}}};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string url = count > 1 ? arguments[1] : "redis://127.0.0.1:6379";
  const booking::RedisCounterOptions options{.master = {.url = url}, .prefix = "example:"};
  const auto store = booking::redis_counter_store(options).value();
  const booking::Counter articles{store, booking::articles_key};

  // Each article has a number in its author's row; a repeat with the same number does not count.
  articles.increment("ann", booking::EventNumber{1}).value();
  articles.increment("ann", booking::EventNumber{2}).value();
  articles.increment("ann", booking::EventNumber{2}).value();
  articles.increment("bob", booking::EventNumber{1}).value();  // his second one was lost

  const auto report = articles.reconcile(aggregate);
  if (report.error) {  // ended early; another run may begin behind `report.last`
    std::cout << report.error->log_text() << "\n";
    return 1;
  }
  for (const booking::Drift& drift : report.drifts) {
    std::cout << to_string(drift.user) << ": " << drift.before << " is " << drift.after << "\n";
  }
  // Arrives late: it is counted already.
  articles.increment("ann", booking::EventNumber{3}).value();
  const auto top = booking::top_authors(store).value();
  for (const booking::Ranked& one : top.items) {
    std::cout << to_string(one.user) << " wrote " << one.count << "\n";
  }

  const booking::Following following{booking::redis_following_store(options).value()};
  following.follow("cid", "ann").value();
  following.follow("cid", "bob").value();
  std::cout << "cid follows " << following.count("cid").value().value << "\n";
}
