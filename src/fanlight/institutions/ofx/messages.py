"""The requests that a connector sends, element by element in the order that the standard fixes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from fanlight.institutions.ofx.document import Element, group, leaf

ANY_TIME = "19900101"


class Kind(NamedTuple):
    """One of OFX's kinds of accounts and what its messages are called."""

    prefix: str
    message_set: str
    statement: str


BANK = Kind("BANK", "BANKMSGS", "STMT")
CARD = Kind("CC", "CREDITCARDMSGS", "CCSTMT")
INVESTMENT = Kind("INV", "INVSTMTMSGS", "INVSTMT")
KINDS = (BANK, CARD, INVESTMENT)


class Program(NamedTuple):
    """What the bank is told about who asks, and at which of its institutions."""

    org: str
    fid: str
    app_id: str
    app_ver: str


class Credentials(NamedTuple):
    """Never printed."""

    user_id: str
    password: str
    client_uid: str
    answers: Mapping[str, str]

    def __repr__(self) -> str:
        return "Credentials([redacted])"


class Period(NamedTuple):
    """The days whose transactions are wanted, both included."""

    start: date
    end: date


def document(sign_on: Element, *sets: Element) -> Element:
    return group("OFX", sign_on, *sets)


def sign_on(
    program: Program, credentials: Credentials, cookie: str | None, now: datetime, challenge: Element | None = None
) -> Element:
    """Credentials go with every request; the cookie tells which conversation it continues."""
    answers = [
        group("MFACHALLENGEANSWER", leaf("MFAPHRASEID", phrase), leaf("MFAPHRASEA", answer))
        for phrase, answer in credentials.answers.items()
    ]
    request = group(
        "SONRQ",
        leaf("DTCLIENT", _moment(now)),
        leaf("USERID", credentials.user_id),
        leaf("USERPASS", credentials.password),
        leaf("LANGUAGE", "ENG"),
        group("FI", leaf("ORG", program.org), leaf("FID", program.fid)),
        leaf("SESSCOOKIE", cookie) if cookie else None,
        leaf("APPID", program.app_id),
        leaf("APPVER", program.app_ver),
        leaf("CLIENTUID", credentials.client_uid),
        *answers,
    )
    return group("SIGNONMSGSRQV1", request, challenge)


def challenge(transaction: str, now: datetime) -> Element:
    """Asks what the bank wants to know beside the login."""
    request = group("MFACHALLENGERQ", leaf("DTCLIENT", _moment(now)))
    return group("MFACHALLENGETRNRQ", leaf("TRNUID", transaction), request)


def account_list(transaction: str) -> Element:
    request = group("ACCTINFORQ", leaf("DTACCTUP", ANY_TIME))
    return group("SIGNUPMSGSRQV1", group("ACCTINFOTRNRQ", leaf("TRNUID", transaction), request))


def statement(kind: Kind, account: Element, transaction: str, period: Period | None, *, pending: bool) -> Element:
    """Balances, and the transactions of a period where one is given. `pending` asks for those too (since 2.2)."""
    request = group(f"{kind.statement}RQ", account, _included(period), *_extras(kind, pending=pending))
    return group(f"{kind.message_set}RQV1", group(f"{kind.statement}TRNRQ", leaf("TRNUID", transaction), request))


def _included(period: Period | None) -> Element:
    if period is None:
        return group("INCTRAN", leaf("INCLUDE", "N"))
    start, end = f"{period.start:%Y%m%d}000000", f"{period.end:%Y%m%d}235959"
    return group("INCTRAN", leaf("DTSTART", start), leaf("DTEND", end), leaf("INCLUDE", "Y"))


def _extras(kind: Kind, *, pending: bool) -> list[Element]:
    if kind is not INVESTMENT:
        return [leaf("INCLUDEPENDING", "Y")] if pending else []
    return [leaf("INCOO", "N"), group("INCPOS", leaf("INCLUDE", "Y")), leaf("INCBAL", "Y")]


def _moment(now: datetime) -> str:
    return f"{now:%Y%m%d%H%M%S}"
