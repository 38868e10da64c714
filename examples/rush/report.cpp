#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace rush {

namespace {

std::int64_t per_second(std::int64_t count, double seconds) {
  return static_cast<std::int64_t>(static_cast<double>(count) / std::max(seconds, 1e-9));
}

std::string hex(std::uint32_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(8) << std::setfill('0') << value;
  return out.str();
}

std::string audit_text(const Verdict& verdict) {
  std::string text = "audit: " + std::to_string(verdict.oversold) + " oversold, " +
                     std::to_string(verdict.lost) + " lost";
  if (verdict.unexplained > 0) {
    text += ", " + std::to_string(verdict.unexplained) + " that nobody was told of";
  }
  if (verdict.findings > 0) {
    text += ", " + std::to_string(verdict.findings) + " findings of the library's own audit";
  }
  return text + " (" + std::to_string(verdict.bookings) + " bookings checked)\n";
}

// Collects the fields of one flat JSON object; texts are ours and need no escapes.
class JsonObject {
 public:
  template <class Number>
  JsonObject& number(const char* name, Number value) {
    out_ << (empty_ ? "{" : ", ") << '"' << name << "\": " << value;
    empty_ = false;
    return *this;
  }
  JsonObject& text(const char* name, const std::string& value) {
    return number(name, "\"" + value + "\"");
  }
  std::string end(const Verdict& verdict) {
    number("bookings_checked", verdict.bookings);
    number("oversold", verdict.oversold);
    number("lost", verdict.lost);
    number("unexplained", verdict.unexplained);
    number("audit_findings", verdict.findings);
    number("clean", verdict.clean() ? "true" : "false");
    return out_.str() + "}\n";
  }

 private:
  std::ostringstream out_{};
  bool empty_ = true;
};

JsonObject begin(const char* mode, const Options& options, std::int32_t default_threads) {
  JsonObject object;
  object.text("mode", mode);
  object.text("store", options.memory ? "memory" : "sqlite");
  object.number("threads", options.threads.value_or(default_threads));
  object.number("seed", options.seed);
  return object;
}

// Errors are either refusals, which are answers, or failures of the run.
enum class Wanted { refusals, failures };

struct Tally {
  std::int64_t sum = 0;
  std::string by_code{};  // "4666 sold_out, 156 user_limit"
};

Tally tally(const CrowdCounts& counts, Wanted wanted) {
  Tally result;
  for (std::size_t i = 0; i < counts.errors.size(); ++i) {
    const auto code = static_cast<booking::ErrorCode>(i);
    const bool refusal = kind_of(code) == booking::ErrorKind::refused;
    const std::int64_t count = counts.errors[i];
    if (count == 0 || refusal != (wanted == Wanted::refusals)) continue;
    if (result.sum > 0) result.by_code += ", ";
    result.by_code += std::to_string(count) + " " + std::string{to_string(code)};
    result.sum += count;
  }
  return result;
}

}  // namespace

std::string crowd_text(const Crowd& crowd, const Verdict& verdict) {
  const CrowdCounts& counts = crowd.counts;
  std::ostringstream out;
  out << counts.booked << " booked, " << counts.cancelled << " cancelled, " << counts.approved
      << " approved, " << counts.rejected << " rejected\n";
  const Tally refused = tally(counts, Wanted::refusals);
  const Tally failed = tally(counts, Wanted::failures);
  if (refused.sum > 0) out << refused.sum << " refused: " << refused.by_code << "\n";
  if (failed.sum > 0) out << failed.sum << " failed: " << failed.by_code << "\n";
  out << audit_text(verdict) << "rate:  " << per_second(counts.booked, crowd.seconds)
      << " bookings/s, " << per_second(counts.calls, crowd.seconds) << " calls/s in " << std::fixed
      << std::setprecision(2) << crowd.seconds << " s\n";
  return out.str();
}

std::string crowd_json(const Crowd& crowd, const Verdict& verdict, const Options& options) {
  const CrowdCounts& counts = crowd.counts;
  JsonObject object = begin("crowd", options, 8);
  object.number("users", counts.users.load());
  object.number("calls", counts.calls.load());
  object.number("booked", counts.booked.load());
  object.number("cancelled", counts.cancelled.load());
  object.number("approved", counts.approved.load());
  object.number("rejected", counts.rejected.load());
  object.number("refused", tally(counts, Wanted::refusals).sum);
  object.number("failed", tally(counts, Wanted::failures).sum);
  object.number("seconds", crowd.seconds);
  object.number("bookings_per_second", per_second(counts.booked, crowd.seconds));
  object.number("calls_per_second", per_second(counts.calls, crowd.seconds));
  return object.end(verdict);
}

std::string replay_text(const Replay& replay, const Verdict& verdict) {
  std::ostringstream out;
  out << "requests " << replay.requests << " slots " << replay.slots << " accepted "
      << replay.accepted << " refused " << replay.refused << " cancelled " << replay.cancelled
      << " seats " << replay.seats << " crc32 " << hex(replay.checksum) << "\n"
      << audit_text(verdict) << "rate:  " << per_second(replay.requests, replay.seconds)
      << " requests/s in " << std::fixed << std::setprecision(2) << replay.seconds << " s\n";
  return out.str();
}

std::string replay_json(const Replay& replay, const Verdict& verdict, const Options& options) {
  JsonObject object = begin("history", options, 1);
  object.number("requests", replay.requests);
  object.number("slots", replay.slots);
  object.number("accepted", replay.accepted);
  object.number("refused", replay.refused);
  object.number("cancelled", replay.cancelled);
  object.number("seats", replay.seats);
  object.text("crc32", hex(replay.checksum));
  object.number("seconds", replay.seconds);
  object.number("requests_per_second", per_second(replay.requests, replay.seconds));
  return object.end(verdict);
}

}  // namespace rush
