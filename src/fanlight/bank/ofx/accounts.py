"""Whom an OFX transaction is answered for, their accounts as OFX lists them, and how a request names one."""

from collections.abc import Mapping
from typing import NamedTuple

from fanlight.bank.brands import Brand
from fanlight.bank.ofx.document import Element, Form, group, leaf
from fanlight.bank.ofx.values import NO_SUCH_ACCOUNT, OfxError, instant
from fanlight.bank.world.ledger import Ledger
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, SAVINGS, Account, Person
from fanlight.bank.world.world import World

DEPOSITS = {CHECKING: "CHECKING", SAVINGS: "SAVINGS"}


class Visit(NamedTuple):
    """A request that was let in."""

    brand: Brand
    username: str
    world: World
    form: Form
    now: int
    url: str

    @property
    def person(self) -> Person:
        return self.world.person(self.brand.code, self.username)

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger(self.brand.code, self.username)


def account_list(visit: Visit, wrapper: Element) -> Element:  # noqa: ARG001  (a transaction's signature)
    """ACCTINFORS. Loans are left out: OFX has no message set for them that clients speak."""
    infos = (_info(visit.brand, account) for account in visit.person.accounts)
    return group("ACCTINFORS", leaf("DTACCTUP", instant(visit.now)), *infos)


def bank_account_from(brand: Brand, account: Account) -> Element:
    return group(
        "BANKACCTFROM",
        leaf("BANKID", brand.routing_number),
        leaf("ACCTID", account.number),
        leaf("ACCTTYPE", DEPOSITS[account.role]),
    )


def card_account_from(account: Account) -> Element:
    return group("CCACCTFROM", leaf("ACCTID", account.number))


def investment_account_from(brand: Brand, account: Account) -> Element:
    return group("INVACCTFROM", leaf("BROKERID", brand.routing_number), leaf("ACCTID", account.number))


def deposit_account(visit: Visit, request: Element) -> Account:
    """The account that BANKACCTFROM names; raises OfxError."""
    owned = (account for account in visit.person.accounts if account.role in DEPOSITS)
    return _named(request, {account: bank_account_from(visit.brand, account) for account in owned})


def card_account(visit: Visit, request: Element) -> Account:
    """The account that CCACCTFROM names; raises OfxError."""
    owned = (account for account in visit.person.accounts if account.role == CARD)
    return _named(request, {account: card_account_from(account) for account in owned})


def investment_account(visit: Visit, request: Element) -> Account:
    """The account that INVACCTFROM names; raises OfxError."""
    owned = (account for account in visit.person.accounts if account.role == INVESTMENT)
    return _named(request, {account: investment_account_from(visit.brand, account) for account in owned})


def _named(request: Element, owned: Mapping[Account, Element]) -> Account:
    """The account whose every identifier the request has; a client may send more of them."""
    for account, identity in owned.items():
        if all(request.value(f"{identity.name}/{each.name}") == each.text for each in identity.children):
            return account
    raise OfxError(NO_SUCH_ACCOUNT, "There is no such account.")


def _info(brand: Brand, account: Account) -> Element | None:
    if account.role in DEPOSITS:
        return _acctinfo(account, "BANKACCTINFO", bank_account_from(brand, account), *_SERVICES)
    if account.role == CARD:
        return _acctinfo(account, "CCACCTINFO", card_account_from(account), *_SERVICES)
    if account.role == INVESTMENT:
        named = investment_account_from(brand, account)
        return _acctinfo(account, "INVACCTINFO", named, leaf("USPRODUCTTYPE", "NORMAL"), leaf("CHECKING", "N"))
    return None


_SERVICES = (leaf("SUPTXDL", "Y"), leaf("XFERSRC", "N"), leaf("XFERDEST", "N"))


def _acctinfo(account: Account, name: str, *what: Element) -> Element:
    return group("ACCTINFO", leaf("DESC", account.nickname), group(name, *what, leaf("SVCSTATUS", "ACTIVE")))
