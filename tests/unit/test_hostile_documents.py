"""Documents that an institution should not send: each is refused by a word, in time that grows with its size alone."""

import time
from decimal import Decimal

import pytest

from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx import translate as fdx
from fanlight.institutions.fdx.refusals import refusal
from fanlight.institutions.ofx import document, questions
from fanlight.institutions.ofx import translate as ofx
from fanlight.institutions.ofx.document import Element, group, leaf
from fanlight.institutions.port import MAX_ACCOUNTS


def _answered(message_set: str, name: str, *inner: Element) -> Element:
    status = group("STATUS", leaf("CODE", "0"), leaf("SEVERITY", "INFO"))
    transaction = group(f"{name}TRNRS", leaf("TRNUID", "1"), status, group(f"{name}RS", *inner))
    return group("OFX", group(f"{message_set}RSV1", transaction))


def _card(number: int) -> Element:
    return group("CCACCTINFO", group("CCACCTFROM", leaf("ACCTID", f"4{number:015}")))


@pytest.mark.parametrize("count", [MAX_ACCOUNTS + 1, 20_000])
def test_a_list_of_more_accounts_than_a_person_has(count: int) -> None:
    listing = _answered("SIGNUPMSGS", "ACCTINFO", group("ACCTINFO", *map(_card, range(count))))
    began = time.process_time()
    with pytest.raises(Said) as said:
        ofx.accounts(listing, bank_id="190034562", broker_id=None)
    assert said.value.saying is Saying.TOO_MUCH
    assert time.process_time() - began < 1


def test_more_questions_than_anybody_answers() -> None:
    entry = group("MFACHALLENGE", leaf("MFAPHRASEID", "1"), leaf("MFAPHRASELABEL", "?"))
    with pytest.raises(Said) as said:
        questions.questions(_answered("SIGNONMSGS", "MFACHALLENGE", *[entry] * 100_000))
    assert said.value.saying is Saying.TOO_MUCH


@pytest.mark.parametrize("body", [b'{"a": 1e99999999999999999999}', b'{"a": "\xff"}', b"[" * 100_000])
def test_json_that_python_cannot_hold(body: bytes) -> None:
    with pytest.raises(Said) as said:
        Reply(200, {}, body).json()
    assert said.value.saying is Saying.GIBBERISH


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"code": "602"}', "602"), (b'{"code": "\xff"}', "none"), (b'{"code": "a b\\n' + b"x" * 900 + b'"}', "none")],
)
def test_an_error_of_any_letters_is_a_refusal_that_names_a_code_or_none(body: bytes, code: str) -> None:
    assert refusal(Reply(403, {}, body)).detail == f"HTTP 403, FDX code {code}"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("4000123454999", "4999"), ("****1234", "****1234"), ("x-12", "x-12"), ("4000-1234-5678-9010", "9010")],
)
def test_of_an_account_number_that_comes_whole_four_digits_are_kept(sent: str, kept: str) -> None:
    entry = {"accountId": "a", "accountNumberDisplay": sent, "currentBalance": Decimal(1)}
    assert fdx.account(entry).account_number == kept


@pytest.mark.parametrize("name", ["accounts", "transactions"])
def test_a_page_of_more_entries_than_were_asked_for(name: str) -> None:
    with pytest.raises(Said) as said:
        list(fdx.entries({name: [[]] * (fdx.MAX_ENTRIES + 1)}, name))
    assert said.value.saying is Saying.TOO_MUCH


def test_a_document_of_entities_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><OFX>&b;</OFX>'
    with pytest.raises(Said):
        document.read(bomb)
