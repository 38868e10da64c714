// Counters that somebody changed by other means: found by the audit, put right by repair.
#include <doctest/doctest.h>

#include "booking/booking.hpp"
#include "booking/sqlite.hpp"
#include "support/long_log.hpp"
#include "support/temp_dir.hpp"

using namespace booking;
using namespace booking_test;

namespace {

const SlotKey slot{"haircut", "2026-06-01 10:00"};

// A slot of five seats, two of them booked and one held; the counter says four.
struct Tampered {
  TempDir dir;
  std::string path = dir.path("inventory.db");
  SlotInventory inventory{
      sqlite_store({.path = path, .mode = StoreMode::create, .policy = {}, .clock = {}}).value()};

  Tampered() {
    inventory.define_service({.id = "haircut"}).value();
    inventory.define_slot({.slot = slot, .capacity = 5}).value();
    inventory.book({.user = "ann", .slot = slot, .seats = 2}).value();
    inventory.hold({.user = "bob", .slot = slot}).value();
    run_outside(path, "UPDATE slots SET used = 4");
  }
  AuditFinding finding() {
    const AuditReport report = inventory.audit().value();
    REQUIRE(report.findings.size() == 1);
    return report.findings.front();
  }
};

}  // namespace

TEST_CASE("repair puts a counter right that the audit found wrong, and twice is once") {
  Tampered shop;
  const AuditFinding finding = shop.finding();
  CHECK(finding.kind == AuditFinding::Kind::counter_differs);
  CHECK(finding.recorded == 4);
  CHECK(finding.counted == 3);
  CHECK(shop.inventory.repair(finding).value().changed);
  CHECK(shop.inventory.availability(slot).value().used == 3);
  CHECK(shop.inventory.availability(slot).value().held == 1);
  CHECK(shop.inventory.audit().value().clean());
  CHECK(!shop.inventory.repair(finding).value().changed);
  CHECK(shop.inventory.availability(slot).value().used == 3);
}

TEST_CASE("repair leaves a slot alone that has changed since the audit") {
  Tampered shop;
  const AuditFinding finding = shop.finding();
  REQUIRE(shop.inventory.book({.user = "cid", .slot = slot}));
  CHECK(!shop.inventory.repair(finding).value().changed);
  CHECK(shop.inventory.availability(slot).value().used == 5);
  CHECK(shop.inventory.repair(shop.finding()).value().changed);
  CHECK(shop.inventory.availability(slot).value().used == 4);
  CHECK(shop.inventory.audit().value().clean());
}

TEST_CASE("repair is for counters of slots that are there") {
  Tampered shop;
  AuditFinding finding = shop.finding();
  finding.slot.label = "2026-06-02";
  CHECK(shop.inventory.repair(finding).error().code == ErrorCode::not_found);
  finding = shop.finding();
  finding.kind = AuditFinding::Kind::user_over_limit;
  CHECK(shop.inventory.repair(finding).error().code == ErrorCode::invalid_argument);
}
