// What the rules see of the file: the View over the writer's open transaction. Used by store.
#pragma once

#include "booking/store.hpp"
#include "sqlite/connection.hpp"

namespace booking::inline v0::sqlite {

/// Reads and writes through `connection`, within its transaction. After a failure it answers
/// "nothing there"; the connection keeps the failure.
class SqliteView final : public View {
 public:
  SqliteView(Connection& connection, const UserLimit& user_limit, const Clock& clock)
      : connection_{connection}, user_limit_{user_limit}, clock_{clock} {}

  Instant now() override { return clock_.now(); }
  UserLimit user_limit() override { return user_limit_; }
  const Service* service(const ServiceId& id) override;
  const SlotState* slot(const SlotKey& key) override;
  const Booking* booking(const BookingId& id) override;
  std::int64_t count_claims(const UserId& user, StatusSet statuses, std::int64_t at_most) override;
  bool has_live_booking(const UserId& user, const SlotKey& slot) override;

  void insert(const Service& service) override;
  void update(const Service& service) override;
  void insert(const SlotState& slot) override;
  void update(const SlotState& slot) override;
  void insert(const Booking& booking) override;
  void update(const Booking& booking) override;
  void roll_back() override;

 private:
  template <class Record>
  void write(const char* sql, const Record& record);

  Connection& connection_;
  const UserLimit& user_limit_;
  const Clock& clock_;
  bool written_ = false;
  Service service_{};
  SlotState slot_{};
  Booking booking_{};
};

}  // namespace booking::inline v0::sqlite
