// The line that shows how far a run is: kept up to date in place on a terminal, a few plain lines
// elsewhere. Fed by Team.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace rush {

struct Standing {
  std::int64_t done = 0;
  std::int64_t total = 1;
  std::string text{};  // "1084 of 2000 users, 512 booked, 20123 calls/s"
};

class Progress {
 public:
  explicit Progress(bool json_wanted);
  void show(const Standing& standing);
  void finish(const Standing& standing);  // the last word: always shown, ends the line

 private:
  std::FILE* out_;
  bool terminal_;
  bool silent_ = false;
  std::int64_t quarters_shown_ = 0;
  std::size_t width_shown_ = 0;
};

}  // namespace rush
