// JSON for the caches: how a user is kept (row 2.1), and what a page says of a booking (row 1.9).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "booking/booking_cache.hpp"
#include "booking/json_export.hpp"
#include "booking/slot.hpp"
#include "booking/user_cache.hpp"

namespace booking::inline v0 {

// Thread safety: functions without state. None of them blocks.

/// `{"mobile": "…", "name": "…", "photo": "…", "intro": "…", "certi": "…"}`.
/// Errors: invalid_argument (a text is not UTF-8, or has a control character that is no line break
///   or tab).
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> write_user_profile(
    const UserProfile& profile);

/// Reads such an object. Others write these keys too, perhaps newer versions of them: a field that
/// is missing or null is empty, unknown ones are left alone. Errors: invalid_argument (not JSON,
/// not
///   an object, a field that is no text, more than 1 MiB; see json.hpp for what else is refused).
[[nodiscard]] BOOKING_JSON_EXPORT Result<UserProfile> parse_user_profile(std::string_view text);

/// Row 2.11, what a user is told of themselves: the same object with `"id"` in front, an integer if
/// it is one, else text. Errors: as write_user_profile; an id that is not valid.
[[nodiscard]] BOOKING_JSON_EXPORT Result<std::string> write_user(const UserId& user,
                                                                 const UserProfile& profile);

/// How UserCache keeps a profile.
[[nodiscard]] BOOKING_JSON_EXPORT CacheCodec<UserProfile> user_profile_codec();

/// For BookingCache, row 1.9: `{"booking_id": 31, "service_name": "…", "date": "2023-06-12",
/// "time": "08:00", "status": 0, "message": null}`; the time of a whole day's slot is null.
/// `services` gives the names, which are copied; a booking of a service that is not among them is
/// invalid_argument. A UUID is text; `status` is the code of Status. Make it anew when services
/// change: what is kept has the old name until its time to live is over.
[[nodiscard]] BOOKING_JSON_EXPORT BookingCache::Format booking_document(
    const std::vector<Service>& services);

}  // namespace booking::inline v0
