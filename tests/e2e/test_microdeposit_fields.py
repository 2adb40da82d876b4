"""What cannot be a microdeposit, or an amount of one: the field is named, nothing is made, and no try is lost."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contract.bad import ids, refused
from contract.things import micro_deposit
from fanlight.base.errors import Malformed
from fanlight.core import routing_numbers
from support.world import Nexus, World

NUMBER = "333312345"
RIGHT = {"deposit_amount_1": 0.09, "deposit_amount_2": 0.09}
WHOLE = {
    "first_name": "Josh",
    "last_name": "James",
    "email": "josh@example.com",
    "account_number": NUMBER,
    "routing_number": "091000019",
    "account_type": 1,
}
WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "first_name: empty": {"first_name": ""},
    "first_name: 51 characters": {"first_name": "a" * 51},
    "first_name: a digit": {"first_name": "Josh2"},
    "first_name: a bracket": {"first_name": "<b>"},
    "first_name: a NUL": {"first_name": "a\0b"},
    "first_name: no letter": {"first_name": " - "},
    "first_name: a number": {"first_name": 1},
    "last_name: a semicolon": {"last_name": "James;"},
    "last_name: a smile": {"last_name": "James\N{SMILING FACE WITH SMILING EYES}"},
    "email: no domain": {"email": "josh"},
    "email: no dot": {"email": "josh@example"},
    "email: a space": {"email": "jo sh@example.com"},
    "email: two": {"email": "josh@example.com,jo@example.com"},
    "email: a line": {"email": "josh@example.com\n"},
    "email: 101 characters": {"email": f"{'a' * 60}@{'b' * 36}.com"},
    "account_number: empty": {"account_number": ""},
    "account_number: 18 digits": {"account_number": "3" * 18},
    "account_number: a letter": {"account_number": "3333A"},
    "account_number: digits of another script": {"account_number": "٣٣٣٣"},
    "account_number: negative": {"account_number": -3333},
    "account_number: a fraction": {"account_number": 3333.5},
    "account_number: a list": {"account_number": ["3333"]},
    "routing_number: a check digit": {"routing_number": "091000018"},
    "routing_number: eight digits": {"routing_number": "09100001"},
    "routing_number: ten digits": {"routing_number": "0910000190"},
    "routing_number: letters": {"routing_number": "09100001X"},
    "routing_number: zeros": {"routing_number": "000000000"},
    "routing_number: known as bad": {"routing_number": "222222226"},
    "routing_number: negative": {"routing_number": -91000019},
    "account_type: 0": {"account_type": 0},
    "account_type: 3": {"account_type": 3},
    "account_type: true": {"account_type": True},
    "account_type: unknown": {"account_type": "LOAN"},
    "account_type_name: another": {"account_type_name": "SAVINGS"},
    "account_name: empty": {"account_name": ""},
    "account_name: 51 characters": {"account_name": "a" * 51},
}
WRONG_AMOUNTS: dict[str, Any] = {
    "zero": 0,
    "negative": -0.09,
    "a dollar": 1,
    "too much": 1.09,
    "a fraction of a cent": 0.095,
    "zero as text": "0.00",
    "zero digits": "00",
    "a word": "nine",
    "empty": "",
    "one digit": "9",
    "not a number": "NaN",
    "without end": "Infinity",
    "an exponent": "1e999",
    "a long text": "0.09" + "0" * 100,
    "true": True,
    "a list": [0.09],
}


@pytest.fixture(scope="module")
def deposited(world: World) -> tuple[Nexus, str]:
    """A microdeposit of the shared world, older than it is: its clock stands still."""
    nexus = world.user("deposited")
    guid = str(micro_deposit(nexus, account_number=NUMBER)["guid"])
    world.rows("UPDATE micro_deposits SET created_at = created_at - 120 WHERE guid = ?", guid)
    assert nexus.ok("GET", f"/micro_deposits/{guid}")["micro_deposit"]["status_name"] == "DEPOSITED"
    return nexus, guid


@pytest.mark.parametrize("amount", ids(WRONG_AMOUNTS))
@pytest.mark.parametrize("field", RIGHT)
def test_an_amount_that_is_none_costs_no_try(deposited: tuple[Nexus, str], field: str, amount: Any) -> None:
    nexus, guid = deposited

    message = refused(nexus.send("PUT", f"/micro_deposits/{guid}", RIGHT | {field: amount}), 4000)

    assert field in message
    assert nexus.world.rows("SELECT status, attempts FROM micro_deposits WHERE guid = ?", guid) == [(2, 0)]


@pytest.mark.parametrize("rooted", [True, False], ids=["rooted", "unrooted"])
@pytest.mark.parametrize("fields", ids(WRONG_FIELDS))
def test_a_wrong_field_is_named_and_nothing_is_made(
    world: World, deposited: tuple[Nexus, str], fields: dict[str, Any], rooted: bool
) -> None:
    before = world.rows("SELECT count(*) FROM micro_deposits")
    body = WHOLE | fields

    answer = deposited[0].send("POST", "/micro_deposits", {"micro_deposit": body} if rooted else body)

    assert next(iter(fields)) in refused(answer, 4000)
    assert world.rows("SELECT count(*) FROM micro_deposits") == before


@pytest.mark.parametrize("missing", ["first_name", "last_name", "email", "account_number", "routing_number"])
def test_a_missing_field_is_named(deposited: tuple[Nexus, str], missing: str) -> None:
    body = {name: value for name, value in WHOLE.items() if name != missing}

    assert missing in refused(deposited[0].send("POST", "/micro_deposits", {"micro_deposit": body}), 4001)


@given(st.text("0123456789", min_size=8, max_size=8))
def test_one_check_digit_of_ten_is_right(digits: str) -> None:
    assume(digits not in ("00000000", "02100002", "22222222"))
    right = []
    for last in "0123456789":
        try:
            right.append(routing_numbers.check(digits + last))
        except Malformed:
            continue

    assert len(right) == 1
