#include "progress.hpp"

#include <unistd.h>

#include <algorithm>

namespace rush {

namespace {

std::string with_bar(const Standing& standing) {
  constexpr std::int64_t width = 20;
  const std::int64_t full = width * standing.done / std::max<std::int64_t>(1, standing.total);
  std::string line = "[";
  for (std::int64_t i = 0; i < width; ++i) line += i < full ? '#' : '.';
  return line + "] " + standing.text;
}

}  // namespace

// With --json only the object may stand on standard output.
Progress::Progress(bool json_wanted)
    : out_{json_wanted ? stderr : stdout}, terminal_{isatty(fileno(out_)) == 1} {
  silent_ = json_wanted && !terminal_;
}

void Progress::show(const Standing& standing) {
  if (silent_) return;
  if (!terminal_) {
    const std::int64_t quarters = 4 * standing.done / std::max<std::int64_t>(1, standing.total);
    if (quarters <= quarters_shown_ || quarters == 4) return;
    quarters_shown_ = quarters;
    std::fprintf(out_, "%s\n", standing.text.c_str());
    std::fflush(out_);
    return;
  }
  const std::string line = with_bar(standing);
  // Blanks wipe what is left of a longer line before.
  const std::size_t blanks = width_shown_ > line.size() ? width_shown_ - line.size() : 0;
  std::fprintf(out_, "\r%s%s", line.c_str(), std::string(blanks, ' ').c_str());
  std::fflush(out_);
  width_shown_ = line.size();
}

void Progress::finish(const Standing& standing) {
  if (silent_) return;
  if (terminal_) show(standing);
  std::fprintf(out_, "%s\n", terminal_ ? "" : standing.text.c_str());
  std::fflush(out_);
}

}  // namespace rush
