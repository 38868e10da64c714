// A process that dies (SIGKILL) at any moment of a call: its proxy kills it behind and before each
// piece of what it sends and gets. Who repeats the call with the same id finds it done or does it,
// and once.
#include <functional>

#include "redis_fault/setup.hpp"
#include "support/proxy.hpp"

using namespace booking;
using namespace booking_test;

namespace {

constexpr int times_each = 20;
constexpr milliseconds short_lock_ttl{25};
constexpr std::chrono::hours long_hold{1};  // as the worker's

// How the store was found after the deaths.
struct Found {
  int points = 0;  // at which the worker died, times_each times at each
  int done = 0;
  int not_done = 0;
  int locked = 0;
};

struct Crime {
  std::string verb;
  milliseconds lock_life{0};  // 0: without a lock
  std::function<void(BookingId)> before;
  std::function<bool(BookingId)> is_done;
  std::function<void(BookingId)> repeat;
};

class Scene {
 public:
  explicit Scene(const CommitModeUnderTest& mode) : mode_{mode} {}

  // Kills the worker at each point in turn until it lives through the call.
  Found kill_everywhere(const Crime& crime) {
    Found found;
    proxy_.heal();
    REQUIRE(finish(crime) == success);  // from now on the server knows the scripts
    for (std::int64_t piece = 1;; ++piece) {
      REQUIRE(piece < 100);
      for (const bool behind : {false, true}) {
        CAPTURE(piece);
        CAPTURE(behind);
        const int before = proxy_.killed();
        for (int i = 0; i < times_each; ++i) {
          proxy_.set({.kill_at = piece, .kill_behind = behind});
          if (!die(crime, found)) break;
        }
        if (proxy_.killed() == before) return found;
        REQUIRE(proxy_.killed() == before + times_each);
        ++found.points;
      }
    }
  }

  int used() const { return look(witness_.direct, 0).used; }

  RedisServer server{};

 private:
  std::optional<int> finish(const Crime& crime, BookingId id = BookingId::generate()) {
    crime.before(id);
    Process worker{{BOOKING_TEST_REDIS_WORKER, "once", proxy_.url(), mode_.name,
                    std::to_string(crime.lock_life.count()), crime.verb, to_string(id)}};
    return worker.wait(patience);
  }

  // False: there is no such point.
  bool die(const Crime& crime, Found& found) {
    const BookingId id = BookingId::generate();
    const int killed = proxy_.killed();
    const auto ended = finish(crime, id);
    proxy_.heal();
    const bool shot = proxy_.killed() != killed;
    if (!shot || ended) {  // behind the last piece it may be over and out first
      CHECK(ended == success);
      CHECK(crime.is_done(id));
      if (!shot) return false;
    }
    const bool locked = !holder(server, 0).empty();
    const int left = ms_left(server, 0);
    CHECK(left != -1);  // no end
    CHECK(left <= short_lock_ttl.count());
    ++(crime.is_done(id) ? found.done : found.not_done);
    found.locked += locked;
    crime.repeat(id);
    CHECK(crime.is_done(id));
    return true;
  }

  static constexpr int success = 100;

  const CommitModeUnderTest& mode_;
  Witness witness_{server, 1, 1'000'000};
  Proxy proxy_{server.path()};

 public:
  SlotInventory direct = witness_.direct;
};

// The keys that stand for holds.
int companions(const RedisServer& server) {
  return std::stoi(server.ask({"EVAL", "return #redis.call('KEYS', '*}:c:*')", "0"}));
}

bool is_booked(const SlotInventory& inventory, BookingId id) {
  const auto found = inventory.find(id).value();
  return found && found->live();
}

// The worker died at every point there is, and what it left is what was found.
void check(const CommitModeUnderTest& mode, Scene& scene, const Found& found, int used,
           const std::string& how = {}) {
  MESSAGE(mode.name << how << ": killed at " << found.points << " points, " << found.done
                    << " times done, " << found.not_done << " not, " << found.locked
                    << " times locked");
  CHECK(found.points >= 8);  // behind and before a request and its reply, looking and writing
  CHECK(found.done >= times_each);
  CHECK(found.not_done >= times_each);
  CHECK(scene.used() == used);
  check_conservation(scene.direct, clinic, UserLimit::none());
  wait_until_workers_are_gone(scene.server);
}

}  // namespace

