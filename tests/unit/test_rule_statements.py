"""A user's rule acts by statements over a whole history, or on one row: both make the same of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.core import transaction_rules, transactions
from fanlight.core.provenance import to_json
from fanlight.core.transactions import MANUAL, PARTNER, SPLIT, Row, Rule, Status, settled
from fanlight.storage import schema
from fanlight.storage.engine import connect
from fanlight.storage.unit import Unit

USER, NOW = 7, 1_780_000_000
WORDS = st.sampled_from(["", "Coffee Corner", "SQ *COFFEE", "ÉCOLE  Straße", "rent"])
CATEGORIES = st.sampled_from(["", "CAT-one", "CAT-two", "CAT-three"])
SIDE = st.fixed_dictionaries({}, optional={"description": WORDS, "category_guid": CATEGORIES})
SYSTEM = st.fixed_dictionaries(
    {}, optional={"description": WORDS, "category_guid": CATEGORIES, "merchant_guid": st.just("MCH-1")}
)
AMOUNTS = st.sampled_from(["0.01", "12.34"])
EDITS = st.fixed_dictionaries(
    {}, optional={"description": WORDS, "category_guid": CATEGORIES, "amount": AMOUNTS, "date": st.just("2026-05-01")}
)
KINDS = st.sampled_from(["0a1b", PARTNER, MANUAL, SPLIT])
RULES = st.builds(Rule, st.just(1), st.just(""), CATEGORIES.filter(bool), WORDS.filter(bool))


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """An empty database in which rows may stand alone."""
    path: Path = tmp_path_factory.mktemp("rules") / "rules.db"
    schema.create(path)
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    yield Unit(connection)
    connection.close()


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A row of any kind, its three sides filled at random, as it is before it is settled."""
    feed, system, edits = draw(SIDE), draw(SYSTEM), draw(EDITS)
    row = transactions.new(
        user_id=USER,
        account_id=1,
        member_id=1,
        provider_id=None,
        fingerprint=draw(KINDS),
        status=Status.POSTED,
        amount=5_000_000,
        date="2026-05-02",
        feed=to_json(feed),
        now=NOW,
        transaction_type=2,
        description="",
    )
    return msgspec.structs.replace(row, system=side(system), edits=side(edits))


def side(said: dict[str, str]) -> str:
    return to_json(said) if said else ""


def following(rule: Rule | None) -> Any:
    return lambda _key, _words: rule


def kept(unit: Unit, row: Row) -> Row:
    return msgspec.structs.replace(row, id=transactions.add(unit, row))


def of_rule(rule: Rule) -> transaction_rules.Row:
    return transaction_rules.Row(
        id=rule.id,
        user_id=USER,
        guid="TXR-1",
        match_description="",
        match_key=rule.match_key,
        category_guid=rule.category_guid,
        description=rule.description,
        created_at=NOW,
        updated_at=NOW,
    )


def now_kept(unit: Unit, row: Row) -> Row:
    """The row as the database has it, but for what every change moves."""
    (found,) = transactions.by_keys(unit, USER, [row.id])
    transactions.remove(unit, found)
    return msgspec.structs.replace(found, revision=row.revision, updated_at=row.updated_at)


@given(row=rows(), rule=RULES)
def test_a_statement_makes_of_a_row_what_a_rule_makes_of_it_alone(unit: Unit, row: Row, rule: Rule) -> None:
    free = kept(unit, settled(row, following(None)))
    rule = rule._replace(match_key=free.description_key)
    unit.run(transaction_rules._apply, **transaction_rules._parameters(of_rule(rule), NOW))
    assert now_kept(unit, free) == settled(free, following(rule))


@given(row=rows(), rule=RULES, other=RULES)
def test_a_rule_that_changes_is_the_same_as_one_that_was_so(unit: Unit, row: Row, rule: Rule, other: Rule) -> None:
    ruled = kept(unit, settled(row, following(rule)))
    unit.run(transaction_rules._apply_again, **transaction_rules._ruling(of_rule(other), NOW))
    assert now_kept(unit, ruled) == settled(ruled, following(other))


@given(row=rows(), rule=RULES)
def test_a_statement_leaves_of_a_rule_what_would_be_there_without_it(unit: Unit, row: Row, rule: Rule) -> None:
    ruled = kept(unit, settled(row, following(rule)))
    unit.run(transaction_rules._release, user=USER, rule=rule.id, now=NOW)
    assert now_kept(unit, ruled) == msgspec.structs.replace(settled(row, following(None)), id=ruled.id)


@given(words=WORDS, texts=st.lists(st.tuples(WORDS.filter(bool), WORDS.filter(bool)), max_size=6))
def test_what_a_rule_leaves_follows_the_rules_that_its_words_lead_to(
    unit: Unit, words: str, texts: list[tuple[str, str]]
) -> None:
    """As a new row would, whatever order the rules come in."""
    for match, description in dict(texts).items():
        transaction_rules.create(unit, USER, match, "CAT-one", description, now=NOW)
    rules = transaction_rules.list_all(unit, USER)
    last = transaction_rules.create(unit, USER, "goes again", "CAT-two", "Gone", now=NOW)
    row = transactions.new(
        user_id=USER, account_id=1, member_id=1, provider_id=None, fingerprint="0a1b", status=Status.POSTED,
        amount=1, date="2026-05-02", feed=to_json({"description": words}), now=NOW, transaction_type=2, description="",
    )  # fmt: skip
    rule = Rule(last.id, "goes again", "CAT-two", "Gone")
    ruled = kept(unit, settled(row, following(rule)))
    transaction_rules.remove(unit, last, now=NOW)
    found = now_kept(unit, ruled)
    for each in rules:
        transaction_rules.remove(unit, each, now=NOW)
    expected = settled(row, transaction_rules.rule_for(rules))
    assert (found.description, found.rule_id) == (expected.description, expected.rule_id)
