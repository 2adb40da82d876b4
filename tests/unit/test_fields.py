"""Values of request bodies: what is taken, what is refused by its name, and that nothing is rounded."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.api import fields
from fanlight.api.codec import read_object
from fanlight.base.errors import Malformed

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
NAMES = {0: "NONE", 1: "CHECKING"}


def _amount(literal: str) -> Decimal:
    """As a client sends it: a number of a JSON body."""
    return fields.amount(read_object(f'{{"balance": {literal}}}'.encode())["balance"], "balance")


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("5", "5.00"), ("5.10", "5.10"), ("1e3", "1000.00"), ("1.5E1", "15.00"), ("-0.0", "0.00"), ("-0", "0.00"),
        ('"7.25"', "7.25"), ("0.1", "0.10"), ("999999999999.99", "999999999999.99"), ("1.0000000000", "1.00"),
        ("123456789012.34", "123456789012.34"), ("0e-30", "0.00"), ("-12.5", "-12.50"),
    ],
)  # fmt: skip
def test_an_amount_is_exact(literal: str, shown: str) -> None:
    assert str(_amount(literal)) == shown


@pytest.mark.parametrize(
    "literal",
    [
        "1e400", "1e999999999", "-1e13", "1e-9", "123456789012345678901234567890", "1.234", "1000000000000",
        "1.0000000000000000000000000000000000000001", '"NaN"', '"Infinity"', '"1_000"', '"٣"', '""', "true", "null",
        "[1]", '{"a": 1}', '"1,5"', '"0x10"',
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_by_its_name(literal: str) -> None:
    with pytest.raises(Malformed, match=r"^balance must be a number( from .*)?\.$"):
        _amount(literal)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e99999999999999999999", "01", ".5", "1e"])
def test_what_is_no_number_of_json_is_refused(literal: str) -> None:
    with pytest.raises(Malformed, match="not valid JSON"):
        _amount(literal)


@pytest.mark.parametrize(("value", "least", "expected"), [("12.5", 0, 12_500_000), (0, 0, 0), (-1, -2, -1_000_000)])
def test_amounts_are_kept_in_millionths(value: object, least: int, expected: int) -> None:
    assert fields.micros(value, "amount", least=least) == expected
    with pytest.raises(Malformed, match="amount"):
        fields.micros(least - 1, "amount", least=least)


@given(st.decimals("-999999999999.99", "999999999999.99", places=2))
def test_every_amount_of_the_wire_stays_what_it_is(number: Decimal) -> None:
    assert _amount(format(number, "f")) == number
    assert fields.amount(format(number, "f"), "balance") == number


@pytest.mark.parametrize(
    "value",
    [
        "a\0b", "a\x1b[31m", "a\nb", "\u202etxet", "a\u200fb", "a\u2028b", "\u2066x", "\ud800", "", "   ", "\u3000",
        "x" * 21, None, 5, ["a"],
    ],
)  # fmt: skip
def test_a_text_that_does_not_fit_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(Malformed, match=r"^nickname must "):
        fields.text(value, "nickname", longest=20)


@pytest.mark.parametrize("value", ["Žluťoučký", "حساب", "חשבון", "口座", "👨‍👩‍👧 fund", "a" * 20, " x "])
def test_texts_of_every_language_are_taken(value: str) -> None:
    assert fields.text(value, "nickname", longest=20) == value


def test_lines_and_emptiness_are_taken_where_they_may_be() -> None:
    assert fields.text("a\n\tb", "memo", longest=20, lines=True) == "a\n\tb"
    assert fields.text("", "memo", longest=20, may_be_empty=True) == ""


class Body(fields.ChangeBody, kw_only=True):
    name: Any = msgspec.UNSET
    metadata: Any = msgspec.UNSET
    other: Any = msgspec.UNSET


READERS = {"name": fields.name, "metadata": fields.metadata}


def test_of_a_body_is_kept_what_was_sent_and_has_a_reader() -> None:
    assert fields.sent(Body(name="Jar", other=5, skip_webhook=True), READERS) == {"name": "Jar"}
    assert fields.sent(Body(name=None, metadata="a\nb"), READERS) == {"name": None, "metadata": "a\nb"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (Body(name=""), "name"), (Body(name="a\nb"), "name"), (Body(name="x" * 256), "name"),
        (Body(metadata="x" * 8193), "metadata"), (Body(metadata={}), "metadata"),
    ],
)  # fmt: skip
def test_what_a_body_may_not_say_is_refused_by_its_name(body: Body, name: str) -> None:
    with pytest.raises(Malformed, match=f"^{name} must "):
        fields.sent(body, READERS)


def test_choices_by_id_and_by_name() -> None:
    assert [fields.choice(value, "account_type", NAMES) for value in (1, "1", "CHECKING", "checking")] == [1] * 4
    for value in (2, "2", "SAVINGS", True, None, 1.5, [1], "01", -1):
        with pytest.raises(Malformed, match=r"^account_type must be one of 0 "):
            fields.choice(value, "account_type", NAMES)


def test_whole_numbers_in_their_range() -> None:
    assert [fields.whole(value, "day", least=1, most=31) for value in (1, "31", Decimal("2.0"))] == [1, 31, 2]
    for value in (0, 32, 1.5, "x", None, True, Decimal("1E+400")):
        with pytest.raises(Malformed, match=r"^day must be a whole number from 1 to 31"):
            fields.whole(value, "day", least=1, most=31)


def test_days_of_the_calendar() -> None:
    assert fields.day("2024-02-29", "date") == dt.date(2024, 2, 29)
    assert fields.day("0001-01-01", "date").year == 1
    for value in ("2023-02-29", "2024-2-1", "20240201", "2024-W01-1", "0000-01-01", "١٢٣٤-01-01", 20240101, None):
        with pytest.raises(Malformed, match=r"^date must be a "):
            fields.day(value, "date")


@given(ANYTHING)
def test_nothing_but_a_refusal_comes_of_anything(value: Any) -> None:
    readers: list[Callable[[], object]] = [
        lambda: fields.text(value, "x", longest=5),
        lambda: fields.amount(value, "x", least=0),
        lambda: fields.whole(value, "x", least=0, most=9),
        lambda: fields.choice(value, "x", NAMES),
        lambda: fields.flag(value, "x"),
        lambda: fields.day(value, "x"),
        lambda: fields.currency(value, "x"),
    ]
    for reader in readers:
        with suppress(Malformed):
            reader()


def test_whole_numbers_written_with_a_point_are_whole() -> None:
    document = read_object(b'{"id": 1.0, "many": 1e3, "long": 1e30}')

    assert [type(value) for value in document.values()] == [int, int, Decimal]
