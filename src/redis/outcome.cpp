// The table from Redis's error replies to ours.
#include "redis/outcome.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace booking::inline v0::redis {

namespace {

struct Row {
  std::string_view start;  // of the reply, up to the end of a word
  ErrorCode code;
  bool ends_connection = false;
};

// Replies that are given before anything was done, so that the step does not matter. The first row
// that fits counts. A script's writes all come behind its checks, and Redis refuses a script for
// lack of memory, disk or replicas at its first write only.
constexpr std::array table = {
    Row{"READONLY", ErrorCode::unavailable, true},
    Row{"MASTERDOWN", ErrorCode::unavailable, true},
    Row{"LOADING", ErrorCode::unavailable},
    Row{"BUSY", ErrorCode::unavailable},
    Row{"OOM", ErrorCode::unavailable},
    Row{"MISCONF", ErrorCode::unavailable},
    Row{"NOREPLICAS", ErrorCode::unavailable},
    Row{"CLUSTERDOWN", ErrorCode::unavailable},
    Row{"TRYAGAIN", ErrorCode::unavailable},
    Row{"MOVED", ErrorCode::unavailable},  // the text names the node
    Row{"ASK", ErrorCode::unavailable},
    Row{"CROSSSLOT", ErrorCode::internal},
    Row{"NOSCRIPT", ErrorCode::unavailable},
    Row{"NOAUTH", ErrorCode::unavailable, true},
    Row{"WRONGPASS", ErrorCode::unavailable, true},
    Row{"NOPERM", ErrorCode::unavailable},
    Row{"DENIED", ErrorCode::unavailable, true},  // protected mode
    Row{"EXECABORT", ErrorCode::unavailable},
    Row{"ERR max number of clients", ErrorCode::unavailable, true},
    Row{"ERR unknown command", ErrorCode::internal},
    Row{"ERR Unknown subcommand", ErrorCode::internal},
    Row{"ERR wrong number of arguments", ErrorCode::internal},
    Row{"ERR syntax error", ErrorCode::internal},
    Row{"ERR Error compiling script", ErrorCode::internal},
    Row{"ERR EXEC without MULTI", ErrorCode::internal},
    Row{"ERR MULTI calls can not be nested", ErrorCode::internal},
    Row{"ERR WATCH inside MULTI is not allowed", ErrorCode::internal},
    // What is stored is not of the kind that we store.
    Row{"WRONGTYPE", ErrorCode::broken_store},
    Row{"ERR value is not an integer", ErrorCode::broken_store},
    Row{"ERR value is not a valid float", ErrorCode::broken_store},
    Row{"ERR hash value is not an integer", ErrorCode::broken_store},
    Row{"ERR increment or decrement would overflow", ErrorCode::broken_store},
};

constexpr std::string_view exec_abort = "EXECABORT Transaction discarded because of: ";

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  if (!text.starts_with(word)) return false;
  if (text.size() == word.size()) return true;
  const char behind = text[word.size()];
  return behind == ' ' || behind == ',' || behind == '.' || behind == ':';
}

const Row* row_of(std::string_view reply) noexcept {
  const auto* const found = std::find_if(table.begin(), table.end(), [&](const Row& row) {
    return starts_with_word(reply, row.start);
  });
  return found == table.end() ? nullptr : &*found;
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

ErrorCode code_of(std::string_view reply, Step step) noexcept {
  if (reply.starts_with(exec_abort)) {
    return code_of(reply.substr(exec_abort.size()), Step::before_commit);
  }
  if (const Row* const row = row_of(reply)) return row->code;
  const bool commit = step == Step::commit;
  if (contains(reply, "Protocol error")) {
    return commit ? ErrorCode::outcome_unknown : ErrorCode::unavailable;
  }
  // Only a script that has written nothing can be killed.
  if (contains(reply, "Script killed by user")) return ErrorCode::unavailable;
  // Our scripts fail on nothing but data they do not expect, and perhaps in the middle.
  if (contains(reply, "user_script") || contains(reply, "Error running script")) {
    return ErrorCode::broken_store;
  }
  return ErrorCode::unavailable;
}

}  // namespace

Error outcome(std::string_view reply, Step step) {
  return store_error(code_of(reply, step), "the server answered: " + shown(reply));
}

Error lost(Error error, bool handed_over, Step step) {
  if (handed_over && step == Step::commit) error.code = ErrorCode::outcome_unknown;
  return error;
}

Error unexpected(std::string_view what, Step step) {
  return lost(store_error(ErrorCode::unavailable, "the server's answer " + std::string{what}), true,
              step);
}

Error gave_up(const Deadline& deadline, std::string_view waited_for) {
  return store_error(deadline.stopped() ? ErrorCode::unavailable : ErrorCode::timeout,
                     "waited for " + std::string{waited_for});
}

Error store_error(ErrorCode code, std::string detail) {
  Error error;
  error.code = code;
  error.subject = Subject::store;
  error.detail = std::move(detail);
  return error;
}

Error broken(std::string detail) {
  return store_error(ErrorCode::broken_store, std::move(detail));
}

bool ends_connection(std::string_view reply) noexcept {
  const Row* const row = row_of(reply);
  return row != nullptr && row->ends_connection;
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 200;
  constexpr std::string_view more = "...";
  constexpr std::string_view digits = "0123456789abcdef";
  text = text.substr(0, text.find(", with args beginning with"));
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7F;
    if (clean.size() + (plain ? 1 : 4) + more.size() > longest) return clean += more;
    if (plain) {
      clean += c;
    } else {
      clean += {'\\', 'x', digits[byte >> 4], digits[byte & 0xF]};
    }
  }
  return clean;
}

}  // namespace booking::inline v0::redis
