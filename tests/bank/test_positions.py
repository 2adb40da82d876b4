"""Positions beyond the plan of a portfolio: what special customers hold, and that every protocol says the same."""

import pytest

from bank.customer import MX, NOW
from fanlight.bank.brands import BRANDS
from fanlight.bank.fdx.translate import detailed
from fanlight.bank.world import positions
from fanlight.bank.world.market import value_of
from fanlight.bank.world.people import INVESTMENT
from fanlight.bank.world.positions import ALL_KINDS, BAD, MOVING, NEW_IDS, SWEEP
from fanlight.bank.world.world import World
from fanlight.base.clock import DAY

WORLD = World(1, BRANDS)


def held(username: str, now: int = NOW) -> tuple[positions.Position, ...]:
    return WORLD.ledger(MX, username).household.portfolio.positions(now)


def shown(username: str, grant: str = "", now: int = NOW) -> list[dict[str, object]]:
    ledger = WORLD.ledger(MX, username)
    account = next(each for each in ledger.household.person.accounts if each.role == INVESTMENT)
    found = detailed(account, ledger, WORLD.market, now, grant)
    assert found.holdings is not None
    return [{name: getattr(each, name) for name in each.__struct_fields__} for each in found.holdings]


def test_one_customer_holds_every_kind() -> None:
    found = held(ALL_KINDS)
    kinds = {each.security.kind for each in found}
    assert kinds == {"STOCK", "MUTUALFUND", "ETF", "BOND", "CD", "OPTION", "CASH"}
    assert {each.held_in for each in found} == {"CASH", "MARGIN", "SHORT"}
    assert any(each.units < 0 for each in found)
    assert any(each.units == 0 for each in found)
    assert len({each["holding_id"] for each in shown(ALL_KINDS)}) == len(found)


def test_cusips_are_private_and_well_formed() -> None:
    for cusip in filter(None, (each.security.cusip for each in held(ALL_KINDS))):
        values = [int(each) if each.isdigit() else ord(each) - 55 for each in cusip[:8]]
        doubled = [value * (place % 2 + 1) for place, value in enumerate(values)]
        assert (10 - sum(each // 10 + each % 10 for each in doubled) % 10) % 10 == int(cusip[8])
        assert cusip.startswith("99")


def test_an_account_is_worth_its_positions_and_its_cash() -> None:
    ledger = WORLD.ledger(MX, ALL_KINDS)
    account = next(each for each in ledger.household.person.accounts if each.role == INVESTMENT)
    found = detailed(account, ledger, WORLD.market, NOW)
    worth = sum(
        value_of(each.units, WORLD.market.price(each.security, NOW))
        for each in held(ALL_KINDS)
        if each.security.kind != SWEEP
    )
    assert found.current_value is not None
    assert found.current_value * 100 == worth + ledger.balance(INVESTMENT, NOW)


@pytest.mark.parametrize("days", [0, 1, 2, 3])
def test_one_position_is_missing_every_second_day(days: int) -> None:
    now = NOW + days * DAY
    planned = len(held(MOVING, now - now // DAY % 2 * DAY))
    assert len(held(MOVING, now)) == planned - now // DAY % 2


def test_ids_are_new_with_every_consent_of_one_customer_only() -> None:
    for username, same in (("ann", True), (NEW_IDS, False)):
        ids = [{each["holding_id"] for each in shown(username, grant)} for grant in ("one", "two")]
        assert (ids[0] == ids[1]) == same
        assert same or not ids[0] & ids[1]


def test_one_position_has_an_absurd_number_of_units() -> None:
    assert [each["units"] for each in shown(BAD) if each["units"] == 10**30] == [10**30]
