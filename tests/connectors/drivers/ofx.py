"""OFX 2.2 with a login."""

from collections.abc import Mapping, Sequence

from connectors.bank import NOTHING, Answer, Asked
from connectors.household import CONTROLS, Account, Household, Movement
from fanlight.institutions.answers import Saying
from fanlight.institutions.line import Line
from fanlight.institutions.ofx import document
from fanlight.institutions.ofx.connector import OfxConnector, OfxDetails
from fanlight.institutions.ofx.document import Element, group, leaf
from fanlight.institutions.port import Access, Limits, Login

_NO_CONTROLS = dict.fromkeys(map(ord, CONTROLS[:-2]), " ")


class OfxDriver:
    """Signs on with a login, and asks for one account's statement at a time."""

    name = "ofx"
    secrets: Sequence[str] = ("canary-user", "canary-password")
    says: Mapping[int, frozenset[Saying]] = {
        401: frozenset({Saying.CLIENT_REFUSED}),
        403: frozenset({Saying.CLIENT_REFUSED}),
    }

    def connector(self, url: str, line: Line, limits: Limits) -> OfxConnector:
        return OfxConnector(OfxDetails(url=url + "/ofx", org="ORG", fid="1", bank_id="190034562"), line, limits)

    def access(self, line: Line) -> Access | Login:
        return Login(values={"LOGIN": self.secrets[0], "PASSWORD": self.secrets[1]})

    def answer(self, household: Household, asked: Asked) -> Answer:
        request = document.read(asked.body)
        if request.find("SIGNUPMSGSRQV1") is not None:
            told = group("SIGNUPMSGSRSV1", _answered("ACCTINFO", group("ACCTINFORS", *map(_listed, household))))
        else:
            statement = request.find("BANKMSGSRQV1", "STMTTRNRQ", "STMTRQ")
            wanted = self.account_of(household, asked)
            account = next((each for each in household if each.id == wanted), None)
            if statement is None or account is None:
                return NOTHING
            told = group("BANKMSGSRSV1", _answered("STMT", _statement(account, statement)))
        return Answer(200, document.write(group("OFX", _signed_on(), told), 220), "application/x-ofx")

    def linked(self, answer: Answer, link: str) -> Answer | None:
        return None

    def account_of(self, household: Household, asked: Asked) -> str | None:
        return document.read(asked.body).value("BANKMSGSRQV1", "STMTTRNRQ", "STMTRQ", "BANKACCTFROM", "ACCTID")


def _signed_on() -> Element:
    signed = group("SONRS", _status(), leaf("DTSERVER", "20261124120000"), leaf("LANGUAGE", "ENG"))
    return group("SIGNONMSGSRSV1", signed)


def _answered(name: str, inner: Element) -> Element:
    return group(f"{name}TRNRS", leaf("TRNUID", "1"), _status(), inner)


def _status() -> Element:
    return group("STATUS", leaf("CODE", "0"), leaf("SEVERITY", "INFO"))


def _listed(account: Account) -> Element:
    whole = group("BANKACCTINFO", _from(account), leaf("SUPTXDL", "Y"), leaf("XFERSRC", "N"), leaf("XFERDEST", "N"))
    return group("ACCTINFO", leaf("DESC", _text(account.name)), group("BANKACCTINFO", *whole.children))


def _from(account: Account) -> Element:
    return group("BANKACCTFROM", leaf("BANKID", "190034562"), leaf("ACCTID", account.id), leaf("ACCTTYPE", "CHECKING"))


def _statement(account: Account, request: Element) -> Element:
    first, last = (request.value("INCTRAN", name) for name in ("DTSTART", "DTEND"))
    told = [each for each in account.movements if first and last and _is_in(each, first[:8], last[:8])]
    posted = group("BANKTRANLIST", *[_transaction(each) for each in told if not each.is_pending])
    pending = group("BANKTRANLISTP", leaf("DTASOF", "20261124"), *[_pending(each) for each in told if each.is_pending])
    balance = group("LEDGERBAL", leaf("BALAMT", account.balance), leaf("DTASOF", "20261124"))
    return group("STMTRS", leaf("CURDEF", account.currency), _from(account), posted, balance, pending)


def _is_in(movement: Movement, first: str, last: str) -> bool:
    """A day that is no day is in every span."""
    return not movement.day.startswith("2026-") or first <= _day(movement) <= last


def _transaction(movement: Movement) -> Element:
    kind = "DEBIT" if movement.amount.startswith("-") else "CREDIT"
    named = leaf("NAME", _text(movement.description))
    posted = leaf("DTPOSTED", _day(movement))
    return group(
        "STMTTRN", leaf("TRNTYPE", kind), posted, leaf("TRNAMT", movement.amount), leaf("FITID", movement.id), named
    )


def _pending(movement: Movement) -> Element:
    kind = "DEBIT" if movement.amount.startswith("-") else "CREDIT"
    named = leaf("NAME", _text(movement.description))
    return group(
        "STMTTRNP", leaf("TRNTYPE", kind), leaf("DTTRAN", _day(movement)), leaf("TRNAMT", movement.amount), named
    )


def _day(movement: Movement) -> str:
    return movement.day.replace("-", "")


def _text(text: str) -> str:
    """Control characters have no place in XML at all: no document could be written."""
    return text.translate(_NO_CONTROLS)


DRIVER = OfxDriver()