TEST_CASE("A1 a worker killed at any point of a booking leaves it done or not, and then once") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    for (const milliseconds life : {milliseconds{0}, short_lock_ttl}) {
      CAPTURE(mode.name);
      CAPTURE(life.count());
      Scene scene{mode};
      SlotInventory locked{open_store(scene.server.url(), mode),
                           lock_at(scene.server.url(), seconds{10}, patience), one_attempt()};
      SlotInventory& repeating = life.count() == 0 ? scene.direct : locked;
      int booked = 0;
      const Found found = scene.kill_everywhere(
          {.verb = "book",
           .lock_life = life,
           .before = [&](BookingId) { CHECK(scene.used() == booked++); },
           .is_done = [&](BookingId id) { return is_booked(scene.direct, id); },
           .repeat =
               [&](BookingId id) {
                 const auto again = repeating.book(
                     {.id = id, .user = UserId{to_string(id)}, .slot = slot(0), .again = true});
                 REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
               }});
      check(mode, scene, found, booked, life.count() == 0 ? "" : " under the lock");
      CHECK((found.locked >= times_each) == (life.count() != 0));
      CHECK(locks_taken(scene.server) == "0");
    }
  }
}

TEST_CASE("A1 a worker killed at any point of a hold leaves it done or not, and then once") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    Scene scene{mode};
    int held = 0;
    const Found found =
        scene.kill_everywhere({.verb = "hold",
                               .before = [&](BookingId) { CHECK(scene.used() == held++); },
                               .is_done = [&](BookingId id) { return is_booked(scene.direct, id); },
                               .repeat =
                                   [&](BookingId id) {
                                     const auto again =
                                         scene.direct.hold({.id = id,
                                                            .user = UserId{to_string(id)},
                                                            .slot = slot(0),
                                                            .ttl = long_hold,
                                                            .again = true});
                                     REQUIRE_MESSAGE(again.has_value(), again.error().log_text());
                                     CHECK(again->booking.status == Status::held);
                                   }});
    check(mode, scene, found, held);
    CHECK(companions(scene.server) == held);
  }
}

TEST_CASE("A1 a worker killed at any point of a confirm leaves it done or not, and then once") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    Scene scene{mode};
    int held = 0;
    const Found found = scene.kill_everywhere(
        {.verb = "confirm",
         .before =
             [&](BookingId id) {
               CHECK(scene.used() == held++);
               REQUIRE(scene.direct.hold(
                   {.id = id, .user = UserId{to_string(id)}, .slot = slot(0), .ttl = long_hold}));
             },
         .is_done =
             [&](BookingId id) {
               return scene.direct.find(id).value()->status == Status::confirmed;
             },
         .repeat =
             [&](BookingId id) {
               REQUIRE(scene.direct.confirm({.id = id, .user = {}, .seats = {}}));
             }});
    check(mode, scene, found, held);
    CHECK(companions(scene.server) == 0);
  }
}

TEST_CASE("A1 a worker killed at any point of a cancel leaves it done or not, and then once") {
  for (const CommitModeUnderTest& mode : commit_modes()) {
    CAPTURE(mode.name);
    Scene scene{mode};
    const Found found = scene.kill_everywhere(
        {.verb = "cancel",
         .before =
             [&](BookingId id) {
               CHECK(scene.used() == 0);
               REQUIRE(
                   scene.direct.book({.id = id, .user = UserId{to_string(id)}, .slot = slot(0)}));
             },
         .is_done = [&](BookingId id) { return !is_booked(scene.direct, id); },
         .repeat = [&](BookingId id) { REQUIRE(scene.direct.cancel({.id = id})); }});
    check(mode, scene, found, 0);
  }
}
