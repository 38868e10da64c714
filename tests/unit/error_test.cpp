// The error table and the HTTP mapping, row by row against the contract.
#include "booking/error.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

#include "booking/http.hpp"

using namespace booking;

namespace {

struct Expected {
  ErrorCode code;
  std::string_view name;
  ErrorKind kind;
  int http;
  int seed;  // as system 4 answers
};

constexpr Expected contract[] = {
    {ErrorCode::invalid_argument, "invalid_argument", ErrorKind::caller, 400, 400},
    {ErrorCode::not_found, "not_found", ErrorKind::refused, 404, 404},
    {ErrorCode::not_owner, "not_owner", ErrorKind::refused, 403, 400},
    {ErrorCode::sold_out, "sold_out", ErrorKind::refused, 409, 400},
    {ErrorCode::user_limit, "user_limit", ErrorKind::refused, 409, 400},
    {ErrorCode::already_booked, "already_booked", ErrorKind::refused, 409, 400},
    {ErrorCode::already_exists, "already_exists", ErrorKind::refused, 409, 400},
    {ErrorCode::invalid_transition, "invalid_transition", ErrorKind::refused, 409, 400},
    {ErrorCode::capacity_below_booked, "capacity_below_booked", ErrorKind::refused, 409, 400},
    {ErrorCode::id_void, "id_void", ErrorKind::refused, 409, 400},
    {ErrorCode::price_changed, "price_changed", ErrorKind::refused, 409, 400},
    {ErrorCode::item_not_owned, "item_not_owned", ErrorKind::refused, 409, 400},
    {ErrorCode::insufficient_funds, "insufficient_funds", ErrorKind::refused, 402, 400},
    {ErrorCode::slot_closed, "slot_closed", ErrorKind::refused, 410, 400},
    {ErrorCode::slot_past, "slot_past", ErrorKind::refused, 410, 400},
    {ErrorCode::hold_expired, "hold_expired", ErrorKind::refused, 410, 400},
    {ErrorCode::id_expired, "id_expired", ErrorKind::refused, 410, 400},
    {ErrorCode::id_mismatch, "id_mismatch", ErrorKind::caller, 422, 400},
    {ErrorCode::locked, "locked", ErrorKind::transient, 423, 423},
    {ErrorCode::contention, "contention", ErrorKind::transient, 503, 500},
    {ErrorCode::lock_lost, "lock_lost", ErrorKind::transient, 503, 500},
    {ErrorCode::maintenance, "maintenance", ErrorKind::transient, 503, 500},
    {ErrorCode::unavailable, "unavailable", ErrorKind::transient, 503, 500},
    {ErrorCode::overloaded, "overloaded", ErrorKind::transient, 503, 500},
    {ErrorCode::timeout, "timeout", ErrorKind::transient, 503, 500},
    {ErrorCode::outcome_unknown, "outcome_unknown", ErrorKind::unknown, 504, 500},
    {ErrorCode::broken_store, "broken_store", ErrorKind::broken, 500, 500},
    {ErrorCode::internal, "internal", ErrorKind::broken, 500, 500},
};

Error made(ErrorCode code) {
  Error error;
  error.code = code;
  return error;
}

}  // namespace

TEST_CASE("every code has the name and kind that the contract gives it") {
  CHECK(std::size(contract) == detail::error_table.size());
  for (const Expected& row : contract) {
    CAPTURE(row.name);
    CHECK(to_string(row.code) == row.name);
    CHECK(kind_of(row.code) == row.kind);
    CHECK(made(row.code).kind() == row.kind);
  }
}

TEST_CASE("every code has a sentence of its own that leaves no mark unfilled") {
  std::set<std::string> sentences;
  for (const Expected& row : contract) {
    const std::string sentence = made(row.code).message();
    CAPTURE(sentence);
    CHECK(sentence.size() >= 9);
    CHECK(sentence.find('{') == std::string::npos);
    CHECK(sentence.find('}') == std::string::npos);
    CHECK(sentences.insert(sentence).second);
  }
}

TEST_CASE("4.4 every code has the HTTP status that the contract gives it, in both profiles") {
  for (const Expected& row : contract) {
    CAPTURE(row.name);
    CHECK(http_status(row.code) == row.http);
    CHECK(http_status(row.code, HttpProfile::standard) == row.http);
    CHECK(http_status(row.code, HttpProfile::seed) == row.seed);
  }
}

TEST_CASE("a sentence is filled with the error's numbers") {
  Error error = made(ErrorCode::sold_out);
  error.count = 0;
  error.limit = 2;
  CHECK(error.message() == "sold out: 0 of 2 seats left");
  error = made(ErrorCode::user_limit);
  error.count = 3;
  error.limit = 3;
  CHECK(error.message() == "this user already has 3 of 3 allowed bookings");
  error = made(ErrorCode::capacity_below_booked);
  error.count = 5;
  error.limit = 4;
  CHECK(error.message() == "5 seats are in use, more than the 4 that would be left to sell");
}

TEST_CASE("not_found says what was not found") {
  Error error = made(ErrorCode::not_found);
  CHECK(error.message() == "not found");
  error.subject = Subject::booking;
  CHECK(error.message() == "booking not found");
  error.subject = Subject::service;
  CHECK(error.message() == "service not found");
}

TEST_CASE("detail stands behind the sentence and is not interpreted") {
  Error error = made(ErrorCode::invalid_argument);
  error.detail = "seats: {count}";
  CHECK(error.message() == "the request is not valid: seats: {count}");
}

TEST_CASE("a server's own text is for the log alone, without control characters") {
  Error error = made(ErrorCode::unavailable);
  error.detail = "disk\nfull\x1b[31m";
  CHECK(error.message() == "the store cannot be reached or written; nothing was changed");
  CHECK(error.log_text() ==
        "unavailable: the store cannot be reached or written; nothing was changed: disk?full?[31m");
}

TEST_CASE("an error that nobody filled in is internal") {
  const Error error;
  CHECK(error.code == ErrorCode::internal);
  CHECK(error.kind() == ErrorKind::broken);
  CHECK(error.index == -1);
  CHECK_FALSE(error.booking.valid());
}

TEST_CASE("kinds and subjects have names") {
  CHECK(to_string(ErrorKind::refused) == "refused");
  CHECK(to_string(ErrorKind::transient) == "transient");
  CHECK(to_string(ErrorKind::unknown) == "unknown");
  CHECK(to_string(ErrorKind::caller) == "caller");
  CHECK(to_string(ErrorKind::broken) == "broken");
  CHECK(to_string(Subject::none) == "none");
  CHECK(to_string(Subject::store) == "store");
}

TEST_CASE("4.3 locked says that someone else is at it, whatever the lock is of") {
  CHECK(made(ErrorCode::locked).message() == "this is being booked by someone else");
}
