// What is kept near, beside a plain map, and how soon it is gone when others write.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "bench/cache/cases.hpp"
#include "bench/cache/users.hpp"
#include "bench/redis/load.hpp"

using namespace booking;
using booking_test::RedisServer;

namespace booking_bench {

namespace {

/// A map behind one mutex: no time to live, no bound, no word of changes.
class MutexUsers {
 public:
  MutexUsers() {
    for (std::size_t user = 0; user < many_users; ++user) users_.emplace(user, profile_of(user));
  }
  template <class Visit>
  bool visit(const UserId& user, Visit visit) {
    const std::lock_guard guard{mutex_};
    const auto at = users_.find(user);
    if (at == users_.end()) return false;
    visit(&at->second);
    return true;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<UserId, UserProfile> users_;
};

/// The users that stay near when all of them are read again and again: a set of the table's entries
/// may be full although the table is not.
std::vector<UserId> those_that_stay(UserCache<>& users) {
  std::vector<UserId> all = users_in_any_order();
  for (const UserId& user : all) must(users.get(user).has_value(), "a fill");
  for (;;) {
    std::vector<UserId> near;
    for (const UserId& user : all) {
      const auto found = users.get(user);
      must(found.has_value(), "a read");
      if (found->source == CacheSource::near) near.push_back(user);
    }
    if (near.size() == all.size()) return near;
    must(near.size() > many_users * 9 / 10, "users are kept near");
    all = std::move(near);
  }
}

struct NearUsers {
  explicit NearUsers(const RedisServer& server)
      : users{users_on(server, {.feed = sure_feed(server), .max_entries = 2 * many_users})},
        near{those_that_stay(users)} {}

  UserCache<> users;
  std::vector<UserId> near;
};

/// `threads` that call `read(user)`, which says whether it was answered from near.
template <class Read>
Figures near_round(const RedisServer& server, std::size_t threads, const std::vector<UserId>& users,
                   Read read) {
  Load load{.callers = threads, .time = cache_round, .operations = near_reads};
  load.before = [&](std::size_t) {
    for (const UserId& user : users) {
      for (int again = 0; !read(user); ++again) must(again < 10'000, "a user is kept near");
    }
  };
  load.call = [&](std::size_t caller, std::size_t i) {
    std::size_t at = (caller * users.size() / threads + i * near_reads) % users.size();
    std::size_t near = 0;
    for (std::size_t n = 0; n < near_reads; ++n) {
      if (read(users[at])) ++near;
      if (++at == users.size()) at = 0;
    }
    must(near == near_reads, "all is answered from near");
  };
  Figures figures = carry_out(load, server).figures;
  figures.p50 = figures.p99 = figures.least = none;
  return figures;
}

const auto look_at = [](const UserProfile* user) { use(user->name.size()); };

/// From just before a SET by a bare connection until the first read that begins later and is not
/// answered from near; microseconds.
double until_gone(Bare& others, UserCache<>& users, const UserId& user, const std::string& text) {
  const auto start = Steady::now();
  others.set(user_profile_key(user), text);
  for (;;) {
    const auto before = Steady::now();
    const auto source = users.visit(user, look_at);
    must(source.has_value(), "a read");
    if (*source != CacheSource::near) return Seconds{before - start}.count() * 1e6;
  }
}

Figures change_round(NearUsers& kept, Bare& others, const std::string& text) {
  std::vector<double> micros;
  for (std::size_t i = 0; i < 1000; ++i) {
    const UserId& user = kept.near[i];
    for (int again = 0; kept.users.visit(user, look_at).value() != CacheSource::near; ++again) {
      must(again < 10'000, "a user is kept near");
    }
    micros.push_back(until_gone(others, kept.users, user, text));
  }
  std::sort(micros.begin(), micros.end());
  return {.p50 = micros[micros.size() / 2], .p99 = micros[micros.size() * 99 / 100]};
}

}  // namespace

void add_near(Table& table, const RedisServer& server) {
  const auto kept = std::make_shared<NearUsers>(server);
  const auto plain = std::make_shared<MutexUsers>();
  std::printf("%zu of %zu users fit near\n", kept->near.size(), many_users);
  for (const Keys keys : {Keys::hot, Keys::all}) {
    const std::vector<UserId> users =
        keys == Keys::hot ? std::vector{kept->near.front()} : kept->near;
    for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
      const auto add = [&](const std::string& how, auto read) {
        table.add({near_group, near_name(how, keys, threads), [&server, threads, users, read] {
                     return near_round(server, threads, users, read);
                   }});
      };
      add(near_mutex, [plain](const UserId& user) { return plain->visit(user, look_at); });
      add(near_visit, [kept](const UserId& user) {
        return kept->users.visit(user, look_at).value() == CacheSource::near;
      });
      add(near_get, [kept](const UserId& user) {
        const auto found = kept->users.get(user);
        use(found);
        return found->source == CacheSource::near;
      });
    }
  }
}

void add_changes(Table& table, const RedisServer& server) {
  const auto kept = std::make_shared<NearUsers>(server);
  const auto others = std::make_shared<Bare>(server);
  table.add({change_group, change_name, [kept, others] {
               static const std::string text = write_user_profile(profile_of(1)).value();
               return change_round(*kept, *others, text);
             }});
}

}  // namespace booking_bench
