"""Accounts with values that do not fit: refused with 400 that names the field, nothing half stored."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.account_things import fed, manual
from contract.bad import refused
from contract.test_fuzz import FUZZ, JSON, TEXTS
from fanlight.api.fields import LONGEST_METADATA, LONGEST_NAME
from fanlight.api.nexus.account_edits import SAID
from support.world import Nexus, World

AMOUNTS = [name for name, said in SAID.items() if said.schema == {"type": "number"}]
RATES = ("apr", "apy", "interest_rate")
FLAGS = ("is_business", "is_closed", "is_hidden")
NO_AMOUNTS = [
    "1e13", "1e400", "-1e13", "1e-3", "0.001",
    '"NaN"', '"Infinity"', '"-Infinity"', '"1,000"', '""', "true", "[]", "{}",
    "123456789012345678901234567890", '"123456789012345678901234567890"', "1.0000000000000000000000000000000001",
]  # fmt: skip
NO_NAMES = [
    "", "  ", "a\u0000b",
    "a\nb", "\u001b[0m", "\u202egpj.exe", "a\u200fb", "\u2028", "x" * (LONGEST_NAME + 1), "x" * 10_000,
    5, True, [], {},
]  # fmt: skip
NO_FLAGS = [2, "yes", [], {}, -1, 0.5]
NO_RATES = [-0.01, 100.01, 1e10, "NaN", "5%", 1.1234567, True]
NO_DAYS = ["2026-02-30", "26-01-01", "", 5, "0000-01-01"]
NO_MOMENTS = ["soon", "", 5, "2026-13-01", "x" * 999]
WRONG: dict[str, list[Any]] = {
    **dict.fromkeys(("name", "nickname", "insured_name"), NO_NAMES),
    **dict.fromkeys(FLAGS, NO_FLAGS),
    **dict.fromkeys(RATES, NO_RATES),
    **dict.fromkeys(("matures_on", "started_on"), NO_DAYS),
    **dict.fromkeys(("payment_due_at", "last_payment_at"), NO_MOMENTS),
    "metadata": ["x" * (LONGEST_METADATA + 1), "a\u0000b", "\u202e", {"a": 1}, 5],
    "account_type": [-1, 13, 99, "BANK", "", 1.5, True, [1], {}, "1 ", 10**30],
    "account_subtype": [-1, 29, "GOLD", "", True, []],
    "property_type": [-1, 10, "CASTLE", "", True, []],
    "currency_code": ["usd", "US", "USDX", "", "€", 840, "U\u200fD"],
    "day_payment_is_due": [0, 32, -1, 1.5, "first", "", True, [], 10**30],
}


class Keeper:
    """A user with a manual account, and what is known of it."""

    def __init__(self, nexus: Nexus) -> None:
        self.nexus = nexus
        self.guid = str(manual(nexus, name="Kept", account_type="PROPERTY", nickname="Before")["guid"])
        self.before = self.all()

    def all(self) -> Any:
        return self.nexus.ok("GET", "/accounts")

    def refused(self, method: str, path: str, body: str, name: str) -> None:
        headers = {"content-type": "application/json"}
        response = self.nexus.send(method, path, content=body.encode(), headers=headers)
        assert refused(response, 4000).startswith(f"{name} must "), response.text
        assert self.all() == self.before

    def is_refused(self, name: str, value: str) -> None:
        """Neither made with it nor changed to it, although the rest would do."""
        kept = "" if name in ("name", "account_type") else '"name": "New", "account_type": 8, '
        wanted = {"name": '"account_type": 8, ', "account_type": '"name": "New", '}.get(name, kept)
        self.refused("POST", "/accounts", f'{{"account": {{{wanted}"{name}": {value}}}}}', name)
        self.refused(
            "PUT", f"/accounts/{self.guid}", f'{{"account": {{"nickname": "After", "{name}": {value}}}}}', name
        )


@pytest.fixture(scope="module")
def keeper(world: World) -> Keeper:
    return Keeper(world.user("keeper"))


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_that_are_none(keeper: Keeper, name: str) -> None:
    for value in NO_AMOUNTS:
        keeper.is_refused(name, value)


@pytest.mark.parametrize("name", WRONG)
def test_values_that_do_not_fit(keeper: Keeper, name: str) -> None:
    for value in WRONG[name]:
        keeper.is_refused(name, json.dumps(value))


def test_every_field_is_tried() -> None:
    assert SAID.keys() == WRONG.keys() | set(AMOUNTS)


@pytest.mark.parametrize("name", AMOUNTS)
@pytest.mark.parametrize("text", ["999999999999.99", "-999999999999.99", "0.01", "0", "100000000000.1"])
def test_amounts_lose_no_digit(keeper: Keeper, name: str, text: str) -> None:
    answer = keeper.nexus.send("PUT", f"/accounts/{keeper.guid}", content=f'{{"{name}": {text}}}'.encode())
    back = keeper.nexus.send("PUT", f"/accounts/{keeper.guid}", content=f'{{"{name}": null}}'.encode())

    assert f'"{name}":{Decimal(text):.2f},' in answer.text
    assert f'"{name}":null,' in back.text


FIELDS = st.dictionaries(st.sampled_from([*SAID, "skip_webhook"]) | TEXTS, JSON, max_size=8)


@pytest.fixture(scope="module")
def targets(world: World) -> tuple[Nexus, list[str]]:
    nexus = world.user("fuzzed")
    return nexus, [manual(nexus)["guid"], fed(nexus, "ada")["guid"]]


@FUZZ
@given(fields=FIELDS, data=st.data())
def test_accounts_are_made_changed_or_refused(
    targets: tuple[Nexus, list[str]], fields: dict[str, Any], data: st.DataObject
) -> None:
    nexus, guids = targets
    method, path = data.draw(
        st.sampled_from([("POST", "/accounts"), *(("PUT", f"/accounts/{guid}") for guid in guids)])
    )
    body = data.draw(
        st.sampled_from([fields, {"account": fields}, {"account": {"name": "x", "account_type": 2} | fields}])
    )

    response = nexus.send(method, path, body)

    assert response.status_code in (200, 400), response.text
    assert nexus.get("/accounts").status_code == 200


@FUZZ
@given(query=st.dictionaries(st.sampled_from(["from_date", "to_date", "page"]), TEXTS | st.dates().map(str)))
def test_balances_are_shown_or_refused(targets: tuple[Nexus, list[str]], query: dict[str, str]) -> None:
    nexus, guids = targets

    assert nexus.get(f"/accounts/{guids[0]}/monthly_account_balance", params=query).status_code in (200, 400)


@FUZZ
@given(body=JSON | st.fixed_dictionaries({"accounts": JSON}))
def test_accounts_are_merged_or_refused(targets: tuple[Nexus, list[str]], body: Any) -> None:
    nexus, guids = targets

    assert nexus.send("PUT", "/accounts/merge", body).status_code in (400, 404)
    assert all(nexus.get(f"/accounts/{guid}").status_code == 200 for guid in guids)
