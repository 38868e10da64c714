// The Lua twins against the rules: the same random commands on two servers, on one of them in
// batches of twins, on the other one by one through rules::decide. Same answers, same data.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "redis/inventory.hpp"
#include "redis/open.hpp"
#include "support/rounds.hpp"

using namespace booking;
using namespace booking_test;
using namespace std::chrono_literals;

namespace {

// All keys with what they hold, whatever form the server keeps it in; but for the identity, for the
// sequence, which a batch raises once, and for keys that expire, which do so in real time.
std::string contents(const RedisServer& server) {
  return server.ask(
      {"EVAL",
       "local keys = redis.call('KEYS', '*') table.sort(keys) local all = {} "
       "for _, key in ipairs(keys) do "
       "  local kind, value = redis.call('TYPE', key).ok, {} "
       "  if kind == 'zset' then value = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') "
       "  elseif kind == 'hash' then "
       "    for _, field in ipairs(redis.call('HKEYS', key)) do "
       "      value[#value + 1] = field .. '=' .. redis.call('HGET', key, field) end "
       "    table.sort(value) "
       "  else value = {redis.call('GET', key)} end "
       "  value = table.concat(value, ' ') "
       "  if string.find(key, ':gate$') then value = string.gsub(value, '^1 %S+', '') end "
       "  local stays = redis.call('PTTL', key) == -1 and not string.find(key, ':seq$') "
       "  if stays then all[#all + 1] = key .. ' ' .. value end "
       "end return table.concat(all, '\\n')",
       "0"});
}

// The lines that only one of them has.
std::string difference(const RedisServer& a, const RedisServer& b) {
  std::map<std::string, int> lines;
  const auto count = [&](const RedisServer& server, int by) {
    std::istringstream all{contents(server)};
    for (std::string line; std::getline(all, line);) lines[line] += by;
  };
  count(a, 1);
  count(b, -1);
  std::string text;
  for (const auto& [line, only] : lines) {
    if (only != 0) text += (only > 0 ? "\n< " : "\n> ") + line.substr(0, 300);
  }
  return text;
}

std::string spelt(const Result<Outcome>& outcome) {
  if (!outcome) {
    const Error& e = outcome.error();
    return std::string{to_string(e.code)} + " " + e.log_text() + " " + std::to_string(e.count) +
           "/" + std::to_string(e.limit);
  }
  const Receipt& r = outcome->receipt;
  const Booking& b = r.booking;
  std::string text = r.changed ? "changed" : "unchanged";
  if (r.replayed) text += " replayed";
  const auto add = [&](auto number) { text += " " + std::to_string(number); };
  text += " " + to_string(b.user) + " " + std::string{b.slot.label.text()} + " ";
  text += to_string(b.status);
  add(b.seats);
  add(b.seats_asked);
  add(static_cast<int>(b.origin));
  add(b.version);
  add(b.created_at.time_since_epoch().count());
  add(b.updated_at.time_since_epoch().count());
  add(b.hold_until ? b.hold_until->time_since_epoch().count() : 0);
  add(b.last_op.high);
  return text;
}

// A small busy world, so that commands meet.
class Commands {
 public:
  explicit Commands(std::uint64_t seed) : random_{seed} {
    while (slots_.size() < 6) slots_.push_back({});
  }

  // In place of a slot that perhaps has ended or was closed for good.
  Command new_slot(Instant now) {
    SlotKey& slot = slots_[next_slot_ % slots_.size()];
    const auto day = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} +
                     std::chrono::days{static_cast<int>(++next_slot_)};
    const std::chrono::year_month_day date{day};
    std::array<char, 16> label{};
    std::snprintf(label.data(), label.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    slot = {services[at(2)], SlotLabel{label.data()}};
    return {.body = command::DefineSlot{
                {.slot = slot,
                 .capacity = static_cast<std::int32_t>(at(8)),
                 .overbook = static_cast<std::int32_t>(at(3)),
                 .begins_at = at(3) == 0 ? std::optional{now + at_ms(4000)} : std::nullopt}}};
  }
  // What a command booked is moved later.
  void booked(BookingId id) { ids_[next_id_++ % ids_.size()] = id; }

