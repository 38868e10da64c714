// Result<T>: a value or an Error. What every call of the library returns.
#pragma once

#include <cassert>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "booking/error.hpp"

namespace booking::inline v0 {

/// What `Result::value()` throws when there is no value.
class BadResult : public std::exception {
 public:
  explicit BadResult(Error error) : error_{std::move(error)}, what_{error_.message()} {}
  const char* what() const noexcept override { return what_.c_str(); }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
  std::string what_;
};

template <class T>
class Result;

namespace detail {

/// What a Result<T> is made from as its value: neither an Error nor a Result.
template <class U, class T>
concept ValueOf =
    !std::is_same_v<std::remove_cvref_t<U>, Error> &&
    !std::is_same_v<std::remove_cvref_t<U>, Result<T>> && std::is_constructible_v<T, U&&>;

[[noreturn]] inline void throw_bad_result([[maybe_unused]] const Error& error) {
#if defined(__cpp_exceptions)
  throw BadResult{error};
#else
  std::abort();
#endif
}

}  // namespace detail

/// A value or an Error, with some of the members of std::expected (`T` may be void).
///
/// Default construction makes an error (`internal`), so that an answer never filled in is not taken
/// for success. `*` and `->` on an error, and `error()` on a value, are undefined (asserted in
/// debug builds); `value()` throws BadResult, or aborts when built without exceptions. Keep the
/// Result while you walk through what is in it: `for (x : call().value().items)` dangles. Thread
/// safety: a value.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() noexcept : state_{std::in_place_index<0>} {}
  Result(Error error) noexcept  // NOLINT(google-explicit-constructor)
      : state_{std::in_place_index<0>, std::move(error)} {}
  template <detail::ValueOf<T> U = T>
  Result(U&& value)  // NOLINT(google-explicit-constructor,bugprone-forwarding-reference-overload)
      : state_{std::in_place_index<1>, std::forward<U>(value)} {}

  /// The value, made in its place.
  template <class... Arguments>
  explicit Result(std::in_place_t /*in_place*/, Arguments&&... arguments)
      : state_{std::in_place_index<1>, std::forward<Arguments>(arguments)...} {}

  bool has_value() const noexcept { return state_.index() == 1; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & noexcept { return *get(); }
  const T& operator*() const& noexcept { return *get(); }
  T&& operator*() && noexcept { return std::move(*get()); }
  T* operator->() noexcept { return get(); }
  const T* operator->() const noexcept { return get(); }

  T& value() & { return require(), *get(); }
  const T& value() const& { return require(), *get(); }
  T&& value() && { return require(), std::move(*get()); }
  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? *get() : static_cast<T>(std::forward<U>(other));
  }

  const Error& error() const& noexcept { return *get_error(); }
  Error& error() & noexcept { return *get_error(); }
  Error&& error() && noexcept { return std::move(*get_error()); }

  /// `next(value)`, which returns a Result, or this error.
  template <class F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::move(*get_error());
    return std::forward<F>(next)(std::move(*get()));
  }
  /// A Result of `change(value)`, or this error.
  template <class F>
  auto transform(F&& change) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return std::move(*get_error());
    return std::forward<F>(change)(std::move(*get()));
  }

  /// Says in code that the answer does not matter here.
  void ignore() const noexcept {}

 private:
  T* get() noexcept {
    assert(has_value());
    return std::get_if<1>(&state_);
  }
  const T* get() const noexcept {
    assert(has_value());
    return std::get_if<1>(&state_);
  }
  Error* get_error() noexcept {
    assert(!has_value());
    return std::get_if<0>(&state_);
  }
  const Error* get_error() const noexcept {
    assert(!has_value());
    return std::get_if<0>(&state_);
  }
  void require() const {
    if (!has_value()) detail::throw_bad_result(*get_error());
  }

  std::variant<Error, T> state_;
};

/// Success without a value, or an Error. Default construction makes an error here too.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() noexcept : error_{std::in_place} {}
  Result(Error error) noexcept  // NOLINT(google-explicit-constructor)
      : error_{std::move(error)} {}
  static Result success() noexcept { return Result{std::nullopt}; }

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (!has_value()) detail::throw_bad_result(error());
  }
  const Error& error() const& noexcept {
    assert(!has_value());
    return *error_;
  }
  Error& error() & noexcept {
    assert(!has_value());
    return *error_;
  }
  void ignore() const noexcept {}

 private:
  explicit Result(std::nullopt_t) noexcept {}

  std::optional<Error> error_;
};

}  // namespace booking::inline v0
