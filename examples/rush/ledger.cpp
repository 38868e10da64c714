#include "ledger.hpp"

#include <stdexcept>
#include <string>

namespace rush {

namespace {

template <class T>
T read(booking::Result<T> answer) {
  if (answer) return *std::move(answer);
  throw std::runtime_error{"cannot read the inventory back: " + answer.error().log_text()};
}

bool as_acknowledged(const booking::Booking& stored, const Ledger::Entry& entry) {
  return entry.doubtful || (stored == entry.newest && stored.version == entry.changes);
}

}  // namespace

void Ledger::acknowledge(const booking::Receipt& receipt) {
  Entry& entry = entries_[receipt.booking.id];
  if (receipt.changed) ++entry.changes;
  if (!entry.newest.id.valid() || receipt.booking.version > entry.newest.version) {
    entry.newest = receipt.booking;
  }
}

void Ledger::add(const Ledger& other) {
  for (const auto& [id, theirs] : other.entries_) {
    const auto [place, is_new] = entries_.try_emplace(id, theirs);
    if (is_new) continue;
    Entry& ours = place->second;
    ours.changes += theirs.changes;
    ours.doubtful = ours.doubtful || theirs.doubtful;
    if (theirs.newest.version > ours.newest.version) ours.newest = theirs.newest;
  }
}

Verdict verify(const booking::SlotInventory& inventory, const Ledger& ledger,
               const std::vector<booking::SlotDefinition>& slots) {
  std::unordered_map<booking::SlotKey, std::int64_t> left;
  for (const auto& slot : slots) left[slot.slot] = std::int64_t{slot.capacity} + slot.overbook;

  Verdict verdict;
  auto missing = ledger.entries();
  booking::BookingPageRequest place;
  do {
    const auto page = read(inventory.bookings({}, place));
    for (const booking::Booking& stored : page.items) {
      ++verdict.bookings;
      if (booking::seat_statuses.contains(stored.status)) left[stored.slot] -= stored.seats;
      const auto entry = missing.find(stored.id);
      if (entry == missing.end()) {
        ++verdict.unexplained;
      } else if (as_acknowledged(stored, entry->second)) {
        missing.erase(entry);
      }
    }
    place.after = page.next;
  } while (place.after);

  for (const auto& [id, entry] : missing) {
    if (!entry.doubtful) ++verdict.lost;
  }
  for (const auto& [slot, seats] : left) {
    if (seats < 0) ++verdict.oversold;
  }
  verdict.findings = static_cast<std::int64_t>(read(inventory.audit()).findings.size());
  return verdict;
}

}  // namespace rush
