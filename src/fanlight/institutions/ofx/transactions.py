"""Transactions of OFX statements: posted, pending and corrected ones, and what moves cash at a broker. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.ofx.document import Element, group
from fanlight.institutions.ofx.values import amount, currency, moment, seconds, text, whole
from fanlight.institutions.port import FeedTransaction

CREDIT, DEBIT = 1, 2
MAX_CORRECTIONS = 20
"""How often a correction may have been corrected and is still known as the first."""


class _Entry(NamedTuple):
    """A transaction before its id: which one it corrects, and whether it takes that one back."""

    fitid: str | None
    transaction: FeedTransaction
    corrects: str | None = None
    deletes: bool = False


def transactions(statement: Element, securities: Mapping[str, str], *, max_records: int) -> list[FeedTransaction]:
    """Every transaction of a statement. Raises Said: GIBBERISH for one without amount or date, TOO_MUCH for too many.

    An id that is not the transaction's alone is none: without it, it is known by what it says.
    """
    entries: list[_Entry] = []
    for entry in _entries(statement, securities):
        if len(entries) >= max_records:
            raise Said(Saying.TOO_MUCH, f"more than {max_records} transactions")
        entries.append(entry)
    return _identified(entries)


def securities(document: Element) -> dict[str, str]:
    """Names of securities by their ids."""
    found = document.find("SECLISTMSGSRSV1", "SECLIST") or group("SECLIST")
    named = [
        (each.value("SECINFO", "SECID", "UNIQUEID"), text(each.value("SECINFO", "SECNAME"))) for each in found.children
    ]
    return {identity: name for identity, name in named if identity and name}


def _entries(statement: Element, securities: Mapping[str, str]) -> Iterator[_Entry]:
    usual = currency(statement.value("CURDEF"))
    for entry in _children(statement, "BANKTRANLIST", "STMTTRN"):
        yield _posted(entry, usual)
    for entry in _children(statement, "BANKTRANLISTP", "STMTTRNP"):
        yield _Entry(None, _transaction(entry, usual, transacted=entry.value("DTTRAN"), is_pending=True))
    traded = statement.find("INVTRANLIST")
    for entry in traded.children if traded else ():
        found = _posted_at_broker(entry, securities, usual)
        if found is not None:
            yield found


def _children(statement: Element, container: str, tag: str) -> Iterable[Element]:
    found = statement.find(container)
    return found.all(tag) if found else ()


def _posted(entry: Element, usual: str | None) -> _Entry:
    transaction = _transaction(entry, usual, transacted=entry.value("DTUSER"), posted=entry.value("DTPOSTED"))
    corrects = text(entry.value("CORRECTFITID"))
    return _Entry(text(entry.value("FITID")), transaction, corrects, entry.value("CORRECTACTION") == "DELETE")


def _transaction(
    entry: Element, usual: str | None, *, transacted: str | None, posted: str | None = None, is_pending: bool = False
) -> FeedTransaction:
    number, category = text(entry.value("CHECKNUM")), text(entry.value("SIC")) or ""
    return msgspec.structs.replace(
        _movement(amount(entry.value("TRNAMT")), moment(transacted), moment(posted)),
        is_pending=is_pending,
        description=(described := _description(entry)),
        memo=_beside(described, text(entry.value("MEMO"))),
        currency_code=currency(entry.value("CURRENCY", "CURSYM")) or usual,
        check_number=whole(number),
        check_number_string=number,
        merchant_category_code=whole(category) if len(category) == 4 else None,
        extended_transaction_type=text(entry.value("TRNTYPE")),
    )


def _description(entry: Element) -> str:
    """NAME ends after 32 characters; banks that have more to say repeat it whole in EXTDNAME or MEMO."""
    name = text(entry.value("NAME")) or text(entry.value("PAYEE", "NAME"))
    extended, memo = text(entry.value("EXTDNAME")), text(entry.value("MEMO"))
    if extended is None and memo is not None and memo.startswith(name or ""):
        return memo
    return extended or name or ""


def _beside(described: str, memo: str | None) -> str | None:
    """What a memo says more than the description does; people take it for their own note."""
    return None if memo is None or memo in described else memo


def _posted_at_broker(entry: Element, securities: Mapping[str, str], usual: str | None) -> _Entry | None:
    """What moves cash. Splits and transfers of securities have no total and are no transactions."""
    banked = entry.find("STMTTRN")
    if banked is not None:
        return _posted(banked, usual)
    body = next((child for child in entry.children if child.find("INVTRAN")), entry)
    trade = body.find("INVTRAN")
    if trade is None or body.find("TOTAL") is None:
        return None
    name, memo = securities.get(body.value("SECID", "UNIQUEID") or ""), text(trade.value("MEMO"))
    traded = moment(trade.value("DTTRADE"))
    transaction = msgspec.structs.replace(
        _movement(amount(body.value("TOTAL")), traded, moment(trade.value("DTSETTLE")) or traded),
        description=memo or name or entry.tag,
        currency_code=currency(body.value("CURRENCY", "CURSYM")) or usual,
        extended_transaction_type=entry.tag,
    )
    return _Entry(text(trade.value("FITID")), transaction)


def _movement(signed: Decimal | None, transacted: datetime | None, posted: datetime | None) -> FeedTransaction:
    """How much moved, and on which days as the bank wrote them, in the bank's own offset."""
    day = transacted or posted
    if signed is None or day is None:
        raise Said(Saying.GIBBERISH, "a transaction without amount or date")
    return FeedTransaction(
        provider_id=None,
        amount=abs(signed),
        transaction_type=DEBIT if signed < 0 else CREDIT,
        is_pending=False,
        date=day.date(),
        description="",
        posted_at=seconds(posted),
        posted_on=posted.date() if posted else None,
        transacted_at=seconds(transacted),
        transacted_on=transacted.date() if transacted else None,
    )


def _identified(entries: list[_Entry]) -> list[FeedTransaction]:
    """What stands after all corrections. A correction goes on under the id of what it corrects, and so do its edits."""
    corrections = {
        entry.fitid: entry.corrects
        for entry in entries
        if entry.fitid and entry.corrects and entry.corrects != entry.fitid
    }
    gone = set(corrections.values())
    standing = [entry for entry in entries if not (entry.deletes and entry.corrects) and entry.fitid not in gone]
    identities = [_first(entry.fitid, corrections) for entry in standing]
    times = Counter(identities)
    return [
        msgspec.structs.replace(entry.transaction, provider_id=identity if times[identity] == 1 else None)
        for entry, identity in zip(standing, identities, strict=True)
    ]


def _first(fitid: str | None, corrections: Mapping[str, str]) -> str | None:
    for _ in range(MAX_CORRECTIONS if fitid else 0):
        fitid = corrections.get(fitid or "", fitid)
    return fitid
