// Names of keys and the texts in them.
#include "redis/keys.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "redis/records.hpp"

using namespace booking;
using namespace booking::redis;

namespace {

// Ids of 1 to 47 bytes out of what is special somewhere, and out of ordinary letters.
std::string hostile_id(std::mt19937& random) {
  static const std::vector<std::string> pieces = {"{", "}",  ":", "%", "%3A", "*",  "?", "[",
                                                  "]", "\\", " ", ",", ";",   "a",  "A", "0",
                                                  "-", ".",  "~", "_", "é",   "\"", "'", "\u202E"};
  std::string id;
  for (auto left = 1 + random() % 12; left > 0; --left) id += pieces[random() % pieces.size()];
  return id;
}

}  // namespace

TEST_CASE("K1 two different ids never make one key, nor one of another kind") {
  std::mt19937 random{7};
  const Keys keys{"booking"};
  std::set<std::string> ids;
  for (int i = 0; i < 20'000; ++i) ids.insert(hostile_id(random));
  std::set<std::string> all = {keys.gate(),     keys.seq(), keys.policy(),  keys.relied_on(),
                               keys.services(), keys.due(), keys.buckets(), keys.voids()};
  std::size_t made = all.size();
  for (const std::string& id : ids) {
    const ServiceId service{id};
    const UserId user{id};
    if (!user.valid()) continue;
    for (const SlotLabel label : {SlotLabel{"2026-06-01"}, SlotLabel{"2026-06-01 10:00"}}) {
      const SlotKey slot{service, label};
      for (const std::string& key : {keys.slot(slot), keys.holds(slot), keys.bookings(slot)}) {
        all.insert(key);
        ++made;
      }
      CHECK(read_slot_text(slot_text(slot)) == slot);
    }
    for (const std::string& key :
         {keys.service(service), keys.slots(service), keys.user(user), keys.history(user)}) {
      all.insert(key);
      ++made;
    }
    CHECK(read_ordered(ordered(service)) == service);
  }
  CHECK(all.size() == made);
  CHECK(made > 50'000);
}

TEST_CASE("an encoded id holds nothing that means something in a key, a pattern or a record") {
  std::mt19937 random{8};
  for (int i = 0; i < 5'000; ++i) {
    const std::string id = hostile_id(random);
    const std::string text = encoded(id);
    CHECK(text.find_first_of("{}:*?[]\\ ,;\n") == std::string::npos);
    CHECK(decoded(text) == id);
  }
}

TEST_CASE("an encoded text that nothing was encoded to has no meaning") {
  for (const char* text : {"%", "%4", "%zz", "%3a", "a b", "{", "é"}) {
    CAPTURE(text);
    CHECK_FALSE(decoded(text).has_value());
  }
}

TEST_CASE("short ids are ordered as the ids are, and read back") {
  std::mt19937_64 random{9};
  std::vector<BookingId> ids = {BookingId{1}, BookingId{63}, BookingId{64},
                                BookingId{std::int64_t{9223372036854775807}}};
  for (int i = 0; i < 2'000; ++i) {
    ids.push_back(BookingId{static_cast<std::int64_t>(random() >> (1 + random() % 62))});
    ids.push_back(BookingId::from_halves(((random() >> 16) << 16) | 0x7000U | (random() & 0xFFFU),
                                         (random() >> 2) | (std::uint64_t{1} << 63)));
  }
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
    if (!ids[i].valid() || !ids[i + 1].valid()) continue;
    CHECK(short_id(ids[i]).size() == short_id_size);
    CHECK(long_id(short_id(ids[i])) == ids[i]);
    CHECK((short_id(ids[i]) < short_id(ids[i + 1])) == (ids[i] < ids[i + 1]));
    CHECK((bucket_of(ids[i]) <= bucket_of(ids[i + 1]) || ids[i + 1] < ids[i]));
  }
  CHECK_FALSE(long_id("").valid());
  CHECK_FALSE(long_id("0123456789012345678901").valid());
  CHECK_FALSE(long_id("----------------------").valid());
}

TEST_CASE("services are listed in the order of their ids") {
  const std::vector<ServiceId> ascending = {
      std::numeric_limits<std::int64_t>::min(), -3, 0, 7, 17, "017", "a", "b"};
  for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
    CHECK(ascending[i] < ascending[i + 1]);
    CHECK(ordered(ascending[i]) < ordered(ascending[i + 1]));
  }
}
