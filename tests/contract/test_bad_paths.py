"""Paths, methods, pages and dates that lead nowhere, and other people's guids."""

import logging
import re
from typing import Any

import pytest

from contract.bad import refused, unharmed
from contract.conftest import Someone
from contract.things import NOBODY, Things
from fanlight.api.nexus.routes import ROUTES
from fanlight.server import PREDIRECT
from support.world import World

SPELLED = [(method, path) for route in ROUTES for method, path in route.spellings]
WITH_GUID = [spelling for spelling in SPELLED if "_guid}" in spelling[1]]
OF_NOBODY = ("institution", "merchant")
OF_A_USER = [spelling for spelling in WITH_GUID if not any(thing in spelling[1] for thing in OF_NOBODY)]
BEYOND_MEMBERS = (
    "oauth_state",
    "job",
    "micro_deposit",
    "category",
    "transaction_rule",
    "notification",
    "spending_plan",
    "budget",
    "goal",
    "beat",
    "insight",
)
GONE = [spelling for spelling in OF_A_USER if not any(thing in spelling[1] for thing in BEYOND_MEMBERS)]
PATHS = sorted({path for _, path in SPELLED})
PREFIXES = {"institution": "INS", "member": "MBR", "account": "ACT", "transaction_rule": "TXR", "job": "JOB"} | {
    "transaction": "TRN",
    "category": "CAT",
    "holding": "HOL",
    "merchant": "MCH",
    "merchant_location": "MCL",
    "micro_deposit": "MIC",
    "notification": "TF",
    "budget": "BGT",
    "goal": "GOL",
    "beat": "BET",
    "insight": "BET",
    "oauth_state": "OAS",
    "spending_plan": "SPL",
}
PLACEHOLDERS = {"oauth_state": "state", "micro_deposit": "initiated", "transaction_rule": "rule"} | {
    "category": "own_category",
    "spending_plan": "plan",
    "beat": "insight",
}
GUID = re.compile(r"\{(\w+)_guid\}")
DAYS = {"{start_date}": "2026-07-01", "{end_date}": "2026-07-31"}
NO_SUCH_GUID = ["", "MBR", "x" * 10_000, "%00", "'%20OR%201=1--", "%2e%2e", "%2F", "a%2Fb", "%F0%9F%98%80", "*"]
NOT_UTF8 = ["%ff", "%c3%28", "%ed%a0%80", "%f0%80%80%80", "%80"]
ODD_PAGES = {"0": 1, "-1": 1, "abc": 1, "": 1, "1e9": 1, "1.5": 1, "+1": 1, "%00": 1, "99999999999999999999": 1}
ODD_SIZES = {"9": 25, "10": 10, "1000": 1000, "1001": 25, "0": 25, "-10": 25, "abc": 25, "": 25, "1e2": 25, "10.0": 25}
BAD_DATES = [
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "01/02/2026",
    "20260102",
    "2026-01-02T00:00:00Z",
    "0",
    "%00",
    "-1",
]


@pytest.fixture(scope="module")
def things(world: World) -> Things:
    """The victim: a user with everything that has a guid."""
    return Things(world, "victim")


@pytest.fixture(scope="module")
def deleted(world: World) -> Things:
    """A user whose member was deleted after everything was there."""
    things = Things(world, "deleter")
    for name in ("transaction", "job", "state", "holding"):
        things.get(name)
    things.nexus.ok("DELETE", f"/members/{things.get('member')}")
    return things


def _sent(method: str) -> dict[str, Any] | None:
    return {"member": {"name": "stolen"}} if method == "PUT" else None


def _guid_of(path: str, things: Things) -> str:
    thing = _thing_of(path)
    return things.get(PLACEHOLDERS.get(thing, thing))


def _thing_of(path: str) -> str:
    """What the path's guid is of."""
    found = GUID.search(path)
    assert found is not None, path
    return found[1]


def _filled(path: str, guid: str) -> str:
    for name, day in DAYS.items():
        path = path.replace(name, day)
    return GUID.sub(lambda _: guid, path)


@pytest.mark.parametrize("spelling", OF_A_USER, ids=" ".join)
def test_another_users_guid_is_not_there(someone: Someone, things: Things, spelling: tuple[str, str]) -> None:
    method, path = spelling
    guid = _guid_of(path, things)
    before = things.nexus.read(things.get("member"))
    with unharmed(someone.nexus):
        refused(someone.nexus.send(method, _filled(path, guid), _sent(method)), 4040)

    assert things.nexus.read(things.get("member")) == before


@pytest.mark.parametrize("spelling", GONE, ids=" ".join)
def test_what_belongs_to_a_deleted_member_is_not_there(deleted: Things, spelling: tuple[str, str]) -> None:
    method, path = spelling
    with unharmed(deleted.nexus):
        refused(deleted.nexus.send(method, _filled(path, _guid_of(path, deleted)), _sent(method)), 4040)


@pytest.mark.parametrize("path", ["/members", "/accounts"])
def test_a_deleted_member_is_in_no_list(deleted: Things, path: str) -> None:
    assert deleted.nexus.ok("GET", path) == {path[1:]: []}
    assert deleted.nexus.ok("GET", "/transactions")["pagination"]["total_entries"] == 0


@pytest.mark.parametrize("spelling", WITH_GUID, ids=" ".join)
def test_a_guid_of_nobody_or_of_another_kind_is_not_there(
    someone: Someone, things: Things, spelling: tuple[str, str]
) -> None:
    method, path = spelling
    kind = PREFIXES[_thing_of(path)]
    other = things.get("member" if kind != "MBR" else "job")
    with unharmed(someone.nexus):
        for guid in (f"{kind}-{NOBODY}", other, kind, "null"):
            refused(someone.nexus.send(method, _filled(path, guid), _sent(method)), 4040)


