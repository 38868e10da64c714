// A pipeline of commands in the form that goes over the wire. No I/O. Used by store and connection.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace booking::inline v0::redis {

/// Arguments may hold any bytes. Refuses nothing: whoever adds keeps an argument below 512 MiB.
/// Thread safety: one thread at a time.
class Request {
 public:
  void add(std::initializer_list<std::string_view> arguments) {
    add(std::span<const std::string_view>{arguments.begin(), arguments.size()});
  }
  void add(std::span<const std::string_view> arguments) {
    begin(arguments.size());
    for (const std::string_view text : arguments) argument(text);
  }
  /// A command of `count` arguments, its name among them, which must then follow one by one.
  void begin(std::size_t count) {
    header('*', count);
    ++commands_;
  }
  void argument(std::string_view text) {
    header('$', text.size());
    bytes_ += text;
    bytes_ += "\r\n";
  }

  std::string_view bytes() const noexcept { return bytes_; }
  /// How many replies will come.
  std::size_t commands() const noexcept { return commands_; }
  void clear() noexcept {
    bytes_.clear();
    commands_ = 0;
  }

 private:
  void header(char kind, std::size_t count) {
    bytes_ += kind;
    bytes_ += std::to_string(count);
    bytes_ += "\r\n";
  }

  std::string bytes_;
  std::size_t commands_ = 0;
};

}  // namespace booking::inline v0::redis
