// Ctrl-C and kill: remembered, so that rush can stop its threads and clean up behind itself.
#pragma once

namespace rush {

void watch_for_stop();  // from now on; once, at the start of main
bool stop_wanted() noexcept;

}  // namespace rush
