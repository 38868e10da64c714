// What stands in the keys, written and read back; and that nothing else is taken for it.
#include "redis/records.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "redis/keys.hpp"

using namespace booking;
using namespace booking::redis;
using std::chrono::milliseconds;

namespace {

const SlotKey slot_key{"haircut", "2026-06-01 10:00"};
constexpr Instant noon{milliseconds{1'780'000'000'000}};

SlotState a_slot() {
  return {.slot = slot_key,
          .capacity = 10,
          .overbook = 2,
          .status = SlotStatus::closed,
          .used = 7,
          .held = 3,
          .version = 12'345'678'901'234'567'890U,
          .lease = 18'446'744'073'709'551'615U,
          .begins_at = noon,
          .ends_at = noon + milliseconds{1},
          .next_deadline = Instant{milliseconds{-5}}};
}

Booking a_booking() {
  return {.id = BookingId{31},
          .user = "ann, {of} Ä:",
          .slot = slot_key,
          .seats = 2,
          .seats_asked = 3,
          .origin = Origin::hold,
          .status = Status::held,
          .version = 4'000'000'000U,
          .created_at = noon,
          .updated_at = noon - milliseconds{7},
          .hold_until = noon + milliseconds{99},
          .last_op = {1, 2},
          .message = "no, not\nthis; one"};
}

}  // namespace

TEST_CASE("a slot is read as it was written") {
  const SlotState slot = a_slot();
  CHECK(decode_slot(slot_key, encode(slot)) == slot);
  const SlotState plain{.slot = slot_key, .capacity = 1};
  CHECK(encode(plain) == "1,0,0,,;0;1;0;0;");
  CHECK(decode_slot(slot_key, encode(plain)) == plain);
}

TEST_CASE("a booking is read as it was written, whatever its message holds") {
  Booking booking = a_booking();
  CHECK(decode_booking(booking.id, encode(booking)) == booking);
  booking = {.id = BookingId{31},
             .user = 17,
             .slot = slot_key,
             .seats = 1,
             .seats_asked = 1,
             .status = Status::confirmed,
             .created_at = noon,
             .updated_at = noon};
  CHECK(encode(booking) == "17,haircut:2026-06-01T10:00,1,1,,0,1,1780000000000,,,,");
  CHECK(decode_booking(booking.id, encode(booking)) == booking);
}

TEST_CASE("services, policies, gates and claims are read as they were written") {
  const Service service{.id = "haircut",
                        .name = "Haircut; 10, 20",
                        .description = "line\nline\n",
                        .approval = Approval::required};
  CHECK(decode_service(service.id, encode(service)) == service);
  const Policy policy{.user_limit = UserLimit::pending_only(), .id_horizon = std::chrono::hours{1}};
  CHECK(decode_policy(encode(policy)) == policy);
  const Head head{
      .identity = short_bits(1, 2),
      .gate = {.epoch = 18'446'744'073'709'551'615U, .phase = Gate::Phase::loading, .fence = 3}};
  for (const bool change_set : {false, true}) {
    Head one = head;
    one.change_set = change_set;
    const auto read = decode_head(encode(one));
    REQUIRE(read);
    CHECK(read->gate == head.gate);
    CHECK(read->identity == head.identity);
    CHECK(read->change_set == change_set);
  }
  const std::vector<Claim> claims = {{BookingId{31}, Status::held, noon},
                                     {BookingId{32}, Status::confirmed, {}}};
  CHECK(decode_claims(encode(claims)) == claims);
}

TEST_CASE("R14 a text that no library wrote is no slot, booking, policy, gate or claim") {
  for (const char* text :
       {"", "7", "1,0,0,,;0;1;0;0", "1,0,0,,;0;1;0;0;;", "1,0,0,;0;1;0;0;", "1,0,2,,;0;1;0;0;",
        "-1,0,0,,;0;1;0;0;", "2147483647,1,0,,;0;1;0;0;", "1,0,0,,;0;1;-1;0;", "1,0,0,,;0;1;x;0;",
        "1,0,0,,;0;1;0;0;99999999999999999999", " 1,0,0,,;0;1;0;0;", "1,0,0,,;+0;1;0;0;"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_slot(slot_key, text).has_value());
  }
  const std::string good = "17,haircut:2026-06-01T10:00,1,1,,0,1,1780000000000,,,,";
  REQUIRE(decode_booking(BookingId{31}, good).has_value());
  for (const char* text :
       {"", "void", "17", "17,haircut,1,1,,0,1,1780000000000,,,,",
        "17,haircut:2026-06-31T10:00,1,1,,0,1,1780000000000,,,,",
        "%,haircut:2026-06-01T10:00,1,1,,0,1,1780000000000,,,,",
        "17,haircut:2026-06-01T10:00,8,1,,0,1,1780000000000,,,,",
        "17,haircut:2026-06-01T10:00,7,1,,0,1,1780000000000,,,,",
        "17,haircut:2026-06-01T10:00,1,0,,0,1,1780000000000,,,,",
        "17,haircut:2026-06-01T10:00,1,1,0,0,1,1780000000000,,,,",
        "17,haircut:2026-06-01T10:00,1,1,,0,1,1780000000000,9223372036854775807,,,",
        "17,haircut:2026-06-01T10:00,1,1,,0,1,1780000000000,,,short,"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_booking(BookingId{31}, text).has_value());
  }
  for (const char* text : {"", "1,131,", "0,131,604800", "1,2,604800", "1,131,604800,"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_policy(text).has_value());
  }
  for (const char* text : {"", "0", "1 short 1 0 0", "1 ---------------------- 1 4 0", "x",
                           "1 ---------------------- 1 0 0 ", "1 ---------------------- 1 0 0 x",
                           "1 ---------------------- 1 0 0 changes changes"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_head(text).has_value());
  }
  for (const char* text : {"", ";", "---------------------U", "---------------------U2",
                           "---------------------U1x", "---------------------U1;"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_claims(text).has_value());
  }
}

TEST_CASE("R14 no damage to a stored text makes reading it fail in any other way") {
  std::mt19937 random{11};
  const std::string slot = encode(a_slot());
  const std::string booking = encode(a_booking());
  for (int i = 0; i < 20'000; ++i) {
    const auto damaged = [&](std::string text) {
      for (auto left = 1 + random() % 3; left > 0; --left) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      return text.substr(0, random() % 4 == 0 ? random() % text.size() : text.size());
    };
    if (const auto read = decode_slot(slot_key, damaged(slot))) CHECK(read->used >= 0);
    if (const auto read = decode_booking(BookingId{31}, damaged(booking))) CHECK(read->seats > 0);
  }
}
