// What the memory store is measured against: a plain inventory behind one mutex, and the limit.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "booking/booking_record.hpp"
#include "booking/requests.hpp"

namespace booking_bench {

/// Hash maps behind one mutex, with the checks and rows of the library: the id is new, the gate is
/// open, the slot sells, the user has no other booking; the clock is read and the record returned.
class GlobalMutexInventory {
 public:
  void define(const booking::SlotKey& key, std::int32_t capacity) {
    slots_[key].capacity = capacity;
  }
  booking::Receipt book(booking::BookRequest request) {
    if (!request.id.valid()) request.id = booking::BookingId::generate(clock_, random_);
    const std::lock_guard guard{mutex_};
    const booking::Instant now = std::max(clock_.now(), relied_on_);
    if (const auto known = bookings_.find(request.id); known != bookings_.end()) {
      return {.booking = known->second, .changed = false, .replayed = true};
    }
    if (gate_.phase != booking::Gate::Phase::open) return {};
    const auto slot = slots_.find(request.slot);
    if (slot == slots_.end() || slot->second.closed) return {};
    const auto claim = claims_.find(request.user);
    if (claim != claims_.end() && bookings_.at(claim->second).live()) return {};
    if (slot->second.used + request.seats > slot->second.capacity) return {};
    booking::Receipt receipt{.booking = {.id = request.id,
                                         .user = request.user,
                                         .slot = request.slot,
                                         .seats = request.seats,
                                         .seats_asked = request.seats,
                                         .status = booking::Status::confirmed,
                                         .created_at = now,
                                         .updated_at = now},
                             .changed = true};
    bookings_.emplace(request.id, receipt.booking);
    claims_.insert_or_assign(request.user, request.id);
    slot->second.used += request.seats;
    ++slot->second.version;
    return receipt;
  }

 private:
  struct SlotRow {
    std::int32_t capacity = 0;
    std::int32_t used = 0;
    bool closed = false;
    std::uint64_t version = 1;
  };

  std::mutex mutex_;
  booking::Clock clock_;
  booking::Random random_;
  booking::Gate gate_;
  booking::Instant relied_on_{};
  std::unordered_map<booking::SlotKey, SlotRow> slots_;
  std::unordered_map<booking::BookingId, booking::Booking> bookings_;
  std::unordered_map<booking::UserId, booking::BookingId> claims_;
};

/// The limit: what no booking can do without. A slot's counter by compare-and-swap, the two clocks
/// that a deadline and a record need, and a record of 64 bytes. No identity, no user, no rules.
class BareCounters {
 public:
  explicit BareCounters(std::size_t slots, std::size_t bookings)
      : slots_(slots), records_{std::make_unique<Record[]>(bookings)} {
    for (auto& slot : slots_) slot.left.store(1'000'000'000);
  }
  bool book(std::size_t slot, std::uint64_t user) {
    const auto deadline = clock_.steady_now();
    std::int32_t left = slots_[slot].left.load(std::memory_order_relaxed);
    do {
      if (left <= 0) return false;
    } while (!slots_[slot].left.compare_exchange_weak(left, left - 1));
    const std::size_t at = used_.fetch_add(1, std::memory_order_relaxed);
    records_[at] = {.user = user, .slot = slot, .at = clock_.now(), .deadline = deadline};
    return true;
  }

 private:
  struct alignas(64) Counter {
    std::atomic<std::int32_t> left{0};
  };
  struct alignas(64) Record {
    std::uint64_t user = 0;
    std::uint64_t slot = 0;
    booking::Instant at{};
    std::chrono::steady_clock::time_point deadline{};
  };

  booking::Clock clock_;
  std::vector<Counter> slots_;
  std::unique_ptr<Record[]> records_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace booking_bench
