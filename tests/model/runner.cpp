// The comparison, and the shrinking.
#include "model/runner.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "booking/slot_inventory.hpp"
#include "booking/testing/manual_clock.hpp"
#include "model/generator.hpp"
#include "model/model.hpp"

namespace booking_test {

using namespace booking;

namespace {

// A model and an inventory that share a clock.
struct Pair {
  explicit Pair(const MakeStore& make, UserLimit limit)
      : model{limit, clock->now()},
        inventory{
            make(limit, clock), no_lock(), {.timeout = std::chrono::minutes{1}, .clock = clock}} {}

  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
  Model model;
  SlotInventory inventory;
};

std::optional<std::string> compare(Pair& pair, const Step& step, Coverage* coverage) {
  if (const auto* pass = std::get_if<PassTime>(&step)) pair.clock->advance(pass->time);
  // Nothing is swept while the gate is shut, and the model's sweep does not say so.
  const bool shut = pair.model.gate()->phase != Gate::Phase::open;
  if (shut && std::holds_alternative<command::Sweep>(step)) return std::nullopt;
  const Reply expected = carry_out(pair.model, step);
  const Reply got = carry_out(pair.inventory, step);
  if (coverage != nullptr) ++(*coverage)[got.outcome];
  if (expected.outcome == got.outcome && expected.text == got.text) return std::nullopt;
  return to_string(step) + "\n  the model: " + expected.outcome + ", " + expected.text +
         "\n  the store: " + got.outcome + ", " + got.text;
}

// Every read there is, over everything that a step may have touched.
std::vector<Step> look_at_everything() {
  std::vector<Step> steps;
  for (const SlotKey& slot : Generator::slots()) {
    steps.emplace_back(ReadSlot{slot});
    steps.emplace_back(List{{.user = {}, .slot = slot, .status = {}}, {}});
  }
  for (const ServiceId& service : Generator::services()) {
    steps.emplace_back(ReadRange{{service, "2026-01-01", "2026-12-31"}, 1000});
  }
  for (const UserId& user : Generator::users()) {
    steps.emplace_back(Current{user});
    steps.emplace_back(List{{.user = user, .slot = {}, .status = {}}, {}});
  }
  for (const Status status :
       {Status::pending, Status::confirmed, Status::rejected, Status::cancelled, Status::held,
        Status::expired, Status::completed, Status::no_show}) {
    steps.emplace_back(List{{.user = {}, .slot = {}, .status = StatusSet{status}}, {}});
  }
  return steps;
}

std::optional<std::string> compare_state(Pair& pair) {
  static const std::vector<Step> reads = look_at_everything();
  for (const Step& read : reads) {
    if (auto difference = compare(pair, read, nullptr)) return difference;
  }
  const auto gate = pair.inventory.gate();
  if (!gate || *gate != *pair.model.gate()) return "the gate is not as the model has it";
  const auto audit = pair.inventory.audit();
  if (!audit) return "audit: " + audit.error().log_text();
  if (!audit->clean()) return "audit: " + std::to_string(audit->findings.size()) + " findings";
  return std::nullopt;
}

}  // namespace

History generate_history(std::uint64_t seed, int steps) {
  static const std::array<UserLimit, 5> limits = {
      UserLimit{}, UserLimit{.max = 2}, UserLimit::pending_only(), UserLimit::none(),
      UserLimit{.max = 1, .counting = {Status::held, Status::confirmed}}};
  History history{.seed = seed, .limit = limits[seed % limits.size()]};
  Generator generator{seed};
  Model model{history.limit, testing::ManualClock{}.now()};
  for (int i = 0; i < steps; ++i) {
    history.steps.push_back(generator.next(model));
    carry_out(model, history.steps.back());
  }
  return history;
}

std::optional<Difference> replay(const MakeStore& make, const History& history,
                                 Coverage* coverage) {
  Pair pair{make, history.limit};
  for (std::size_t done = 0; done < history.steps.size();) {
    auto difference = compare(pair, history.steps[done++], coverage);
    if (!difference && (done % 100 == 0 || done == history.steps.size())) {
      difference = compare_state(pair);
    }
    if (difference) return Difference{.step = done, .text = std::move(*difference)};
  }
  return std::nullopt;
}

History shrink(const MakeStore& make, History history) {
  const auto keep_to_difference = [&](History& tried) {
    const auto difference = replay(make, tried);
    if (difference) tried.steps.resize(difference->step);
    return difference.has_value();
  };
  if (!keep_to_difference(history)) return history;
  for (std::size_t chunk = history.steps.size() / 2; chunk > 0;) {
    bool smaller = false;
    for (std::size_t at = 0; at < history.steps.size();) {
      History tried = history;
      const auto from = tried.steps.begin() + static_cast<std::ptrdiff_t>(at);
      const auto count = std::min(chunk, tried.steps.size() - at);
      tried.steps.erase(from, from + static_cast<std::ptrdiff_t>(count));
      if (keep_to_difference(tried)) {
        history = std::move(tried);
        smaller = true;
      } else {
        at += chunk;
      }
    }
    // Leaving out one step may let another go, so the finest pass is repeated while it helps.
    if (chunk > 1 || !smaller) chunk /= 2;
  }
  return history;
}

std::string report(const MakeStore& make, const History& failing) {
  const History small = shrink(make, failing);
  const auto difference = replay(make, small);
  std::string text = "BOOKING_SEED=" + std::to_string(failing.seed) + " shows it again. ";
  if (!difference) return text + "It did not show a second time: the store is not deterministic.";
  text += "Shrunk from " + std::to_string(failing.steps.size()) + " to " +
          std::to_string(small.steps.size()) + " calls, user limit " +
          std::to_string(small.limit.max) + " counting status bits " +
          std::to_string(small.limit.counting.bits()) + ":\n";
  for (const Step& step : small.steps) text += "  " + to_string(step) + "\n";
  return text + "then differs: " + difference->text;
}

}  // namespace booking_test
