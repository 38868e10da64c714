// An emptied server and a fresh inventory on it. Used by the cases of redis_bench.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "booking/redis.hpp"
#include "booking/slot_inventory.hpp"
#include "support/redis_server.hpp"

namespace booking_bench {

enum class Wire { unix_socket, tcp };

inline constexpr const char* prefix = "bench";
inline constexpr std::size_t slots_of_a_service = 100;

std::string url(const booking_test::RedisServer& server, Wire wire);
const char* name_of(Wire wire);

/// Slot number `number` of all: a hundred services take turns.
booking::SlotKey slot(std::size_t number);

/// How an inventory is opened where it differs from the usual.
struct Setup {
  Wire wire = Wire::unix_socket;
  std::size_t slots = 1;
  std::function<void(booking::RedisOptions&)> change{};
  std::shared_ptr<booking::Lock> lock = booking::no_lock();
};

/// Empties the server and makes an inventory on it, its slots defined, with more seats than a round
/// can sell.
booking::SlotInventory fresh_inventory(const booking_test::RedisServer& server, const Setup& setup);

/// Defines them all; their services are there.
void define_slots(booking::SlotInventory& inventory, std::vector<booking::SlotDefinition> slots);

/// Seats in use over all `slots`.
std::uint64_t seats_used(const booking::SlotInventory& inventory, std::size_t slots);

}  // namespace booking_bench
