"""Transaction rules: what a user wants of every transaction that reads the same, past and to come.

A rule looks at the description as it stands, without regard to case. It takes a transaction over from the system and
from a rule before it, but never overrules what the user said of that one transaction. One statement does it for a
whole history; when a rule goes, what it did goes with it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, null, select, update

from fanlight.base.errors import NotFound, Unprocessable
from fanlight.base.folding import fold
from fanlight.base.guids import new_guid
from fanlight.core.transactions import Rule, RuleFor, changed
from fanlight.enrichment.categories import UNCATEGORIZED
from fanlight.storage.statements import Clause, binds, columns, keys_in, row_of, statement
from fanlight.storage.tables import transaction_rules, transactions
from fanlight.storage.unit import Unit

MAX_RULES = 1_000
"""Of one user."""


class Row(msgspec.Struct, frozen=True):
    """What the table holds."""

    id: int
    user_id: int
    guid: str
    match_description: str
    match_key: str
    category_guid: str
    description: str
    created_at: int
    updated_at: int


_row = row_of(Row)
_OF_USER = transaction_rules.c.user_id == bindparam("user_id")
_NAMED = (transaction_rules.c.id == bindparam("of")) & (transaction_rules.c.user_id == bindparam("user"))
_LIVING = (transactions.c.user_id == bindparam("user")) & transactions.c.deleted_at.is_(None)
_MATCHING = _LIVING & (transactions.c.description_key == bindparam("key"))
# Said so that the index of rules serves, not the one of all that the user has.
_OF_RULE = (
    (transactions.c.user_id == bindparam("user"))
    & (func.coalesce(transactions.c.deleted_at, 0) == 0)
    & (transactions.c.rule_id == bindparam("rule"))
)


def _said(side: str, name: str) -> ColumnElement[Any]:
    """What a side of a transaction says; NULL for nothing, an empty text, or where there is no such side."""
    return func.nullif(func.json_extract(func.nullif(transactions.c[side], ""), f"$.{name}"), "")


# What these two set is what `transactions.settled` makes of a row with a rule and without; a test compares them.


def _ruled() -> dict[str, Any]:
    """What a rule sets: all but what the user said of this one transaction."""
    own_category, own_words = _said("edits", "category_guid"), _said("edits", "description")
    return {
        "rule_id": bindparam("rule"),
        "category_guid": func.coalesce(own_category, bindparam("category")),
        "description": func.coalesce(own_words, bindparam("words")),
        "description_key": case((own_words.is_(None), bindparam("words_key")), else_=transactions.c.description_key),
        "updated_at": bindparam("now"),
        **changed(),
    }


def _free() -> dict[str, Any]:
    """What is there without a rule."""
    sides = ("edits", "feed", "system")
    words = func.coalesce(*(_said(side, "description") for side in ("edits", "system", "feed")), "")
    return {
        "rule_id": null(),
        "category_guid": func.coalesce(*(_said(side, "category_guid") for side in sides), UNCATEGORIZED),
        "description": words,
        "description_key": func.fold(words),
        "updated_at": bindparam("now"),
        **changed(),
    }


@statement
def _insert() -> Clause:
    return insert(transaction_rules).values(binds(Row.__struct_fields__[1:]))


@statement
def _all() -> Clause:
    return select(*columns(transaction_rules, Row)).where(_OF_USER).order_by(transaction_rules.c.id)


@statement
def _read() -> Clause:
    named = transaction_rules.c.guid == bindparam("guid")
    return select(*columns(transaction_rules, Row)).where(_OF_USER, named)


@statement
def _update() -> Clause:
    names = ("match_description", "match_key", "category_guid", "description", "updated_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(transaction_rules).where(_NAMED).values(**values)


@statement
def _delete() -> Clause:
    return delete(transaction_rules).where(_NAMED)


@statement
def _apply() -> Clause:
    return update(transactions).where(_MATCHING).values(**_ruled())


@statement
def _apply_among() -> Clause:
    return update(transactions).where(_MATCHING, keys_in(transactions.c.id, "ids")).values(**_ruled())


@statement
def _apply_again() -> Clause:
    return update(transactions).where(_OF_RULE).values(**_ruled())


@statement
def _followers() -> Clause:
    return select(transactions.c.id).where(_OF_RULE)


@statement
def _release() -> Clause:
    return update(transactions).where(_OF_RULE).values(**_free())


@statement
def _words() -> Clause:
    of_user = transactions.c.user_id == bindparam("user")
    return select(transactions.c.description_key).distinct().where(of_user, keys_in(transactions.c.id, "ids"))


def list_all(unit: Unit, user_id: int) -> list[Row]:
    """The user's rules, the oldest first."""
    return unit.all(_row, _all, user_id=user_id)


