"""Microdeposits from their order to their end: the clock, the amounts, the limits, and who may see them."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contract.bad import refused
from contract.things import micro_deposit
from fanlight.base.clock import timestamp
from support.processes import run
from support.world import NOON, Nexus, World, running

MINUTE = 60
DAY = 86_400
NUMBER = "333312345"
RIGHT = {"deposit_amount_1": 0.09, "deposit_amount_2": 0.09}
WRONG = {"deposit_amount_1": 0.08, "deposit_amount_2": 0.09}
WHOLE = {
    "first_name": "Josh",
    "last_name": "James",
    "email": "josh@example.com",
    "account_number": NUMBER,
    "routing_number": "091000019",
    "account_type": 1,
}


def _read(nexus: Nexus, guid: str) -> dict[str, Any]:
    answer: dict[str, Any] = nexus.ok("GET", f"/micro_deposits/{guid}")["micro_deposit"]
    return answer


def _ordered(nexus: Nexus, number: str = NUMBER, **fields: Any) -> str:
    return str(micro_deposit(nexus, account_number=number, **fields)["guid"])


def _deposited(world: World, nexus: Nexus, number: str = NUMBER, **fields: Any) -> str:
    guid = _ordered(nexus, number, **fields)
    world.clock.advance(2 * MINUTE)
    return guid


def _verify(nexus: Nexus, guid: str, amounts: dict[str, Any]) -> str:
    return str(nexus.ok("PUT", f"/micro_deposits/{guid}", amounts)["micro_deposit"]["status_name"])


def _again(world: World) -> Nexus:
    """The sandbox's user with a fresh session, after a long time."""
    return Nexus(world, world.session(world.api_token("sandbox-user")))


