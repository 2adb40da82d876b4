"""Series are kept up with what changes and with the days that pass, as a look at everything would have them."""

import random
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from contract.account_things import manual, movement
from fanlight.base.clock import DAY
from fanlight.core.transactions import Type
from fanlight.enrichment.recurrence import Cadence
from fanlight.planning import days, staleness
from fanlight.planning.paying import series
from fanlight.planning.paying.series import Series, Status
from fanlight.storage.unit import Unit
from support.world import Nexus, World

TODAY = date(2026, 8, 2)
USER = 1
"""The key of the user whose session a world has."""


def at(months: int, day: int = 10) -> str:
    """A day so many months before this one."""
    return str(days.day_within(days.later("2026-08", -months), day))


def refresh(nexus: Nexus, words: Collection[str] | None = (), *, later: int = 0) -> list[Series]:
    """Bring series up to date, by what was noted and what is said, or all of them; what is kept then.

    `later` are days: a session does not last as long.
    """
    key, now = USER, nexus.world.clock() + later * DAY

    def work(unit: Unit) -> list[Series]:
        today, noted = days.today_of(unit, key, now), staleness.noted(unit, key).words
        series.refresh(unit, key, None if words is None else noted | set(words), today, now=now)
        staleness.settle(unit, key, today, now=now)
        return series.list_all(unit, key)

    found: list[Series] = nexus.world.unit(work)
    return found


def subscribed(nexus: Nexus, account: str, months: Collection[int], amount: float = 9.99, **fields: Any) -> list[str]:
    named = {"description": "Quiet Radio", **fields}
    return [movement(nexus, account, amount, at(each), **named) for each in months]


def plain(rows: Collection[Series]) -> list[Series]:
    """What is said, without what says when and as what it was written."""
    bare = [msgspec.structs.replace(each, id=0, created_at=0, updated_at=0) for each in rows]
    return sorted(bare, key=lambda each: (each.key, each.first_on, each.last_on))


