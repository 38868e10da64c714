// How often tests with chance in them are repeated: BOOKING_ROUNDS times what is usual, which may
// be a part of it ("0.25").
#pragma once

#include <algorithm>
#include <cstdlib>

namespace booking_test {

inline int rounds(int usual) {
  const char* times = std::getenv("BOOKING_ROUNDS");
  return times == nullptr ? usual : std::max(1, static_cast<int>(usual * std::atof(times)));
}

}  // namespace booking_test
