"""Evaluation: what is found is told once within its window, ranked, as news only, and ended when it no longer holds."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.clock import DAY
from fanlight.core import clients, users
from fanlight.planning.facts import Facts, Movement
from fanlight.planning.insights import evaluate, store
from fanlight.planning.insights.port import Finding, Group, Kept, Rule, Trigger
from fanlight.storage import schema
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit
from unit.insights.facts_builder import account, ago, facts, movement

Find = Callable[[Facts], Iterable[Finding]]


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    """A database with one user, whose key is 1."""
    schema.create(tmp_path / "insights.db")
    connection = connect(tmp_path / "insights.db")
    made = Unit(connection)
    client, _ = clients.create(made, "acme", now=1)
    assert users.create(made, client.id, "user-1", users.Profile(), now=1).id == 1
    yield made
    connection.close()


def rule(find: Find, template: str = "Test", *, by: Trigger = Trigger.CLOCK, **more: Any) -> Rule:
    return Rule(template, "Test", (Group.SPEND,), (by,), "always", "ours", find, **more)


def says(*abouts: str, **more: Any) -> Find:
    return lambda _: [Finding(each, f"Title {each}", f"Description {each}.", **more) for each in abouts]


def told(unit: Unit, given: Facts) -> list[store.Insight]:
    return store.list_all(unit, 1, now=given.now)


def abouts(unit: Unit, given: Facts) -> list[str]:
    return [each.about for each in told(unit, given)]


def rows(unit: Unit, sql: str) -> list[tuple[Any, ...]]:
    return unit._connection.execute(sql).fetchall()


def test_what_is_found_is_kept_whole(unit: Unit) -> None:
    given, own = facts(), account()
    links = {"accounts": (own.guid,), "transactions": ("TRN-1", "TRN-2"), "merchants": ("MCH-1",)}

    evaluate.evaluate(unit, given, [rule(says("one", micro_title="Short", **links))])

    (kept,) = told(unit, given)
    assert (kept.template, kept.title, kept.description) == ("Test", "Title one", "Description one.")
    assert (kept.micro_title, kept.micro_description) == ("Short", "Description one.")
    assert (kept.primary_account_guid, kept.primary_transaction_guid) == (own.guid, "TRN-1")
    assert (kept.is_relevant, kept.has_been_displayed, kept.is_dismissed) == (True, False, False)
    assert kept.expires_at - kept.active_at == 90 * DAY
    assert (kept.external_id, kept.user_id) == ("user-1", 1)
    assert store.links(unit, 1, [kept.id])[kept.id] == {
        "account": (own.guid,),
        "merchant": ("MCH-1",),
        "transaction": ("TRN-1", "TRN-2"),
    }


def test_others_are_told_of_it_in_the_outbox(unit: Unit) -> None:
    given = facts()
    evaluate.evaluate(unit, given, [rule(says("one", transactions=("TRN-1",)))])
    evaluate.evaluate(unit, given, [rule(says("one", transactions=("TRN-1",)))])

    ((kind, action, payload),) = rows(unit, "SELECT kind, action, payload FROM outbox")
    said = json.loads(payload)
    assert (kind, action) == ("insight", "created")
    assert said["guid"] == told(unit, given)[0].guid
    assert (said["transaction_guids"], said["account_guids"], said["is_deleted"]) == (["TRN-1"], [], False)
    assert said["expires_at"] == given.now + 90 * DAY
    assert not {"id", "user_id", "about"} & said.keys()


def test_a_digest_is_24_characters_of_the_thing_alone() -> None:
    digest = evaluate.digest_of("Test", "one")

    assert re.fullmatch(r"[A-Za-z0-9+/]{22}==", digest)
    assert digest == evaluate.digest_of("Test", "one")
    others = [("Other", "one"), ("Test", "two"), ("Test", "one", "2026-05-20"), ("Tes", "tone")]
    assert len({digest, *(evaluate.digest_of(*each) for each in others)}) == 5


@pytest.mark.parametrize(("window", "days", "times"), [(None, 4000, 1), (30, 29, 1), (30, 30, 2), (7, 7, 2)])
def test_the_same_thing_is_told_once_within_its_window(unit: Unit, window: int | None, days: int, times: int) -> None:
    again = [rule(says("one"), window=window)]
    evaluate.evaluate(unit, facts(), again)
    evaluate.evaluate(unit, facts(), again)
    evaluate.evaluate(unit, facts(today=ago(-days)), again)

    assert rows(unit, "SELECT count(*), count(DISTINCT digest) FROM insights") == [(times, times)]


def test_a_window_begins_with_the_last_telling(unit: Unit) -> None:
    again = [rule(says("one"), window=10)]
    for day in range(31):
        evaluate.evaluate(unit, facts(today=ago(-day)), again)

    assert rows(unit, "SELECT count(*) FROM insights") == [(4,)]


def test_the_same_thing_twice_in_one_go_and_of_two_rules(unit: Unit) -> None:
    evaluate.evaluate(unit, facts(), [rule(says("one", "one", "two")), rule(says("one"), "Other")])

    assert sorted(rows(unit, "SELECT template, about FROM insights")) == [
        ("Other", "one"),
        ("Test", "one"),
        ("Test", "two"),
    ]


def test_a_rule_that_fails_does_not_keep_the_others(unit: Unit, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Facts) -> Iterator[Finding]:
        yield Finding("half", "Half", "Half.")
        raise ZeroDivisionError

    given = facts()
    evaluate.evaluate(unit, given, [rule(says("before"), "Before"), rule(fails, "Fails"), rule(says("after"), "After")])

    assert sorted(abouts(unit, given)) == ["after", "before"]
    assert "The rule Fails failed." in caplog.text


def test_what_is_over_is_no_longer_relevant_and_never_again(unit: Unit) -> None:
    is_over = {"one": False}

    def ended(_: Facts, kept: Kept) -> bool:
        assert kept.links == {"category": ("CAT-1",)}
        return is_over[kept.about]

    rules = [rule(says("one", categories=("CAT-1",)), is_over=ended)]
    given = facts()
    for state, expected in ((False, True), (True, False), (False, False)):
        is_over["one"] = state
        evaluate.evaluate(unit, given, rules)
        evaluate.evaluate(unit, given, rules)
        assert [each.is_relevant for each in told(unit, given)] == [expected]


def test_an_end_that_fails_ends_nothing(unit: Unit, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Facts, __: Kept) -> bool:
        raise ZeroDivisionError

    given = facts()
    evaluate.evaluate(unit, given, [rule(says("one"), is_over=fails)])
    evaluate.evaluate(unit, given, [rule(says("two"), is_over=fails)])

    assert [each.is_relevant for each in told(unit, given)] == [True, True]
    assert "The rule Test failed." in caplog.text


def test_after_90_days_it_is_neither_active_nor_relevant(unit: Unit) -> None:
    evaluate.evaluate(unit, facts(), [rule(says("one"))])
    last, later = facts(today=ago(-89)), facts(today=ago(-90))

    evaluate.evaluate(unit, last, [])
    assert [each.is_relevant for each in told(unit, last)] == [True]
    evaluate.evaluate(unit, later, [])
    assert told(unit, later) == []
    assert rows(unit, "SELECT is_relevant FROM insights") == [(0,)]


def test_old_transactions_are_no_news_and_other_old_things_are(unit: Unit) -> None:
    old, new = movement(ago(11), "5.00"), movement(ago(10), "5.00")

    def each(given: Facts) -> Iterator[Finding]:
        yield from (Finding(one.guid, "Title", "Text.", transactions=(one.guid,)) for one in given.movements)
        yield Finding("both", "Title", "Text.", transactions=(old.guid, new.guid))
        yield Finding("none", "Title", "Text.")

    given = facts([old, new])
    evaluate.evaluate(unit, given, [rule(each, by=Trigger.TRANSACTION)])
    assert sorted(abouts(unit, given)) == sorted([new.guid, "both", "none"])

    evaluate.evaluate(unit, given, [rule(each, "ByClock", by=Trigger.CLOCK)])
    assert old.guid in abouts(unit, given)


def deposits(*templates: str, of: Movement, more: Iterable[str] = ()) -> list[Rule]:
    guids = (of.guid, *more)
    return [rule(says(of.guid, transactions=guids), each, by=Trigger.TRANSACTION) for each in templates]


def test_of_a_deposit_only_the_highest_ranking_is_told(unit: Unit) -> None:
    pay, other = movement(ago(1), "-900.00"), movement(ago(2), "-900.00")
    given = facts([pay, other])

    lower = deposits("LargeDeposit", "PaycheckDeposit", "CheckDeposit", of=pay)
    rules = [*lower, *deposits("NoDeposit", of=pay), rule(says(other.guid, transactions=(other.guid,)), "TaxDeposit")]
    evaluate.evaluate(unit, given, rules)

    assert sorted(rows(unit, "SELECT template, about FROM insights")) == [
        ("NoDeposit", pay.guid),
        ("PaycheckDeposit", pay.guid),
        ("TaxDeposit", other.guid),
    ]


def test_a_deposit_that_was_told_of_is_not_told_of_otherwise(unit: Unit) -> None:
    pay = movement(ago(1), "-900.00")
    given = facts([pay])
    for templates in (("LargeDeposit",), ("LargeDeposit", "SavingsAccountDeposit"), ("TaxDeposit",)):
        evaluate.evaluate(unit, given, deposits(*templates, of=pay))

    assert rows(unit, "SELECT template FROM insights") == [("LargeDeposit",)]


def test_long_texts_are_cut_for_the_short_ones(unit: Unit) -> None:
    given = facts()
    evaluate.evaluate(unit, given, [rule(lambda _: [Finding("one", "t" * 90, "d " * 400)])])

    (kept,) = told(unit, given)
    assert (len(kept.micro_title or ""), len(kept.micro_description or "")) == (60, 300)
    assert kept.micro_title == "t" * 59 + "…"
    assert len(kept.title) == 90


def test_a_rule_that_finds_very_much_tells_of_the_newest(unit: Unit) -> None:
    names = [f"n{number:03d}" for number in range(evaluate.MOST_OF_A_RULE + 30)]
    evaluate.evaluate(unit, facts(), [rule(says(*names)), rule(says("one"), "Other")])
    assert sorted(abouts(unit, facts())) == [*names[30:], "one"]
    evaluate.evaluate(unit, facts(), [rule(says(*names))])
    assert len(abouts(unit, facts())) == evaluate.MOST_OF_A_RULE + 1
