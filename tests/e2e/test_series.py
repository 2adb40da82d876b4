"""Series are kept up with what changes and with the days that pass, as a look at everything would have them."""

import contextlib
import random
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from contract.account_things import manual, movement
from contract.partner_things import Partner
from fanlight.base.clock import DAY
from fanlight.core.transactions import Type
from fanlight.enrichment.categories import BY_KEY
from fanlight.enrichment.recurrence import Cadence
from fanlight.planning import days, staleness
from fanlight.planning.paying import series
from fanlight.planning.paying.payment_following import LEAST_CONFIDENCE
from fanlight.planning.paying.series import Series, Status
from fanlight.planning.paying.series_kinds import UNSURE
from fanlight.planning.paying.series_movements import DAYS_AHEAD
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


def looked_anew(nexus: Nexus, *, later: int = 0) -> list[Series]:
    """What a look at everything finds where nothing was kept; nothing of it stays."""
    key, now = USER, nexus.world.clock() + later * DAY

    def work(unit: Unit) -> list[Series]:
        found: list[Series] = []
        with contextlib.suppress(_Enough), unit.atomic():
            for each in series.list_all(unit, key):
                unit.run(series._delete, of=each.id, user=key)
            series.refresh(unit, key, None, days.today_of(unit, key, now), now=now)
            found = series.list_all(unit, key)
            raise _Enough
        return found

    anew: list[Series] = nexus.world.unit(work)
    return anew


class _Enough(Exception):
    """What was done is to be undone."""


def say(nexus: Nexus, guids: Collection[str], **fields: Any) -> None:
    """Of transactions, those that are gone too."""
    for guid in guids:
        nexus.send("PUT", f"/transactions/{guid}", {"transaction": fields})


def same(rows: Collection[Series]) -> list[Series]:
    """What is said, whichever of two alike was found first."""
    alike = [msgspec.structs.replace(each, facts=_unnumbered(each)) for each in plain(rows)]
    return sorted(alike, key=lambda each: (each.group, each.cadence, each.facts))


def _unnumbered(row: Series) -> str:
    return msgspec.json.encode(msgspec.structs.replace(row.known, number=0)).decode()


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


def test_what_has_other_words_is_found_by_its_merchant(own_world: World) -> None:
    """Two that are renamed each in its own way, no series yet; then another that has the words of old."""
    nexus = own_world.nexus
    nexus.connect("ada")
    (films,) = [each for each in refresh(nexus) if each.description == "Netflix"]
    guids = films.known.recent
    say(nexus, guids, is_hidden=True)
    say(nexus, guids[:1], is_hidden=False, description="Films a")
    say(nexus, guids[1:2], is_hidden=False, description="Films b")
    assert films.name_key not in {each.name_key for each in refresh(nexus)}
    say(nexus, guids[2:], is_hidden=False)
    (again,) = [each for each in refresh(nexus) if each.name_key == films.name_key]
    assert (again.count, again.words) == (3, '["films a","films b","netflix"]')
    assert same(refresh(nexus)) == same(looked_anew(nexus))


def test_what_is_far_ahead_counts_when_its_day_is_near(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    subscribed(nexus, account, (2, 1, 0))
    before = 10 - TODAY.day - DAYS_AHEAD
    assert refresh(nexus) == refresh(nexus, later=before - 1) == []
    (found,) = refresh(nexus, later=before)
    assert (found.count, found.last_on, found.next_on) == (3, "2026-08-10", "2026-09-10")


def test_days_that_nobody_means_are_in_no_series(own_world: World) -> None:
    partner, name = Partner(own_world, own_world.ready["user_id"]), "Quiet Radio"
    partner.member("m")
    partner.account("m", "a")
    days_of_all = [f"{year}-{month}-28" for year in ("1900", "2200") for month in ("01", "02", "03", "10", "11", "12")]
    for day in (*days_of_all, "1900-01-01", "2200-12-31", at(3), at(2), at(1)):
        partner.transaction("m", "a", f"t{day}", transacted_on=day, posted_on=day, description=name)
    (found,) = refresh(own_world.nexus)
    assert (found.count, found.first_on, found.next_on) == (3, at(3), "2026-08-10")


def test_of_scattered_amounts_only_a_bill_is_expected(own_world: World) -> None:
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    amounts = (39.96, 484.89, 461.96, 75.84, 410.0, 52.3, 388.1, 61.27)
    for months, amount in enumerate(amounts, 1):
        movement(nexus, account, amount, at(months), description="TreasuryDirect")
        utilities = BY_KEY["UTILITIES"].guid
        movement(nexus, account, amount, at(months), description="City Power", category_guid=utilities)
    known = {each.description: each for each in refresh(nexus)}
    assert (known["TreasuryDirect"].confidence, known["TreasuryDirect"].count) == (UNSURE, 8)
    assert known["City Power"].known.is_bill
    assert known["City Power"].confidence > LEAST_CONFIDENCE > UNSURE


@pytest.mark.parametrize("seed", range(5))
def test_kept_up_it_is_what_a_look_at_everything_finds(own_world: World, seed: int) -> None:
    nexus, dice = own_world.nexus, random.Random(seed)
    nexus.connect("ada")
    account = manual(nexus)["guid"]
    names = ("Quiet Radio", "NETFLIX.COM", "City Water", "Corner Coffee")
    guids = [guid for each in refresh(nexus) for guid in each.known.recent[:4]]
    for name in names:
        amount = dice.randrange(500, 9000) / 100
        guids += [movement(nexus, account, amount, at(each), description=name) for each in range(1, 8)]
    later = 0
    assert len(refresh(nexus)) >= 4
    for number in range(40):
        guid = dice.choice(guids)
        match dice.randrange(8):
            case 0 | 1:
                say(nexus, [guid], is_hidden=dice.random() < 0.6)
            case 2:
                say(nexus, [guid], date=str(TODAY + timedelta(days=dice.randrange(-200, 30))))
            case 3 | 4:
                say(nexus, [guid], description=dice.choice((*names, f"Films {number}")))
            case 5:
                nexus.send("DELETE", f"/transactions/{guid}")
            case 6:
                name, day = dice.choice(names), TODAY + timedelta(days=dice.randrange(-200, 30))
                guids.append(movement(nexus, account, dice.choice((9.99, 42)), str(day), description=name))
            case _:
                later += dice.randrange(9)
        assert same(refresh(nexus, later=later)) == same(looked_anew(nexus, later=later))
    told = "json_extract(nullif(system, ''), '$.merchant_guid')"
    assert own_world.rows(f"SELECT count(*) FROM transactions WHERE merchant_guid IS NOT {told}") == [(0,)]
    assert own_world.rows("SELECT count(*) > 20 FROM transactions WHERE merchant_guid IS NOT NULL") == [(1,)]


def test_a_merchant_is_reached_by_what_left_it(own_world: World) -> None:
    """The only rows with some words go: the others of their merchant are looked at anew."""
    nexus = own_world.nexus
    account = manual(nexus)["guid"]
    months = [movement(nexus, account, 9.99, at(each), description="Netflix") for each in (2, 3, 4)]
    strays = [movement(nexus, account, 9.99, at(each, 20), description="Netflix.com 4321") for each in (2, 3, 4)]
    refresh(nexus)
    assert len(months) == len(strays)
    for guid in strays:
        nexus.ok("DELETE", f"/transactions/{guid}")
    noted = own_world.unit(staleness.noted, USER).words
    assert any(each.startswith("MCH-") for each in noted)
    assert plain(refresh(nexus)) == plain(looked_anew(nexus))
