// A recorded booking history and the seats there were: two CSV files, read strictly.
#pragma once

#include <booking/booking.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rush {

// One seat in each of `nights` days from `first` on, all or none; made and perhaps given up later.
struct Request {
  std::int64_t id = 0;
  booking::ServiceId service{};
  std::chrono::sys_days made{};
  std::chrono::sys_days first{};
  std::int32_t nights = 0;
  std::optional<std::chrono::sys_days> cancelled{};
};

struct History {
  std::vector<Request> requests{};                          // as in the file
  std::map<booking::ServiceId, std::int32_t> capacities{};  // the same for every day
};

// Throws UsageError, naming file and line.
History read_history(const std::string& history_file, const std::string& capacity_file);

booking::SlotLabel label_of(std::chrono::sys_days day);  // not valid beyond the year 9999

}  // namespace rush
