// The audit against a store whose numbers are wrong, and over more than one page.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "booking/booking.hpp"

using namespace booking;

namespace {

// Passes every call on, and lies about one thing when asked.
class LyingStore final : public Store {
 public:
  enum class Lie { none, counter, moving_counter, claims };

  Lie lie = Lie::none;
  int tallies_read = 0;

  Result<Outcome> execute(const Command& command, Deadline deadline) override {
    return store_->execute(command, deadline);
  }
  Result<Answer> read(const Query& query, Deadline deadline) override {
    Result<Answer> answer = store_->read(query, deadline);
    if (!answer) return answer;
    if (auto* slots = std::get_if<std::vector<SlotTally>>(&*answer)) {
      ++tallies_read;
      for (SlotTally& tally : *slots) {
        if (lie == Lie::counter || lie == Lie::moving_counter) tally.state.used += 2;
        if (lie == Lie::moving_counter) {
          tally.state.version += static_cast<std::uint64_t>(tallies_read);
        }
      }
    }
    if (auto* users = std::get_if<std::vector<UserTally>>(&*answer); users && lie == Lie::claims) {
      for (UserTally& tally : *users) tally.counting += 4;
    }
    return answer;
  }

 private:
  std::shared_ptr<Store> store_ = memory_store();
};

struct AuditRig {
  std::shared_ptr<LyingStore> store = std::make_shared<LyingStore>();
  SlotInventory inventory{store};
  SlotKey slot{"haircut", "2026-06-01"};

  AuditRig() {
    inventory.define_service({.id = slot.service}).value();
    inventory.define_slot({.slot = slot, .capacity = 5}).value();
    inventory.book({.user = "ann", .slot = slot}).value();
  }
};

}  // namespace

TEST_CASE("the audit finds a counter that is not the sum of its bookings") {
  AuditRig rig;
  CHECK(rig.inventory.audit()->clean());
  rig.store->lie = LyingStore::Lie::counter;
  const AuditReport report = rig.inventory.audit().value();
  REQUIRE(report.findings.size() == 1);
  const AuditFinding& finding = report.findings[0];
  CHECK(finding.kind == AuditFinding::Kind::counter_differs);
  CHECK(finding.slot == rig.slot);
  CHECK(finding.recorded == 3);
  CHECK(finding.counted == 1);
}

TEST_CASE("a slot that differs and changes each time is undecided, after two more looks") {
  AuditRig rig;
  rig.store->lie = LyingStore::Lie::moving_counter;
  const AuditReport report = rig.inventory.audit().value();
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == AuditFinding::Kind::undecided);
  CHECK(rig.store->tallies_read == 3);
}

TEST_CASE("1.7 the audit finds a user with more counting bookings than allowed") {
  AuditRig rig;
  rig.store->lie = LyingStore::Lie::claims;
  const AuditReport report = rig.inventory.audit().value();
  REQUIRE(report.findings.size() == 1);
  const AuditFinding& finding = report.findings[0];
  CHECK(finding.kind == AuditFinding::Kind::user_over_limit);
  CHECK(finding.user == UserId{"ann"});
  CHECK(finding.recorded == 1);
  CHECK(finding.counted == 5);
}

TEST_CASE("the audit looks at every slot and user, however many pages they fill") {
  for (const int count : {1000, 1001, 2001}) {
    CAPTURE(count);
    SlotInventory inventory{memory_store()};
    for (int i = 0; i < count; ++i) {
      const SlotKey slot{i, "2026-06-01"};
      inventory.define_service({.id = i}).value();
      inventory.define_slot({.slot = slot, .capacity = 5}).value();
      inventory.book({.user = i, .slot = slot, .seats = 2}).value();
    }
    const AuditReport report = inventory.audit().value();
    CHECK(report.clean());
    CHECK(report.slots == count);
    CHECK(report.users == count);
    CHECK(report.seats_used == 2 * count);
  }
}

TEST_CASE("the audit keeps at most 1,000 findings") {
  AuditRig rig;
  for (int i = 0; i < 1001; ++i) {
    rig.inventory.define_service({.id = i}).value();
    rig.inventory.define_slot({.slot = {i, "2026-06-01"}, .capacity = 5}).value();
  }
  rig.store->lie = LyingStore::Lie::counter;
  CHECK(rig.inventory.audit()->findings.size() == 1000);
}
