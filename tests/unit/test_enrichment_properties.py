"""Enrichment of anything at all: it answers, always the same, in time that grows with the length alone."""

import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanlight.enrichment.categories import BY_GUID
from fanlight.enrichment.cleaning import clean
from fanlight.enrichment.merchants import by_guid
from fanlight.enrichment.names import known
from fanlight.enrichment.pipeline import By, Enriched, Seen, enrich
from fanlight.enrichment.spelling import LONGEST, plain

WORDS = [
    "SQ",
    "*",
    "TST*",
    "PAYPAL",
    "POS",
    "DEBIT",
    "CARD",
    "PURCHASE",
    "ON",
    "AT",
    "TO",
    "REF",
    "ID",
    "NO",
    "#12",
    "1234",
    "03/14",
    "XXXX1234",
    "AUSTIN",
    "TX",
    "CA",
    "ON",
    "US",
    "GB",
    "LONDON",
    "STARBUCKS",
    "TARGET",
    "NETFLIX.COM",
    "PAYROLL",
    "FEE",
    "ATM",
    "DENTAL",
    "PIZZA",
    "THE",
    "&",
    "-",
    "'",
    ".",
    "/",
    ":",
    "DES:X",
    "ORIG",
    "CO",
    "NAME:",
    "5551234567",
    "7-ELEVEN",
]
descriptions = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
)
seen = st.builds(
    Seen,
    descriptions,
    memo=st.none() | descriptions,
    is_credit=st.booleans(),
    amount=st.integers(),
    mcc=st.none() | st.integers(-10, 20_000),
    check_number=st.none() | st.text(max_size=5),
    extended_type=st.none() | st.text(max_size=8),
    account_type=st.none() | st.integers(0, 12),
)


@settings(max_examples=500, deadline=None)
@given(seen)
@example(Seen(""))
@example(Seen("-"))
@example(Seen("#"))
@example(Seen("A-"))
@example(Seen("-/-"))
@example(Seen("TX"))
@example(Seen(" DES:"))
@example(Seen("ORIG CO NAME:"))
@example(Seen("\u200f\x00\ufeff"))
@example(Seen("\ud800"))
def test_it_answers_whatever_comes(told: Seen) -> None:
    found = enrich(told)
    assert found.description.strip()
    assert len(found.description) <= LONGEST
    assert found.category_guid in BY_GUID
    assert found.merchant_guid is None or by_guid(found.merchant_guid) is not None
    assert found.evidence
    assert found.by is not By.NOTHING or found.evidence == "nothing told more"
    assert found.description.isprintable()


@settings(max_examples=300, deadline=None)
@given(descriptions)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(once) <= LONGEST


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(["GREEN", "RIVER", "OAK", "HILL", "MAPLE", "DINER", "BAKERY", "DENTAL", "CAFE", "GRILL"]),
        min_size=1,
        max_size=4,
    )
)
def test_a_clean_name_is_not_cleaned_further(words: list[str]) -> None:
    name = clean(" ".join(words), known())
    again = clean(" ".join(name.words), known())
    assert again.words == name.words
    assert (
        enrich(Seen(enrich(Seen(" ".join(words))).description)).description == enrich(Seen(" ".join(words))).description
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join), st.integers(0, 10**12))
def test_neither_the_amount_nor_spaces_change_anything(text: str, amount: int) -> None:
    assert enrich(Seen(text, amount=amount)) == enrich(Seen(f"  {text.replace(' ', '   ')} "))


@pytest.mark.parametrize(
    "piece",
    [
        "A",
        "1",
        "#",
        "* ",
        "A-",
        "-",
        "/",
        "A/",
        "1/",
        "SQ *",
        "TX ",
        "12/",
        "X",
        ".",
        "X1 ",
        "PAYROLL ",
        "é",
        "\u200f",
        "STARBUCKS",
    ],
)
def test_hostile_length_costs_no_more_than_its_length(piece: str) -> None:
    short, long = (piece * 10_000)[:LONGEST], (piece * 10_000)[:10_000]
    enrich(Seen(short))
    begun = time.process_time()
    for at in range(20):
        enrich(Seen(f"{long}{at}"))
    assert time.process_time() - begun < 1


def test_another_process_says_the_same() -> None:
    """Hashes of texts differ between processes; what comes out does not."""
    texts = [" ".join(WORDS[at : at + 7]) for at in range(len(WORDS))]
    code = (
        "import sys\nfrom fanlight.enrichment.pipeline import Seen, enrich\n"
        f"print([tuple(enrich(Seen(text, is_credit=bool(len(text) % 2)))) for text in {texts!r}])"
    )
    here: list[Enriched] = [enrich(Seen(text, is_credit=bool(len(text) % 2))) for text in texts]
    for seed in ("1", "2"):
        said = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        assert said.stdout.strip() == str([tuple(found) for found in here])
