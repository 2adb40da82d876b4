"""Every case of the contract's data, replayed against the running server; and that the data leaves nothing out."""

import tomllib
from collections.abc import Callable

import pytest

from contract import cases
from contract.cases import ALL, FILES, Case, template_of
from contract.things import Things
from fanlight.api.control import face as control
from fanlight.api.mdx import face as mdx
from fanlight.api.nexus.kit import Route
from fanlight.api.nexus.routes import ROUTES
from fanlight.api.sso import face as sso
from support.world import World

MEDIA_TYPES = {
    "application/json",
    "application/vnd.mx.nexus.v1+json",
    "application/vnd.mx.nexus.beta+json",
    "application/vnd.moneydesktop.v1+json",
}
HOSTS = {"int-data.moneydesktop.com", "int-sso.moneydesktop.com", "int-live.moneydesktop.com"}
SPELLED = [(route, method, path) for route in ROUTES for method, path in route.spellings]
FIRST = [(route.method, route.path) for route in ROUTES]
NEXUS = [(method, path) for _, method, path in SPELLED]
PARTNERS: dict[str, list[tuple[str, str]]] = {
    "sso": [(route.method, route.path) for route in sso.ROUTES],
    "mdx": [(route.method, route.path) for route in mdx.ROUTES],
    "control": [(route.method, route.path) for route in control.ROUTES],
}


@pytest.fixture(scope="module")
def things_of(world: World) -> Callable[[str], Things]:
    """The things of a file, made once: a fresh user for each."""
    made: dict[str, Things] = {}

    def things(name: str) -> Things:
        if name not in made:
            made[name] = Things(world, f"file-{name}")
        return made[name]

    return things


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_server_answers_as_written(case: Case, things_of: Callable[[str], Things]) -> None:
    things = things_of(case.file)

    response = cases.send(case, things)

    assert not cases.check(case, response, things), response.text[:2000]


def test_names_are_given_once() -> None:
    for path in FILES:
        names = [entry["name"] for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]
        assert len(names) == len(set(names)), path.name
    assert len({case.id for case in ALL}) == len(ALL)


@pytest.mark.parametrize("spelling", NEXUS, ids=" ".join)
def test_every_nexus_path_is_covered_with_and_without_suffix(spelling: tuple[str, str]) -> None:
    successes = [
        case for case in _nexus() if case.status < 300 and template_of(case.method, case.path, NEXUS) == spelling
    ]

    assert successes, "no success"
    if spelling in FIRST:
        assert {case.path.split("?")[0].endswith(".json") for case in successes} == {True, False}


@pytest.mark.parametrize(("route", "method", "path"), SPELLED, ids=[f"{m} {p}" for _, m, p in SPELLED])
def test_every_error_that_a_route_names_is_covered(route: Route, method: str, path: str) -> None:
    found = {case.status for case in _nexus() if template_of(case.method, case.path, NEXUS) == (method, path)}

    assert set(route.errors) <= found


@pytest.mark.parametrize("face", list(PARTNERS))
def test_every_partner_path_is_covered(face: str) -> None:
    found = [
        (template_of(case.method, _bare(case), PARTNERS[face], "json|xml"), case.status)
        for case in ALL
        if case.file == face
    ]

    for spelling in PARTNERS[face]:
        statuses = {status for template, status in found if template == spelling}
        assert {401, 404} - statuses <= ({404} if spelling[0] == "POST" else set()), spelling
        assert statuses & {200, 204}, spelling


def test_every_spelling_of_media_types_and_hosts_is_used() -> None:
    used = {case.headers.get(name, "") for case in ALL for name in ("Accept", "Content-Type", "Host")}

    assert used >= MEDIA_TYPES | HOSTS


def _nexus() -> list[Case]:
    return [case for case in ALL if case.file not in PARTNERS]


def _bare(case: Case) -> str:
    return case.path.removeprefix(f"/{case.file}")
