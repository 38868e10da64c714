// One of several processes that read users through one cache on a Redis server. The database is
// the counter `loads` on the same server. Started by tests as
//   cache_worker read <url>
//     counts itself in `ready`, waits for `go`, then 100 threads read user 17; exits with how many
//     got no answer or a wrong one
//   cache_worker hang <url>
//     begins to load user 17 and never ends
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "booking/json_cache.hpp"
#include "booking/redis_cache.hpp"
#include "support/redis_server.hpp"

using namespace booking;
using namespace booking_test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int threads = 100;

CacheLoader<UserId, UserProfile> loader(const std::string& path, bool hang) {
  return {
      .one = [path, hang](const UserId&, const Deadline&) -> Result<std::optional<UserProfile>> {
        Outsider{path}.ask({"INCR", "loads"});
        std::this_thread::sleep_for(hang ? milliseconds{seconds{120}} : milliseconds{100});
        return std::optional{UserProfile{.mobile = "", .name = "Ann"}};
      },
      .many = {}};
}

int read(UserCache<>& users, const std::string& path) {
  Outsider server{path};
  server.ask({"INCR", "ready"});
  while (server.ask({"EXISTS", "go"}) != "1") std::this_thread::sleep_for(milliseconds{1});
  std::atomic<int> wrong{0};
  std::vector<std::thread> all;
  all.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      const auto user = users.get(17);
      if (!user || !user->value || user->value->name != "Ann") ++wrong;
    });
  }
  for (std::thread& thread : all) thread.join();
  return wrong;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string_view what = arguments[1];
  const std::string url = arguments[2];
  const std::string path = url.substr(std::string_view{"unix://"}.size());
  auto store = redis_cache_store({.server = {.url = url}});
  if (!store) return 3;
  UserCache<> users{*store,
                    user_profile_codec(),
                    loader(path, what == "hang"),
                    {.timeout = seconds{60}, .lease_ttl = seconds{3}, .lease_wait = seconds{30}}};
  if (what == "hang") return users.get(17) ? 0 : 1;
  return read(users, path);
}