@pytest.mark.parametrize("guid", NO_SUCH_GUID, ids=lambda guid: guid[:12] or "empty")
def test_a_strange_guid_is_not_there(someone: Someone, guid: str) -> None:
    with unharmed(someone.nexus):
        for path in ("/accounts/{}/transactions", "/members/{}/oauth_window_uri", "/institutions/{}/credentials"):
            refused(someone.nexus.get(path.format(guid)), 4040)


@pytest.mark.parametrize("text", NOT_UTF8)
@pytest.mark.parametrize("path", ["/members/{}", "/{}", "/members?page={}", "/transactions?from_date={}", "/user?{}=1"])
def test_invalid_utf8_is_never_a_fault(someone: Someone, path: str, text: str) -> None:
    with unharmed(someone.nexus):
        response = someone.nexus.get(path.format(text))
        if response.status_code != 200:
            refused(response, 4000, 4040)
        assert response.status_code < 500
        assert path == "/user?{}=1" or response.status_code != 200


@pytest.mark.parametrize(
    "path", ["/nothing", "/member", "/user/1", "/members/a/b/c", "/%2e%2e/user", "/USER", "/.json"]
)
def test_an_unknown_path(someone: Someone, path: str) -> None:
    with unharmed(someone.nexus):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            refused(someone.nexus.send(method, path), 4040)


def test_an_address_with_a_token_is_a_template_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fanlight.access")
    token = "T" * 86
    for start in ("/oauth/predirect_to/MBR-1", "//oauth/predirect_to/MBR-1", "/oauth", "/oauth/predirect_to/MBR-1/X"):
        world.http.get(f"{world.url}{start}/{token}")

    told = [line for line in caplog.messages if line.startswith("GET /")]
    assert [line.split()[1] for line in told[:4]] == [PREDIRECT, PREDIRECT, "/(page)", "/(page)"]
    assert token not in caplog.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE"])
def test_a_wrong_method(someone: Someone, path: str, method: str) -> None:
    with unharmed(someone.nexus):
        response = someone.nexus.send(method, _filled(path, "X") if "{" in path else path)
        refused(response, 4050)
        allowed = response.headers["allow"].split(", ")
        assert allowed == sorted(allowed)
        assert {verb for verb, known in SPELLED if known == path} <= set(allowed)


@pytest.mark.parametrize("path", ["/members", "/accounts", "/transactions", "/oauth_states"])
@pytest.mark.parametrize("page", ODD_PAGES)
def test_an_odd_page_is_the_first(things: Things, path: str, page: str) -> None:
    things.get("member")
    first = things.nexus.ok("GET", f"{path}?page=1")

    assert things.nexus.ok("GET", f"{path}?page={page}") == first
    assert first[path[1:]]


@pytest.mark.parametrize("path", ["/members", "/accounts", "/transactions", "/oauth_states"])
@pytest.mark.parametrize("page", ["1000", "1000000000"])
def test_a_page_beyond_the_end_is_empty(things: Things, path: str, page: str) -> None:
    things.get("member")

    answer = things.nexus.ok("GET", f"{path}?page={page}&records_per_page=1000")
    assert answer[path[1:]] == []
    assert answer["pagination"]["current_page"] == int(page)
    assert answer["pagination"]["total_entries"] > 0


@pytest.mark.parametrize("size", ODD_SIZES)
def test_an_odd_size_of_pages_counts_as_25(things: Things, size: str) -> None:
    things.get("member")
    answer = things.nexus.ok("GET", f"/transactions?records_per_page={size}")

    assert answer["pagination"]["per_page"] == ODD_SIZES[size]
    assert len(answer["transactions"]) == min(ODD_SIZES[size], answer["pagination"]["total_entries"])


@pytest.mark.parametrize("size", ODD_SIZES)
def test_an_odd_size_of_pages_of_a_search(someone: Someone, size: str) -> None:
    path = f"/institutions/search?records_per_page={size}&page=2"
    answer = someone.nexus.ok("POST", path, {"institution": {"name": ""}})

    assert answer["pagination"]["per_page"] == ODD_SIZES[size]
    assert answer["pagination"]["current_page"] == answer["pagination_data"]["current_page"] == 2
    assert answer["institutions"] == []


@pytest.mark.parametrize(
    "path", ["/transactions", "/members/{member}/transactions", "/accounts/{account}/transactions"]
)
@pytest.mark.parametrize("name", ["from_date", "to_date"])
@pytest.mark.parametrize("text", BAD_DATES)
def test_a_bad_date(things: Things, path: str, name: str, text: str) -> None:
    filled = path.format(member=things.get("member"), account=things.get("account"))
    with unharmed(things.nexus):
        refused(things.nexus.get(f"{filled}?{name}={text}"), 4000)


@pytest.mark.parametrize(
    "path", ["/transactions", "/members/{member}/transactions", "/accounts/{account}/transactions"]
)
def test_days_in_the_wrong_order(things: Things, path: str) -> None:
    filled = path.format(member=things.get("member"), account=things.get("account"))
    with unharmed(things.nexus):
        refused(things.nexus.get(f"{filled}?from_date=2026-07-31&to_date=2026-07-01"), 4000)


@pytest.mark.parametrize("days", ["from_date=0001-01-01", "to_date=9999-12-31", "from_date=&to_date="])
def test_the_first_and_last_days_of_the_calendar(things: Things, days: str) -> None:
    things.get("member")

    assert things.nexus.ok("GET", f"/transactions?{days}")["transactions"]


def test_too_many_fields_of_a_query(someone: Someone) -> None:
    with unharmed(someone.nexus):
        refused(someone.nexus.get("/members?" + "&".join(f"a{n}=1" for n in range(2000))), 4000)
