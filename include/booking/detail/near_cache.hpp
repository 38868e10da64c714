// A near table kept true by a feed. Private: used by ReadThroughCache.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "booking/cache_options.hpp"
#include "booking/detail/near_table.hpp"

namespace booking::inline v0::detail {

/// Taken before a key is asked for; what was then changed meanwhile is not kept.
struct NearTicket {
  std::uint64_t turn = 0;
  std::int64_t asked = 0;
};

/// Thread safety: any thread.
template <class Id, class Value>
class NearCache {
 public:
  explicit NearCache(const NearOptions& options)
      : table_{options.max_entries}, feed_{options.feed} {
    listener_ = feed_->listen({.changed = [this](std::string_view key) { table_.changed(key); },
                               .doubt = [this] { table_.changed_all(); }});
  }
  NearCache(const NearCache&) = delete;
  NearCache& operator=(const NearCache&) = delete;
  ~NearCache() { feed_->forget(listener_); }

  /// Calls `visit(value or nullptr, source, age)`; false: nothing is kept, or nothing is sure.
  template <class Visit>
  bool visit(const Id& id, Visit visit) {
    const std::int64_t now = feed_now();
    if (now >= feed_->sure_until()) return false;
    return table_.read(id, now, [&](const auto& kept) {
      const std::int64_t here = std::max<std::int64_t>(now - kept.born, 0);
      std::optional<std::chrono::milliseconds> age;
      if (kept.age) {
        age = *kept.age +
              std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds{here});
      }
      visit(kept.value ? &*kept.value : nullptr, CacheSource::near, age);
    });
  }

  NearTicket ticket(const std::string& key) const noexcept {
    return {table_.ticket(key), feed_now()};
  }
  void keep(const Id& id, const std::string& key, std::optional<Value> value,
            std::chrono::milliseconds left, std::optional<std::chrono::milliseconds> age,
            const NearTicket& ticket) {
    if (!feed_->covers(key)) return;
    table_.keep({.id = id,
                 .key = key,
                 .value = std::move(value),
                 .born = ticket.asked,
                 .ends = ticket.asked + std::chrono::nanoseconds{left}.count(),
                 .age = age},
                ticket.turn);
  }
  void changed(const std::string& key) { table_.changed(key); }
  std::uint64_t hits() const noexcept { return table_.hits(); }

 private:
  NearTable<Id, Value> table_;
  const std::shared_ptr<CacheFeed> feed_;
  std::uint64_t listener_ = 0;
};

}  // namespace booking::inline v0::detail
