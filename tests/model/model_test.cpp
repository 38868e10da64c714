// Every store against the naive model, and the proof that the comparison would notice.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include "model/runner.hpp"
#include "support/stores.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int steps_per_history = 2500;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Answers without which a run has proved little: an operation and how it ended.
struct Answers {
  std::string operation;
  std::string outcomes;  // a word each
};

const std::vector<Answers>& interesting() {
  static const std::vector<Answers> answers = {
      {"define_service", "ok unchanged already_exists maintenance"},
      {"update_service", "ok unchanged not_found maintenance"},
      {"define_slot", "ok unchanged already_exists not_found invalid_argument maintenance"},
      {"change_slot",
       "ok unchanged not_found slot_past capacity_below_booked invalid_argument maintenance"},
      {"import_slots", "ok unchanged not_found invalid_argument maintenance"},
      {"set_gate", "ok unchanged invalid_transition invalid_argument"},
      {"book",
       "ok replayed invalid_argument id_mismatch id_void id_expired maintenance not_found "
       "slot_closed slot_past already_booked user_limit sold_out"},
      {"hold",
       "ok replayed invalid_argument id_mismatch id_void id_expired maintenance not_found "
       "slot_closed slot_past already_booked user_limit sold_out"},
      {"book_all",
       "ok replayed invalid_argument id_mismatch id_void id_expired maintenance not_found "
       "slot_closed slot_past already_booked user_limit sold_out"},
      {"extend",
       "ok unchanged id_mismatch maintenance not_found not_owner hold_expired "
       "invalid_transition"},
      {"confirm",
       "ok unchanged replayed id_mismatch invalid_argument maintenance not_found not_owner "
       "hold_expired invalid_transition"},
      {"cancel",
       "ok unchanged replayed id_mismatch maintenance not_found not_owner hold_expired "
       "invalid_transition"},
      {"cancel_all",
       "ok unchanged invalid_argument maintenance not_found hold_expired invalid_transition"},
      {"approve",
       "ok unchanged replayed id_mismatch maintenance not_found not_owner invalid_transition"},
      {"reject", "ok unchanged replayed id_mismatch maintenance not_found invalid_transition"},
      {"complete",
       "ok unchanged replayed id_mismatch maintenance not_found not_owner invalid_transition"},
      {"no_show",
       "ok unchanged replayed id_mismatch maintenance not_found not_owner invalid_transition"},
      {"reschedule",
       "ok replayed invalid_argument id_mismatch id_void id_expired maintenance not_found "
       "not_owner slot_closed slot_past invalid_transition sold_out"},
      {"resolve", "ok none"},
      {"purge", "ok"},
      {"find", "ok none"},
      {"current", "ok none"},
  };
  return answers;
}

// The same, of answers that random calls seldom lead to.
const std::vector<Answers>& interesting_and_rare() {
  static const std::vector<Answers> answers = {
      {"approve", "user_limit"},
      {"extend", "replayed"},
      {"reschedule", "hold_expired already_booked"},
      {"purge", "maintenance"},
      {"resolve", "maintenance"},
  };
  return answers;
}

void check_coverage(Coverage& coverage, const std::vector<Answers>& wanted, std::uint64_t least) {
  for (const Answers& answers : wanted) {
    std::istringstream words{answers.outcomes};
    for (std::string word; words >> word;) {
      const std::string outcome = answers.operation + " " + word;
      CAPTURE(outcome);
      CHECK(coverage[outcome] >= static_cast<std::int64_t>(least));
    }
  }
}

// A store whose cancel forgets to ask whose booking it is.
class CarelessStore final : public Store {
 public:
  CarelessStore(UserLimit limit, std::shared_ptr<Clock> clock)
      : store_{memory_store({.policy = {.user_limit = limit}, .clock = std::move(clock)})} {}
  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    Command changed = command;
    if (auto* cancel = std::get_if<command::Cancel>(&changed.body)) cancel->request.user.reset();
    return store_->execute(changed, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    return store_->read(query, deadline);
  }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace

TEST_CASE("a store answers random calls exactly as the naive model does") {
  const std::uint64_t first_seed = number_from_environment("BOOKING_SEED", std::random_device{}());
  const std::uint64_t wanted = number_from_environment("BOOKING_MODEL_COMMANDS", 100000);
  for (const StoreUnderTest& store : stores_under_test()) {
    CAPTURE(store.name);
    const MakeStore& make = store.make_at;
    Coverage coverage;
    std::uint64_t done = 0;
    std::uint64_t seed = first_seed;
    for (; done < wanted; ++seed, done += steps_per_history) {
      const History history = generate_history(seed, steps_per_history);
      if (!replay(make, history, &coverage)) continue;
      FAIL(store.name << " differs from the model. " << report(make, history));
    }
    MESSAGE(store.name << ": " << done
                       << " calls as the model has them, from BOOKING_SEED=" << first_seed);
    if (std::getenv("BOOKING_MODEL_COVERAGE") != nullptr) {
      for (const auto& [outcome, count] : coverage) MESSAGE(outcome << ": " << count);
    }
    if (wanted < 100000) continue;  // too few for chance to bring every answer
    check_coverage(coverage, interesting(), wanted / 10000);
    check_coverage(coverage, interesting_and_rare(), wanted / 100000);
    std::int64_t moves_of_void_ids = 0;
    for (const char* move : {"extend", "confirm", "cancel", "approve", "reject", "complete"}) {
      moves_of_void_ids += coverage[std::string{move} + " id_void"];
    }
    CHECK(moves_of_void_ids >= static_cast<std::int64_t>(wanted / 20000));
  }
}

TEST_CASE("a wrong answer of a store is found and shrunk to the few calls that lead to it") {
  const MakeStore make = [](UserLimit limit, std::shared_ptr<Clock> clock) {
    return std::make_shared<CarelessStore>(limit, std::move(clock));
  };
  const History history = generate_history(5, steps_per_history);
  REQUIRE(replay(make, history));
  const History small = shrink(make, history);
  CHECK(small.steps.size() == 4);  // a service, a slot, a booking, the cancel
  CHECK(report(make, history).find("not_owner") != std::string::npos);
}

TEST_CASE("a seed makes the same history each time, another seed another one") {
  const auto spelt = [](std::uint64_t seed) {
    std::string all;
    for (const Step& step : generate_history(seed, 500).steps) all += to_string(step) + "\n";
    return all;
  };
  CHECK(spelt(7) == spelt(7));
  CHECK(spelt(7) != spelt(8));
}