def _rows(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT status, updated_at, expires_at, deleted_at, sealed FROM micro_deposits ORDER BY id")


def test_the_credits_arrive_with_the_clock(own_world: World) -> None:
    nexus, guid = own_world.nexus, _ordered(own_world.nexus)
    found = []
    for seconds in (9, 1, 109, 1, 600):
        own_world.clock.advance(seconds)
        read = _read(nexus, guid)
        found.append((read["status_name"], read["updated_at"]))

    assert found == [
        ("INITIATED", timestamp(NOON)),
        ("REQUESTED", timestamp(NOON + 10)),
        ("REQUESTED", timestamp(NOON + 10)),
        ("DEPOSITED", timestamp(NOON + 120)),
        ("DEPOSITED", timestamp(NOON + 120)),
    ]


@pytest.mark.parametrize("look", ["read", "list", "sweep"])
def test_a_late_look_keeps_the_moment_of_the_change(own_world: World, look: str) -> None:
    guid = _ordered(own_world.nexus)
    own_world.clock.advance(20 * MINUTE)
    if look == "sweep":
        own_world.run(own_world.runtime.sweep())
    else:
        own_world.nexus.ok("GET", f"/micro_deposits/{guid}" if look == "read" else "/micro_deposits")

    assert _rows(own_world)[0][:2] == (2, NOON + 120)


@pytest.mark.parametrize(
    ("number", "after", "status", "code"),
    [("333344444444", 120, "ERRORED", "R03"), ("123456789", 10, "REJECTED", "NO_PROVIDER")],
)
def test_an_order_may_fail(own_world: World, number: str, after: int, status: str, code: str) -> None:
    guid = _ordered(own_world.nexus, number)
    own_world.clock.advance(after - 1)
    before = _read(own_world.nexus, guid)
    assert (before["status_name"] in ("INITIATED", "REQUESTED"), before["error_code"]) == (True, None)
    own_world.clock.advance(1)

    failed = _read(own_world.nexus, guid)

    assert (failed["status_name"], failed["error_code"]) == (status, code)
    assert failed["error_message"]
    refused(own_world.nexus.send("PUT", f"/micro_deposits/{guid}", RIGHT), 4090)


@pytest.mark.parametrize(
    ("number", "one", "other"),
    [
        (NUMBER, 0.09, 0.09),
        (NUMBER, "0.09", ".09"),
        (NUMBER, "09", "09"),
        ("33330102", 0.01, 0.02),
        ("33330102", 0.02, 0.01),
        ("33330102", "02", "0.010"),
    ],
)
def test_the_right_amounts_verify_in_either_order(own_world: World, number: str, one: Any, other: Any) -> None:
    guid = _deposited(own_world, own_world.nexus, number)

    assert _verify(own_world.nexus, guid, {"deposit_amount_1": one, "deposit_amount_2": other}) == "VERIFIED"

    read = _read(own_world.nexus, guid)
    assert read["verified_at"] == read["updated_at"] == timestamp(NOON + 120)


def test_a_swapped_pair_is_not_twice_the_same(own_world: World) -> None:
    guid = _deposited(own_world, own_world.nexus, "33330102")

    assert _verify(own_world.nexus, guid, {"deposit_amount_1": 0.01, "deposit_amount_2": 0.01}) == "DENIED"


def test_a_wrong_try_may_be_followed_by_a_right_one(own_world: World) -> None:
    guid = _deposited(own_world, own_world.nexus)

    assert [_verify(own_world.nexus, guid, amounts) for amounts in (WRONG, WRONG, RIGHT)] == [
        "DENIED",
        "DENIED",
        "VERIFIED",
    ]
    refused(own_world.nexus.send("PUT", f"/micro_deposits/{guid}", RIGHT), 4090)


def test_the_third_wrong_try_is_the_last(own_world: World) -> None:
    guid = _deposited(own_world, own_world.nexus)

    assert [_verify(own_world.nexus, guid, WRONG) for _ in range(3)] == ["DENIED", "DENIED", "PREVENTED"]
    refused(own_world.nexus.send("PUT", f"/micro_deposits/{guid}", RIGHT), 4090)
    assert _read(own_world.nexus, guid)["verified_at"] is None


@pytest.mark.parametrize("is_deleted", [False, True])
def test_an_account_that_was_prevented_cannot_be_ordered_again_for_three_weeks(
    own_world: World, is_deleted: bool
) -> None:
    guid = _deposited(own_world, own_world.nexus)
    assert [_verify(own_world.nexus, guid, WRONG) for _ in range(3)][-1] == "PREVENTED"
    if is_deleted:
        own_world.nexus.ok("DELETE", f"/micro_deposits/{guid}")
        assert _rows(own_world)[0][4] is None
    assert "21 days" in refused(own_world.nexus.send("POST", "/micro_deposits", WHOLE), 4090)
    _ordered(own_world.user("other"))
    own_world.clock.advance(21 * DAY - 1)
    own_world.run(own_world.runtime.sweep())
    later = _again(own_world)
    refused(later.send("POST", "/micro_deposits", WHOLE), 4090)
    own_world.clock.advance(1)

    assert _verify(later, _deposited(own_world, later), RIGHT) == "VERIFIED"

    own_world.run(own_world.runtime.sweep())
    kept = own_world.rows("SELECT blind IS NULL FROM micro_deposits WHERE guid = ?", guid)
    assert kept == ([] if is_deleted else [(False,)])


def test_deleting_gives_no_new_tries(own_world: World) -> None:
    nexus = own_world.nexus
    found = []
    for _ in range(3):
        guid = _deposited(own_world, nexus)
        found.append(_verify(nexus, guid, WRONG))
        nexus.ok("DELETE", f"/micro_deposits/{guid}")

    assert found == ["DENIED", "DENIED", "PREVENTED"]
    refused(nexus.send("POST", "/micro_deposits", WHOLE), 4090)


def test_deleting_what_was_tried_leaves_it_in_the_limit_of_the_email(own_world: World) -> None:
    nexus = own_world.nexus
    for number in ("33331", "33332", "33333"):
        guid = _deposited(own_world, nexus, number)
        _verify(nexus, guid, WRONG)
        nexus.ok("DELETE", f"/micro_deposits/{guid}")

    assert "email" in refused(nexus.send("POST", "/micro_deposits", WHOLE | {"account_number": "33334"}), 4220)


def test_a_user_has_25_unfinished_ones(own_world: World) -> None:
    nexus = own_world.nexus
    guids = [micro_deposit(nexus)["guid"] for _ in range(25)]
    person = {name: WHOLE[name] for name in ("first_name", "last_name", "email")}
    for body in (person, WHOLE):
        assert "25 unfinished" in refused(nexus.send("POST", "/micro_deposits", body), 4220)
    micro_deposit(own_world.user("other"))
    nexus.ok("DELETE", f"/micro_deposits/{guids[0]}")

    micro_deposit(nexus)


@pytest.mark.parametrize("kind", [7, 0, "7", "LOAN"])
def test_an_account_type_that_is_none_is_told_with_those_that_are(own_world: World, kind: int | str) -> None:
    response = own_world.nexus.send("POST", "/micro_deposits", WHOLE | {"account_type": kind})

    assert refused(response, 4000) == "account_type must be 1 or 2 (CHECKING or SAVINGS)."


def test_tries_at_once_are_counted_each(own_world: World) -> None:
    guid = _deposited(own_world, own_world.nexus)

    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: own_world.nexus.send("PUT", f"/micro_deposits/{guid}/verify", WRONG), range(8))
        )

    statuses = sorted(answer.json()["micro_deposit"]["status_name"] for answer in answers if answer.status_code == 200)
    assert statuses == ["DENIED", "DENIED", "PREVENTED"]
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5


