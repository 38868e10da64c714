// Checks of what callers hand in, made before anything reaches a lock or a store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "booking/detail/text.hpp"
#include "booking/requests.hpp"
#include "booking/result.hpp"

namespace booking::inline v0::detail {

inline constexpr std::size_t max_name_bytes = 200;
inline constexpr std::size_t max_text_bytes = 4000;
inline constexpr std::size_t max_batch = 256;  // of book_all and cancel_all
inline constexpr std::size_t max_each = 1000;  // of book_each
inline constexpr std::int32_t max_page = 1000;
inline constexpr std::size_t max_import = 500;  // slots of one import_slots
inline constexpr std::chrono::milliseconds max_hold = std::chrono::hours{24};
inline constexpr std::chrono::milliseconds max_timeout = std::chrono::hours{1};

[[noreturn]] inline void bad_construction(const char* what) {
#if defined(__cpp_exceptions)
  throw std::invalid_argument{what};
#else
  static_cast<void>(what);
  std::abort();
#endif
}

inline Error invalid(Subject subject, std::string what, BookingId booking = {}) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.subject = subject;
  error.booking = booking;
  error.detail = std::move(what);
  return error;
}

/// The deadline of a call that may have a timeout of its own.
inline Result<Deadline> deadline_of(const Clock& clock, std::chrono::milliseconds timeout,
                                    const CallOptions& options) {
  timeout = options.timeout.value_or(timeout);
  if (timeout.count() > 0 && timeout <= max_timeout) return Deadline{clock, timeout};
  return invalid(Subject::request, "a timeout must be above 0 and at most 1 hour");
}

inline Result<void> check_user(const UserId& user) {
  if (user.valid()) return Result<void>::success();
  return invalid(Subject::user,
                 "a user id is an integer or 1 to 47 bytes of UTF-8 without control characters");
}

inline Result<void> check_service_id(const ServiceId& service) {
  if (service.valid()) return Result<void>::success();
  return invalid(Subject::service,
                 "a service id is an integer or 1 to 47 bytes of UTF-8 without control characters");
}

inline Result<void> check_slot(const SlotKey& slot) {
  if (auto service = check_service_id(slot.service); !service) return service;
  if (slot.label.valid()) return Result<void>::success();
  return invalid(Subject::slot,
                 "a slot label is a calendar date \"YYYY-MM-DD\" or \"YYYY-MM-DD HH:MM\", or the "
                 "latter with a letter behind it");
}

inline Result<void> check(BookingId id) {
  if (id.valid()) return Result<void>::success();
  return invalid(Subject::booking, "a booking id is a UUIDv7 or an integer above 0");
}

inline Result<void> check_text(std::string_view text, std::size_t most, LineBreaks breaks,
                               std::string_view name) {
  if (text.size() <= most && is_clean_text(text, breaks)) return Result<void>::success();
  return invalid(Subject::request, std::string{name} + " must be at most " + std::to_string(most) +
                                       " bytes of UTF-8 without control characters");
}

inline Result<void> check(const Service& service) {
  if (auto id = check_service_id(service.id); !id) return id;
  if (auto name = check_text(service.name, max_name_bytes, LineBreaks::refuse, "a service's name");
      !name) {
    return name;
  }
  return check_text(service.description, max_text_bytes, LineBreaks::allow,
                    "a service's description");
}

inline Result<void> check_capacity(std::int64_t capacity, std::int64_t overbook) {
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (capacity >= 0 && overbook >= 0 && capacity + overbook <= most) {
    return Result<void>::success();
  }
  return invalid(Subject::slot,
                 "capacity and overbook must be 0 or more, together at most 2147483647; got " +
                     std::to_string(capacity) + " and " + std::to_string(overbook));
}

inline Result<void> check_status(SlotStatus status) {
  if (status == SlotStatus::open || status == SlotStatus::closed) return Result<void>::success();
  return invalid(Subject::slot, "a slot is set to open or closed; past it becomes by itself");
}

inline Result<void> check(const SlotDefinition& definition) {
  if (auto slot = check_slot(definition.slot); !slot) return slot;
  if (auto status = check_status(definition.status); !status) return status;
  if (definition.begins_at && definition.ends_at && *definition.ends_at <= *definition.begins_at) {
    return invalid(Subject::slot, "a slot must end after it begins");
  }
  return check_capacity(definition.capacity, definition.overbook);
}