def test_a_series_comes_goes_on_and_goes(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    guids = subscribed(nexus, account, (4, 3))
    assert refresh(nexus) == []
    guids += subscribed(nexus, account, (2,))
    (found,) = refresh(nexus)
    assert (found.cadence, found.day, found.amount, found.count) == (Cadence.EVERY_MONTH, 10, 9_990_000, 3)
    assert (found.name_key, found.words, found.status) == ("quiet radio", '["quiet radio"]', Status.MISSED)
    assert (found.last_on, found.next_on, found.known.missed) == ("2026-06-10", "2026-08-10", ("2026-07-10",))
    assert found.known.recent == tuple(reversed(guids))
    own_world.clock.advance(60)
    guids += subscribed(nexus, account, (1,))
    (again,) = refresh(nexus)
    assert (again.id, again.created_at, again.key) == (found.id, found.created_at, found.key)
    assert (again.status, again.count, again.known.missed) == (Status.ACTIVE, 4, ())
    assert again.updated_at > found.updated_at
    for guid in guids[:2]:
        assert nexus.send("DELETE", f"/transactions/{guid}").is_success
    assert refresh(nexus) == []


def test_what_did_not_change_is_not_written(own_world: World) -> None:
    nexus = own_world.nexus
    subscribed(nexus, manual(nexus)["guid"], (4, 3, 2, 1))
    kept = refresh(nexus)
    own_world.clock.advance(60)
    assert refresh(nexus, ["quiet radio", "nothing"]) == refresh(nexus, None) == kept


def test_days_alone_make_a_series_missed_and_end_it(own_world: World) -> None:
    nexus = own_world.nexus
    subscribed(nexus, manual(nexus)["guid"], (4, 3, 2, 1))
    seen: dict[Status, tuple[str, str | None]] = {}
    for later in range(60):
        (found,) = refresh(nexus, later=later)
        seen.setdefault(found.status, (str(TODAY + timedelta(days=later)), found.next_on))
    assert seen == {
        Status.ACTIVE: ("2026-08-02", "2026-08-10"),
        Status.MISSED: ("2026-08-18", "2026-09-10"),
        Status.ENDED: ("2026-09-18", None),
    }
    (kept,) = refresh(nexus, later=60)
    assert kept.known.missed == ("2026-08-10", "2026-09-10")
    assert plain([kept]) == plain(refresh(nexus, None, later=60))


def test_two_of_one_cadence_have_keys_of_their_own_and_keep_them(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    subscribed(nexus, account, (4, 3, 2, 1))
    (first,) = refresh(nexus)
    for months in (4, 3, 2, 1):
        movement(nexus, account, 24.5, at(months, 22), description="Quiet Radio")
    both = refresh(nexus)
    assert [each.amount for each in both] == [9_990_000, 24_500_000]
    assert both[0].key == first.key != both[1].key
    assert (both[1].known.number, both[1].key) == (1, f"{first.key}.1")


def test_what_is_hidden_or_on_an_account_that_is_gone_is_in_no_series(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    guids = subscribed(nexus, account, (4, 3, 2))
    nexus.ok("PUT", f"/transactions/{guids[1]}", {"transaction": {"is_hidden": True}})
    assert refresh(nexus) == []
    nexus.ok("PUT", f"/transactions/{guids[1]}", {"transaction": {"is_hidden": False}})
    assert len(refresh(nexus)) == 1
    assert nexus.send("DELETE", f"/accounts/{account}").is_success
    assert refresh(nexus) == []


def test_what_an_institution_tells_has_its_series(own_world: World) -> None:
    own_world.nexus.connect("ada")
    found = {each.description: each for each in refresh(own_world.nexus)}
    pay, films, power = found["Pinecrest Foods"], found["Netflix"], found["Tri-County Electric"]
    assert (pay.cadence, pay.transaction_type, pay.next_on) == (Cadence.EVERY_TWO_WEEKS, Type.CREDIT, "2026-08-14")
    assert (films.cadence, films.amount, films.next_on) == (Cadence.EVERY_MONTH, 15_490_000, "2026-08-03")
    assert (films.known.is_subscription, films.merchant_guid) == (True, films.name_key)
    assert (power.known.is_bill, power.known.is_subscription) == (True, False)
    assert power.low < power.high
    assert not {"Safeway", "Starbucks", "Amazon"} & found.keys()


def test_what_its_user_gave_another_name_stays_with_its_merchant(own_world: World) -> None:
    nexus = own_world.nexus
    nexus.connect("ada")
    found = next(each for each in refresh(nexus) if each.description == "Netflix")
    assert found.merchant_guid == found.name_key
    nexus.ok("PUT", f"/transactions/{found.known.recent[0]}", {"transaction": {"description": "Films"}})
    again = next(each for each in refresh(nexus) if each.id == found.id)
    assert (again.count, again.key, again.description) == (found.count, found.key, "Films")
    assert '"films"' in again.words
    kept = refresh(nexus, [word for word in msgspec.json.decode(again.words) if word != "films"])
    assert plain(kept) == plain(refresh(nexus, None))
    assert again in kept


@pytest.mark.parametrize("seed", range(3))
def test_kept_up_it_is_what_a_look_at_everything_finds(own_world: World, seed: int) -> None:
    nexus, dice = own_world.nexus, random.Random(seed)
    account = manual(nexus)["guid"]
    names = ("Quiet Radio", "NETFLIX.COM", "City Water", "Corner Coffee")
    guids: list[str] = []
    for name in names:
        amount = dice.randrange(500, 9000) / 100
        guids += [movement(nexus, account, amount, at(each), description=name) for each in range(1, 8)]
    later = 0
    assert len(refresh(nexus)) == 4
    for _ in range(25):
        guid = dice.choice(guids)
        match dice.randrange(5):
            case 0:
                nexus.send("PUT", f"/transactions/{guid}", {"transaction": {"is_hidden": dice.random() < 0.5}})
            case 1:
                day = str(TODAY - timedelta(days=dice.randrange(200)))
                nexus.send("PUT", f"/transactions/{guid}", {"transaction": {"date": day}})
            case 2:
                nexus.send("PUT", f"/transactions/{guid}", {"transaction": {"description": dice.choice(names)}})
            case 3:
                nexus.send("DELETE", f"/transactions/{guid}")
            case _:
                later += dice.randrange(9)
        kept = plain(refresh(nexus, later=later))
        assert kept == plain(refresh(nexus, None, later=later))
