// The change set of a Redis inventory names what random calls write, by whichever way they go.
#ifdef BOOKING_TEST_REDIS_SERVER
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include "model/runner.hpp"
#include "redis/open.hpp"
#include "support/change_set_witness.hpp"

using namespace booking;
using namespace booking_test;

TEST_CASE("the change set has one element for each commit, and that names what was written") {
  struct Way {
    std::string name;
    CommitMode commit;
    bool twins;
  };
  const std::vector<Way> ways = {{"twins and scripts", CommitMode::script, true},
                                 {"scripts", CommitMode::script, false},
                                 {"watch", CommitMode::watch, false}};
  constexpr int histories = 3;
  constexpr int steps = 1500;
  const std::uint64_t first_seed = std::random_device{}();
  for (const Way& way : ways) {
    CAPTURE(way.name);
    Coverage coverage;
    for (std::uint64_t i = 0; i < histories; ++i) {
      const std::uint64_t seed = first_seed + i;
      CAPTURE(seed);
      const RedisServer server;
      const MakeStore make = [&](UserLimit limit, std::shared_ptr<Clock> clock) {
        auto store = redis::open_store({.url = server.url(),
                                        .mode = StoreMode::create,
                                        .commit = way.commit,
                                        .policy = Policy{.user_limit = limit},
                                        .change_set = true,
                                        .clock = std::move(clock)},
                                       way.twins);
        REQUIRE_MESSAGE(store.has_value(), store.error().log_text());
        return std::make_shared<ChangeSetWitness>(server, *store);
      };
      CHECK_FALSE(replay(make, generate_history(seed, steps), &coverage).has_value());
    }
    std::istringstream operations{
        "define_service update_service define_slot change_slot import_slots set_gate book hold "
        "book_all extend confirm cancel cancel_all approve reject complete no_show reschedule "
        "purge"};
    for (std::string operation; operations >> operation;) {
      CHECK_MESSAGE(coverage[operation + " ok"] > 0, operation);
    }
    CHECK(coverage["resolve none"] > 0);
    CHECK(coverage["sweep"] > 0);
  }
}
#endif
