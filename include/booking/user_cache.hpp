// The users of a database, read through a cache: one record per user (rows 2.1 to 2.5).
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "booking/ids.hpp"
#include "booking/read_through_cache.hpp"

namespace booking::inline v0 {

/// A user as row 2.1 has it; `json_cache.hpp` knows how it is kept. Any other type of the host's
/// will do.
struct UserProfile {
  std::string mobile{};
  std::string name{};
  std::string photo{};
  std::string intro{};
  std::string certi{};

  friend bool operator==(const UserProfile&, const UserProfile&) = default;
};

/// `user:{id}:profile`; empty for an id that is not valid.
inline std::string user_profile_key(const UserId& user) {
  return user.valid() ? "user:" + to_string(user) + ":profile" : std::string{};
}

/// ReadThroughCache of users under `user:{id}:profile`, by default for 2 h + [0, 600) s, and `-1`
/// for who does not exist, for 5 min + [0, 60) s.
template <class Profile = UserProfile>
class UserCache : public ReadThroughCache<UserId, Profile> {
 public:
  UserCache(std::shared_ptr<CacheStore> store, CacheCodec<Profile> codec,
            CacheLoader<UserId, Profile> loader, CacheOptions options = {})
      : ReadThroughCache<UserId, Profile>{std::move(store), user_profile_key, std::move(codec),
                                          std::move(loader), std::move(options)} {}
};

}  // namespace booking::inline v0
