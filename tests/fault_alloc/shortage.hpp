// Makes the nth allocation of this program fail: of C++ (operator new is replaced) or of SQLite.
#pragma once

namespace booking_test {

enum class Who : int { nobody, library, sqlite };

// There is one, because operator new is the program's. Thread safety: all members.
namespace shortage {

void count_sqlite();  // before anything else is done with SQLite; again is nothing
// The nth allocation of `who` from here on fails; and all behind it, if `forever`.
void arm(Who who, long nth, bool forever);
bool disarm();  // true: it has struck since it was armed

}  // namespace shortage

}  // namespace booking_test
