"""Every fault of the simulated bank, played at a running server: what each side sees, and what is there afterwards."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.clock import DAY
from fanlight.demo.browser import Page
from support import logins
from support.bank_fault_rows import JOBS, WINDOWS, InJob, InWindow
from support.processes import until
from support.world import Nexus, World, running

MX = "mx_bank_oauth"
PASSED = 130
"""Seconds after which what the bank said of its limits is over."""
VALUES = {"hang": 3, "daily_budget": 1, "slow_drip": 30}


TURNED = ("data_tip", "data_same_id", "data_linked")
"""Special users whose pending transactions post in other clothes."""


@pytest.fixture(scope="module")
def harsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose server has little patience."""
    limits = {"institution_timeout": 1, "institution_attempts": 2, "institution_max_pages": 20}
    with running(Path(tmp_path_factory.mktemp("harsh")), **limits) as world:
        yield world


@pytest.fixture(autouse=True)
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "fanlight")
    return caplog


def put(world: World, fault: str | None = None, step: str | None = None, **fields: Any) -> None:
    """Set one fault at the bank with OAuth and no other, or none."""
    setting = {"fault": fault, "brand": MX, "step": step, "value": VALUES.get(fault or ""), **fields}
    body = {"faults": [setting] if fault else []}
    answer = world.http.put(f"{world.bank.base_url}/control/faults", json=body)
    assert answer.status_code == 200, answer.text


def looks(nexus: Nexus) -> Counter[tuple[Any, ...]]:
    """What a user's transactions look like, with how often each look is there."""
    found: Counter[tuple[Any, ...]] = Counter()
    page = pages = 1
    while page <= pages:
        answer = nexus.get("/transactions", params={"page": page, "records_per_page": 1000}).json()
        found.update(
            (each["date"], each["transaction_type"], each["amount"], each["status"], each["description"])
            for each in answer["transactions"]
        )
        page, pages = page + 1, answer["pagination"]["total_pages"]
    return found


def whole(nexus: Nexus) -> None:
    """Nothing is doubled or lost: the same is there as for somebody who connects at this moment, without any fault."""
    found = looks(nexus), len(nexus.ok("GET", "/accounts")["accounts"])
    assert found == beside(nexus.world)


def beside(world: World) -> tuple[Counter[tuple[Any, ...]], int]:
    """What somebody has who connected at this moment; looked at once for each."""
    now = world.clock()
    if now not in BESIDE:
        other = world.user(f"beside-{next(NUMBERS)}")
        assert other.connect()["connection_status"] == "CONNECTED"
        BESIDE[now] = looks(other), len(other.ok("GET", "/accounts")["accounts"])
    return BESIDE[now]


def spoken(said: pytest.LogCaptureFixture) -> str:
    """What the server's log says beside its requests."""
    return "\n".join(each.getMessage() for each in said.records if each.name != "fanlight.access")


NUMBERS = iter(range(10_000))
BESIDE: dict[int, tuple[Counter[tuple[Any, ...]], int]] = {}


def walked(world: World, uri: str) -> Page:
    """The page at which a person's way ends, wherever that is."""
    with world.browser() as browser:
        page = browser.open(uri)
        if page.forms:
            page = browser.submit(page, username="ada", password="correct")
        return browser.submit(page, decision="authorize") if page.forms else page


def windowed(world: World, fault: str, step: str) -> tuple[Nexus, dict[str, Any], Page]:
    """A person who connects while a fault shows: the user, the member afterwards, the page at the end."""
    nexus = world.user(f"window-{next(NUMBERS)}")
    put(world, fault, step)
    member = nexus.member()
    page = walked(world, member["oauth_window_uri"])
    put(world)
    return nexus, nexus.settled(member["guid"]), page


@pytest.mark.parametrize("row", WINDOWS, ids=lambda row: f"{row.fault}-{row.step}")
def test_a_fault_on_the_way_through_a_window(harsh: World, said: pytest.LogCaptureFixture, row: InWindow) -> None:
    nexus, member, page = windowed(harsh, row.fault, row.step)
    reason = page.message.get("error-reason")
    assert (page.title, reason, member["connection_status"]) == (row.page, row.reason, row.member)
    assert row.log in spoken(said)

    if row.fault == "throttled":
        harsh.clock.advance(PASSED)
    harsh.walk(nexus.window(member["guid"]))
    assert nexus.settled(member["guid"])["connection_status"] == "CONNECTED"
    whole(nexus)


def ran(nexus: Nexus, guid: str) -> tuple[str, str, str | None]:
    """The member, its job, and why it ended so, after one more aggregation."""
    nexus.send("POST", f"/members/{guid}/aggregate")
    member = nexus.settled(guid)
    job = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]
    return member["connection_status"], job["status_name"], job["error_message"]


def faulty(world: World, said: pytest.LogCaptureFixture, fault: str, step: str | None) -> tuple[Nexus, str, Any]:
    """A connected member that is aggregated while a fault shows: as it is afterwards."""
    nexus = world.user(f"job-{next(NUMBERS)}")
    guid = nexus.connect()["guid"]
    if step == "refresh":
        world.clock.advance(900)
    once = {"times": 1} if fault == "rotation_lost" else {}
    said.clear()
    put(world, fault, step, **once)
    found = ran(nexus, guid)
    if fault in ("daily_budget", "rotation_lost"):
        world.clock.advance(PASSED)
        found = ran(nexus, guid)
    put(world)
    return nexus, guid, found


