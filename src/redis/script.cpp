// Running scripts, and SHA-1, the name that Redis gives them.
#include "redis/script.hpp"

#include <array>
#include <cstdint>

namespace booking::inline v0::redis {

namespace {

constexpr std::uint32_t rotate(std::uint32_t word, int by) {
  return word << by | word >> (32 - by);
}

using State = std::array<std::uint32_t, 5>;

void add_block(State& state, std::string_view block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 64; ++i) {
    words[i / 4] = words[i / 4] << 8 | static_cast<unsigned char>(block[i]);
  }
  for (std::size_t i = 16; i < 80; ++i) {
    words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t mixed = 0;
    if (i < 20) {
      mixed = ((b & c) | (~b & d)) + 0x5A827999;
    } else if (i < 40) {
      mixed = (b ^ c ^ d) + 0x6ED9EBA1;
    } else if (i < 60) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    } else {
      mixed = (b ^ c ^ d) + 0xCA62C1D6;
    }
    const std::uint32_t next = rotate(a, 5) + mixed + e + words[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

std::string sha1(std::string_view text) {
  std::string padded{text};
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(bits >> shift & 0xFF);

  State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  const std::string_view blocks = padded;
  for (std::size_t at = 0; at < blocks.size(); at += 64) add_block(state, blocks.substr(at, 64));
  std::string digits;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) digits += "0123456789abcdef"[word >> shift & 0xF];
  }
  return digits;
}

void add_call(Request& request, std::string_view verb, std::string_view script, Script::Texts keys,
              Script::Texts arguments) {
  request.begin(3 + keys.size() + arguments.size());
  request.argument(verb);
  request.argument(script);
  request.argument(std::to_string(keys.size()));
  for (const std::string_view key : keys) request.argument(key);
  for (const std::string_view argument : arguments) request.argument(argument);
}

}  // namespace

Script::Script(std::string_view text) : text_{text}, digest_{sha1(text)} {}

Result<Reply> Script::run(Connection& connection, Texts keys, Texts arguments,
                          const Deadline& deadline, Step step) const {
  Request request;
  add_call(request, "EVALSHA", digest_, keys, arguments);
  auto replies = connection.exchange(request, deadline, step);
  if (!replies) return std::move(replies).error();
  Reply& reply = replies->front();
  if (!reply.is(Reply::Kind::error) || !reply.text.starts_with("NOSCRIPT")) {
    return std::move(reply);
  }
  request.clear();
  add_call(request, "EVAL", text_, keys, arguments);
  replies = connection.exchange(request, deadline, step);
  if (!replies) return std::move(replies).error();
  return std::move(replies->front());
}

}  // namespace booking::inline v0::redis
