// The map from what a server answers, or fails to answer, to our errors.
#include "redis/outcome.hpp"

#include <doctest/doctest.h>

#include <string>

#include "booking/time.hpp"

using booking::Error;
using booking::ErrorCode;
using booking::redis::ends_connection;
using booking::redis::outcome;
using booking::redis::shown;
using booking::redis::Step;

namespace {

struct Row {
  const char* reply;
  ErrorCode before_commit;
  ErrorCode commit;
  bool ends;
};

constexpr auto unavailable = ErrorCode::unavailable;
constexpr auto unknown = ErrorCode::outcome_unknown;
constexpr auto broken = ErrorCode::broken_store;
constexpr auto internal = ErrorCode::internal;

constexpr Row rows[] = {
    {"READONLY You can't write against a read only replica.", unavailable, unavailable, true},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     unavailable, unavailable, true},
    {"CLUSTERDOWN The cluster is down", unavailable, unavailable, false},
    {"CLUSTERDOWN Hash slot not served", unavailable, unavailable, false},
    {"LOADING Redis is loading the dataset in memory", unavailable, unavailable, false},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     unavailable, unavailable, false},
    {"TRYAGAIN Multiple keys request during rehashing of slot", unavailable, unavailable, false},
    {"NOREPLICAS Not enough good replicas to write.", unavailable, unavailable, false},
    {"ERR max number of clients reached", unavailable, unavailable, true},
    {"MOVED 2121 127.0.0.1:7002", unavailable, unavailable, false},
    {"ASK 2121 127.0.0.1:7002", unavailable, unavailable, false},
    {"CROSSSLOT Keys in request don't hash to the same slot", internal, internal, false},
    {"OOM command not allowed when used memory > 'maxmemory'.", unavailable, unavailable, false},
    {"OOM command not allowed when used memory > 'maxmemory'. script: f1, on @user_script:1.",
     unavailable, unavailable, false},
    {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist",
     unavailable, unavailable, false},
    {"NOSCRIPT No matching script. Please use EVAL.", unavailable, unavailable, false},
    {"NOAUTH Authentication required.", unavailable, unavailable, true},
    {"WRONGPASS invalid username-password pair or user is disabled.", unavailable, unavailable,
     true},
    {"NOPERM this user has no permissions to run the 'get' command", unavailable, unavailable,
     false},
    {"DENIED Redis is running in protected mode", unavailable, unavailable, true},
    {"EXECABORT Transaction discarded because of previous errors.", unavailable, unavailable,
     false},
    {"EXECABORT Transaction discarded because of: CROSSSLOT Keys in request", internal, internal,
     false},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", broken, broken, false},
    {"WRONGTYPE Operation against a key holding the wrong kind of value script: f1, on "
     "@user_script:3.",
     broken, broken, false},
    {"ERR value is not an integer or out of range", broken, broken, false},
    {"ERR increment or decrement would overflow", broken, broken, false},
    {"ERR user_script:2: attempt to perform arithmetic on a nil value script: f1, on "
     "@user_script:2.",
     broken, broken, false},
    {"ERR Error running script (call to f_f1): @user_script:2: user_script:2: attempt to call",
     broken, broken, false},
    {"ERR Error running script: Script killed by user with SCRIPT KILL.", unavailable, unavailable,
     false},
    {"ERR unknown command 'EVALSHA', with args beginning with: 's3cret'", internal, internal,
     false},
    {"ERR wrong number of arguments for 'get' command", internal, internal, false},
    {"ERR EXEC without MULTI", internal, internal, false},
    {"ERR Protocol error: invalid bulk length", unavailable, unknown, false},
    {"ERR something that nobody has heard of", unavailable, unavailable, false},
    {"READONLYISH", unavailable, unavailable, false},
    {"", unavailable, unavailable, false},
};

}  // namespace

TEST_CASE("every error reply has its meaning, before the commit and at it") {
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    CHECK(to_string(outcome(row.reply, Step::before_commit).code) == to_string(row.before_commit));
    CHECK(to_string(outcome(row.reply, Step::read).code) == to_string(row.before_commit));
    CHECK(to_string(outcome(row.reply, Step::commit).code) == to_string(row.commit));
    CHECK(ends_connection(row.reply) == row.ends);
  }
}

TEST_CASE("an error names the node that a cluster points to") {
  CHECK(outcome("MOVED 2121 127.0.0.1:7002", Step::commit).detail.find("127.0.0.1:7002") !=
        std::string::npos);
}

TEST_CASE("E12 the server's text is cut at 200 bytes, and holds nothing but printable ASCII") {
  CHECK(shown("a\r\nb\x1B[2J\xC3\xA4\x7F") == "a\\x0d\\x0ab\\x1b[2J\\xc3\\xa4\\x7f");
  CHECK(shown(std::string(200, 'x')).size() <= 200);
  CHECK(shown(std::string(1 << 20, 'x')).size() <= 200);
  CHECK(shown(std::string(1 << 20, '\n')).size() <= 200);
  CHECK(outcome(std::string(1 << 20, '\n'), Step::commit).detail.size() < 250);
}

TEST_CASE("E8 arguments that an error repeats are not shown") {
  const Error error = outcome(rows[29].reply, Step::before_commit);
  CHECK(error.detail.find("EVALSHA") != std::string::npos);
  CHECK(error.log_text().find("s3cret") == std::string::npos);
}

TEST_CASE("a lost reply is outcome_unknown only where a commit was handed over") {
  const Error timeout = booking::redis::store_error(ErrorCode::timeout, "waited");
  CHECK(booking::redis::lost(timeout, true, Step::commit).code == ErrorCode::outcome_unknown);
  CHECK(booking::redis::lost(timeout, false, Step::commit).code == ErrorCode::timeout);
  CHECK(booking::redis::lost(timeout, true, Step::before_commit).code == ErrorCode::timeout);
  CHECK(booking::redis::lost(timeout, true, Step::read).code == ErrorCode::timeout);
}

TEST_CASE("an answer of an impossible shape is outcome_unknown at a commit, else unavailable") {
  CHECK(booking::redis::unexpected("has no seats", Step::commit).code ==
        ErrorCode::outcome_unknown);
  CHECK(booking::redis::unexpected("has no seats", Step::read).code == ErrorCode::unavailable);
}
