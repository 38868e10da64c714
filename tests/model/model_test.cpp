// Every store against the naive model, and the proof that the comparison would notice.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
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

// Outcomes without which a run has proved little.
const std::vector<std::string>& interesting() {
  static const std::vector<std::string> outcomes = {"define_service ok",
                                                    "define_service unchanged",
                                                    "define_service already_exists",
                                                    "update_service ok",
                                                    "update_service unchanged",
                                                    "update_service not_found",
                                                    "define_slot ok",
                                                    "define_slot unchanged",
                                                    "define_slot already_exists",
                                                    "define_slot not_found",
                                                    "change_slot ok",
                                                    "change_slot unchanged",
                                                    "change_slot not_found",
                                                    "change_slot capacity_below_booked",
                                                    "change_slot invalid_argument",
                                                    "book ok",
                                                    "book replayed",
                                                    "book id_mismatch",
                                                    "book not_found",
                                                    "book slot_closed",
                                                    "book already_booked",
                                                    "book user_limit",
                                                    "book sold_out",
                                                    "book invalid_argument",
                                                    "book_all ok",
                                                    "book_all replayed",
                                                    "book_all id_mismatch",
                                                    "book_all not_found",
                                                    "book_all slot_closed",
                                                    "book_all already_booked",
                                                    "book_all user_limit",
                                                    "book_all sold_out",
                                                    "book_all invalid_argument",
                                                    "cancel ok",
                                                    "cancel unchanged",
                                                    "cancel not_found",
                                                    "cancel not_owner",
                                                    "cancel invalid_transition",
                                                    "cancel_all ok",
                                                    "cancel_all unchanged",
                                                    "cancel_all not_found",
                                                    "cancel_all invalid_transition",
                                                    "cancel_all invalid_argument",
                                                    "approve ok",
                                                    "approve unchanged",
                                                    "approve not_found",
                                                    "approve invalid_transition",
                                                    "approve user_limit",
                                                    "reject ok",
                                                    "reject unchanged",
                                                    "reject not_found",
                                                    "reject invalid_transition",
                                                    "find ok",
                                                    "find none",
                                                    "current ok",
                                                    "current none"};
  return outcomes;
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
    for (const std::string& outcome : interesting()) {
      CAPTURE(outcome);
      CHECK(coverage[outcome] >= static_cast<std::int64_t>(wanted / 10000));
    }
  }
}

TEST_CASE("a wrong answer of a store is found and shrunk to the few calls that lead to it") {
  const MakeStore make = [](UserLimit limit, std::shared_ptr<Clock> clock) {
    return std::make_shared<CarelessStore>(limit, std::move(clock));
  };
  const History history = generate_history(1, steps_per_history);
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
