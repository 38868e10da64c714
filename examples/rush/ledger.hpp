// rush's own bookkeeping: every answer it got, and at the end the comparison with what the store
// holds. Shares nothing with the library's audit.
#pragma once

#include <booking/booking.hpp>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rush {

class Ledger {
 public:
  struct Entry {
    booking::Booking newest{};  // the highest version that was acknowledged
    std::uint32_t changes = 0;  // calls that said they changed it; each raises the version by one
    bool doubtful = false;      // an answer was lost on the way: it may have moved once more
  };

  void acknowledge(const booking::Receipt& receipt);
  void doubt(booking::BookingId id) { entries_[id].doubtful = true; }
  void add(const Ledger& other);  // what another thread wrote down
  const std::unordered_map<booking::BookingId, Entry>& entries() const { return entries_; }

 private:
  std::unordered_map<booking::BookingId, Entry> entries_{};
};

// Makes a call; while its outcome is unknown, makes it again. The ids are the same each time, so
// it cannot be done twice.
template <class Call>
auto ask(Ledger& ledger, const std::vector<booking::BookingId>& ids, Call call) {
  auto answer = call();
  for (int again = 0; again < 5; ++again) {
    if (answer || answer.error().kind() != booking::ErrorKind::unknown) break;
    for (const booking::BookingId id : ids) ledger.doubt(id);
    answer = call();
  }
  return answer;
}

struct Verdict {
  std::int64_t bookings = 0;     // that the store holds
  std::int64_t oversold = 0;     // slots with more seats taken than there are
  std::int64_t lost = 0;         // acknowledged bookings that are missing or not as acknowledged
  std::int64_t unexplained = 0;  // bookings in the store that nobody was told of
  std::int64_t findings = 0;     // of the library's audit
  bool clean() const { return oversold + lost + unexplained + findings == 0; }
};

// Throws std::runtime_error when the store cannot be read.
Verdict verify(const booking::SlotInventory& inventory, const Ledger& ledger,
               const std::vector<booking::SlotDefinition>& slots);

}  // namespace rush
