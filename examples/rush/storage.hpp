// Where the inventory of this run lives: memory, a file the user named, a temporary file or keys on
// a Redis server that are gone when rush ends. Made once by main.
#pragma once

#include <booking/booking.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "options.hpp"

namespace rush {

class Storage {
 public:
  // Throws UsageError when the file exists or it cannot be made.
  Storage(const Options& options, booking::UserLimit limit);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  booking::SlotInventory& inventory() { return *inventory_; }
  const std::string& description() const { return description_; }  // for the first line printed

 private:
  std::shared_ptr<booking::Store> open(const Options& options, booking::UserLimit limit);
  void remove_temporary() noexcept;

  std::filesystem::path temporary_{};  // folder to remove; empty: none
  std::string url_{};                  // of the server from which to remove `prefix_`; empty: none
  std::string prefix_{};
  std::string description_{};
  std::unique_ptr<booking::SlotInventory> inventory_{};
};

}  // namespace rush
