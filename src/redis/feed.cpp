// Word of changed keys: one connection that subscribes to what the server invalidates, and a thread
// that listens. The server's answer to a ping comes behind all it had to say before it was sent, so
// that each makes sure of everything up to then.
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/detail/wipe_on_fork.hpp"
#include "booking/redis_cache.hpp"
#include "redis/connection.hpp"
#include "redis/keys.hpp"
#include "redis/outcome.hpp"
#include "redis/url.hpp"

namespace booking::inline v0 {

namespace redis {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_timeout{1000};
constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{1000};
constexpr int pings_per_bound = 4;

class RedisCacheFeed final : public CacheFeed {
 public:
  RedisCacheFeed(const RedisCacheOptions& cache, RedisFeedOptions options, Endpoint endpoint)
      : prefix_{cache.prefix},
        client_name_{cache.server.client_name},
        options_{std::move(options)},
        endpoint_{std::move(endpoint)},
        thread_{[this] { run(); }} {}

  ~RedisCacheFeed() override {
    stop_ = true;
    if (fork_check_.forked()) {
      thread_.detach();  // it has stayed with the parent
    } else {
      thread_.join();
    }
  }

  std::uint64_t listen(Listener listener) override {
    const std::lock_guard lock{mutex_};
    listeners_.emplace(++latest_, std::move(listener));
    return latest_;
  }
  void forget(std::uint64_t listener) override {
    const std::lock_guard lock{mutex_};
    listeners_.erase(listener);
  }
  bool covers(std::string_view key) const noexcept override {
    return key.starts_with(options_.keys);
  }
  std::int64_t sure_until() const noexcept override {
    return sure_until_.load(std::memory_order_acquire);
  }

 private:
  void run() {
    Random random;
    milliseconds pause = first_pause;
    while (!stop_) {
      const auto began = clock_.steady_now();
      const Error why = listen_and_catch();
      interrupted(why);
      if (clock_.steady_now() - began > longest_pause) pause = first_pause;
      const Deadline until{
          clock_,
          pause / 2 + milliseconds{static_cast<std::int64_t>(
                          random.next() % static_cast<std::uint64_t>(pause.count() / 2 + 1))},
          &stop_};
      while (!until.expired()) std::this_thread::sleep_for(until.next_wait());
      pause = std::min(pause * 2, longest_pause);
    }
  }

  /// Nothing more is sure, and what was said meanwhile was missed.
  void interrupted(const Error& why) {
    sure_until_.store(0, std::memory_order_release);
    tell([](const Listener& listener) { listener.doubt(); });
    if (!stop_ && options_.observer) options_.observer->on_store_error("feed", why);
  }

  /// Nothing may leave the thread: it would end the host.
  Error listen_and_catch() noexcept {
    try {
      return listen_once();
    } catch (const std::exception&) {
      return {};  // no memory
    }
  }

  /// Until the connection breaks or the server is silent for too long; why it ended.
  Error listen_once() {
    const Deadline deadline{clock_, connect_timeout, &stop_};
    bool lasting = false;
    auto opened = Connection::open(endpoint_, {.client_name = client_name_}, deadline, lasting);
    if (!opened) return std::move(opened).error();
    Connection& connection = **opened;
    if (auto subscribed = subscribe(connection, deadline); !subscribed) return subscribed.error();
    // What others changed before the subscription was there has not been told.
    tell([](const Listener& listener) { listener.doubt(); });
    for (;;) {
      const std::int64_t asked = feed_now();
      Request ping;
      ping.add({"PING"});
      if (auto sent = connection.send(ping, within(options_.bound)); !sent) return sent.error();
      const auto answered = hear(connection, options_.bound, true);
      if (!answered) return answered.error();
      if (!*answered) return store_error(ErrorCode::timeout, "no answer to a ping in time");
      const std::int64_t bound = std::chrono::nanoseconds{options_.bound}.count();
      sure_until_.store(asked + bound, std::memory_order_release);
      const auto heard = hear(connection, options_.bound / pings_per_bound, false);
      if (!heard) return heard.error();
      if (*heard) return unexpected("to no ping", Step::read);
      if (stop_) return store_error(ErrorCode::unavailable, "shut down");
    }
  }

