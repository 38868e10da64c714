// A Lua script as the server is asked to run it: by its digest, by its text when the server has
// forgotten it. Used by store.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "redis/connection.hpp"

namespace booking::inline v0::redis {

/// Thread safety: a value that never changes.
class Script {
 public:
  using Texts = std::span<const std::string_view>;

  /// `text` must outlive this.
  explicit Script(std::string_view text);

  /// Runs it, alone in its pipeline. The digest unknown to the server means that nothing was done,
  /// and the text is sent on the same connection. Errors: as Connection::exchange.
  Result<Reply> run(Connection& connection, Texts keys, Texts arguments, const Deadline& deadline,
                    Step step) const;

  /// The 40 hexadecimal digits by which EVALSHA knows it.
  const std::string& digest() const noexcept { return digest_; }

 private:
  std::string_view text_;
  std::string digest_;
};

}  // namespace booking::inline v0::redis
