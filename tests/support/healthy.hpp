// Puts the disk that fails on demand in place for one test, and leaves it in health.
#pragma once

#include "support/vfs_shim.hpp"

namespace booking_test {

struct Healthy {
  Healthy() {
    shim::install();
    shim::sync_for_real(false);
  }
  ~Healthy() {
    shim::disarm();
    shim::forget_at_failed_sync(false);
    shim::sync_for_real(true);
  }
  Healthy(const Healthy&) = delete;
  Healthy& operator=(const Healthy&) = delete;
};

}  // namespace booking_test
