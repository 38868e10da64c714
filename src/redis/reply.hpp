// Replies of a server, cut out of the stream of bytes it sends. No I/O. Used by connection; the
// replies themselves by everything above it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace booking::inline v0::redis {

struct Reply {
  enum class Kind : std::uint8_t { nil, integer, text, status, error, array };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text{};  ///< of text, status and error
  std::vector<Reply> items{};

  bool is(Kind wanted) const noexcept { return kind == wanted; }
};

/// Bytes in, replies out. A stream that is not RESP2, or a reply beyond the limits, ends it: the
/// bytes behind it mean nothing.
/// Thread safety: one thread at a time.
class Replies {
 public:
  static constexpr int deepest = 7;                     // arrays within arrays
  static constexpr std::size_t most_items = 1'000'000;  // of one reply, all levels together
  static constexpr std::size_t most_bytes = 64u << 20;  // of one reply, as sent

  Replies();
  ~Replies();
  Replies(Replies&&) noexcept;
  Replies& operator=(Replies&&) noexcept;

  void feed(std::string_view bytes);
  /// The next whole reply; none: it has not come yet, or failed().
  std::optional<Reply> next();
  bool failed() const noexcept;
  /// Whether bytes were fed that no reply was made of yet.
  bool pending() const noexcept;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace booking::inline v0::redis
