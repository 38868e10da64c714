-- An inventory as the first version of the library left it: format 1. The tests bring it up to the
-- format of today. Never changed: such files are out there.

PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x626F6F6B;
PRAGMA user_version = 1;

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

-- User limit 2, of bookings held, pending and confirmed.
INSERT INTO inventory VALUES (1, x'000102030405060708090a0b0c0d0e0f', 2, 131, 1767225600000);
INSERT INTO services VALUES (31, 'Clinic', 'Two lines' || char(10) || 'of text', 1);
INSERT INTO services VALUES ('haircut', 'Haircut', '', 0);
INSERT INTO slots VALUES (1, 31, '2026-06-01 10:00', 10, 2, 0, 6, 5);
INSERT INTO slots VALUES (2, 31, '2026-06-01', 1, 0, 1, 1, 2);
INSERT INTO slots VALUES (4, 'haircut', '2026-06-01 10:00', 10, 0, 0, 0, 1);
INSERT INTO slots VALUES (3, 'haircut', '2026-10-25 02:30b', 3, 0, 0, 0, 1);
-- Pending, confirmed, rejected, cancelled; ids taken over from elsewhere and UUIDs.
INSERT INTO bookings VALUES (31, 7, 1, 2, 2, 0, 1, 1767225601000, 1767225601000, NULL);
INSERT INTO bookings VALUES (32, 'alice', 1, 4, 4, 1, 2, 1767225602000, 1767225603000, NULL);
INSERT INTO bookings VALUES (x'019b76dab7a0700080000000000000aa', 'alice', 2, 1, 1, 1, 1,
                             1767225604000, 1767225604000, NULL);
INSERT INTO bookings VALUES (x'019b76dab7a0700080000000000000ab', 'bob', 1, 3, 3, 2, 2,
                             1767225605000, 1767225606000, 'full');
INSERT INTO bookings VALUES (x'019b76dab7a0700080000000000000ac', 'bob', 3, 1, 1, 3, 3,
                             1767225607000, 1767225609000, NULL);
