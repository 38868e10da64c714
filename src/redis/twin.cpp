// A command in fourteen fields, an answer in four.
#include "redis/twin.hpp"

#include <array>
#include <utility>
#include <variant>

namespace booking::inline v0::redis {

namespace {

/// As twin.lua names them; empty: none.
struct TwinFields {
  std::string_view verb{};
  BookingId id{};
  std::string user{};
  std::string seats{};
  std::string slot{};
  std::string second{};
  std::string again{};
  std::string bucket{};
  std::string made{};
  std::string ttl{};
  std::string op{};
};

std::string age_of(BookingId id) {
  return id.is_integer() ? std::string{} : encode(id.made_at());
}

template <class Request>
TwinFields new_booking(std::string_view verb, const Request& r) {
  return {.verb = verb,
          .id = r.id,
          .user = encoded(r.user),
          .seats = std::to_string(r.seats),
          .slot = slot_text(r.slot),
          .second = r.second_in_slot == SecondInSlot::refuse ? "" : "1",
          .again = r.again ? "1" : "",
          .bucket = bucket_of(r.id),
          .made = age_of(r.id)};
}

template <class Request>
TwinFields move(std::string_view verb, const Request& r) {
  return {.verb = verb,
          .id = r.id,
          .user = r.user ? encoded(*r.user) : std::string{},
          .op = r.op.valid() ? short_bits(r.op.high, r.op.low) : std::string{}};
}

TwinFields fields_of(const Command& command) {
  if (const auto* book = std::get_if<command::Book>(&command.body)) {
    return new_booking("book", book->request);
  }
  if (const auto* hold = std::get_if<command::Hold>(&command.body)) {
    TwinFields fields = new_booking("hold", hold->request);
    fields.ttl = std::to_string(hold->request.ttl.count());
    return fields;
  }
  if (const auto* confirm = std::get_if<command::Confirm>(&command.body)) {
    TwinFields fields = move("confirm", confirm->request);
    if (confirm->request.seats) fields.seats = std::to_string(*confirm->request.seats);
    return fields;
  }
  return move("cancel", std::get<command::Cancel>(command.body).request);
}

BookingId id_of(const Command& command) {
  return fields_of(command).id;
}

}  // namespace

bool has_twin(const Command& command) {
  const Command::Body& body = command.body;
  return std::holds_alternative<command::Book>(body) ||
         std::holds_alternative<command::Hold>(body) ||
         std::holds_alternative<command::Confirm>(body) ||
         std::holds_alternative<command::Cancel>(body);
}

bool TwinRun::add(const Command& command) {
  TwinFields fields = fields_of(command);
  const std::string id = short_id(fields.id);
  const std::string user = "u" + fields.user;
  if (taken_.contains(id) || (!fields.user.empty() && taken_.contains(user))) return false;
  taken_.insert(id);
  if (!fields.user.empty()) taken_.insert(user);
  keys_.push_back(keys_of_->booking(fields.id));
  const Guard& guard = command.guard;
  const auto all = std::to_array<std::string>(
      {std::string{fields.verb}, id,
       guard.not_after == Instant{} ? std::string{} : encode(guard.not_after),
       std::to_string(guard.epoch), std::to_string(guard.lease), std::move(fields.user),
       std::move(fields.seats), std::move(fields.slot), std::move(fields.second),
       std::move(fields.again), std::move(fields.bucket), std::move(fields.made),
       std::move(fields.ttl), std::move(fields.op)});
  arguments_.insert(arguments_.end(), all.begin(), all.end());
  return true;
}

std::optional<Booking> carried_out(const Command& command, const Reply& reply) {
  if (!reply.is(Reply::Kind::text)) return std::nullopt;
  return decode_booking(id_of(command), reply.text);
}

bool take_facts(const Command& command, Reply reply, Facts& facts) {
  std::vector<Reply>& items = reply.items;
  if (items.size() != 1 && items.size() != 4) return false;
  const BookingId id = id_of(command);
  SlotKey slot;
  UserId user;
  if (const auto* book = std::get_if<command::Book>(&command.body)) {
    slot = book->request.slot;
    user = book->request.user;
  } else if (const auto* hold = std::get_if<command::Hold>(&command.body)) {
    slot = hold->request.slot;
    user = hold->request.user;
  } else if (const auto booking = decode_booking(id, items[0].text)) {
    slot = booking->slot;
    user = booking->user;
  } else if (items.size() == 4) {
    return false;
  }
  facts.put_booking(id, std::move(items[0]));
  if (items.size() == 4) {
    facts.put_slot(slot, std::move(items[1]), std::move(items[2]));
    facts.put_claims(user, slot, std::move(items[3]));
  }
  return true;
}

}  // namespace booking::inline v0::redis
