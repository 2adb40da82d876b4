"""A recorded run is read again: it shows what would change, changes nothing by itself, and mends what was broken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.test_large_feeds import CANARY, bank_of, connected
from fanlight.aggregation import replay
from fanlight.aggregation.saving import PART_ROWS
from fanlight.base.errors import Conflict
from fanlight.core import members, raw_payloads
from fanlight.institutions.recording import Recording
from fanlight.storage.unit import Unit
from support import logins
from support.processes import run
from support.replays import command, kept, refused, text
from support.world import World, running

NOTHING: dict[str, list[Any]] = {"accounts": [], "holdings": [], "transactions": []}


def differences(answer: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {name: answer[name] for name in NOTHING}


def recordings(world: World, guid: str) -> list[Recording]:
    """What is kept of a member in the clear, the newest first."""

    def read(unit: Unit) -> list[Recording]:
        vault, member = world.runtime.vault, members.by_guid(unit, guid, now=world.clock())
        found = raw_payloads.of_member(unit, member)
        return [Recording.decoded(raw_payloads.content(vault, member, each)) for each in found]

    found: list[Recording] = world.unit(read)
    return found


def some_transaction(world: World) -> tuple[str, str]:
    """The guid of a transaction, and the words of the institution."""
    sql = "SELECT guid, json_extract(feed, '$.description') FROM transactions WHERE status = 1 ORDER BY date DESC, id"
    return world.rows(f"{sql} LIMIT 1")[0]


def spoil(world: World, guid: str, words: str) -> None:
    """The institution's words, as they never were."""
    spoilt = f"{words} WRONG"
    world.rows("UPDATE transactions SET feed = json_set(feed, '$.description', ?) WHERE guid = ?", spoilt, guid)


@pytest.mark.parametrize("what", ["aggregate", "check_balance", "verify", "identify", "extend_history"])
def test_a_run_that_is_replayed_changes_nothing(own_world: World, what: str) -> None:
    guid = own_world.nexus.connect()["guid"]
    member = logins.again(own_world.nexus, guid, what)
    before = kept(own_world)
    shown = command(own_world, "replay", guid)
    assert (shown["job_guid"], shown["said"], shown["unused_answers"]) == (member["most_recent_job_guid"], None, 0)
    assert differences(shown) == NOTHING
    assert "Nothing would change." in text(own_world, "replay", guid)
    assert command(own_world, "replay", guid, "--apply")["applied"] is True
    assert kept(own_world) == before


def test_a_run_with_a_login_is_replayed_without_it(own_world: World) -> None:
    member = logins.signed_in(own_world.nexus, "canary-password", username="canary-login")
    assert differences(command(own_world, "replay", member["guid"])) == NOTHING
    (recording,) = recordings(own_world, member["guid"])
    content = recording.encoded()
    assert {each.method for each in recording.answers} == {"POST"}
    assert all(secret not in content for secret in (b"canary-password", b"canary-login"))


