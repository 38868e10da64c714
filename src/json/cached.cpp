// What caches keep: users, and current bookings.
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "booking/detail/checks.hpp"
#include "booking/json_cache.hpp"
#include "json/document.hpp"
#include "json/fields.hpp"
#include "json/rows.hpp"
#include "json/text.hpp"

namespace booking::inline v0 {

namespace {

constexpr std::size_t max_profile_bytes = 1024 * 1024;

struct Field {
  std::string_view name;
  std::string UserProfile::*text;
};
constexpr std::array fields = {
    Field{"mobile", &UserProfile::mobile}, Field{"name", &UserProfile::name},
    Field{"photo", &UserProfile::photo},   Field{"intro", &UserProfile::intro},
    Field{"certi", &UserProfile::certi},
};

}  // namespace

Result<std::string> write_user_profile(const UserProfile& profile) {
  std::string out;
  for (const Field& field : fields) {
    const std::string& text = profile.*field.text;
    if (!detail::is_clean_text(text, detail::LineBreaks::allow)) {
      return detail::invalid(Subject::user, std::string{field.name} +
                                                " must be UTF-8 without control characters other "
                                                "than line breaks and tabs");
    }
    out += out.empty() ? "{\"" : ", \"";
    out += field.name;
    out += "\": " + detail::quoted(text);
  }
  return out += "}";
}

Result<std::string> write_user(const UserId& user, const UserProfile& profile) {
  if (auto good = detail::check_user(user); !good) return good.error();
  auto object = write_user_profile(profile);
  if (object) object->replace(0, 1, "{\"id\": " + detail::id_text(user) + ", ");
  return object;
}

Result<UserProfile> parse_user_profile(std::string_view text) {
  const auto document = detail::parse_document(text, max_profile_bytes);
  if (!document) return document.error();
  const detail::Place root{*document};
  const boost::json::object* const object = root.value().if_object();
  if (object == nullptr) return root.error("must be an object");
  UserProfile profile;
  for (const Field& field : fields) {
    const auto* const found = object->find({field.name.data(), field.name.size()});
    if (found == object->end() || found->value().is_null()) continue;
    auto value = detail::read_text(root.member(*found));
    if (!value) return std::move(value).error();
    profile.*field.text = *std::move(value);
  }
  return profile;
}

CacheCodec<UserProfile> user_profile_codec() {
  return {.encode = write_user_profile, .decode = parse_user_profile};
}

BookingCache::Format booking_document(const std::vector<Service>& services) {
  auto names = std::make_shared<std::unordered_map<ServiceId, std::string>>();
  for (const Service& service : services) {
    names->emplace(service.id, detail::quoted(service.name));
  }
  return [names = std::move(names)](const Booking& booking) -> Result<std::string> {
    const auto name = names->find(booking.slot.service);
    if (name == names->end()) return detail::unknown_service(booking);
    return "{\"booking_id\": " + detail::id_text(booking.id) +
           ", \"service_name\": " + name->second + ", " + detail::date_to_message(booking) + "}";
  };
}

}  // namespace booking::inline v0
