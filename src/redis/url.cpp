// Reading URLs. Errors name what is wrong and never quote, as any part may turn out to be a secret.
#include "redis/url.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "booking/detail/checks.hpp"

namespace booking::inline v0::redis {

namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t longest_host = 255;

Error bad(std::string_view what) {
  return detail::invalid(Subject::store, "Redis URL: " + std::string{what});
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// The text behind percent-encoding; nothing for a bad escape or an encoded NUL.
std::optional<std::string> decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    plain += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return plain;
}

template <class Number>
std::optional<Number> number(std::string_view digits) {
  Number value{};
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc{} || end != digits.data() + digits.size() || value < Number{}) {
    return std::nullopt;
  }
  return value;
}

Result<void> read_database(std::string_view digits, Endpoint& endpoint) {
  const auto database = number<std::int32_t>(digits);
  if (!database) return bad("the database is not a number from 0");
  endpoint.database = *database;
  return Result<void>::success();
}

Result<void> read_secret(std::string_view text, std::string& into, std::string_view what) {
  auto plain = decode(text);
  if (!plain) return bad(std::string{what} + " is not well percent-encoded");
  into = *std::move(plain);
  return Result<void>::success();
}

Result<void> read_user(std::string_view info, Endpoint& endpoint) {
  const std::size_t colon = std::min(info.find(':'), info.size());
  if (auto read = read_secret(info.substr(0, colon), endpoint.user, "the user name"); !read) {
    return read;
  }
  if (colon == info.size()) return Result<void>::success();
  return read_secret(info.substr(colon + 1), endpoint.password, "the password");
}

bool host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

Result<void> read_host(std::string_view text, Endpoint& endpoint) {
  std::string_view port;
  bool good = false;
  if (text.starts_with('[')) {
    const std::size_t end = std::min(text.find(']'), text.size());
    const std::string_view literal = text.substr(1, end - 1);
    good = end < text.size() && std::all_of(literal.begin(), literal.end(), [](char c) {
             return hex_digit(c) || c == ':' || c == '.';
           });
    endpoint.host = literal;
    port = text.substr(std::min(end + 1, text.size()));
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    endpoint.host = text.substr(0, colon);
    good = std::all_of(endpoint.host.begin(), endpoint.host.end(), host_character);
    port = text.substr(colon);
  }
  if (!good || endpoint.host.empty() || endpoint.host.size() > longest_host) {
    return bad("the host is neither a name nor an address (an IPv6 address stands in brackets)");
  }
  if (port.empty()) return Result<void>::success();
  const auto value = number<std::uint16_t>(port.substr(1));
  if (port.front() != ':' || !value || *value == 0) return bad("the port is not one of 1 to 65535");
  endpoint.port = *value;
  return Result<void>::success();
}

Result<Endpoint> read_tcp(std::string_view rest) {
  Endpoint endpoint;
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return bad("nothing may follow the database (encode '?' and '#' in a password)");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  const std::string_view database = rest.substr(std::min(slash + 1, rest.size()));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_user(host.substr(0, at), endpoint); !read) return read.error();
    host.remove_prefix(at + 1);
  }
  if (auto read = read_host(host, endpoint); !read) return read.error();
  if (database.empty()) return endpoint;
  if (auto read = read_database(database, endpoint); !read) return read.error();
  return endpoint;
}

Result<void> read_option(std::string_view option, Endpoint& endpoint) {
  const std::size_t equals = std::min(option.find('='), option.size());
  const std::string_view name = option.substr(0, equals);
  const std::string_view value = option.substr(std::min(equals + 1, option.size()));
  if (name == "db") return read_database(value, endpoint);
  if (name == "user") return read_secret(value, endpoint.user, "the user name");
  if (name == "password") return read_secret(value, endpoint.password, "the password");
  return bad("only db, user and password may follow the path of a unix socket");
}

Result<Endpoint> read_unix(std::string_view rest) {
  Endpoint endpoint;
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  auto path = decode(rest.substr(0, mark));
  if (!path || !path->starts_with('/')) {
    return bad("the path of a unix socket begins with '/' (unix:///path)");
  }
  if (path->size() > longest_path) return bad("the path of the unix socket is too long");
  endpoint.path = *std::move(path);
  std::string_view options = rest.substr(std::min(mark + 1, rest.size()));
  while (!options.empty()) {
    const std::size_t end = std::min(options.find('&'), options.size());
    if (auto read = read_option(options.substr(0, end), endpoint); !read) return read.error();
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return endpoint;
}

}  // namespace

std::string Endpoint::name() const {
  if (host.empty()) return path;
  const bool bare = host.find(':') == std::string::npos;
  return (bare ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<Endpoint> parse_url(std::string_view url) {
  if (url.find('\0') != std::string_view::npos) return bad("it holds a NUL byte");
  constexpr std::string_view tcp = "redis://";
  constexpr std::string_view local = "unix://";
  if (url.starts_with(tcp)) return read_tcp(url.substr(tcp.size()));
  if (url.starts_with(local)) return read_unix(url.substr(local.size()));
  if (url.starts_with("rediss://")) return bad("TLS is not supported");
  return bad("it begins with neither redis:// nor unix://");
}

}  // namespace booking::inline v0::redis