@pytest.mark.parametrize("row", JOBS, ids=lambda row: f"{row.fault}-{row.step or 'all'}")
def test_a_fault_during_an_aggregation(harsh: World, said: pytest.LogCaptureFixture, row: InJob) -> None:
    nexus, guid, (member, job, message) = faulty(harsh, said, row.fault, row.step)
    assert (member, job) == (row.member, row.job)
    assert (row.message is None and message is None) or str(row.message) in message
    assert row.log in spoken(said)

    if row.job != "COMPLETED":
        harsh.clock.advance(PASSED)
    status, _, _ = ran(nexus, guid)
    assert (status == "IMPAIRED") == row.renews
    if row.renews:
        harsh.walk(nexus.window(guid))
        nexus.settled(guid)
        status, _, _ = ran(nexus, guid)
    assert status == "CONNECTED"
    whole(nexus)


@pytest.mark.parametrize("username", TURNED)
def test_what_was_pending_posts_once(tmp_path: Path, username: str) -> None:
    with running(tmp_path) as world:
        guid = world.nexus.connect(username)["guid"]
        for _ in range(4):
            world.clock.advance(DAY)
            logins.renew(world.nexus)
            assert ran(world.nexus, guid) == ("CONNECTED", "COMPLETED", None)
        posted = {look: number for look, number in looks(world.nexus).items() if look[3] == 1}
        other = world.user("beside")
        other.connect(username)
        fresh = {look: number for look, number in looks(other).items() if look[3] == 1}
        assert fresh.items() - posted.items() == set()
        assert len(looks(world.nexus)) - len(posted) == len(looks(other)) - len(fresh)


def test_accounts_that_get_new_ids_with_a_new_consent_are_the_same_accounts(harsh: World) -> None:
    nexus = harsh.user("reminted")
    put(harsh, "data_new_ids")
    guid = nexus.connect()["guid"]
    before = {each["guid"] for each in nexus.ok("GET", "/accounts")["accounts"]}
    harsh.walk(nexus.window(guid))
    assert nexus.settled(guid)["connection_status"] == "CONNECTED"
    assert {each["guid"] for each in nexus.ok("GET", "/accounts")["accounts"]} == before
    put(harsh)
    whole(nexus)


def test_a_revocation_endpoint_that_is_down_is_tried_again(tmp_path: Path, said: pytest.LogCaptureFixture) -> None:
    with running(tmp_path, institution_attempts=1) as world:
        guid = world.nexus.connect()["guid"]
        put(world, "server_error", "revoke")
        assert world.nexus.send("DELETE", f"/members/{guid}").status_code == 200
        until(lambda: world.bank.faults.standing[0].played > 0, "the bank was not told")
        assert world.nexus.get(f"/members/{guid}").status_code == 404
        put(world)
        before = world.bank.activity.of(MX, "revoke")
        world.clock.advance(3600)
        until(lambda: world.bank.activity.of(MX, "revoke") > before, "the bank was not told again")


def test_a_fault_for_one_user_name_leaves_the_others_alone(harsh: World) -> None:
    put(harsh, "server_error", "accounts", username="unlucky")
    unlucky, lucky = harsh.user("unlucky"), harsh.user("lucky")
    statuses = [nexus.connect(name)["connection_status"] for nexus, name in ((unlucky, "unlucky"), (lucky, "lucky"))]
    put(harsh)
    assert statuses == ["FAILED", "CONNECTED"]


def test_a_bank_whose_keys_cannot_be_had_ends_the_window(tmp_path: Path, said: pytest.LogCaptureFixture) -> None:
    with running(tmp_path, institution_attempts=1) as world:
        put(world, "maintenance", "jwks")
        member = world.nexus.member()
        page = walked(world, member["oauth_window_uri"])
        assert page.message["error-reason"] == "PROVIDER_ERROR"
        assert "was not redeemed" in spoken(said)
        put(world)
        world.clock.advance(PASSED)
        world.walk(world.nexus.window(member["guid"]))
        assert world.nexus.settled(member["guid"])["connection_status"] == "CONNECTED"


def test_a_bank_with_ofx_has_the_faults_of_http(harsh: World) -> None:
    nexus = harsh.user("ofx")
    put(harsh, "server_error", "ofx", brand="mxbank")
    member = logins.signed_in(nexus)
    assert member["connection_status"] == "FAILED"
    put(harsh)
    harsh.clock.advance(PASSED)
    assert logins.again(nexus, member["guid"])["connection_status"] == "CONNECTED"


def test_a_bank_of_the_uk_has_the_faults_of_http(harsh: World) -> None:
    nexus = harsh.user("uk")
    guid = nexus.connect(code="mx_bank_uk")["guid"]
    put(harsh, "throttled_bare", "transactions", brand="mx_bank_uk")
    assert ran(nexus, guid) == ("CONNECTED", "HALTED", "The institution took too many requests.")
    before = looks(nexus)
    put(harsh)
    harsh.clock.advance(PASSED)
    assert ran(nexus, guid) == ("CONNECTED", "COMPLETED", None)
    assert looks(nexus) == before
