// How often tests with chance in them are repeated: BOOKING_ROUNDS times what is usual.
#pragma once

#include <cstdlib>

namespace booking_test {

inline int rounds(int usual) {
  const char* times = std::getenv("BOOKING_ROUNDS");
  return times == nullptr ? usual : usual * std::atoi(times);
}

}  // namespace booking_test
