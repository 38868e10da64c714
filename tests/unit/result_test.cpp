// Result<T>: a value or an error, and never a success by default.
#include "booking/result.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

using namespace booking;

namespace {

Error sold_out() {
  Error error;
  error.code = ErrorCode::sold_out;
  error.limit = 2;
  return error;
}

}  // namespace

TEST_CASE("a result that nobody filled in is an error") {
  const Result<int> number;
  CHECK_FALSE(number.has_value());
  CHECK(number.error().code == ErrorCode::internal);
  const Result<void> nothing;
  CHECK_FALSE(nothing);
  CHECK(nothing.error().code == ErrorCode::internal);
}

TEST_CASE("a result of bool is true when there is a value, whatever the value") {
  const Result<bool> no{false};
  CHECK(no.has_value());
  CHECK(static_cast<bool>(no));
  CHECK_FALSE(*no);
}

TEST_CASE("a result made of an error holds it") {
  const Result<std::string> result{sold_out()};
  CHECK_FALSE(result);
  CHECK(result.error().code == ErrorCode::sold_out);
  CHECK(result.error().limit == 2);
  const Result<void> nothing{sold_out()};
  CHECK(nothing.error().code == ErrorCode::sold_out);
}

TEST_CASE("a result holds values that only move") {
  Result<std::unique_ptr<int>> result{std::make_unique<int>(7)};
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 7);
}

TEST_CASE("value gives the value, or throws the error with its sentence") {
  CHECK(Result<int>{7}.value() == 7);
  CHECK_NOTHROW(Result<void>::success().value());
  CHECK_THROWS_AS(Result<void>{sold_out()}.value(), BadResult);
  try {
    const int unreachable = Result<int>{sold_out()}.value();
    FAIL("no exception but ", unreachable);
  } catch (const BadResult& bad) {
    CHECK(bad.error().code == ErrorCode::sold_out);
    CHECK(std::string{bad.what()} == "sold out: 0 of 2 seats left");
  }
}

TEST_CASE("value_or gives the other value only for an error") {
  CHECK(Result<int>{7}.value_or(1) == 7);
  CHECK(Result<int>{sold_out()}.value_or(1) == 1);
}

TEST_CASE("and_then goes on with the value and passes an error by") {
  const auto half = [](int number) -> Result<int> {
    if (number % 2 != 0) return sold_out();
    return number / 2;
  };
  CHECK(Result<int>{8}.and_then(half).value() == 4);
  CHECK(Result<int>{7}.and_then(half).error().code == ErrorCode::sold_out);
  bool called = false;
  const auto after_error = Result<int>{sold_out()}.and_then([&](int) -> Result<int> {
    called = true;
    return 1;
  });
  CHECK_FALSE(called);
  CHECK(after_error.error().limit == 2);
}

TEST_CASE("transform changes the value and passes an error by") {
  const auto text = [](int number) { return std::to_string(number); };
  CHECK(Result<int>{8}.transform(text).value() == "8");
  CHECK(Result<int>{sold_out()}.transform(text).error().limit == 2);
}

TEST_CASE("an error can be completed where it is passed on") {
  Result<int> result{sold_out()};
  result.error().index = 3;
  CHECK(std::move(result).error().index == 3);
}
