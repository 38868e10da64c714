// One load of a user taken apart: it stops before it reads the database, and again before it fills
// the cache, until the test lets it go on. For every order of load, write, invalidation and fill.
#pragma once

#include <utility>

#include "cache/setup.hpp"

namespace booking_test {

// Passes every call on, and lets a test have its way at some of them.
class SteppingStore final : public booking::CacheStore {
 public:
  explicit SteppingStore(std::shared_ptr<booking::CacheStore> store) : store_{std::move(store)} {}
  // From now on only this thread is stopped at fills.
  void stop_none_but_this_thread() noexcept { stepped_ = std::this_thread::get_id(); }
  void stop_at_fill(std::function<void()> stop) { stop_ = std::move(stop); }
  void stop_after_fill(std::function<void()> stop) { after_ = std::move(stop); }
  void stop_after_get(std::function<void()> stop) { after_get_ = std::move(stop); }
  void fail_erase(bool fail) noexcept { fail_erase_ = fail; }

  booking::Result<std::vector<std::optional<booking::CacheEntry>>> get(
      std::span<const std::string> keys, const booking::Deadline& deadline) override {
    auto found = store_->get(keys, deadline);
    if (after_get_) std::exchange(after_get_, nullptr)();
    return found;
  }
  booking::Result<void> set(std::span<const booking::CacheItem> items,
                            const booking::Deadline& deadline) override {
    return store_->set(items, deadline);
  }
  booking::Result<std::vector<bool>> add(std::span<const booking::CacheItem> items,
                                         const booking::Deadline& deadline) override {
    return store_->add(items, deadline);
  }
  booking::Result<std::vector<bool>> settle(std::span<const booking::CacheLease> leases,
                                            const booking::Deadline& deadline) override {
    const bool fill = leases.front().fill.has_value() && std::this_thread::get_id() == stepped_;
    if (stop_ && fill) std::exchange(stop_, nullptr)();
    auto held = store_->settle(leases, deadline);
    if (after_ && fill) std::exchange(after_, nullptr)();
    return held;
  }
  booking::Result<void> erase(std::span<const std::string> keys,
                              const booking::Deadline& deadline) override {
    if (fail_erase_) return database_error();
    return store_->erase(keys, deadline);
  }

 private:
  std::shared_ptr<booking::CacheStore> store_;
  std::thread::id stepped_;
  std::function<void()> stop_;  // set while nobody calls, as the next
  std::function<void()> after_;
  std::function<void()> after_get_;
  std::atomic<bool> fail_erase_{false};
};

// The load of one user by one thread, in two steps.
class SteppedLoad {
 public:
  // `begin(users)` is the call that loads; it has reached the database when this returns.
  template <class Begin>
  SteppedLoad(const std::shared_ptr<booking::CacheStore>& store, UserDatabase& database,
              Begin begin)
      : stepping_{std::make_shared<SteppingStore>(store)},
        users_{stepping_,
               booking::user_profile_codec(),
               loader(database),
               {.timeout = seconds{15}, .store_timeout = seconds{15}, .lease_ttl = seconds{60}}} {
    stepping_->stop_at_fill([this] {
      loaded_.open();
      may_fill_.wait();
    });
    thread_ = std::thread{[this, begin] { begin(users_); }};
    reached_.wait();
  }
  ~SteppedLoad() {
    may_load_.open();
    may_fill_.open();
    if (thread_.joinable()) thread_.join();
  }

  void load() {
    may_load_.open();
    loaded_.wait();
  }
  void fill() {
    may_fill_.open();
    thread_.join();
  }
  // Runs in the loading thread, behind the fill.
  void after_fill(std::function<void()> hook) { stepping_->stop_after_fill(std::move(hook)); }
  booking::UserCache<>& users() noexcept { return users_; }

 private:
  booking::CacheLoader<booking::UserId, booking::UserProfile> loader(UserDatabase& database) {
    return {.one =
                [this, inner = database.loader().one](const booking::UserId& user,
                                                      const booking::Deadline& deadline) {
                  if (!first_.exchange(false)) return inner(user, deadline);
                  stepping_->stop_none_but_this_thread();
                  reached_.open();
                  may_load_.wait();
                  return inner(user, deadline);
                },
            .many = {}};
  }

  std::shared_ptr<SteppingStore> stepping_;
  std::atomic<bool> first_{true};  // the stepped load comes before any other
  Barrier reached_;
  Barrier may_load_;
  Barrier loaded_;
  Barrier may_fill_;
  booking::UserCache<> users_;
  std::thread thread_;
};

}  // namespace booking_test
