// What rush says at the end: for people, or as one JSON object.
#pragma once

#include <string>

#include "crowd.hpp"
#include "ledger.hpp"
#include "options.hpp"
#include "replay.hpp"

namespace rush {

std::string crowd_text(const Crowd& crowd, const Verdict& verdict);
std::string crowd_json(const Crowd& crowd, const Verdict& verdict, const Options& options);
std::string replay_text(const Replay& replay, const Verdict& verdict);
std::string replay_json(const Replay& replay, const Verdict& verdict, const Options& options);

}  // namespace rush
