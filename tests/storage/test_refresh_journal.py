"""Whatever comes between: one holder of a refresh, no way back from an end, no token that is lost without a trace."""

import sqlite3
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.core import grants, refresh_journal
from fanlight.core.grants import Grant, Why
from fanlight.storage import schema
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit

STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(("read", "begin", "keep", "put off", "end", "retire", "erase"))),
    max_size=40,
)


def opened(path: Path) -> sqlite3.Connection:
    if not path.exists():
        schema.create(path)
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("DELETE FROM grants")
    names = [row[1] for row in connection.execute("PRAGMA table_info(grants)") if row[3]]
    texts = {"member_guid": "MBR-1", "status": "active", "sealed": b"0"}
    row = {name: texts.get(name, 1) for name in names} | {"refresh_number": 0}
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO grants ({', '.join(row)}) VALUES ({marks})", row)
    return connection


def check(before: Grant, after: Grant) -> None:
    assert after.refresh_number in (before.refresh_number, before.refresh_number + 1)
    assert before.status == grants.ACTIVE or after.status != grants.ACTIVE, "no way back"
    assert (after.status == grants.ENDED) == (not after.sealed), "tokens are there until they are revoked, no longer"


@settings(max_examples=200)
@given(steps=STEPS)
def test_any_interleaving_of_refresh_replace_and_revoke(  # noqa: C901 - one branch for each act
    tmp_path_factory: object, steps: list[tuple[int, str]]
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "journal.db"  # type: ignore[attr-defined]
    connection = opened(path)
    unit = Unit(connection)

    def read() -> Grant:
        found = grants.by_id(unit, 1, 1)
        assert found is not None
        return found

    known = {actor: read() for actor in range(3)}
    holder: int | None = None
    for now, (actor, step) in enumerate(steps, start=10):
        before, seen = read(), known[actor]
        if step == "read":
            known[actor] = before
        elif step == "begin" and seen.refresh_started_at is None:
            if refresh_journal.begin(unit, seen, now=now):
                assert holder is None
                assert before.status == grants.ACTIVE
                holder = actor
        elif step == "keep" and holder == actor:
            fresh = f"fresh {now}".encode()
            kept = refresh_journal.end(
                unit, seen, fresh, expires_at=now, refresh_expires_at=None, consent_expires_at=None, now=now
            )
            assert kept == (before.status == grants.ACTIVE)
            assert kept or refresh_journal.keep_ended(unit, seen, fresh, now=now)
            assert read().sealed == fresh, "what came is in use, or waits to be revoked"
            holder = None
        elif step == "put off" and holder == actor:
            refresh_journal.put_off(unit, seen, until=now)
            holder = None
        elif step == "end":
            grants.end(unit, seen, Why.LOST, now=now)
        elif step == "retire":
            grants.retire_one(unit, before, Why.REPLACED, now=now)
        elif step == "erase":
            was = grants.erase_revoked(unit, seen, now=now)
            assert not was or (before.status, before.sealed) == (grants.REVOKING, seen.sealed)
        check(before, read())
    connection.close()