  // One that has a twin.
  Command twin(Instant now) {
    Command made;
    switch (at(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        made.body = command::Book{{.id = new_id(now),
                                   .user = user(),
                                   .slot = slot(),
                                   .seats = seats(),
                                   .second_in_slot = second(),
                                   .again = at(20) == 0}};
        break;
      case 4:
      case 5:
        made.body = command::Hold{{.id = new_id(now),
                                   .user = user(),
                                   .slot = slot(),
                                   .seats = seats(),
                                   .ttl = std::chrono::milliseconds{at(300) + 1},
                                   .second_in_slot = second(),
                                   .again = at(20) == 0}};
        break;
      case 6:
      case 7:
        made.body = command::Confirm{{.id = known_id(),
                                      .user = owner(),
                                      .seats = at(3) == 0 ? std::optional{seats()} : std::nullopt,
                                      .op = op()}};
        break;
      default:
        made.body = command::Cancel{{.id = known_id(), .user = owner(), .op = op()}};
    }
    guard(made, now);
    return made;
  }

  // Whatever else moves the same things.
  Command other(Instant now) {
    Command made;
    switch (at(9)) {
      case 0:
        made.body = command::ChangeSlot{
            {.slot = slot(), .capacity = static_cast<std::int32_t>(at(8)), .force = true}};
        break;
      case 1:
        made.body = command::ChangeSlot{
            {.slot = slot(), .status = at(4) == 0 ? SlotStatus::closed : SlotStatus::open}};
        break;
      case 2:
        made.body = command::ChangeSlot{{.slot = slot(), .ends_at = now + at_ms(400)}};
        break;
      case 3: {
        const auto policies =
            std::to_array<UserLimit>({UserLimit::none(), UserLimit{}, UserLimit::none(),
                                      UserLimit{.max = 3}, UserLimit::pending_only()});
        made.body = command::ChangePolicy{{.user_limit = policies[at(5)]}};
        break;
      }
      case 4:
        made.body = command::Sweep{.max = static_cast<std::int32_t>(at(5) + 1)};
        break;
      case 5:
        made.body = command::Approve{{.id = known_id(), .op = new_op()}};
        break;
      case 6:
        made.body = command::Extend{{.id = known_id(), .ttl = at_ms(300) + 1ms, .op = new_op()}};
        break;
      case 7:
        made.body = command::Resolve{known_id()};
        break;
      default:
        made.body = command::Complete{{.id = known_id(), .op = new_op()}};
    }
    return made;
  }

  std::size_t at(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  std::chrono::milliseconds at_ms(std::size_t below) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(at(below))};
  }

  std::vector<ServiceId> services{"approved", "haircut"};

