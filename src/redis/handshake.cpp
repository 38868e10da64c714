// Signing in, and judging a server by what it says of itself.
#include "redis/handshake.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "redis/outcome.hpp"

namespace booking::inline v0::redis {

namespace {

constexpr int oldest_major = 6;
constexpr int oldest_minor = 2;

// In the order in which they are sent.
struct Words {
  const Reply* sign_in = nullptr;
  const Reply* name = nullptr;
  const Reply* database = nullptr;
  const Reply* role = nullptr;
  const Reply* info = nullptr;
  const Reply* fsync = nullptr;
};

bool signs_in(const Endpoint& endpoint) {
  return !endpoint.user.empty() || !endpoint.password.empty();
}

// `field:value` lines, as INFO answers them.
std::string_view field(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::size_t end = std::min(info.find("\r\n"), info.size());
    const std::string_view line = info.substr(0, end);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return line.substr(name.size() + 1);
    }
    info.remove_prefix(std::min(end + 2, info.size()));
  }
  return {};
}

bool new_enough(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  auto [dot, code] = std::from_chars(version.data(), end, major);
  if (code != std::errc{}) return false;
  if (dot != end && *dot == '.') std::from_chars(dot + 1, end, minor);
  return major > oldest_major || (major == oldest_major && minor >= oldest_minor);
}

Words sort_out(const Endpoint& endpoint, const Settings& settings, std::span<const Reply> replies) {
  Words words;
  std::size_t next = 0;
  const auto take = [&](const Reply*& into, bool was_sent) {
    if (was_sent && next < replies.size()) into = &replies[next++];
  };
  take(words.sign_in, signs_in(endpoint));
  take(words.name, !settings.client_name.empty());
  take(words.database, endpoint.database != 0);
  take(words.role, true);
  take(words.info, true);
  take(words.fsync, true);
  return words;
}

// Errors of a server that will soon answer otherwise by itself.
bool passes(std::string_view text) {
  constexpr std::array<std::string_view, 4> passing = {"LOADING", "MASTERDOWN", "BUSY",
                                                       "ERR max number of clients"};
  return std::any_of(passing.begin(), passing.end(),
                     [&](std::string_view start) { return text.starts_with(start); });
}

// The server's own text may repeat what it was sent: only its first word is told.
Error refused_sign_in(const Endpoint& endpoint, std::string_view text) {
  const std::string_view word = text.substr(0, std::min<std::size_t>(text.find(' '), 20));
  return store_error(ErrorCode::unavailable,
                     endpoint.name() + " refused the user name or password (" + shown(word) + ")");
}

// The client's name is a courtesy, and the state of the file is judged without CONFIG.
const Reply* first_refusal(const Words& words) {
  for (const Reply* const reply : {words.sign_in, words.database, words.role, words.info}) {
    if (reply != nullptr && reply->is(Reply::Kind::error)) return reply;
  }
  return nullptr;
}

// How bookings could be lost, the worst first. `unsafe`: by the server's own doing.
std::vector<std::string> find_warnings(const Words& words, bool& unsafe) {
  std::vector<std::string> warnings;
  const std::string_view info = words.info->text;
  const std::string_view policy = field(info, "maxmemory_policy");
  if (policy != "noeviction") {
    warnings.push_back("maxmemory-policy is " + shown(policy) +
                       ": short of memory the server may drop bookings; set noeviction");
    unsafe = true;
  }
  if (field(info, "aof_enabled") != "1") {
    warnings.push_back(
        "there is no append-only file: when the server dies, bookings since its last snapshot (or "
        "all) are lost; set appendonly yes");
    unsafe = true;
    return warnings;
  }
  const Reply* const fsync = words.fsync;
  const bool told = fsync != nullptr && fsync->is(Reply::Kind::array) && fsync->items.size() == 2;
  if (!told) {
    warnings.emplace_back("how often the append-only file is synced could not be read");
  } else if (fsync->items[1].text != "always") {
    warnings.push_back("appendfsync is " + shown(fsync->items[1].text) +
                       ": when the machine dies, the latest bookings are lost (everysec: about a "
                       "second of them)");
  }
  return warnings;
}

}  // namespace

void add_handshake(const Endpoint& endpoint, const Settings& settings, Request& request) {
  if (!endpoint.user.empty()) {
    request.add({"AUTH", endpoint.user, endpoint.password});
  } else if (!endpoint.password.empty()) {
    request.add({"AUTH", endpoint.password});
  }
  if (!settings.client_name.empty()) request.add({"CLIENT", "SETNAME", settings.client_name});
  if (endpoint.database != 0) request.add({"SELECT", std::to_string(endpoint.database)});
  request.add({"ROLE"});
  request.add({"INFO"});
  request.add({"CONFIG", "GET", "appendfsync"});
}

Result<ServerInfo> check_handshake(const Endpoint& endpoint, const Settings& settings,
                                   std::span<const Reply> replies, bool& lasting) {
  lasting = false;
  const Words words = sort_out(endpoint, settings, replies);
  if (const Reply* const refusal = first_refusal(words)) {
    lasting = !passes(refusal->text);
    return refusal == words.sign_in && lasting ? refused_sign_in(endpoint, refusal->text)
                                               : outcome(refusal->text, Step::before_commit);
  }
  if (words.info == nullptr || words.role == nullptr || !words.info->is(Reply::Kind::text) ||
      !words.role->is(Reply::Kind::array) || words.role->items.empty()) {
    return unexpected("to ROLE and INFO is none", Step::before_commit);
  }
  const std::string_view info = words.info->text;
  const std::string& role = words.role->items[0].text;
  const auto refused = [&](ErrorCode code, const std::string& why) {
    return store_error(code, endpoint.name() + " " + why);
  };
  if (settings.role == Role::master && role != "master") {
    return refused(ErrorCode::unavailable, "is no master: " + shown(role));
  }
  if (field(info, "loading") == "1") return refused(ErrorCode::unavailable, "is still loading");
  lasting = true;
  ServerInfo server;
  server.version = field(info, "redis_version");
  server.run_id = field(info, "run_id");
  if (!new_enough(server.version)) {
    return refused(ErrorCode::broken_store, "is Redis " + shown(server.version) + ", not 6.2");
  }
  bool unsafe = false;
  server.warnings = find_warnings(words, unsafe);
  if (unsafe && settings.refuse_unsafe) {
    return refused(ErrorCode::broken_store, "is refused as unsafe: " + server.warnings[0]);
  }
  lasting = false;
  return server;
}

}  // namespace booking::inline v0::redis