def read(unit: Unit, user_id: int, guid: str) -> Row:
    rule = unit.one(_row, _read, user_id=user_id, guid=guid)
    if rule is None:
        raise NotFound("There is no such transaction rule.")
    return rule


def create(unit: Unit, user_id: int, match_description: str, category_guid: str, description: str, *, now: int) -> Row:
    """Keep a rule and apply it. A rule that looks for the same is changed instead: there is one for each text.

    Raises Unprocessable above the number of rules that a user may have.
    """
    rules = list_all(unit, user_id)
    same = next((rule for rule in rules if rule.match_key == fold(match_description)), None)
    if same is not None:
        same = change(unit, same, category_guid=category_guid, description=description, now=now)
        unit.run(_apply, **_parameters(same, now))
        return same
    if len(rules) >= MAX_RULES:
        raise Unprocessable(f"A user may have {MAX_RULES} transaction rules.")
    rule = Row(
        id=0,
        user_id=user_id,
        guid=new_guid("TXR"),
        match_description=match_description,
        match_key=fold(match_description),
        category_guid=category_guid,
        description=description,
        created_at=now,
        updated_at=now,
    )
    rule = msgspec.structs.replace(rule, id=unit.insert_row(_insert, rule))
    unit.run(_apply, **_parameters(rule, now))
    return rule


def change(unit: Unit, rule: Row, *, now: int, **changes: str) -> Row:
    """Change a rule. Category and description act on the past too, another text to match only from now on.

    Raises Unprocessable when another rule looks for that text already.
    """
    new = msgspec.structs.replace(rule, **changes, updated_at=now)
    new = msgspec.structs.replace(new, match_key=fold(new.match_description))
    if any(new.match_key == each.match_key and new.id != each.id for each in list_all(unit, rule.user_id)):
        raise Unprocessable("match_description: another rule looks for the same text.")
    names = ("match_description", "match_key", "category_guid", "description", "updated_at")
    unit.run(_update, of=rule.id, user=rule.user_id, **{f"new_{name}": getattr(new, name) for name in names})
    if (new.category_guid, new.description) != (rule.category_guid, rule.description):
        # Those that follow it: what only reads like a text that it looks for from now on is left alone.
        unit.run(_apply_again, **_ruling(new, now))
    return new


def remove(unit: Unit, rule: Row, *, now: int) -> None:
    """Forget a rule and undo what it did; what it leaves to other rules is theirs, and nothing else."""
    released = unit.all(int, _followers, user=rule.user_id, rule=rule.id)
    unit.run(_release, user=rule.user_id, rule=rule.id, now=now)
    unit.run(_delete, of=rule.id, user=rule.user_id)
    if released:
        _apply_others(unit, rule.user_id, msgspec.json.encode(released).decode(), now)


def _apply_others(unit: Unit, user_id: int, ids: str, now: int) -> None:
    """Let some transactions that follow no rule follow those that their words lead to."""
    words = set(unit.all(str, _words, user=user_id, ids=ids))
    for rule in _reachable(list_all(unit, user_id), words):
        unit.run(_apply_among, **_parameters(rule, now), ids=ids)


def _reachable(rules: Iterable[Row], words: set[str]) -> list[Row]:
    """The rules that act on some words, or on what those before them make of these."""
    found, read = [], set(words)
    for rule in rules:
        if rule.match_key in read:
            found.append(rule)
            read.add(fold(rule.description))
    return found


def rule_for(rules: Sequence[Row]) -> RuleFor:
    """Who says which rule a transaction follows: the one it has, else the last that its description leads to.

    Rules act in the order in which they were made, each on the description that the one before it left.
    """
    made = [Rule(rule.id, rule.match_key, rule.category_guid, rule.description) for rule in rules]
    by_id = {rule.id: rule for rule in made}
    by_key: dict[str, list[Rule]] = defaultdict(list)
    for rule in made:
        by_key[rule.match_key].append(rule)

    def find(rule_id: int | None, description: str | None) -> Rule | None:
        found = by_id.get(rule_id) if rule_id is not None else None
        if found is not None or description is None or not made:
            return found
        key, last = fold(description), 0
        while True:
            candidates = by_key.get(key, [])
            at = bisect_right(candidates, last, key=lambda rule: rule.id)
            if at == len(candidates):
                return found
            found = candidates[at]
            key, last = fold(found.description), found.id

    return find


def _parameters(rule: Row, now: int) -> dict[str, Any]:
    return _ruling(rule, now) | {"key": rule.match_key}


def _ruling(rule: Row, now: int) -> dict[str, Any]:
    return {
        "user": rule.user_id,
        "rule": rule.id,
        "category": rule.category_guid,
        "words": rule.description,
        "words_key": fold(rule.description),
        "now": now,
    }
