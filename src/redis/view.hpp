// What the rules see of the inventory: the View over what was read so far, and what they write.
// Used by store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "booking/store.hpp"
#include "redis/changes.hpp"
#include "redis/facts.hpp"

namespace booking::inline v0::redis {

/// Answers "nothing there" for what was not read yet: `facts` is then not complete, and the
/// decision is to be made anew. The same when it meets what no library wrote: then it has failed.
class RedisView final : public View {
 public:
  RedisView(Facts& facts, const Head& head, Instant now);

  bool failed() const noexcept { return !failure_.empty(); }
  const std::string& failure() const noexcept { return failure_; }
  const Changes& changes() const noexcept { return changes_; }
  /// The next instant at which something that was looked at changes by itself.
  std::optional<Instant> boundary() const noexcept { return boundary_; }
  /// The first of these from which on a command is refused that was not before, and for which no
  /// companion stands.
  std::optional<Instant> too_late() const noexcept { return too_late_; }

  Instant now() override { return now_; }
  Policy policy() override;
  Gate gate() override { return changes_.gate.value_or(gate_); }
  const Service* service(const ServiceId& id) override;
  const SlotState* slot(const SlotKey& key) override;
  const Booking* booking(const BookingId& id) override;
  bool is_void(const BookingId& id) override;
  ClaimCount count_claims(const UserId& user, StatusSet statuses) override;
  bool has_live_booking(const UserId& user, const SlotKey& slot) override;
  const Booking* first_hold(const SlotKey& slot) override;
  std::optional<SlotKey> overdue_slot() override;
  const Booking* next_booking(const BookingId& after) override;
  SlotTally tally(const SlotKey& slot) override;

  void insert(const Service& service) override;
  void update(const Service& service) override;
  void insert(const SlotState& slot) override;
  void update(const SlotState& slot) override;
  void insert(const Booking& booking) override;
  void update(const Booking& booking) override;
  void erase(const BookingId& id) override;
  void insert_void(const BookingId& id) override;
  std::int64_t erase_voids(Instant before, std::int64_t max) override;
  void set_policy(const Policy& policy) override { changes_.policy = policy; }
  void set_gate(const Gate& gate) override { changes_.gate = gate; }
  void rely_on(Instant now) override { changes_.relied_on = now; }
  void mark() override { marked_ = changes_; }
  void roll_back() override { changes_ = marked_; }

 private:
  void fail(std::string what);
  enum class Then : std::uint8_t { other, refused };
  void note(const std::optional<Instant>& at, Then then = Then::other);
  /// As read, whatever was written since.
  std::optional<SlotState> read_slot(const SlotKey& key);
  std::optional<Booking> read_booking(BookingId id, bool compared = true);
  std::vector<Claim> read_claims(const Reply* reply);
  /// Notes what a user's claims in a slot were before they change.
  void touch_claims(const UserId& user, const SlotKey& slot);
  /// What this decision makes of a user's claims.
  template <class Matches>
  void apply_changes(std::vector<Claim>& claims, Matches matches);
  std::optional<Instant> claim_until(const Booking& booking);

  Facts& facts_;
  const Gate gate_;
  const Instant now_;
  std::optional<Instant> boundary_{};
  std::optional<Instant> too_late_{};
  std::string failure_{};
  Changes changes_{};
  Changes marked_{};
  Service service_{};
  SlotState slot_{};
  Booking booking_{};
};

}  // namespace booking::inline v0::redis
