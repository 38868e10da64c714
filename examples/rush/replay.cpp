#include "replay.hpp"

#include <algorithm>
#include <atomic>
#include <boost/crc.hpp>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "team.hpp"

namespace rush {

namespace {

enum class Step { cancel_older, request, cancel_same_day };

struct Event {
  std::chrono::sys_days date;
  Step step;
  std::size_t index;  // of the request
};

// What became of a request. A cancellation may be taken up by another thread while the request is
// still under way; it waits.
enum class Fate { open, accepted, refused };

struct Progressed {
  std::atomic<Fate> fate{Fate::open};
  std::vector<booking::BookingId> ids{};  // one for each night; written before fate, read after it
};

std::vector<Event> in_order(const std::vector<Request>& requests) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Request& request = requests[i];
    events.push_back({request.made, Step::request, i});
    if (!request.cancelled) continue;
    const bool same_day = *request.cancelled == request.made;
    events.push_back(
        {*request.cancelled, same_day ? Step::cancel_same_day : Step::cancel_older, i});
  }
  std::sort(events.begin(), events.end(), [&](const Event& a, const Event& b) {
    return std::tuple{a.date, a.step, requests[a.index].id} <
           std::tuple{b.date, b.step, requests[b.index].id};
  });
  return events;
}

// Any order in which no request is cancelled before it is made.
void shuffle(std::vector<Event>& events, std::size_t requests, std::uint64_t seed) {
  std::shuffle(events.begin(), events.end(), std::mt19937_64{seed});
  std::vector<Event*> first(requests, nullptr);
  for (Event& event : events) {
    Event*& before = first[event.index];
    if (before == nullptr)
      before = &event;
    else if (event.step == Step::request)
      std::swap(event, *before);
  }
}

class Replayer {
 public:
  Replayer(const History& history, booking::SlotInventory& inventory)
      : history_{history}, inventory_{inventory}, states_(history.requests.size()) {}

  void define(Replay& result) {
    std::set<booking::SlotKey> touched;
    for (const Request& request : history_.requests) {
      for (const auto& booking : bookings_of(request)) touched.insert(booking.slot);
    }
    for (const auto& [service, capacity] : history_.capacities) {
      must(inventory_.define_service({.id = service, .name = to_string(service)}));
    }
    for (const booking::SlotKey& slot : touched) {
      result.defined.push_back({.slot = slot, .capacity = history_.capacities.at(slot.service)});
      must(inventory_.define_slot(result.defined.back()));
    }
  }

  void run(std::vector<Event> events, std::int32_t threads, Progress& progress, Replay& result) {
    std::vector<Ledger> ledgers(static_cast<std::size_t>(threads));
    std::atomic<std::size_t> next{0};
    const auto work = [&](std::size_t member) {
      // An event that was taken is always finished: others may wait for it.
      while (!team_.stopping()) {
        const std::size_t place = next++;
        if (place >= events.size()) return;
        play(events[place], ledgers[member]);
      }
    };
    const auto total = static_cast<std::int64_t>(events.size());
    team_.run(threads, work, progress, [&](double seconds) {
      const std::int64_t done = std::min(total, static_cast<std::int64_t>(next));
      const auto rate = static_cast<std::int64_t>(static_cast<double>(done) / seconds);
      return Standing{done, total,
                      std::to_string(done) + " of " + std::to_string(total) + " events, " +
                          std::to_string(accepted_) + " accepted, " + std::to_string(rate) +
                          " events/s"};
    });
    for (const Ledger& ledger : ledgers) result.ledger.add(ledger);
    result.accepted = accepted_;
    result.refused = refused_;
    result.cancelled = cancelled_;
    result.seconds = team_.seconds();
  }

 private:
  static void must(const booking::Result<booking::Change>& done) {
    if (!done) throw std::runtime_error{"cannot set up what is sold: " + done.error().log_text()};
  }

  static std::vector<booking::BookRequest> bookings_of(const Request& request) {
    std::vector<booking::BookRequest> nights;
    nights.reserve(static_cast<std::size_t>(request.nights));
    for (std::int32_t night = 0; night < request.nights; ++night) {
      nights.push_back(
          {.user = request.id,
           .slot = {request.service, label_of(request.first + std::chrono::days{night})}});
    }
    return nights;
  }

  void play(const Event& event, Ledger& ledger) {
    Progressed& state = states_[event.index];
    if (event.step == Step::request) {
      state.fate = book(history_.requests[event.index], state.ids, ledger);
      state.fate.notify_all();
    } else {
      state.fate.wait(Fate::open);
      if (state.fate == Fate::accepted) cancel(state.ids, ledger);
    }
  }

  Fate book(const Request& request, std::vector<booking::BookingId>& ids, Ledger& ledger) {
    auto nights = bookings_of(request);
    for (auto& night : nights) ids.push_back(night.id = booking::BookingId::generate());
    const auto booked = ask(ledger, ids, [&] { return inventory_.book_all(nights); });
    if (booked) {
      for (const auto& receipt : *booked) ledger.acknowledge(receipt);
      ++accepted_;
      return Fate::accepted;
    }
    if (booked.error().code != booking::ErrorCode::sold_out) team_.fail(booked.error());
    ++refused_;
    return Fate::refused;
  }

  void cancel(const std::vector<booking::BookingId>& ids, Ledger& ledger) {
    const auto cancelled = ask(ledger, ids, [&] { return inventory_.cancel_all(ids); });
    if (!cancelled) return team_.fail(cancelled.error());
    for (const auto& receipt : *cancelled) ledger.acknowledge(receipt);
    ++cancelled_;
  }

  const History& history_;
  booking::SlotInventory& inventory_;
  Team team_{};
  std::vector<Progressed> states_;  // by request
  std::atomic<std::int64_t> accepted_{0};
  std::atomic<std::int64_t> refused_{0};
  std::atomic<std::int64_t> cancelled_{0};
};

// Seats in use and checksum, over what is left in every slot at the end.
void sum_up(const booking::SlotInventory& inventory, Replay& result) {
  std::vector<std::tuple<std::string, booking::SlotLabel, std::int32_t>> lines;
  for (const auto& slot : result.defined) {
    const auto left = inventory.availability(slot.slot);
    if (!left) throw std::runtime_error{"cannot read what is left: " + left.error().log_text()};
    result.seats += left->used;
    lines.emplace_back(to_string(slot.slot.service), slot.slot.label, left->remaining);
  }
  std::sort(lines.begin(), lines.end());
  boost::crc_32_type crc;
  for (const auto& [service, day, remaining] : lines) {
    const std::string line =
        service + " " + to_string(day) + " " + std::to_string(remaining) + "\n";
    crc.process_bytes(line.data(), line.size());
  }
  result.checksum = crc.checksum();
}

}  // namespace

Replay replay(const History& history, booking::SlotInventory& inventory, const Options& options,
              Progress& progress) {
  Replay result;
  const std::int32_t threads = options.threads.value_or(1);
  Replayer replayer{history, inventory};
  replayer.define(result);
  std::vector<Event> events = in_order(history.requests);
  if (threads > 1) shuffle(events, history.requests.size(), options.seed);
  replayer.run(std::move(events), threads, progress, result);
  result.requests = static_cast<std::int64_t>(history.requests.size());
  result.slots = static_cast<std::int64_t>(result.defined.size());
  sum_up(inventory, result);
  return result;
}

}  // namespace rush