def test_an_account_has_one_order_under_way(own_world: World) -> None:
    nexus, other = own_world.nexus, own_world.user("other")
    first = _ordered(nexus)
    refused(nexus.send("POST", "/micro_deposits", WHOLE), 4090)
    _ordered(nexus, routing_number="011000015")
    _ordered(other)
    own_world.clock.advance(2 * MINUTE)
    refused(nexus.send("POST", "/micro_deposits", WHOLE), 4090)
    assert _verify(nexus, first, WRONG) == "DENIED"
    refused(nexus.send("POST", "/micro_deposits", WHOLE), 4090)
    assert _verify(nexus, first, RIGHT) == "VERIFIED"
    second = _ordered(nexus)
    nexus.ok("DELETE", f"/micro_deposits/{second}")
    _ordered(nexus)


def test_an_order_that_failed_in_the_meantime_is_in_nobodys_way(own_world: World) -> None:
    _ordered(own_world.nexus, "123456789")
    own_world.clock.advance(10)

    _ordered(own_world.nexus, "123456789")

    assert [row[0] for row in _rows(own_world)] == [8, 0]


def test_an_email_address_has_three_accounts(own_world: World) -> None:
    nexus = own_world.nexus
    first = _deposited(own_world, nexus, "33331")
    for number in ("33332", "33333"):
        _ordered(nexus, number, email="JOSH@example.com")

    message = refused(nexus.send("POST", "/micro_deposits", WHOLE | {"account_number": "33334"}), 4220)

    assert "email" in message
    assert _verify(nexus, first, RIGHT) == "VERIFIED"
    _ordered(nexus, "33331")
    _ordered(nexus, "33334", email="another@example.com")
    _ordered(own_world.user("other"), "33334")
    micro_deposit(nexus)


def test_what_nobody_finishes_ends_after_three_weeks(own_world: World) -> None:
    nexus = own_world.nexus
    unfinished = [str(micro_deposit(nexus)["guid"]), _ordered(nexus, "33331"), _deposited(own_world, nexus, "33332")]
    assert _verify(nexus, unfinished[2], WRONG) == "DENIED"
    own_world.clock.now = NOON + 21 * DAY - 1
    kept = _again(own_world)
    assert [_read(kept, guid)["status_name"] for guid in unfinished] == ["PREINITIATED", "DEPOSITED", "DENIED"]
    own_world.clock.advance(1)
    assert kept.ok("GET", "/micro_deposits") == {"micro_deposits": []}
    for guid in unfinished:
        refused(kept.get(f"/micro_deposits/{guid}"), 4040)
    assert [row[3] for row in _rows(own_world)] == [None] * 3
    own_world.run(own_world.runtime.sweep())
    assert [row[3:] for row in _rows(own_world)] == [(own_world.clock(), None)] * 3
    own_world.clock.advance(14 * DAY)
    own_world.run(own_world.runtime.sweep())
    assert _rows(own_world) == []


