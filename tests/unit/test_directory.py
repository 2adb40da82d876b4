"""The sandbox's directory: what is invented of a seed, and how it comes into a database beside requests."""

import asyncio
import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fanlight import sandbox
from fanlight.base.clock import FixedClock
from fanlight.base.guids import is_guid
from fanlight.core import institutions
from fanlight.institutions.port import Limits
from fanlight.institutions.registry import connector, parse_details
from fanlight.runtime import Runtime
from fanlight.sandbox.directory import CHUNK, FAMILY, Listed, directory, load_directory
from fanlight.storage.unit import Unit
from support.processes import Running, started, until
from support.world import NOON

BANK = "http://127.0.0.1:8090"
WEIGHTS = (3, 7, 1) * 3


@pytest.fixture(scope="module")
def many() -> list[Listed]:
    return made(20_000)


def made(count: int, seed: int = 1) -> list[Listed]:
    return list(islice(directory(seed, BANK), count))


def test_a_seed_makes_the_same_and_a_larger_directory_begins_with_the_smaller() -> None:
    assert made(300) == made(900)[:300]
    assert {listed.entry.guid for listed in made(300)}.isdisjoint(listed.entry.guid for listed in made(300, seed=2))


def test_everything_that_must_be_unique_is(many: list[Listed]) -> None:
    for name in ("code", "guid", "url"):
        assert len({getattr(listed.entry, name) for listed in many}) == len(many)
    assert len({field.guid for listed in many for field in listed.fields}) == 2 * len(many)


def test_codes_guids_and_sites_have_their_forms(many: list[Listed]) -> None:
    for entry, fields in many:
        assert entry.code.startswith(FAMILY)
        assert len(entry.code) <= 60
        assert entry.code.replace("-", "").isalnum()
        assert entry.code.isascii()
        assert entry.code == entry.code.lower()
        assert is_guid(entry.guid, "INS")
        assert (entry.url or "").startswith("https://")
        assert (entry.url or "").endswith(".example")
        assert len((entry.url or "").removeprefix("https://").removesuffix(".example")) <= 63
        assert [(field.field_name, field.display_order) for field in fields] == [("LOGIN", 1), ("PASSWORD", 2)]
        assert all(is_guid(field.guid, "CRD") for field in fields)


def test_routing_numbers_are_valid_and_nobodys(many: list[Listed]) -> None:
    for entry, _ in many:
        number = entry.routing_number
        assert (number is not None) == (entry.country == "US")
        if number is not None:
            assert len(number) == 9
            assert number.startswith("19")
            assert sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=True)) % 10 == 0


def test_they_stand_in_three_countries_with_a_few_that_many_know(many: list[Listed]) -> None:
    countries = [listed.entry.country for listed in many]
    assert min(countries.count(country) for country in ("US", "CA", "MX")) > 1000
    known = sorted((listed.entry.popularity for listed in many), reverse=True)
    assert known[-1] > 0
    assert known[20] > 10 * known[2000] > 50 * known[-1]
    assert 2000 < sum(listed.entry.aliases is not None for listed in many) < 10_000
    supports = {(entry.supports_account_verification, entry.supports_transaction_history) for entry, _ in many}
    assert len(supports) == 4


def test_the_bank_speaks_for_every_one(many: list[Listed]) -> None:
    for entry, _ in many[:50]:
        details = parse_details(entry.details)
        assert details.ofx is not None
        assert details.ofx.url == f"{BANK}/{entry.code}/ofx"
        assert details.ofx.bank_id.startswith("19")
        assert entry.protocol == details.protocol == "ofx"
        assert connector(details, None, Limits(1, 1)) is not None  # type: ignore[arg-type]


def load(runtime: Runtime, count: int, *, seed: int = 1, bank_url: str = BANK) -> int:
    return asyncio.run(load_directory(runtime, bank_url, seed=seed, count=count))


