"""A movement on one account, and the sheet on which the movements of a month are written down."""

import hashlib
import random
import re
from typing import NamedTuple

from fanlight.bank.world.calendar import date_in, moment_in, posting_delays
from fanlight.bank.world.household import Household
from fanlight.bank.world.market import Trade
from fanlight.bank.world.merchants import Merchant
from fanlight.bank.world.people import CARD, CHECKING
from fanlight.base.clock import DAY

_PLACEHOLDER = re.compile(r"\{(\w+?)(\d*)\}")
_POSTING_SECOND = 21_600


class Movement(NamedTuple):
    """Money in (+) or out (-) of an account, in cents; for a debt, out means that more is owed.

    A purchase is pending from `at` to `posted_at` under an id of its own and then holds `held` cents.
    """

    role: str
    id: str
    at: int
    posted_at: int
    cents: int
    description: str
    kind: str
    payee: str = ""
    mcc: str = ""
    memo: str = ""
    check_number: int = 0
    pending_id: str = ""
    pending_description: str = ""
    held: int = 0
    trade: Trade | None = None


class Sheet:
    """The movements of one month as they are made up; ids follow from the person, the month and the order."""

    def __init__(self, household: Household, month: int, label: str) -> None:
        self.household = household
        self.month = month
        self.dice: random.Random = household.person.dice(f"{label}/{month}")
        self.movements: list[Movement] = []
        self._key = household.person.secret + f"{label}/{month}/".encode()

    def new_id(self) -> str:
        digest = hashlib.blake2b(self._key + str(len(self.movements)).encode(), digest_size=10)
        return digest.hexdigest()

    def entry(
        self,
        role: str,
        moment: int,
        cents: int,
        description: str,
        kind: str,
        *,
        payee: str = "",
        memo: str = "",
        check_number: int = 0,
        trade: Trade | None = None,
    ) -> None:
        """A movement that posts at once."""
        self.movements.append(
            Movement(
                role,
                self.new_id(),
                moment,
                moment,
                cents,
                description,
                kind,
                payee=payee,
                memo=memo,
                check_number=check_number,
                trade=trade,
            )
        )

    def legs(self, moment: int, source: tuple[str, str], target: tuple[str, str], cents: int) -> None:
        """A transfer between two of the person's accounts: out of the one, into the other."""
        self.entry(source[0], moment, -cents, source[1], "TRANSFER")
        self.entry(target[0], moment, cents, target[1], "TRANSFER")

    def purchase(self, merchant: Merchant, day: int, second: int, cents: int, *, tip: int = 0, role: str = "") -> None:
        """A card purchase: pending at once, posted days later under another id, with the tip added."""
        role = role or (CARD if self.dice.randrange(10) < 6 else CHECKING)
        at = moment_in(self.month, day, second)
        posted_at = at - at % DAY + self.dice.choice(posting_delays(date_in(self.month, day).weekday())) * DAY
        plain = self.filled(merchant.descriptor, day)
        posted_id = self.new_id()
        self.movements.append(
            Movement(
                role,
                posted_id,
                at,
                posted_at + _POSTING_SECOND + self.dice.randrange(1_800),
                -cents - tip,
                plain if role == CARD else self._debit_card(plain, day),
                "PURCHASE" if role == CARD else "DEBITCARD",
                payee=merchant.name,
                mcc=merchant.mcc,
                pending_id=hashlib.blake2b(posted_id.encode(), digest_size=10, key=b"pending").hexdigest(),
                pending_description=plain,
                held=cents,
            )
        )

    def filled(self, template: str, day: int) -> str:
        """A descriptor with its placeholders filled in."""

        def value(found: re.Match[str]) -> str:
            name, digits = found[1], found[2]
            length = int(digits or 4)
            if name in ("store", "id"):
                return self.household.number(template, length)
            if name == "ref":
                return f"{self.dice.randrange(10**length):0{length}}"
            if name == "code":
                return "".join(self.dice.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=length))
            return self._word(name, day)

        return _PLACEHOLDER.sub(value, template)

    def _word(self, name: str, day: int) -> str:
        city = self.household.person.city
        words = {"city": city.short, "st": city.state, "phone": f"{city.area_code}-555-01{self.dice.randrange(100):02}"}
        return words[name] if name in words else self.mmdd(day)

    def mmdd(self, day: int) -> str:
        return f"{date_in(self.month, day):%m/%d}"

    def _debit_card(self, plain: str, day: int) -> str:
        card, style = self.household.debit_card, self.dice.randrange(3)
        if style == 0:
            return f"CHECKCARD {self.mmdd(day)} {plain} {self.dice.randrange(10**11):011} CARD {card}"
        if style == 1:
            return f"POS PURCHASE {self.mmdd(day)} {plain}"
        return f"DEBIT CARD PURCHASE XXXXX{card} {plain}"
