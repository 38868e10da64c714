#include "history_file.hpp"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "options.hpp"

namespace rush {

namespace {

using Days = std::chrono::sys_days;

// Gives one line after the other as fields, and knows where it is when something is wrong.
class Csv {
 public:
  Csv(const std::string& file, std::string_view header) : file_{file}, in_{file} {
    if (!in_) throw UsageError{"cannot read " + in_quotes(file) + "; is the name right?"};
    if (!next_line() || line_ != header) fail("the first line must be " + std::string{header});
    for (const char c : header) columns_ += c == ',' ? 1U : 0U;
  }

  bool next() {
    if (!next_line()) {
      if (in_.bad()) fail("cannot be read on");
      return false;
    }
    fields_.clear();
    std::string_view rest = line_;
    for (std::size_t comma = 0; comma != std::string_view::npos;) {
      comma = rest.find(',');
      fields_.push_back(rest.substr(0, comma));
      if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
    }
    if (fields_.size() == columns_) return true;
    fail("needs " + std::to_string(columns_) + " fields, has " + std::to_string(fields_.size()));
  }

  bool empty(std::size_t column) const { return fields_[column].empty(); }

  template <class Number>
  Number number(std::size_t column, Number least, Number most) const {
    const std::string_view text = fields_[column];
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= least && value <= most) return value;
    fail(in_quotes(text) + " is not a whole number from " + std::to_string(least) + " to " +
         std::to_string(most));
  }

  booking::ServiceId service(std::size_t column) const {
    const booking::ServiceId id{fields_[column]};
    if (id.valid()) return id;
    fail(in_quotes(fields_[column]) + " is not a service");
  }

  Days day(std::size_t column) const {
    const std::string_view text = fields_[column];
    if (!booking::SlotLabel{text}.is_day()) {
      fail(in_quotes(text) + " is not a date YYYY-MM-DD");
    }
    const auto part = [&](std::size_t at, std::size_t size) {
      unsigned value = 0;
      std::from_chars(text.data() + at, text.data() + at + size, value);
      return value;
    };
    return Days{std::chrono::year{static_cast<int>(part(0, 4))} / std::chrono::month{part(5, 2)} /
                std::chrono::day{part(8, 2)}};
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw UsageError{file_ + ", line " + std::to_string(line_number_) + ": " + what};
  }

 private:
  bool next_line() {
    ++line_number_;
    if (!std::getline(in_, line_)) return false;
    if (line_.ends_with('\r')) line_.pop_back();
    return true;
  }

  std::string file_;
  std::ifstream in_;
  std::string line_{};
  std::size_t line_number_ = 0;
  std::size_t columns_ = 1;
  std::vector<std::string_view> fields_{};  // into line_
};

Request read_request(const Csv& csv) {
  constexpr std::int32_t longest_stay = 256;  // one book_all takes no more
  Request request{.id = csv.number<std::int64_t>(0, 1, std::numeric_limits<std::int64_t>::max()),
                  .service = csv.service(1),
                  .made = csv.day(2),
                  .first = csv.day(3),
                  .nights = csv.number<std::int32_t>(4, 1, longest_stay)};
  if (!csv.empty(5)) request.cancelled = csv.day(5);
  if (request.cancelled && *request.cancelled < request.made) {
    csv.fail("is cancelled before it was made");
  }
  if (!label_of(request.first + std::chrono::days{request.nights - 1}).valid()) {
    csv.fail("ends after the year 9999");
  }
  return request;
}

}  // namespace

booking::SlotLabel label_of(Days day) {
  const std::chrono::year_month_day date{day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return booking::SlotLabel{text};
}

History read_history(const std::string& history_file, const std::string& capacity_file) {
  History history;
  Csv seats{capacity_file, "service,capacity"};
  while (seats.next()) {
    const auto capacity =
        seats.number<std::int32_t>(1, 0, std::numeric_limits<std::int32_t>::max());
    if (!history.capacities.emplace(seats.service(0), capacity).second) {
      seats.fail("this service stood there before");
    }
  }
  Csv csv{history_file, "id,service,made,first,nights,cancelled"};
  std::unordered_set<std::int64_t> ids;
  while (csv.next()) {
    history.requests.push_back(read_request(csv));
    const Request& request = history.requests.back();
    if (!ids.insert(request.id).second) csv.fail("this id stood there before");
    if (!history.capacities.contains(request.service)) {
      csv.fail("the service " + in_quotes(to_string(request.service)) + " is not in " +
               capacity_file);
    }
  }
  if (history.requests.empty()) csv.fail("there is no request");
  return history;
}

}  // namespace rush
