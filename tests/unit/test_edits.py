"""What a user says beside what a feed says: only what differs from what is shown is an edit."""

from decimal import Decimal
from typing import Any

import pytest

from fanlight.core.provenance import Facts

FEED = '{"apr":"1.50","is_closed":true,"name":"Everyday"}'


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Everyday"}, {"apr": Decimal("1.5")}, {"is_closed": True}, {"is_hidden": False},
        {"apr": None, "nickname": None}, {},
    ],
)  # fmt: skip
def test_what_is_shown_already_is_no_edit(given: dict[str, Any]) -> None:
    assert Facts.parse(FEED, "").edited(given) == ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"name": "Mine"}, '{"name":"Mine"}'), ({"apr": Decimal("2.5")}, '{"apr":"2.5"}'),
        ({"is_closed": False}, '{"is_closed":false}'), ({"matures_on": "2026-08-02"}, '{"matures_on":"2026-08-02"}'),
        ({"balance": Decimal(0)}, '{"balance":"0"}'),
    ],
)  # fmt: skip
def test_what_differs_is_kept(given: dict[str, Any], kept: str) -> None:
    assert Facts.parse(FEED, "").edited(given) == kept


def test_null_takes_one_word_back_and_leaves_the_others() -> None:
    facts = Facts.parse(FEED, '{"name":"Mine","nickname":"N"}')

    assert facts.edited({"name": None}) == '{"nickname":"N"}'
    assert facts.edited({"name": None, "nickname": None}) == ""
    assert facts.edited({"name": "Mine"}) == facts.edited({}) == '{"name":"Mine","nickname":"N"}'


def test_the_same_as_something_else_that_is_shown() -> None:
    facts = Facts.parse(FEED, "")

    assert facts.edited({"name": "By a rule"}, {"name": "By a rule"}) == ""
    assert facts.edited({"name": "Everyday"}, {"name": "By a rule"}) == '{"name":"Everyday"}'
