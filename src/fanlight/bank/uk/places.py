"""Where the customers of a British brand live, and the numbers that their accounts have there."""

from typing import NamedTuple

from fanlight.bank.world.people import Account, Person


class Town(NamedTuple):
    """A town and a postcode in it."""

    name: str
    county: str
    postcode: str


_TOWNS = (
    Town("Leeds", "West Yorkshire", "LS1 4AX"),
    Town("Bristol", "Bristol", "BS1 5TR"),
    Town("Cardiff", "Cardiff", "CF10 3AT"),
    Town("Edinburgh", "Edinburgh", "EH1 1YZ"),
    Town("Norwich", "Norfolk", "NR2 1TF"),
    Town("Belfast", "Antrim", "BT1 5GS"),
)
_BANK = "MXBK"


def town(person: Person) -> Town:
    return _TOWNS[person.secret[16] % len(_TOWNS)]


def mobile(person: Person) -> str:
    """A number of the range that Ofcom keeps for drama, as the standard writes it."""
    return f"+44-7700900{person.secret[17] % 1000:03}"


def sort_code(person: Person) -> str:
    """Six digits of a prefix that no bank has: 00, then the brand's."""
    return f"00{person.brand.routing_number[4:8]}"


def number(account: Account) -> str:
    """Eight digits, the last of the longer number that the world gives it."""
    return "".join(filter(str.isdigit, account.number))[-8:].rjust(8, "0")


def iban(person: Person, account: Account) -> str:
    """The British IBAN of a sort code and a number, with its check digits (ISO 13616)."""
    plain = f"{_BANK}{sort_code(person)}{number(account)}"
    digits = "".join(str(int(character, 36)) for character in f"{plain}GB00")
    return f"GB{98 - int(digits) % 97:02}{plain}"
