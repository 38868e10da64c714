-- Format 1 to 2: holds and instants, op ids, voided ids, the gate. Run once, in one transaction, on
-- a new file too.

ALTER TABLE inventory ADD COLUMN id_horizon INTEGER NOT NULL DEFAULT 604800 CHECK (id_horizon > 0);
ALTER TABLE inventory ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1 CHECK (epoch >= 1);
ALTER TABLE inventory ADD COLUMN phase INTEGER NOT NULL DEFAULT 0 CHECK (phase BETWEEN 0 AND 3);
ALTER TABLE inventory ADD COLUMN fence INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0);
-- The latest instant that a commit relied on: store time never goes behind it.
ALTER TABLE inventory ADD COLUMN relied_on INTEGER NOT NULL DEFAULT 0;

ALTER TABLE slots ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held BETWEEN 0 AND used);
ALTER TABLE slots ADD COLUMN lease INTEGER NOT NULL DEFAULT 0 CHECK (lease >= 0);
ALTER TABLE slots ADD COLUMN begins_at INTEGER;
ALTER TABLE slots ADD COLUMN ends_at INTEGER CHECK (ends_at > begins_at);
-- No hold of the slot ends before it; NULL: it has none.
ALTER TABLE slots ADD COLUMN next_deadline INTEGER;

ALTER TABLE bookings ADD COLUMN origin INTEGER NOT NULL DEFAULT 0 CHECK (origin BETWEEN 0 AND 3);
ALTER TABLE bookings ADD COLUMN hold_until INTEGER CHECK (status <> 7 OR hold_until IS NOT NULL);
ALTER TABLE bookings ADD COLUMN last_op BLOB CHECK (length(last_op) = 16);

-- Ids that never were booked and never will be.
CREATE TABLE voids (
  booking   ANY     NOT NULL PRIMARY KEY CHECK (
    typeof(booking) = 'integer' AND booking > 0
    OR typeof(booking) = 'blob' AND length(booking) = 16),
  voided_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX holds_by_slot ON bookings (slot, hold_until) WHERE status = 7;
CREATE INDEX slots_by_deadline ON slots (next_deadline) WHERE next_deadline IS NOT NULL;
