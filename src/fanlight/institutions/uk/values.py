"""Values of UK Open Banking objects: amounts, credit or debit, days, and what names an account. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fanlight.base import money
from fanlight.institutions.values import instant_of, mapping, text_of

_MOMENT = re.compile(r".*T.*(Z|[+-]\d\d:?\d\d)")
_SORT_CODE_AND_NUMBER = re.compile(r"(\d{6})(\d{8})")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
# Country, check digits, bank code; then the sort code and the account number (ISO 13616, registry entry GB).
_UK_IBAN = re.compile(r"GB\d{2}[A-Z]{4}(\d{6})(\d{8})")
_LABELS = {"credit": True, "crdt": True, "debit": False, "dbit": False}


class Identification(NamedTuple):
    """One of an account's names: the scheme without its namespace, the name, and what tells namesakes apart."""

    scheme: str
    text: str
    secondary: str | None = None
    holder: str | None = None

    @property
    def sort_code_and_number(self) -> tuple[str, str] | None:
        """The UK's own pair, which a British IBAN holds too."""
        pattern = {"SortCodeAccountNumber": _SORT_CODE_AND_NUMBER, "IBAN": _UK_IBAN}.get(self.scheme)
        found = pattern.fullmatch(self.text) if pattern is not None else None
        return (found[1], found[2]) if found is not None else None

    @property
    def iban(self) -> str | None:
        return self.text if self.scheme == "IBAN" and _IBAN.fullmatch(self.text) else None


def amount_of(entry: Mapping[str, Any], name: str = "Amount") -> Decimal | None:
    """The decimal inside `{"Amount": {"Amount": "1.00", "Currency": "GBP"}}`."""
    return money.parse(mapping(entry.get(name)).get("Amount"))


def currency_of(entry: Mapping[str, Any], name: str = "Amount") -> str | None:
    return currency(mapping(entry.get(name)))


def currency(entry: Mapping[str, Any]) -> str | None:
    """`Currency`, where it is a code (ISO 4217)."""
    code = text_of(entry, "Currency")
    return code.upper() if code is not None and len(code) == 3 and code.isascii() and code.isalpha() else None


def is_credit(entry: Mapping[str, Any]) -> bool | None:
    """CreditDebitIndicator, also in its ISO form; None where it says neither."""
    return _LABELS.get((text_of(entry, "CreditDebitIndicator") or "").lower())


def signed_amount(entry: Mapping[str, Any]) -> Decimal | None:
    """The amount, below zero for Debit; None where either is missing."""
    amount, credit = amount_of(entry), is_credit(entry)
    if amount is None or credit is None:
        return None
    return abs(amount) if credit else -abs(amount)


def day_of(entry: Mapping[str, Any], name: str, zone: ZoneInfo | None) -> date | None:
    """The calendar day as it is written, or that of the moment in a zone; a date alone is never moved."""
    instant = instant_of(entry, name)
    if instant is None:
        return None
    if zone is None or not _MOMENT.fullmatch(text_of(entry, name) or ""):
        return instant.date()
    return instant.astimezone(zone).date()


def identifications(entry: Mapping[str, Any]) -> list[Identification]:
    """The names of an account: its `Account[]`, the numbers without the signs that people write between."""
    found = entry.get("Account")
    names = (_identification(name) for name in found if isinstance(name, dict)) if isinstance(found, list) else ()
    return [name for name in names if name is not None]


def _identification(entry: Mapping[str, Any]) -> Identification | None:
    text = text_of(entry, "Identification")
    if text is None:
        return None
    # The namespace (UK.OBIE.) may be missing: institutions kept the words of version 2.
    scheme = (text_of(entry, "SchemeName") or "").rpartition(".")[2]
    if scheme in ("SortCodeAccountNumber", "IBAN"):
        text = re.sub(r"[\s-]", "", text).upper()
    return Identification(scheme, text, text_of(entry, "SecondaryIdentification"), text_of(entry, "Name"))
