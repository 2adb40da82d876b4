"""Grants in use: refreshed in time, what refusals mean, ends that are told, revocations that are tried to their end."""

from pathlib import Path
from typing import Any

from fanlight.core import grants, rate_ledger
from fanlight.core.audit import GRANT_EXPIRED, GRANT_REVOKED
from fanlight.core.connection_status import Status
from fanlight.core.rate_ledger import Place
from fanlight.institutions.answers import Said, Saying
from support import logins
from support.processes import until
from support.world import Nexus, World, running

MX = "mx_bank_oauth"
DAY = 86_400


def aggregated(nexus: Nexus, guid: str) -> tuple[str, Any]:
    """The member's status after another aggregation, and what its job says."""
    nexus.settled(guid)
    nexus.send("POST", f"/members/{guid}/aggregate")
    member = nexus.settled(guid)
    job = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]
    return member["connection_status"], job["error_message"]


def stands(world: World, guid: str) -> str:
    """The member's status, whatever became of sessions."""
    ((status,),) = world.rows("SELECT status FROM members WHERE guid = ?", guid)
    return Status(status).name


def again(world: World, nexus: Nexus, name: str) -> None:
    """Sign the user in again: sessions do not live as long as consents."""
    nexus.token = world.session(world.api_token(name))


def entry(world: World, path: str, value: int) -> None:
    """Change a line of the institution's entry."""
    world.rows("UPDATE institutions SET details = json_set(details, ?, ?) WHERE code = ?", f"$.{path}", value, MX)


def swept(world: World) -> None:
    world.run(world.runtime.sweep())
    until(lambda: not world.rows("SELECT 1 FROM tasks WHERE kind = 'watch_consent'"), "the watch did not end")


def control(world: World, nexus: Nexus, method: str, path: str) -> Any:
    user = nexus.ok("GET", "/user")["user"]["guid"]
    headers = {"MD-API-KEY": world.ready["api_key"]}
    return world.http.request(method, f"{world.url}/control/v1/users/{user}{path}", headers=headers)


def told(world: World) -> list[str]:
    return [
        text for (text,) in world.rows("SELECT subject FROM notifications WHERE notification_type = 10 ORDER BY id")
    ]


