"""The base: money, tokens, guids, pages, redaction, routes."""

import logging
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.base import money, tokens
from fanlight.base.asgi import Query, RouteTree, header_value
from fanlight.base.errors import Malformed, MethodRefused, NotFound
from fanlight.base.guids import is_guid, new_guid
from fanlight.base.paging import Page, Paged, read_page
from fanlight.base.redaction import RedactingFilter, redact

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False)


@given(AMOUNTS)
def test_money_survives_the_database(amount: Decimal) -> None:
    assert Decimal(money.to_micros(amount)) / money.MICROS == amount


@given(AMOUNTS, AMOUNTS)
def test_money_adds_up_in_whole_numbers(one: Decimal, other: Decimal) -> None:
    assert money.to_micros(one) + money.to_micros(other) == money.to_micros(one + other)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e400", "1e9999999", "-1e9999999", "12,5", "", "abc", "9" * 30]
)
def test_what_is_not_money_is_refused(text: str) -> None:
    assert money.parse(text) is None


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_other_types_are_not_money(value: object) -> None:
    assert money.parse(value) is None


def test_negative_zero_is_zero_and_floats_are_read_as_written() -> None:
    assert str(money.parse("-0.00")) == "0.00"
    assert money.parse(0.1) == Decimal("0.1")


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_token_carries_its_row_and_proves_it(row: int) -> None:
    secret = tokens.new_secret()
    text = secret.text(row)
    assert len(text) == tokens.LENGTH == 86
    assert tokens.parse(text) == (row, secret.hash)


@given(st.text(max_size=100))
def test_any_text_is_a_token_or_not(text: str) -> None:
    parsed = tokens.parse(text)
    assert parsed is None or len(text) == tokens.LENGTH


def test_tokens_do_not_count_aloud() -> None:
    texts = {tokens.new_secret().text(1)[:10] for _ in range(50)}
    assert len(texts) == 50


def test_guids_have_a_form() -> None:
    assert is_guid(new_guid("MBR"), "MBR")
    assert not is_guid(new_guid("MBR"), "USR")
    assert not is_guid("MBR-<script>", "MBR")


@pytest.mark.parametrize(
    ("number", "size", "page"),
    [
        (None, None, Page(1, 25)),
        ("2", "10", Page(2, 10)),
        ("0", "9", Page(1, 25)),
        ("-1", "1001", Page(1, 25)),
        ("abc", "1000", Page(1, 1000)),
        ("1e9", "", Page(1, 25)),
        ("9" * 40, "٣٠", Page(1, 25)),
    ],
)
def test_odd_pages_count_as_the_first(number: str | None, size: str | None, page: Page) -> None:
    assert read_page(number, size) == page


def test_an_empty_list_has_one_page() -> None:
    assert Paged([], Page(), 0).pages == 1
    assert Paged([], Page(1, 10), 21).pages == 3


@pytest.mark.parametrize(
    "text",
    [
        "code=SECRET&iss=x",
        "Authorization: Bearer SECRET",
        '{"access_token": "SECRET"}',
        "refresh_token='SECRET'",
        "client_secret=SECRET",
        "state=SECRET",
        "MD-SESSION-TOKEN: SECRET",
        "cookie: fanlight_oauth_1=SECRET",
    ],
)
def test_named_secrets_are_redacted(text: str) -> None:
    assert "SECRET" not in redact(text)


def test_long_random_texts_are_redacted_and_guids_are_not() -> None:
    guid = new_guid("MBR")
    assert redact(f"/oauth/predirect_to/{guid}/{tokens.new_secret().text(1)}").startswith(
        f"/oauth/predirect_to/{guid}/["
    )


@pytest.mark.parametrize("token", ["-" + "a" * 42, "a" * 42 + "-", "x" * 86])
def test_tokens_of_any_beginning_are_redacted(token: str) -> None:
    assert token.strip("-_") not in redact(f"x={token} y")
    assert "[redacted]" in redact(f"('n', '{token}')")


def test_logged_exceptions_are_redacted() -> None:
    error = ValueError("token=SECRET")
    record = logging.LogRecord("x", 40, "", 0, "failed %s", ("code=SECRET",), (ValueError, error, None))
    assert RedactingFilter().filter(record)
    assert "SECRET" not in logging.Formatter().format(record)


def test_literal_routes_win_and_the_suffix_is_the_same_path() -> None:
    tree = RouteTree[str]((".json",))
    tree.add("GET", "/members/{guid}", "read")
    tree.add("GET", "/members/aggregate", "all")
    tree.add("PUT", "/members/{guid}", "update")
    assert tree.find("GET", "/members/aggregate.json").target == "all"
    assert tree.find("GET", "/members/MBR-1.json").params == {"guid": "MBR-1"}
    assert tree.find("GET", "/members/MBR%2D1").params == {"guid": "MBR-1"}
    with pytest.raises(MethodRefused) as refused:
        tree.find("DELETE", "/members/MBR-1")
    assert refused.value.allow == ("GET", "PUT")
    for path in ("/", "/members", "/members/", "/members/a/b", "//members/x"):
        with pytest.raises(NotFound):
            tree.find("GET", path if path != "//members/x" else "/x//members")
    with pytest.raises(Malformed):
        tree.find("GET", "/members/%FF")
    with pytest.raises(ValueError, match="twice"):
        tree.add("GET", "/members/{other}", "again")


def test_queries_are_bounded_and_utf_8() -> None:
    assert Query.parse(b"a=1&a=2&b").all("a") == ["1", "2"]
    for raw in (b"a=%FF", b"a=\xff", b"&".join([b"a=1"] * 1001)):
        with pytest.raises(Malformed):
            Query.parse(raw)


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=1", "a\x00", "é"])
def test_headers_cannot_be_split(text: str) -> None:
    with pytest.raises(Malformed):
        header_value(text)
