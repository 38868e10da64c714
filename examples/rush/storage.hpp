// Where the inventory of this run lives: memory, a file the user named, or a temporary file that is
// gone when rush ends. Made once by main.
#pragma once

#include <booking/booking.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "options.hpp"

namespace rush {

class Storage {
 public:
  // Throws UsageError when the file exists or cannot be made.
  Storage(const Options& options, booking::UserLimit limit);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  booking::SlotInventory& inventory() { return *inventory_; }
  const std::string& description() const { return description_; }  // for the first line printed

 private:
  std::shared_ptr<booking::Store> open(const Options& options, booking::UserLimit limit);

  std::filesystem::path temporary_{};  // folder to remove; empty: none
  std::string description_{};
  std::unique_ptr<booking::SlotInventory> inventory_{};
};

}  // namespace rush