  Result<void> subscribe(Connection& connection, const Deadline& deadline) {
    Request who;
    who.add({"CLIENT", "ID"});
    const auto id = connection.exchange(who, deadline, Step::read);
    if (!id) return id.error();
    if (!id->front().is(Reply::Kind::integer)) return unexpected("to CLIENT ID", Step::read);
    Request track;
    track.add({"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(id->front().integer), "BCAST",
               "PREFIX", prefix_ + options_.keys});
    const auto tracking = connection.exchange(track, deadline, Step::read);
    if (!tracking) return tracking.error();
    if (tracking->front().is(Reply::Kind::error)) {
      return outcome(tracking->front().text, Step::read);
    }
    Request subscribe;
    subscribe.add({"SUBSCRIBE", "__redis__:invalidate"});
    if (auto sent = connection.send(subscribe, deadline); !sent) return sent;
    const auto subscribed = connection.receive(deadline);
    if (!subscribed) return subscribed.error();
    const bool good = *subscribed && (*subscribed)->items.size() == 3 &&
                      (*subscribed)->items[0].text == "subscribe";
    return good ? Result<void>::success() : Result<void>{unexpected("to SUBSCRIBE", Step::read)};
  }

  /// Tells of what comes for so long. True: it was the answer to a ping; false: the time is over.
  Result<bool> hear(Connection& connection, milliseconds time, bool ping) {
    const Deadline deadline = within(time);
    for (;;) {
      auto reply = connection.receive(deadline);
      if (!reply) return std::move(reply).error();
      if (!*reply) return false;
      const std::vector<Reply>& items = (*reply)->items;
      if (!(*reply)->is(Reply::Kind::array) || items.empty()) {
        return unexpected("to a subscriber", Step::read);
      }
      if (items[0].text == "pong") return true;
      if (items[0].text != "message" || items.size() != 3) {
        return unexpected("to a subscriber", Step::read);
      }
      changed(items[2]);
      if (!ping && deadline.expired()) return false;
    }
  }

  void changed(const Reply& keys) {
    if (!keys.is(Reply::Kind::array)) {  // the database was emptied
      return tell([](const Listener& listener) { listener.doubt(); });
    }
    for (const Reply& key : keys.items) {
      if (!key.text.starts_with(prefix_)) continue;
      const std::string_view name = std::string_view{key.text}.substr(prefix_.size());
      tell([name](const Listener& listener) { listener.changed(name); });
    }
  }

  template <class Tell>
  void tell(Tell say) {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, listener] : listeners_) say(listener);
  }

  Deadline within(milliseconds time) const { return {clock_, time, &stop_}; }

  const std::string prefix_;
  const std::string client_name_;
  const RedisFeedOptions options_;
  const Endpoint endpoint_;
  const Clock clock_{};
  const v0::detail::ForkCheck fork_check_{};
  std::atomic<std::int64_t> sure_until_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Listener> listeners_;
  std::uint64_t latest_ = 0;
  std::thread thread_;  // last: it uses all of them
};

}  // namespace

}  // namespace redis

Result<std::shared_ptr<CacheFeed>> redis_cache_feed(const RedisCacheOptions& cache,
                                                    const RedisFeedOptions& options) {
  using std::chrono::milliseconds;
  if (!redis::good_key_prefix(cache.prefix) || !redis::good_key_prefix(options.keys)) {
    return detail::invalid(Subject::store,
                           "a prefix of keys is at most 64 printable bytes without blanks");
  }
  if (options.bound < milliseconds{20} || options.bound > std::chrono::minutes{1}) {
    return detail::invalid(Subject::store, "a feed's bound is 20 ms to 1 minute");
  }
  auto parsed = redis::parse_url(cache.server.url);
  if (!parsed) return std::move(parsed).error();
  auto endpoint = redis::resolve(*std::move(parsed));
  if (!endpoint) return std::move(endpoint).error();
  return std::static_pointer_cast<CacheFeed>(
      std::make_shared<redis::RedisCacheFeed>(cache, options, *std::move(endpoint)));
}

}  // namespace booking::inline v0