def test_what_was_broken_is_shown_and_mended(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect()["guid"]
    before = kept(own_world)
    broken, words = some_transaction(own_world)
    spoil(own_world, broken, words)
    own_world.rows("UPDATE accounts SET feed = json_set(feed, '$.name', 'Wrong') WHERE id = 1")
    spoiled = kept(own_world)
    shown = command(own_world, "replay", guid)
    assert [(each["what"], each["guid"], each["fields"]) for each in shown["transactions"]] == [
        ("changed", broken, {"feed.description": [f"{words} WRONG", words]})
    ]
    ((what, fields),) = [(each["what"], each["fields"]) for each in shown["accounts"]]
    assert (what, fields) == ("changed", {"feed.name": ["Wrong", json.loads(before[0][0][3])["name"]]})
    lines = text(own_world, "replay", guid)
    assert f"    feed.description: {words} WRONG -> {words}\n" in lines
    assert "transactions: 0 added, 1 changed, 0 gone\n" in lines
    assert "--apply writes it" in lines
    assert kept(own_world) == spoiled
    assert "Written." in text(own_world, "replay", guid, "--apply")
    assert kept(own_world) == before
    assert differences(command(own_world, "replay", guid)) == NOTHING


def test_what_is_missing_and_what_is_too_much(own_world: World) -> None:
    guid = own_world.nexus.connect()["guid"]
    gone, _ = some_transaction(own_world)
    own_world.rows("DELETE FROM transactions WHERE guid = ?", gone)
    columns = [row[1] for row in own_world.rows("PRAGMA table_info(transactions)") if row[1] not in ("id", "guid")]
    told = {"provider_id": "'no-such-id'", "fingerprint": "'other'", "status": "2", "amount": "777000000"}
    told["feed"] = "json_set(feed, '$.amount', '777', '$.description', 'NEVER BEEN')"
    values = ", ".join(told.get(name, name) for name in columns)
    last = "SELECT id FROM transactions WHERE date = (SELECT max(date) FROM transactions) LIMIT 1"
    own_world.rows(
        f"INSERT INTO transactions (guid, {', '.join(columns)})"
        f" SELECT 'TRN-too-much', {values} FROM transactions WHERE id = ({last})"
    )
    shown = command(own_world, "replay", guid)
    assert sorted(each["what"] for each in shown["transactions"]) == ["added", "gone"]
    assert next(each["guid"] for each in shown["transactions"] if each["what"] == "gone") == "TRN-too-much"
    command(own_world, "replay", guid, "--apply")
    assert differences(command(own_world, "replay", guid)) == NOTHING
    assert own_world.rows("SELECT deleted_at IS NOT NULL FROM transactions WHERE guid = 'TRN-too-much'") == [(1,)]


def test_what_comes_back_is_linked_again(own_world: World) -> None:
    guid = own_world.nexus.connect()["guid"]
    of_twins = "SELECT guid, json_extract(system, '$.twin') FROM transactions WHERE json_extract(system, '$.twin') > ''"
    twins = dict(own_world.rows(of_twins))
    gone, other = min(twins.items())
    own_world.rows("DELETE FROM transactions WHERE guid = ?", gone)
    assert len(command(own_world, "replay", guid, "--apply")["transactions"]) == 1
    after = dict(own_world.rows(of_twins))
    assert gone not in after
    assert after[after[other]] == other
    assert len(after) == len(twins)
    assert differences(command(own_world, "replay", guid)) == NOTHING


def test_what_a_user_said_stays(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect()["guid"]
    named, words = some_transaction(own_world)
    nexus.ok("PUT", f"/transactions/{named}", {"transaction": {"description": "Lunch", "is_hidden": True}})
    spoil(own_world, named, words)
    assert command(own_world, "replay", guid, "--apply")["transactions"][0]["guid"] == named
    found = nexus.ok("GET", f"/transactions/{named}")["transaction"]
    assert (found["description"], found["is_hidden"], found["feed_description"]) == ("Lunch", True, words)


def test_a_run_that_failed_is_kept_and_says_so(own_world: World) -> None:
    member = logins.signed_in(own_world.nexus, "UNAUTHORIZED")
    assert member["connection_status"] == "DENIED"
    shown = command(own_world, "replay", member["guid"], "--apply")
    assert shown["run_ended"] == shown["said"]
    assert shown["said"].startswith("login_refused")
    assert (shown["applied"], differences(shown)) == (False, NOTHING)
    assert "Its replay brings none: login_refused" in text(own_world, "replay", member["guid"])


def test_every_attempt_at_a_bank_that_is_down_is_kept(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect()["guid"]
    with logins.bank_down(own_world):
        logins.again(nexus, guid)
    newest, whole = recordings(own_world, guid)
    assert [each.said for each in newest.answers] == ["unavailable"] * own_world.runtime.settings.institution_attempts
    assert newest.end is not None
    assert command(own_world, "replay", guid)["said"] == newest.end
    job = own_world.rows("SELECT job_guid FROM raw_payloads ORDER BY id")[0][0]
    assert whole.end is None
    assert command(own_world, "replay", guid, "--job", job, "--apply")["applied"] is True


def test_a_run_that_asked_something_is_kept(own_world: World) -> None:
    nexus = own_world.nexus
    asked = logins.signed_in(nexus, "challenge")
    assert command(own_world, "replay", asked["guid"])["said"] == "1 questions"
    assert "has run meanwhile" not in text(own_world, "replay", asked["guid"])
    logins.answer(nexus, asked["guid"], "correct")
    assert len(recordings(own_world, asked["guid"])) == 2
    assert differences(command(own_world, "replay", asked["guid"])) == NOTHING


def test_nothing_survives_a_deletion(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect()["guid"]
    other = own_world.user("other")
    other.connect()
    assert own_world.rows("SELECT count(*) FROM raw_payloads") == [(2,)]
    assert nexus.send("DELETE", f"/members/{guid}").status_code == 200
    assert own_world.rows("SELECT user_id FROM raw_payloads") == own_world.rows("SELECT max(id) FROM users")
    assert "There is no member" in refused(own_world, "replay", guid)
    path = f"{own_world.ready['mdx']}/{own_world.ready['client_id']}/users/other"
    key = {"MD-API-KEY": own_world.ready["api_key"], "Accept": "application/vnd.mx.mdx.v6+json"}
    assert own_world.http.delete(path, headers=key).status_code < 300
    assert own_world.rows("SELECT count(*) FROM raw_payloads") == [(0,)]


def test_recordings_are_sealed_and_hold_no_token(own_world: World) -> None:
    nexus = own_world.nexus
    guid = connected(nexus)
    with bank_of(own_world, {CANARY: 3}):
        logins.again(nexus, guid)
        shown = command(own_world, "replay", guid)
    assert differences(shown) == NOTHING
    (recording,) = recordings(own_world, guid)
    assert any(CANARY in each.path for each in recording.answers)
    grants = own_world.rows("SELECT client_id, user_id, member_id, generation, sealed FROM grants")
    (client, user, member, generation, sealed) = grants[0]
    context = f"client={client}|user={user}|member={member}|generation={generation}"
    token = json.loads(own_world.runtime.vault.open("grant", context, sealed))["access_token"]
    assert len(token) > 8
    assert token.encode() not in recording.encoded()
    place = own_world.runtime.settings.data_path
    assert not any(CANARY.encode() in path.read_bytes() for path in place.iterdir() if path.is_file())
    moved = own_world.rows("UPDATE raw_payloads SET job_guid = 'JOB-other' RETURNING id")
    assert moved
    assert "does not belong here" in refused(own_world, "replay", guid)


def test_only_the_newest_runs_are_kept_and_only_the_last_is_applied(tmp_path: Path) -> None:
    with running(tmp_path / "world", recordings_per_member=2) as world:
        guid = world.nexus.connect()["guid"]
        jobs = [logins.again(world.nexus, guid)["most_recent_job_guid"] for _ in range(2)]
        assert world.rows("SELECT job_guid FROM raw_payloads ORDER BY id") == [(job,) for job in jobs]
        shown = command(world, "replay", guid, "--job", jobs[0])
        assert (shown["job_guid"], shown["is_newest"]) == (jobs[0], False)
        assert "A later run brought data" in refused(world, "replay", guid, "--job", jobs[0], "--apply")
        assert "nothing is kept" in refused(world, "replay", guid, "--job", "JOB-none")


def test_recordings_end(own_world: World) -> None:
    guid = own_world.nexus.connect()["guid"]
    retention = own_world.runtime.settings.recording_retention
    own_world.clock.advance(retention - 1)
    own_world.run(own_world.runtime.sweep())
    assert len(recordings(own_world, guid)) == 1
    own_world.clock.advance(1)
    own_world.run(own_world.runtime.sweep())
    assert own_world.rows("SELECT count(*) FROM raw_payloads") == [(0,)]
    assert "nothing is kept" in refused(own_world, "replay", guid)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that keeps little of a run."""
    with running(tmp_path_factory.mktemp("narrow"), recording_max_bytes=6_000) as world:
        yield world


def test_what_is_too_large_is_cut_and_says_so(narrow: World) -> None:
    member = narrow.nexus.connect()
    assert member["connection_status"] == "CONNECTED"
    (recording,) = recordings(narrow, member["guid"])
    assert recording.is_cut
    assert 0 < len(recording.answers) < 9
    assert narrow.rows("SELECT size <= 6000 AND length(sealed) < 6500 FROM raw_payloads") == [(1,)]
    assert "it was cut when it became too large" in refused(narrow, "replay", member["guid"])


def test_a_size_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "world", recording_max_bytes=0) as world:
        guid = world.nexus.connect()["guid"]
        assert world.rows("SELECT count(*) FROM raw_payloads") == [(0,)]
        assert "nothing is kept" in refused(world, "replay", guid)


def test_a_job_that_runs_comes_first(own_world: World) -> None:
    guid = own_world.nexus.connect()["guid"]
    own_world.rows("UPDATE members SET is_being_aggregated = 1 WHERE guid = ?", guid)
    before = kept(own_world)
    assert "A job of this member runs" in refused(own_world, "replay", guid, "--apply")
    assert kept(own_world) == before


def test_a_job_that_ran_between_the_parts_comes_first(own_world: World) -> None:
    nexus, runtime, now = own_world.nexus, own_world.runtime, own_world.clock()
    guid = nexus.connect()["guid"]
    run = own_world.unit(replay.find, runtime.vault, guid, None, now=now)
    heard = own_world.run(replay.hear(run, runtime.settings))
    saved = own_world.unit(replay.save_accounts, runtime.vault, run, heard.gathered, now=now)
    own_world.rows("UPDATE transactions SET feed = json_set(feed, '$.memo', 'WRONG')")
    (part,) = replay.compare(run, saved, own_world.unit(replay.known, run, saved.fetched), now=now).parts
    logins.again(nexus, guid)
    before = kept(own_world)
    with pytest.raises(Conflict, match="has run meanwhile"):
        own_world.unit(replay.save_part, run, part, now=now)
    assert kept(own_world) == before


def test_a_large_run_is_mended_in_parts(own_world: World) -> None:
    nexus, count = own_world.nexus, 2 * PART_ROWS + 1
    guid = connected(nexus)
    with bank_of(own_world, {"one": count}):
        logins.again(nexus, guid)
    before = kept(own_world)
    own_world.rows("UPDATE transactions SET feed = json_set(feed, '$.memo', 'WRONG')")
    shown = command(own_world, "replay", guid, "--apply")
    assert len(shown["transactions"]) == count
    assert kept(own_world) == before


def test_looking_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    for arguments in (("replay", "MBR-none"), ("enrich", "--again"), ("client", "rule", "list", "acme")):
        done = run(*arguments, "--data", str(tmp_path / "typo"))
        assert (done.returncode, "There is no database" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_a_fault_of_ours_ended_is_recorded_too(tmp_path: Path) -> None:
    with running(tmp_path / "world", task_attempts=1) as world:
        guid = logins.signed_in(world.nexus)["guid"]
        world.rows(
            "CREATE TRIGGER broken BEFORE UPDATE ON jobs WHEN NEW.status = 4 "
            "BEGIN SELECT RAISE(ABORT, 'broken for the test'); END"
        )
        logins.again(world.nexus, guid)
        newest, _ = recordings(world, guid)
        assert (newest.end, len(newest.answers) > 0) == ("IntegrityError", True)