inline Result<void> check(const SlotChange& change) {
  if (auto slot = check_slot(change.slot); !slot) return slot;
  if (auto status = check_status(change.status.value_or(SlotStatus::open)); !status) return status;
  return check_capacity(change.capacity.value_or(0), change.overbook.value_or(0));
}

inline Result<void> check_ttl(std::chrono::milliseconds ttl) {
  if (ttl.count() > 0 && ttl <= max_hold) return Result<void>::success();
  return invalid(Subject::request, "a hold lasts more than 0 and at most 24 hours");
}

inline Result<void> check(const BookRequest& request) {
  if (auto id = check(request.id); !id) return id;
  if (auto user = check_user(request.user); !user) return user;
  if (auto slot = check_slot(request.slot); !slot) return slot;
  if (request.seats >= 1) return Result<void>::success();
  return invalid(Subject::request, "seats must be 1 or more, got " + std::to_string(request.seats));
}

inline Result<void> check(const HoldRequest& request) {
  if (auto ttl = check_ttl(request.ttl); !ttl) return ttl;
  return check(BookRequest{
      .id = request.id, .user = request.user, .slot = request.slot, .seats = request.seats});
}

inline Result<void> check_owner(BookingId id, const std::optional<UserId>& user) {
  if (auto good = check(id); !good) return good;
  return user ? check_user(*user) : Result<void>::success();
}

inline Result<void> check(const MoveRequest& request) {
  return check_owner(request.id, request.user);
}

inline Result<void> check(const ConfirmRequest& request) {
  if (request.seats && *request.seats < 1) {
    return invalid(Subject::request, "seats must be 1 or more");
  }
  return check_owner(request.id, request.user);
}

inline Result<void> check(const ExtendRequest& request) {
  if (auto ttl = check_ttl(request.ttl); !ttl) return ttl;
  return check_owner(request.id, request.user);
}

inline Result<void> check(const RescheduleRequest& request) {
  if (auto id = check(request.new_id); !id) return id;
  if (request.id == request.new_id) {
    return invalid(Subject::booking, "the new booking needs an id of its own");
  }
  if (auto slot = check_slot(request.slot); !slot) return slot;
  return check_owner(request.id, request.user);
}

inline Result<void> check(const RejectRequest& request) {
  if (auto id = check(request.id); !id) return id;
  return check_text(request.message, max_text_bytes, LineBreaks::allow, "a message");
}

inline Result<void> check(const BookingQuery& query) {
  if (query.user) {
    if (auto user = check_user(*query.user); !user) return user;
  }
  return query.slot ? check_slot(*query.slot) : Result<void>::success();
}

inline Result<void> check_page(std::int32_t size) {
  if (size >= 1 && size <= max_page) return Result<void>::success();
  return invalid(Subject::request, "a page holds 1 to 1000, got " + std::to_string(size));
}

/// Batches: 1 to max_batch different ids.
inline Result<void> check_batch(std::vector<BookingId> ids) {
  if (ids.empty() || ids.size() > max_batch) {
    return invalid(Subject::request,
                   "a batch holds 1 to 256 requests, got " + std::to_string(ids.size()));
  }
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice == ids.end()) return Result<void>::success();
  return invalid(Subject::booking, "the same booking id stands twice in one batch", *twice);
}

inline Result<void> check_count(std::int32_t max, std::int32_t most, std::string_view what) {
  if (max >= 1 && max <= most) return Result<void>::success();
  return invalid(Subject::request, std::string{what} + " takes 1 to " + std::to_string(most) +
                                       " at a time, got " + std::to_string(max));
}

inline Result<void> check(const UserLimit& limit) {
  const StatusSet counting = limit.counting;
  const bool live_only = (counting.bits() & ~live_statuses.bits()) == 0;
  const bool held = counting.empty() || counting.contains(Status::held);
  if (limit.max >= 1 && live_only && held) return Result<void>::success();
  return invalid(Subject::store,
                 "a user limit is 1 or more and counts held, with or without pending and "
                 "confirmed, or nothing");
}

inline Result<void> check(const Policy& policy) {
  if (policy.id_horizon.count() < 1 || policy.id_horizon > std::chrono::days{3650}) {
    return invalid(Subject::store, "an id horizon is 1 second to 3650 days");
  }
  return check(policy.user_limit);
}

}  // namespace booking::inline v0::detail