 private:
  BookingId new_id(Instant now) {
    if (at(8) == 0) return known_id();
    const bool integer = at(12) == 0;
    const BookingId id =
        integer ? BookingId{static_cast<std::int64_t>(at(1'000'000'000))}
                : BookingId::from_halves(
                      static_cast<std::uint64_t>(
                          (now - at_ms(at(30) == 0 ? 700'000'000 : 100)).time_since_epoch().count())
                              << 16 |
                          0x7000U | at(4096),
                      random_() >> 2 | std::uint64_t{1} << 63);
    if (at(20) == 0) booked(id);
    return id;
  }
  BookingId known_id() {
    const BookingId id = ids_[at(ids_.size())];
    return id.valid() ? id : BookingId{7};
  }
  UserId user() { return at(2) == 0 ? UserId{static_cast<std::int64_t>(at(8))} : names_[at(4)]; }
  std::optional<UserId> owner() { return at(4) == 0 ? std::optional{user()} : std::nullopt; }
  SlotKey slot() {
    return at(60) == 0 ? SlotKey{services[0], "2030-01-01"} : slots_[at(slots_.size())];
  }
  std::int32_t seats() { return static_cast<std::int32_t>(at(3) + 1); }
  SecondInSlot second() { return at(4) == 0 ? SecondInSlot::allow : SecondInSlot::refuse; }
  OpId new_op() { return {random_(), random_() | 1U}; }
  OpId op() {
    if (at(6) != 0) last_op_ = new_op();
    return last_op_;
  }
  void guard(Command& made, Instant now) {
    if (at(30) == 0) made.guard.epoch = at(3);
    if (at(10) == 0) made.guard.lease = lease_ += at(3);
    if (at(200) == 0) made.guard.lease = 1;
    if (at(4) == 0) made.guard.not_after = now + (at(10) == 0 ? -1ms : 50ms);
  }

  std::mt19937_64 random_;
  std::vector<SlotKey> slots_{};
  std::size_t next_slot_ = 0;
  std::array<BookingId, 24> ids_{};
  std::size_t next_id_ = 0;
  std::uint64_t lease_ = 1;
  OpId last_op_ = new_op();
  std::array<UserId, 4> names_{"ann", "bob o'neil", "ünal, zoë", "100%;:"};
};

// How often the server ran a script.
std::int64_t scripts(const RedisServer& server) {
  const std::string all = server.ask({"INFO", "commandstats"});
  const std::string mark = "cmdstat_evalsha:calls=";
  const std::size_t at = all.find(mark);
  return at == std::string::npos ? 0 : std::stoll(all.substr(at + mark.size()));
}

void compare_twins_with_rules(int wanted) {
  const RedisInventory in_batches;
  RedisInventory one_by_one;
  one_by_one.clock = in_batches.clock;
  auto& clock = *in_batches.clock;
  const Clock steady;
  const auto open = [](const RedisInventory& where, bool twins) {
    return redis::open_store(where.options(StoreMode::create), twins).value();
  };
  const auto twins = open(in_batches, true);
  const auto rules = open(one_by_one, false);
  const auto soon = [&] { return Deadline{steady, 20s}; };

  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  Commands commands{seed};
  const auto both = [&](const Command& command) {
    const std::string a = spelt(twins->execute(command, soon()));
    const std::string b = spelt(rules->execute(command, soon()));
    REQUIRE(a == b);
  };
  for (const ServiceId& service : commands.services) {
    both({command::DefineService{
        {.id = service,
         .name = "S",
         .approval = service == "approved" ? Approval::required : Approval::automatic}}});
  }
  for (int i = 0; i < 6; ++i) both(commands.new_slot(clock.now()));

  int done = 0;
  std::int64_t batches = 0;
  std::map<std::string, int> seen;  // verb and answer
  const std::int64_t scripts_before = scripts(in_batches.server);
  while (done < wanted) {
    std::vector<Command> batch;
    const std::size_t size = commands.at(24) + 1;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(commands.twin(clock.now()));
    const auto answers = twins->execute_each(batch, soon());
    REQUIRE(answers.size() == size);
    for (std::size_t i = 0; i < size; ++i) {
      const auto expected = rules->execute(batch[i], soon());
      const std::string wanted_text = spelt(expected);
      CAPTURE(done);
      CAPTURE(batch[i].body.index());
      if (spelt(answers[i]) != wanted_text) {
        CHECK(difference(in_batches.server, one_by_one.server) == "");
      }
      REQUIRE(spelt(answers[i]) == wanted_text);
      const std::string word = expected ? expected->receipt.replayed ? "replayed" : "done"
                                        : std::string{to_string(expected.error().code)};
      ++seen[std::to_string(batch[i].body.index()) + " " + word];
      if (word == "done" && expected->receipt.changed)
        commands.booked(expected->receipt.booking.id);
    }
    done += static_cast<int>(size);
    ++batches;
    if (commands.at(3) == 0) both(commands.other(clock.now()));
    if (commands.at(2) == 0) clock.advance(commands.at_ms(80));
    if (commands.at(20) == 0) both(commands.new_slot(clock.now()));
    if (batches % 400 == 0) {
      REQUIRE(difference(in_batches.server, one_by_one.server) == "");
    }
  }
  REQUIRE(difference(in_batches.server, one_by_one.server) == "");
  const std::int64_t runs = scripts(in_batches.server) - scripts_before;
  std::string summary = std::to_string(runs) + " runs of scripts for " + std::to_string(done) +
                        " commands in " + std::to_string(batches) + " batches;";
  for (const auto& [what, count] : seen) summary += " " + what + ": " + std::to_string(count) + ",";
  MESSAGE(summary);
}

}  // namespace

TEST_CASE("a batch of Lua twins answers and leaves behind what the rules would, one by one") {
  compare_twins_with_rules(15'000);
}

TEST_CASE("so do a great many more batches of Lua twins") {
  compare_twins_with_rules(rounds(200'000));
}

TEST_CASE("R14 what stands in the place of a slot's list stops the booking behind a cancel") {
  const RedisInventory redis;
  SlotInventory inventory = redis.fill();
  const BookingId ann = inventory.book(request("ann")).value().booking.id;
  const std::string list = "{booking}:sb:haircut:2026-06-01T10:00";
  REQUIRE(redis.server.ask({"TYPE", list}) == "zset");
  redis.server.ask({"SET", list, "mine"});
  const auto store = redis.try_open().value();
  const Command batch[] = {{.body = command::Cancel{{.id = ann, .op = OpId::generate()}}},
                           {.body = command::Book{request("bob")}}};
  const Clock steady;
  const auto answers = store->execute_each(batch, Deadline{steady, 20s});
  CHECK(answers[0].has_value());
  REQUIRE_FALSE(answers[1].has_value());
  CHECK(answers[1].error().code == ErrorCode::broken_store);
  CHECK(inventory.find(std::get<command::Book>(batch[1].body).request.id).value() == std::nullopt);
  CHECK(inventory.availability(ten).value().used == 0);
  CHECK(redis.server.ask({"GET", list}) == "mine");
}
