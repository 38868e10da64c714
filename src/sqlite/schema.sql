-- The tables of an inventory, format 1. Run once, inside the transaction that makes the file.
-- Readable with the sqlite3 shell; write only through the library.
--
-- Ids of services and users are the host's own: an INTEGER or a TEXT. A booking's id is an INTEGER
-- (taken over from another system) or a UUID as 16 bytes, so that SQLite's order is the order of
-- ids. Instants are milliseconds since 1970, UTC.

CREATE TABLE inventory (
  one                 INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  identity            BLOB    NOT NULL CHECK (length(identity) = 16),
  user_limit_max      INTEGER NOT NULL CHECK (user_limit_max BETWEEN 1 AND 2147483647),
  user_limit_counting INTEGER NOT NULL CHECK (user_limit_counting BETWEEN 0 AND 511),
  created_at          INTEGER NOT NULL
) STRICT;

CREATE TABLE services (
  service     ANY     NOT NULL PRIMARY KEY CHECK (typeof(service) IN ('integer', 'text')),
  name        TEXT    NOT NULL,
  description TEXT    NOT NULL,
  approval    INTEGER NOT NULL CHECK (approval IN (0, 1))
) STRICT;

-- `used` may be above capacity + overbook after a forced change: the rules decide, not a CHECK.
CREATE TABLE slots (
  slot     INTEGER NOT NULL PRIMARY KEY,
  service  ANY     NOT NULL REFERENCES services (service),
  label    TEXT    NOT NULL CHECK (length(label) IN (10, 16, 17)),
  capacity INTEGER NOT NULL CHECK (capacity >= 0),
  overbook INTEGER NOT NULL CHECK (overbook >= 0),
  status   INTEGER NOT NULL CHECK (status IN (0, 1)),
  used     INTEGER NOT NULL CHECK (used BETWEEN 0 AND 2147483647),
  version  INTEGER NOT NULL CHECK (version >= 1),
  UNIQUE (service, label),
  CHECK (capacity + overbook <= 2147483647)
) STRICT;

CREATE TABLE bookings (
  booking     ANY     NOT NULL PRIMARY KEY CHECK (
    typeof(booking) = 'integer' AND booking > 0
    OR typeof(booking) = 'blob' AND length(booking) = 16),
  user        ANY     NOT NULL CHECK (typeof(user) IN ('integer', 'text')),
  slot        INTEGER NOT NULL REFERENCES slots (slot),
  seats       INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 2147483647),
  seats_asked INTEGER NOT NULL CHECK (seats_asked BETWEEN 1 AND 2147483647),
  status      INTEGER NOT NULL CHECK (status BETWEEN 0 AND 8),
  version     INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  message     TEXT    CHECK (message <> '')
) STRICT, WITHOUT ROWID;

CREATE INDEX bookings_by_user ON bookings (user, status, slot);
-- `seats` is here so that the audit adds up a slot without touching the table.
CREATE INDEX bookings_by_slot ON bookings (slot, status, seats);