def test_what_is_finished_stays(own_world: World) -> None:
    nexus = own_world.nexus
    verified = _deposited(own_world, nexus, "33331")
    assert _verify(nexus, verified, RIGHT) == "VERIFIED"
    prevented = _deposited(own_world, nexus, "33332")
    assert [_verify(nexus, prevented, WRONG) for _ in range(3)][-1] == "PREVENTED"
    never_looked_at = [_ordered(nexus, "33334444"), _ordered(nexus, "1", email="jo@example.com")]
    own_world.clock.advance(100 * DAY)
    own_world.run(own_world.runtime.sweep())

    later = _again(own_world)

    names = [_read(later, guid)["status_name"] for guid in (verified, prevented, *never_looked_at)]
    assert names == ["VERIFIED", "PREVENTED", "ERRORED", "REJECTED"]


def test_a_deleted_one_is_gone_at_once_and_its_account_number_erased(own_world: World) -> None:
    guid = _ordered(own_world.nexus)
    own_world.nexus.ok("DELETE", f"/micro_deposits/{guid}")

    refused(own_world.nexus.get(f"/micro_deposits/{guid}"), 4040)
    refused(own_world.nexus.send("DELETE", f"/micro_deposits/{guid}"), 4040)
    assert _rows(own_world)[0][3:] == (NOON, None)


def test_others_see_nothing_of_it(own_world: World) -> None:
    guid = _deposited(own_world, own_world.nexus)
    other = own_world.user("other")

    assert other.ok("GET", "/micro_deposits") == {"micro_deposits": []}
    for method, path in (("GET", ""), ("PUT", ""), ("PUT", "/verify"), ("DELETE", "")):
        refused(other.send(method, f"/micro_deposits/{guid}{path}", RIGHT if method == "PUT" else None), 4040)
    assert _read(own_world.nexus, guid)["status_name"] == "DEPOSITED"


def test_the_bank_is_named_where_its_routing_number_is_known(own_world: World) -> None:
    own_world.rows("UPDATE institutions SET routing_number = '091000019' WHERE code = 'mxbank'")

    assert micro_deposit(own_world.nexus, account_number=NUMBER)["institution_name"] == "MX Bank"


def test_the_account_number_is_nowhere_in_the_clear(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = "33339081726354091"
    with running(tmp_path / "world") as world:
        guid = _deposited(world, world.nexus, number)
        assert _read(world.nexus, guid)["account_number"] == number
        _verify(world.nexus, guid, WRONG)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "world").glob("fanlight.db*"))

    assert b"josh@example.com" in kept
    assert number.encode() not in kept
    assert "/micro_deposits" in caplog.text
    assert number not in caplog.text


def test_without_a_provider_nothing_can_be_ordered(tmp_path: Path) -> None:
    with running(tmp_path / "world", simulated_ach=False) as world:
        assert "provider" in refused(world.nexus.send("POST", "/micro_deposits", WHOLE), 4030)
        assert micro_deposit(world.nexus)["status_name"] == "PREINITIATED"


def test_limits_are_settings(tmp_path: Path) -> None:
    limits = {"microdeposit_attempts": 1, "microdeposit_accounts_per_email": 1, "microdeposit_retention": 200}
    with running(tmp_path / "world", **limits) as world:
        guid = _deposited(world, world.nexus)
        refused(world.nexus.send("POST", "/micro_deposits", WHOLE | {"account_number": "33331"}), 4220)
        assert _verify(world.nexus, guid, WRONG) == "PREVENTED"
        unfinished = micro_deposit(world.nexus)["guid"]
        world.clock.advance(200)
        refused(world.nexus.get(f"/micro_deposits/{unfinished}"), 4040)


def test_an_operator_blocks_routing_numbers(tmp_path: Path) -> None:
    place = ("--data", str(tmp_path / "data"))

    def ok(*arguments: str) -> Any:
        done = run(*arguments, *place, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    ok("keys", "new")
    ok("client", "create", "acme")
    wrong = run("client", "routing-number", "block", "acme", "011000015", "123", *place)
    assert (wrong.returncode, wrong.stderr.strip()) == (
        1,
        "fanlight: routing_number is not a valid ABA routing number.",
    )
    assert ok("client", "routing-number", "list", "acme") == []
    ok("client", "routing-number", "block", "acme", "011000015", "091000019")
    ok("client", "routing-number", "unblock", "acme", "091000019")
    assert ok("client", "routing-number", "list", "acme") == ["011000015"]
    again = run("client", "routing-number", "unblock", "acme", "091000019", *place)
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)
