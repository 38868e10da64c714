// The script and the transaction against the rules: at random the same commands to all of them, the
// same answers and the same market demanded.
#include <cstdlib>
#include <random>

#include "market/setup.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// Random commands in a small world, so that all of them meet: few users, items, prices and ops.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_{seed} {}

  MarketCommand next() {
    MarketCommand command;
    command.verb = static_cast<MarketCommand::Verb>(pick({1, 6, 10, 12, 3}));
    command.user = user();
    command.seller = command.user;
    command.op = {1, ++ops_};
    command.again = below(8) == 0;
    if (command.verb == MarketCommand::Verb::put_account) {
      command.name = below(2) == 0 ? "x" : "y z";
      command.amount = below(2) == 0 ? most_funds - below(3) : 50 * below(3);
    } else {
      command.item = "i." + std::to_string(below(6));
    }
    if (command.verb == MarketCommand::Verb::list_item) command.amount = price();
    if (command.verb == MarketCommand::Verb::purchase_item) {
      while (command.seller == command.user) command.seller = user();
      command.amount = price();
    }
    // An op comes twice now and then, mostly with its own request.
    if (below(10) == 0 && latest_.op.valid()) {
      if (below(3) > 0) return latest_;
      command.op = latest_.op;
    }
    latest_ = command;
    return command;
  }

  static UserId user(std::uint32_t number) { return "u" + std::to_string(number); }
  static constexpr std::uint32_t users = 4;

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  UserId user() { return user(below(users + 1)); }  // one more than there are
  std::int64_t price() {
    constexpr std::int64_t prices[] = {1, 10, 10, 60, most_funds - 1, most_funds - 1};
    return prices[below(std::size(prices))];
  }
  int pick(std::initializer_list<std::uint32_t> weights) {
    std::uint32_t all = 0;
    for (const std::uint32_t weight : weights) all += weight;
    std::uint32_t left = below(all);
    int index = 0;
    for (const std::uint32_t weight : weights) {
      if (left < weight) return index;
      left -= weight;
      ++index;
    }
    return 0;
  }

  std::mt19937 random_;
  std::uint64_t ops_ = 0;
  MarketCommand latest_{};
};

std::string state_of(MarketStore& store) {
  std::string text;
  for (std::uint32_t i = 0; i <= Generator::users; ++i) {
    const auto account = store.account(Generator::user(i), within(seconds{20})).value();
    text += account ? account->name + ":" + std::to_string(account->funds) + " " : "- ";
    const auto owned = store.items(Generator::user(i), within(seconds{20})).value();
    for (const ItemId& item : owned.items) text += to_string(item) + " ";
  }
  const auto page = store.browse({}, 1000, within(seconds{20})).value();
  for (const Listing& one : page.items) {
    text += to_string(one.item) + "." + to_string(one.seller) + "=" + std::to_string(one.price);
  }
  return text;
}

// How often each verdict came.
using Seen = std::array<int, market_rules::table.size()>;

void compare(CommitMode commit, int commands, Seen& seen) {
  const RedisServer server;
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  Generator generator{seed};
  std::shared_ptr<MarketStore> plain;
  std::shared_ptr<MarketStore> redis;
  for (int i = 0; i < commands; ++i) {
    // Money moves to where it cannot be spent in time: begin anew now and then.
    if (i % 500 == 0) {
      server.ask({"FLUSHALL"});
      plain = memory_market_store();
      redis = redis_market(server.url(), commit);
    }
    const MarketCommand command = generator.next();
    CAPTURE(i);
    CAPTURE(market_rules::request_text(command));
    const auto expected = plain->execute(command, within(seconds{20})).value();
    const auto outcome = redis->execute(command, within(seconds{20}));
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().log_text());
    REQUIRE(std::string{market_rules::row(outcome->verdict).name} ==
            std::string{market_rules::row(expected.verdict).name});
    REQUIRE(outcome->replayed == expected.replayed);
    ++seen[static_cast<std::size_t>(expected.verdict)];
    if (i % 20 == 0) REQUIRE(state_of(*redis) == state_of(*plain));
  }
  REQUIRE(state_of(*redis) == state_of(*plain));
}

// Every verdict must have come, but for those of damage.
void check_seen(const Seen& seen) {
  for (const market_rules::Row& row : market_rules::table) {
    if (row.verdict == MarketVerdict::damaged) continue;
    CAPTURE(row.name);
    CHECK(seen[static_cast<std::size_t>(row.verdict)] > 0);
  }
}

int commands_or(int usual) {
  const char* const given = std::getenv("BOOKING_MODEL_COMMANDS");
  return given == nullptr ? usual : std::atoi(given);
}

}  // namespace

TEST_CASE("3.7 the script says and does what the rules say, at random") {
  Seen seen{};
  compare(CommitMode::script, commands_or(100'000), seen);
  check_seen(seen);
}

TEST_CASE("3.7 the transaction says and does what the rules say, at random") {
  Seen seen{};
  compare(CommitMode::watch, commands_or(30'000), seen);
  check_seen(seen);
}
