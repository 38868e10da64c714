// The five kinds of error, and what a host does about each. The store is made to fail on demand.
#include <booking/booking.hpp>
#include <booking/testing/faulty_store.hpp>
#include <iostream>

namespace {

// What a host does depends on the kind alone, never on the text.
const char* what_to_do(booking::ErrorKind kind) {
  switch (kind) {
    case booking::ErrorKind::refused:
      return "a valid no: show it to the user";
    case booking::ErrorKind::transient:
      return "nothing happened: try again later";
    case booking::ErrorKind::unknown:
      return "it may have happened: ask again with the same id";
    case booking::ErrorKind::caller:
      return "the request is wrong: mend the program or the input";
    case booking::ErrorKind::broken:
      return "stop selling and call a person";
  }
  return "";
}

void show(const char* what, const booking::Result<booking::Receipt>& result) {
  std::cout << what << "\n";
  if (result) {
    std::cout << "  " << to_string(result->booking.status)
              << (result->replayed ? ", and it was so already: booked once\n" : "\n");
    return;
  }
  const booking::Error& error = result.error();
  std::cout << "  " << to_string(error.kind()) << " (" << to_string(error.code) << ", HTTP "
            << booking::http_status(error.code) << "): " << error.message() << "\n  -> "
            << what_to_do(error.kind()) << "\n";
}

booking::Error failure(booking::ErrorCode code) {
  booking::Error error;
  error.code = code;
  return error;
}

}  // namespace

int main() {
  const auto store = std::make_shared<booking::testing::FaultyStore>(booking::memory_store());
  // One attempt only: by itself the library asks again after an unknown outcome.
  booking::SlotInventory inventory{store, booking::no_lock(), {.retry = {.attempts = 1}}};
  const booking::SlotKey ten{"haircut", "2026-06-01 10:00"};
  inventory.define_service({.id = "haircut", .name = "Haircut"}).value();
  inventory.define_slot({.slot = ten, .capacity = 2}).value();

  show("dan wants three seats of two", inventory.book({.user = "dan", .slot = ten, .seats = 3}));
  show("eve wants no seat at all", inventory.book({.user = "eve", .slot = ten, .seats = 0}));

  store->fail_next(failure(booking::ErrorCode::unavailable));
  show("ann books while the store is away", inventory.book({.user = "ann", .slot = ten}));
  show("ann tries again later", inventory.book({.user = "ann", .slot = ten}));

  // The id is made first and kept, so that the same request can be sent again after a lost reply.
  const booking::BookRequest request{
      .id = booking::BookingId::generate(), .user = "bob", .slot = ten};
  store->lose_reply_of(1);
  show("bob books and the reply is lost", inventory.book(request));
  show("bob asks again with the same id", inventory.book(request));

  store->fail_next(failure(booking::ErrorCode::broken_store));
  show("cid books in a damaged store", inventory.book({.user = "cid", .slot = ten}));

  std::cout << inventory.availability(ten)->used << " of 2 seats are taken, by ann and bob\n";
}
