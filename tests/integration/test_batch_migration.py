"""Batches and records that were there before batches had states come through the migration, up and down."""

from sqlalchemy import Engine, text

from app.database import downgrade, upgrade

BEFORE = "0014"
BATCH = (
    "INSERT INTO batch (id, kind, source, filename, sha256, size_bytes, state, simulated, reading, read, accepted, "
    "repeated, quarantined, warnings, received_at, seconds) VALUES ('b', 'campuses', 's', 'f.csv', 'h', 1, 'accepted', "
    "false, '{}', 2, 1, 0, 1, '[]', '2026-01-01 00:00:00', 1.0)"
)
OUT = (
    BATCH.replace("'b'", "'c'")
    .replace("'accepted'", "'rejected'")
    .replace("batch (id", "batch (licence, who, supersedes, masked, id")
    .replace("VALUES (", "VALUES ('', '', false, 0, ")
)
CAMPUS = (
    "INSERT INTO campus (batch_id, row, fingerprint, simulated, school_code, name, district_code, main) "
    "VALUES ('b', 2, 'f', false, '4131010246', '校区', '310110', true)"
)
HELD = (
    'INSERT INTO quarantined_row (batch_id, sheet, row, "column", value, reason_code, reason, remedy, raw) '
    "VALUES ('b', '', 3, '', '', 'c', 'r', '', '{}')"
)


def test_records_come_through_the_migration(engine: Engine) -> None:
    downgrade(engine, BEFORE)
    with engine.begin() as connection:
        for statement in (BATCH, CAMPUS, HELD):
            connection.execute(text(statement))
    upgrade(engine)
    with engine.begin() as connection:
        found = connection.execute(
            text("SELECT state, who, licence, parent_id, masked, supersedes FROM batch")
        ).one()
        assert tuple(found) == ("accepted", "", "", None, 0, False)
        assert connection.execute(text("SELECT sheet, row, fingerprint FROM campus")).one() == ("", 2, "f")
        assert connection.execute(text("SELECT resolved_by, resolution FROM quarantined_row")).one() == (
            None,
            "",
        )
        # What does not count has no place in the earlier tables, and goes.
        connection.execute(text(OUT))
    downgrade(engine, BEFORE)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT id, state FROM batch")).all() == [("b", "accepted")]
        assert connection.execute(text("SELECT row, fingerprint FROM campus")).all() == [(2, "f")]
        assert connection.execute(text("SELECT row FROM quarantined_row")).all() == [(3,)]
    upgrade(engine)