def codes(runtime: Runtime) -> list[str]:
    def read(unit: Unit) -> list[str]:
        return [institution.code for institution in institutions.list_all(unit)]

    return sorted(code for code in asyncio.run(runtime.store.read(read)) if code.startswith(FAMILY))


def expected(count: int, seed: int = 1) -> list[str]:
    return sorted(listed.entry.code for listed in made(count, seed))


@pytest.fixture
def runtime(tmp_path: Path) -> Any:
    built = sandbox.build(tmp_path / "world", "http://127.0.0.1:1", BANK, clock=FixedClock(NOON))
    yield built.application.runtime
    built.application.runtime.close()


def test_a_kept_directory_grows_and_never_doubles(runtime: Runtime) -> None:
    assert load(runtime, 250) == 250
    assert load(runtime, 250) == 0
    assert load(runtime, 260) == 10
    assert load(runtime, 100) == 0
    assert codes(runtime) == expected(260)


def test_another_seed_leaves_what_is_there(runtime: Runtime) -> None:
    load(runtime, 30, seed=1)
    assert load(runtime, 60, seed=2) == 0
    assert codes(runtime) == expected(30)


def test_a_bank_that_moved_is_found_where_it_is_now(runtime: Runtime) -> None:
    load(runtime, 20)
    assert load(runtime, 20, bank_url="http://127.0.0.1:9999") == 0

    def read(unit: Unit) -> set[str]:
        return {
            parse_details(found.details).ofx.url.removesuffix(f"/{found.code}/ofx")  # type: ignore[union-attr]
            for found in institutions.list_all(unit)
            if found.code.startswith(FAMILY)
        }

    assert asyncio.run(runtime.store.read(read)) == {"http://127.0.0.1:9999"}


def test_a_built_sandbox_lists_only_its_own(runtime: Runtime) -> None:
    assert codes(runtime) == []


def total(running: Running) -> int:
    found = running.call("POST", "/institutions/search", {"institution": {"name": ""}})
    return int(found.json()["pagination"]["total_entries"])


def test_the_command_lists_them_once_it_is_ready_and_ends_well_meanwhile(tmp_path: Path) -> None:
    place, count = str(tmp_path / "kept"), 5000
    arguments = ("sandbox", "--port", "0", "--bank-port", "0", "--data", place, "--institutions", str(count))
    errors = tmp_path / "errors"
    with started(*arguments, errors=errors) as running:
        until(lambda: total(running) > CHUNK, "the first institutions")
        assert running.stop() == 0
    with closing(sqlite3.connect(tmp_path / "kept" / "fanlight.db")) as database:
        (cut,) = database.execute("SELECT count(*) FROM institutions WHERE code LIKE 'sim-%'").fetchone()
    assert "Traceback" not in errors.read_text()
    with started(*arguments, errors=errors) as running:
        own = len(running.ready["institutions"])
        assert total(running) >= cut + own
        until(lambda: total(running) == count + own, "all institutions")
        first = made(1)[0].entry
        found = running.call("POST", "/institutions/search", {"institution": {"url": first.url}}).json()
        assert [institution["guid"] for institution in found["institutions"]] == [first.guid]
        lines = running.call("GET", "/institutions").text.splitlines()
        assert len(lines) == count + own + 1


def test_a_listed_institution_can_be_connected() -> None:
    with started("sandbox", "--port", "0", "--bank-port", "0", "--institutions", "20") as running:
        until(lambda: total(running) == 20 + len(running.ready["institutions"]), "the institutions")
        entry, fields = made(20)[7]
        values = [{"guid": field.guid, "value": "mxuser"} for field in fields]
        body = {"member": {"institution_guid": entry.guid, "credentials": values}}
        member = running.call("POST", "/members", body)
        assert member.status_code == 200, member.text
        guid = member.json()["member"]["guid"]
        until(lambda: _status(running.call("GET", f"/members/{guid}")) == "CONNECTED", "the connection")


def _status(response: httpx2.Response) -> str:
    return str(response.json()["member"]["connection_status"])
