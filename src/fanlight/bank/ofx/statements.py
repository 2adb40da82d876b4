"""Statements of deposit accounts and cards: balances, what has posted, and what is pending."""

from fanlight.bank.history import Span, oldest
from fanlight.bank.ofx.accounts import Visit, bank_account_from, card_account, card_account_from, deposit_account
from fanlight.bank.ofx.document import Element, group, leaf, optional
from fanlight.bank.ofx.passwords import GENERAL_ERROR
from fanlight.bank.ofx.values import BAD_DATE_RANGE, OfxError, amount, instant, read_instant
from fanlight.bank.world.ledger import Entry
from fanlight.bank.world.people import CARD, Account
from fanlight.base.clock import start_of_day

LONGEST_NAME, LONGEST_MEMO = 32, 255

_TYPES = {
    "ADJUSTMENT": "CREDIT",
    "ATMWITHDRAWAL": "ATM",
    "BILLPAYMENT": "PAYMENT",
    "CHECK": "CHECK",
    "DEBITCARD": "POS",
    "DIRECTDEPOSIT": "DIRECTDEP",
    "FEE": "FEE",
    "INTEREST": "INT",
    "PAYMENT": "PAYMENT",
    "PURCHASE": "DEBIT",
    "TRANSFER": "XFER",
}


def bank_statement(visit: Visit, wrapper: Element) -> Element:
    """STMTRS."""
    request = wrapper.first("STMTRQ") or Element("STMTRQ")
    account = deposit_account(visit, request)
    balance = visit.ledger.balance(account.role, visit.now)
    available = balance - visit.ledger.held(account.role, visit.now)
    return group(
        "STMTRS",
        leaf("CURDEF", "USD"),
        bank_account_from(visit.brand, account),
        *_transactions(visit, account, request),
        _balance("LEDGERBAL", balance, visit.now),
        _balance("AVAILBAL", available, visit.now),
    )


def card_statement(visit: Visit, wrapper: Element) -> Element:
    """CCSTMTRS. What is owed is a negative balance; what can still be spent is the available one."""
    request = wrapper.first("CCSTMTRQ") or Element("CCSTMTRQ")
    account = card_account(visit, request)
    if visit.username == "data_one_bad_account":
        raise OfxError(GENERAL_ERROR, "This account's statement cannot be read, as this user asked for.")
    balance = visit.ledger.balance(CARD, visit.now)
    available = visit.ledger.household.credit_line + balance - visit.ledger.held(CARD, visit.now)
    return group(
        "CCSTMTRS",
        leaf("CURDEF", "USD"),
        card_account_from(account),
        *_transactions(visit, account, request),
        _balance("LEDGERBAL", balance, visit.now),
        _balance("AVAILBAL", available, visit.now),
    )


def wanted_span(request: Element, now: int) -> Span | None:
    """The span of INCTRAN, cut to what the bank still has; None where only balances are wanted."""
    wanted = request.first("INCTRAN")
    if wanted is None or not is_yes(wanted, "INCLUDE"):
        return None
    first, last, has = wanted.value("DTSTART"), wanted.value("DTEND"), start_of_day(oldest(now))
    start = read_instant(first) if first else has
    end = read_instant(last, end_of_day=True) if last else now
    if start > end:
        raise OfxError(BAD_DATE_RANGE, "The start is after the end.")
    return Span(max(start, has), max(end, has))


def is_yes(request: Element, name: str, default: str = "") -> bool:
    """A Y or N of a request; raises OfxError for anything else."""
    text = request.value(name) or default
    if text not in ("Y", "N"):
        raise OfxError(GENERAL_ERROR, f"{name} must be Y or N.")
    return text == "Y"


def posted(entry: Entry) -> Element:
    """STMTTRN. A description longer than a NAME can be is whole in MEMO."""
    movement = entry.movement
    return group(
        "STMTTRN",
        leaf("TRNTYPE", _TYPES[movement.kind]),
        leaf("DTPOSTED", instant(movement.posted_at)),
        leaf("DTUSER", instant(movement.at)) if movement.at != movement.posted_at else None,
        leaf("TRNAMT", amount(movement.cents)),
        leaf("FITID", entry.id),
        optional("CHECKNUM", movement.check_number),
        optional("SIC", movement.mcc),
        *_words(movement.description, movement.memo),
    )


def _transactions(visit: Visit, account: Account, request: Element) -> list[Element]:
    span = wanted_span(request, visit.now)
    if span is None:
        return []
    entries = visit.ledger.entries(account.role, span.start, span.end, visit.now)
    settled = (posted(entry) for entry in entries if not entry.pending)
    dates = leaf("DTSTART", instant(span.start)), leaf("DTEND", instant(min(span.end, visit.now)))
    lists = [group("BANKTRANLIST", *dates, *settled)]
    if visit.form.knows_pending and is_yes(request, "INCLUDEPENDING", default="Y"):
        pending = (_pending(entry) for entry in entries if entry.pending)
        lists.append(group("BANKTRANLISTP", leaf("DTASOF", instant(visit.now)), *pending))
    return lists


def _pending(entry: Entry) -> Element:
    """STMTTRNP. It has no FITID, for it will be posted under one of its own."""
    movement = entry.movement
    return group(
        "STMTTRNP",
        leaf("TRNTYPE", _TYPES[movement.kind]),
        leaf("DTTRAN", instant(movement.at)),
        leaf("TRNAMT", amount(-movement.held)),
        leaf("REFNUM", entry.id),
        *_words(movement.pending_description, ""),
    )


def _words(description: str, memo: str) -> tuple[Element, Element | None]:
    name = description[:LONGEST_NAME].strip()
    return leaf("NAME", name), optional("MEMO", (memo if name == description else description)[:LONGEST_MEMO])


def _balance(name: str, cents: int, now: int) -> Element:
    return group(name, leaf("BALAMT", amount(cents)), leaf("DTASOF", instant(now)))
