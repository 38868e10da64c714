// A process is killed at every call that it makes on the disk, from its first change of each sort
// to the closing of the file: all of the step under way is there or nothing, and all before it.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>

#include "support/healthy.hpp"
#include "support/process.hpp"
#include "support/rounds.hpp"
#include "support/scene.hpp"
#include "support/sqlite_inventory.hpp"

using namespace booking;
using namespace booking_test;

namespace {

// What a worker wrote down before it was killed.
struct Report {
  std::size_t told = 0;        // steps acknowledged
  std::string place{"start"};  // the step under way
  std::string call{};          // at which it was killed; empty: it was not

  explicit Report(const std::string& path) {
    std::ifstream lines{path};
    std::string word;
    std::string rest;
    while (lines >> word >> rest) {
      if (word == "step") {
        place = Story::name(std::stoul(rest));
      } else if (word == "done") {
        told = std::stoul(rest) + 1;
        place = "after " + std::string{Story::name(told - 1)};
      } else {
        call = word + ' ' + rest;
      }
    }
  }
};

constexpr int times_each = 20;

// What was left by a worker that was to be killed at its nth call.
Report run_worker(const Scene& scene, Plot plot, int seed, int nth) {
  const std::string log = scene.dir.path("report");
  std::filesystem::remove(log);
  scene.restore();
  Process worker{{BOOKING_TEST_FAULT_WORKER, "story", scene.path, std::to_string(seed),
                  std::to_string(nth), plot == Plot::whole ? "whole" : "checkpoint", log}};
  const auto ended = worker.wait(std::chrono::seconds{60});
  Report report{log};
  REQUIRE((report.call.empty() ? ended == 0 : !ended.has_value()));
  return report;
}

// Kills one worker after the other, until one comes to its end; counts where.
void kill_everywhere(const Scene& scene, Plot plot, int seed, std::map<std::string, int>& killed) {
  const Story story = story_of(plot, static_cast<std::uint64_t>(seed));
  std::map<std::string, int> seen;
  for (int nth = 1;; ++nth) {
    CAPTURE(seed);
    CAPTURE(nth);
    const Report report = run_worker(scene, plot, seed, nth);
    const std::string at = report.place + ", " + report.call;
    CAPTURE(at);
    const auto inventory = scene.open();
    check_and_finish(story, *inventory, report.told);
    SqliteFile file{scene.path};
    check_sound(file);
    if (report.call.empty()) return;
    ++killed[at + ' ' + std::to_string(++seen[at])];
  }
}

}  // namespace

TEST_CASE("A2 killed at any call on the disk, a step is there as a whole or not at all") {
  const Healthy healthy;
  const Scene scene;
  for (const Plot plot : both_plots) {
    std::map<std::string, int> killed;  // by step, call, and which of them within the step
    const int each = rounds(times_each);
    for (int round = 0; round < each; ++round) {
      kill_everywhere(scene, plot, round, killed);
    }
    for (const auto& place : killed) {
      INFO(place.first);
      CHECK(place.second >= each);
    }
    CHECK(killed.size() > 100);
    MESSAGE(killed.size() << " places to be killed at");
  }
}
