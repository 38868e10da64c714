// One command, one round trip, as in the sources; on the market MULTI to EXEC in one.
#include "bench/peers/seed_style.hpp"

#include <hiredis/hiredis.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "bench/bench.hpp"

namespace booking_bench {

namespace {

// Longer pauses book more: one caller then keeps the lock while the others sleep.
constexpr std::chrono::milliseconds pause_when_locked{1};

constexpr const char* compare_and_delete =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

}  // namespace

void SeedPeer::Close::operator()(redisContext* context) const noexcept {
  redisFree(context);
}
void SeedPeer::Free::operator()(redisReply* reply) const noexcept {
  freeReplyObject(reply);
}

SeedPeer::SeedPeer(const std::string& path, Way way)
    : context_{redisConnectUnix(path.c_str())},
      way_{way},
      token_{std::to_string(reinterpret_cast<std::uintptr_t>(this))} {
  must(context_ != nullptr && context_->err == 0, "a peer's connection");
}

template <class... Texts>
void SeedPeer::send(const Texts&... texts) {
  const std::array<std::string_view, sizeof...(texts)> parts{std::string_view{texts}...};
  std::array<const char*, sizeof...(texts)> starts{};
  std::array<std::size_t, sizeof...(texts)> sizes{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    starts[i] = parts[i].data();
    sizes[i] = parts[i].size();
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(parts.size()), starts.data(),
                         sizes.data());
}

SeedPeer::Reply SeedPeer::answer() {
  void* found = nullptr;
  const bool came = redisGetReply(context_.get(), &found) == REDIS_OK;
  Reply reply{static_cast<redisReply*>(found)};
  must(came && reply->type != REDIS_REPLY_ERROR, "a peer's command");
  return reply;
}

template <class... Texts>
SeedPeer::Reply SeedPeer::ask(const Texts&... texts) {
  send(texts...);
  return answer();
}

std::uint64_t SeedPeer::book(std::uint64_t user) {
  const std::string name = names_.user(user);
  std::uint64_t again = 0;
  while (!(way_ == Way::watch ? try_watch(name) : try_lock(name))) ++again;
  return again;
}

// Whether a seat is left and the user has no booking.
bool SeedPeer::sells(const std::string& user) {
  const Reply left = ask("HGET", names_.slots, names_.field);
  const Reply has = ask("EXISTS", user);
  return left->str != nullptr && std::atoll(left->str) > 0 && has->integer == 0;
}

bool SeedPeer::try_watch(const std::string& user) {
  ask("WATCH", names_.slots, user);
  must(sells(user), "a peer's seat");
  ask("MULTI");
  ask("HINCRBY", names_.slots, names_.field, "-1");
  ask("SET", user, names_.field);
  return ask("EXEC")->type == REDIS_REPLY_ARRAY;
}

std::uint64_t SeedPeer::purchase(const std::string& buyer, const std::string& item,
                                 const std::string& seller, std::int64_t price) {
  const std::string offer = item + "." + seller;
  const std::string paid = std::to_string(price);
  for (std::uint64_t again = 0;; ++again) {
    ask("WATCH", "market:", "users:" + buyer);
    const Reply asked = ask("ZSCORE", "market:", offer);
    const Reply funds = ask("HGET", "users:" + buyer, "funds");
    must(asked->str != nullptr && std::atoll(asked->str) == price, "a peer's offer");
    must(funds->str != nullptr && std::atoll(funds->str) >= price, "a peer's funds");
    send("MULTI");
    send("HINCRBY", "users:" + seller, "funds", paid);
    send("HINCRBY", "users:" + buyer, "funds", "-" + paid);
    send("SADD", "inventory:" + buyer, item);
    send("ZREM", "market:", offer);
    send("EXEC");
    for (int queued = 0; queued < 5; ++queued) answer();
    if (answer()->type == REDIS_REPLY_ARRAY) return again;
  }
}

bool SeedPeer::try_lock(const std::string& user) {
  const std::string lock = "seed:lock:" + names_.field;
  if (ask("SET", lock, token_, "NX", "PX", "10000")->type == REDIS_REPLY_NIL) {
    std::this_thread::sleep_for(pause_when_locked);
    return false;
  }
  must(sells(user), "a peer's seat");
  ask("HINCRBY", names_.slots, names_.field, "-1");
  ask("SET", user, names_.field);
  ask("EVAL", compare_and_delete, "1", lock, token_);
  return true;
}

}  // namespace booking_bench
