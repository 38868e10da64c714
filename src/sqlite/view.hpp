// What the rules see of the file: the View over the writer's open transaction. Used by store.
#pragma once

#include <optional>

#include "booking/store.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/file.hpp"

namespace booking::inline v0::sqlite {

/// Reads and writes through `connection`, within its transaction. After a failure it answers
/// "nothing there"; the connection keeps the failure.
class SqliteView final : public View {
 public:
  SqliteView(Connection& connection, const Clock& clock);

  /// Whether there is anything to commit.
  bool dirty() const noexcept { return dirty_; }
  /// Ends what `mark` began: the next command of the transaction starts without.
  void forget_mark();

  Instant now() override { return now_; }
  Policy policy() override { return inventory_.policy; }
  Gate gate() override { return inventory_.gate; }
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
  void set_policy(const Policy& policy) override;
  void set_gate(const Gate& gate) override;
  void rely_on(Instant now) override;
  void mark() override;
  void roll_back() override;

 private:
  template <class... Values>
  void write(const char* sql, const Values&... values);

  Connection& connection_;
  Inventory inventory_;
  Instant now_;
  bool dirty_ = false;
  bool dirty_at_mark_ = false;
  bool marked_ = false;
  Instant relied_on_at_mark_{};
  Service service_{};
  SlotState slot_{};
  Booking booking_{};
};

}  // namespace booking::inline v0::sqlite