def test_a_token_is_refreshed_at_four_fifths_of_its_life_and_not_before(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect("ada")["guid"]
    before = own_world.bank.activity.of(MX, "refresh")
    for later, sent in ((600, 0), (120, 1), (10, 1)):
        own_world.clock.advance(later)
        assert aggregated(nexus, guid) == ("CONNECTED", None)
        assert own_world.bank.activity.of(MX, "refresh") == before + sent


def test_what_the_bank_refuses_is_the_persons_to_renew(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect("ada")["guid"]
    own_world.bank.revoke_user(MX, "ada")
    own_world.clock.advance(900)

    status, said = aggregated(nexus, guid)

    assert (status, "invalid_grant" in said) == ("IMPAIRED", True)
    assert own_world.rows("SELECT ended_for FROM grants") == [("refused",)]
    assert own_world.rows("SELECT 1 FROM audit WHERE action = ? AND subject_guid = ?", GRANT_EXPIRED, guid)
    assert aggregated(nexus, guid)[1] == said, "the reason stays"
    own_world.walk(nexus.window(guid))
    assert nexus.settled(guid)["connection_status"] == "CONNECTED"


def test_a_bank_that_is_down_costs_no_grant(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect("ada")["guid"]
    own_world.clock.advance(900)
    with logins.bank_down(own_world):
        assert aggregated(nexus, guid)[0] == "CONNECTED"
    assert own_world.rows("SELECT status, refresh_started_at, refresh_failures FROM grants") == [("active", None, 1)]
    own_world.clock.advance(60)
    assert aggregated(nexus, guid) == ("CONNECTED", None)


def test_a_client_that_the_bank_does_not_take_is_the_operators_to_mend(own_world: World) -> None:
    nexus = own_world.nexus
    guid = nexus.connect("ada")["guid"]
    own_world.rows("UPDATE institutions SET details = json_set(details, '$.oauth.client_id', 'stranger')")
    own_world.clock.advance(900)

    status, said = aggregated(nexus, guid)

    assert (status, said) == ("CONNECTED", "The institution does not take this server's requests.")
    ((kind, count),) = own_world.rows("SELECT kind, count FROM operator_notes")
    assert (kind, count) == ("client_refused", 1)
    assert own_world.rows("SELECT status FROM grants") == [("active",)]


def test_an_end_is_told_30_7_and_1_days_before_once_and_then_is_the_end(own_world: World) -> None:
    nexus = own_world.user("pat")
    entry(own_world, "consent_days", 90)
    guid = nexus.connect("ada")["guid"]
    for days, count in ((59, 0), (1, 1), (0, 1), (10, 1), (13, 2), (0, 2), (6, 3), (0, 3)):
        own_world.clock.advance(days * DAY)
        swept(own_world)
        assert len(told(own_world)) == count, days
    assert stands(own_world, guid) == "CONNECTED"
    own_world.clock.now -= 20 * DAY
    swept(own_world)
    own_world.clock.advance(20 * DAY)
    swept(own_world)
    assert len(told(own_world)) == 3, "a clock that jumps tells nothing twice"
    own_world.clock.advance(DAY)
    swept(own_world)
    assert stands(own_world, guid) == "IMPAIRED"
    kinds = own_world.rows("SELECT action FROM outbox WHERE kind = 'consent' ORDER BY id")
    assert kinds == [("updated",)] * 2 + [("deleted",)], "the first was purged meanwhile"
    again(own_world, nexus, "pat")
    assert "time of the person's consent is over" in aggregated(nexus, guid)[1]


def test_a_jump_over_all_days_tells_the_nearest_alone(own_world: World) -> None:
    entry(own_world, "consent_days", 90)
    own_world.nexus.connect("ada")
    own_world.clock.advance(85 * DAY)
    swept(own_world)
    assert len(told(own_world)) == 1
    assert own_world.rows("SELECT told_days FROM grants") == [(7,)]


def test_a_persons_word_is_wanted_again_and_no_bank_is_asked(own_world: World) -> None:
    nexus = own_world.user("pat")
    entry(own_world, "reconfirm_after_days", 90)
    guid = nexus.connect("ada")["guid"]
    own_world.clock.advance(90 * DAY)
    swept(own_world)
    assert stands(own_world, guid) == "IMPAIRED"
    again(own_world, nexus, "pat")
    nexus.settled(guid)
    before = own_world.bank.activity.by_kind(MX)
    status, said = aggregated(nexus, guid)
    assert (status, "has to be given again" in said) == ("IMPAIRED", True)
    assert own_world.bank.activity.by_kind(MX) == before

    answer = control(own_world, nexus, "POST", f"/members/{guid}/reconfirm")

    assert (answer.status_code, answer.json()["consent"]["is_active"]) == (200, True)
    assert nexus.read(guid)["connection_status"] == "CONNECTED"
    assert aggregated(nexus, guid) == ("CONNECTED", None)
    assert control(own_world, own_world.user("other"), "POST", f"/members/{guid}/reconfirm").status_code == 404


def test_a_deleted_members_grant_is_revoked_at_last_or_given_up(tmp_path: Path) -> None:
    with running(tmp_path / "world", institution_attempts=1, revocation_retention=3 * DAY) as world:
        guid = world.nexus.connect("ada")["guid"]
        with logins.bank_down(world):
            world.nexus.ok("DELETE", f"/members/{guid}")
            until(lambda: world.rows("SELECT 1 FROM grants WHERE revocation_tries = 1"), "no try")
            world.clock.advance(3 * DAY)
            until(lambda: world.rows("SELECT 1 FROM grants WHERE status = 'ended' AND sealed = X''"), "not given up")
        assert world.rows("SELECT 1 FROM audit WHERE action = 'grant.revocation_given_up' AND subject_guid = ?", guid)
        nexus = world.user("later")
        later = nexus.connect("grace")["guid"]
        nexus.ok("DELETE", f"/members/{later}")
        revoked = "SELECT 1 FROM audit WHERE action = ? AND subject_guid = ?"
        until(lambda: world.rows(revoked, GRANT_REVOKED, later), "not revoked")


def test_what_cannot_be_opened_is_kept_for_its_key_and_then_given_up(tmp_path: Path) -> None:
    with running(tmp_path / "world", revocation_retention=3 * DAY) as world:
        acts = "SELECT action FROM audit WHERE subject_guid = ? AND action LIKE 'grant.revo%'"
        guid = world.nexus.connect("ada")["guid"]
        ((sealed,),) = world.rows("SELECT sealed FROM grants")
        unreadable = sealed[:-4] + bytes(4)
        world.rows("UPDATE grants SET sealed = ?", unreadable)
        world.nexus.ok("DELETE", f"/members/{guid}")
        until(lambda: world.rows("SELECT 1 FROM grants WHERE revocation_tries = 1"), "no try")
        assert world.rows("SELECT status, sealed FROM grants") == [("revoking", unreadable)]
        assert world.rows(acts, guid) == []

        world.rows("UPDATE grants SET sealed = ?", sealed)
        world.clock.advance(60)
        until(lambda: world.rows(acts, guid) == [(GRANT_REVOKED,)], "not revoked when the key was back")

        other = world.user("other")
        second = other.connect("grace")["guid"]
        world.rows("UPDATE grants SET sealed = ? WHERE status = 'active'", unreadable)
        other.ok("DELETE", f"/members/{second}")
        until(lambda: world.rows("SELECT 1 FROM grants WHERE revocation_tries = 1 AND status = 'revoking'"), "no try")
        world.clock.advance(3 * DAY)
        until(lambda: world.rows(acts, second) == [("grant.revocation_given_up",)], "not given up")


def test_so_many_a_day_whoever_asks(own_world: World) -> None:
    nexus = own_world.user("frugal")
    entry(own_world, "unattended_calls_per_day", 3)
    guid = nexus.connect("ada")["guid"]

    def unattended() -> tuple[str, Any]:
        own_world.clock.advance(3 * 3600)
        again(own_world, nexus, "frugal")
        member = nexus.settled(guid)
        job = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]
        return member["connection_status"], job["error_message"]

    assert [unattended(), aggregated(nexus, guid)] == [("CONNECTED", None)] * 2
    before = own_world.bank.activity.of(MX, "fdx")
    for _ in range(4):
        status, said = unattended()
        assert (status, "3 requests a day are used up" in said) == ("CONNECTED", True)
    assert own_world.bank.activity.of(MX, "fdx") == before
    assert control(own_world, nexus, "GET", f"/members/{guid}/consent").json()["consent"]["next_slot"] in said
    assert aggregated(nexus, guid) == (status, said), "the bank does not know that somebody is there"
    assert own_world.bank.activity.of(MX, "fdx") == before
    own_world.clock.advance(DAY)
    assert unattended() == ("CONNECTED", None)


def test_a_refusal_for_one_holds_for_all_once_another_user_hears_it_too(own_world: World) -> None:
    one, two, other = (own_world.user(name) for name in ("one", "two", "other"))
    guid = other.connect("ada")["guid"]
    throttled = one.connect("data_throttled")["guid"]
    again_at = "is not asked before 2026-08-02T12:00:30+00:00"
    assert again_at in aggregated(one, throttled)[1]
    one.connect("data_throttled")
    assert aggregated(other, guid) == ("CONNECTED", None), "one person, with however many members, closes nothing"

    two.connect("data_throttled")

    status, said = aggregated(other, guid)
    assert (status, again_at in said) == ("CONNECTED", True)
    fresh = own_world.user("fresh")
    member = fresh.connect("grace")
    assert (member["connection_status"], again_at in logins.job(fresh, member)["error_message"]) == ("CONNECTED", True)
    own_world.clock.advance(31)
    assert aggregated(other, guid) == ("CONNECTED", None)
    assert aggregated(fresh, member["guid"]) == ("CONNECTED", None)


def test_a_refresh_that_is_one_too_many_closes_its_own_member_alone(own_world: World) -> None:
    nexus, other = own_world.nexus, own_world.user("other")
    guid, untouched = nexus.connect("ada")["guid"], other.connect("grace")["guid"]
    ((user, key),) = own_world.rows("SELECT g.user_id, g.id FROM grants g WHERE g.member_guid = ?", guid)
    grant = own_world.unit(grants.by_id, user, key)
    refused = Said(Saying.THROTTLED, "too many requests", retry_after=600)
    own_world.unit(own_world.runtime.grants.refreshing._put_off, grant, refused)
    assert "asked to be left alone" in aggregated(nexus, guid)[1]
    assert aggregated(other, untouched) == ("CONNECTED", None)


def test_a_new_login_that_is_held_back_is_no_failure(own_world: World) -> None:
    ((bank,),) = own_world.rows("SELECT id FROM institutions WHERE code = 'mxbank'")
    now = own_world.clock()
    own_world.unit(rate_ledger.block, Place(bank), until=now + 600, now=now)
    member = logins.signed_in(own_world.nexus)
    assert member["connection_status"] == "CREATED"
    assert "is not asked before 2026-08-02T12:10:00" in logins.job(own_world.nexus, member)["error_message"]
    own_world.clock.advance(601)
    assert logins.again(own_world.nexus, member["guid"])["connection_status"] == "CONNECTED"
